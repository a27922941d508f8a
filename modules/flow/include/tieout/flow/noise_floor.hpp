#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/recon/noise.hpp"
#include "tieout/system/run.hpp"

namespace tieout::flow {

/// The simulations of one run, repeated.
struct NoiseFloorOptions {
  /// Target directory of a reconciliation (prod/system_log_dir.*, simulation/test_data.csv.gz), or
  /// one run log, of production or of a simulation.
  std::filesystem::path run;
  std::uint64_t repetitions = 3;              // simulations in all, at least 2
  std::filesystem::path market_data = {};     // empty: that of the target, or that the log names
  std::filesystem::path out = {};             // empty: noise_floor.json in a target directory
  std::function<void(std::string)> say = {};  // one line for each simulation; may be null
  system::ProgressSink progress = {};
};

struct NoiseFloorResult {
  recon::NoiseFloor floor;
  std::filesystem::path written;  // empty: nothing was
  /// Why nothing can be said, as where production committed no bar; else empty.
  std::string inconclusive;
};

/// Name of the file in a target directory.
inline constexpr const char* kNoiseFloorFile = "noise_floor.json";

/// Simulate a run again and again, varying what must not matter, and measure what differs.
///
/// Rule:    the first simulation is the reference: incremental, in the process as it is. Every
///          other one has one or more of: full recompute, another fill pattern of allocated and
///          freed memory (glibc), another TZ, another locale. The engine has one thread: there is
///          no number of threads to vary. Every config leaf that an override wrote in the recorded
///          run is overridden again. A simulation at nominal times is repeated as one; all else is
///          replayed from the journal of the log. The logs lie in a directory of their own below
///          the system's temporary one, two at a time, and are removed at the end.
/// Errors:  kInvalidArgument for fewer than 2 repetitions; kNotARunLog when `run` is neither;
///          kFileNotFound when no market data are found; those of system::run_simulation and of
///          recon::compare_runs; kInterrupted.
/// Threads: changes TZ, locale and allocator of the process while it runs, and restores them: no
///          other thread may run.
Result<NoiseFloorResult> measure_noise_floor(const NoiseFloorOptions& options,
                                             const dataflow::DagBuilderRegistry& registry,
                                             const std::atomic<bool>& stop);

}  // namespace tieout::flow
