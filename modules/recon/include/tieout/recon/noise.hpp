#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/recon/finding.hpp"

namespace tieout::recon {

struct Comparison;

/// Version of noise_floor.json; docs/formats/noise_floor.md.
inline constexpr std::string_view kNoiseFloorSchema = "tieout.noise_floor/1";

/// How much one part of a run (a node, a table, or another part that findings name) differs between
/// simulations that must be equal.
struct NoisyPart {
  std::string name;
  Layer layer = Layer::kNodes;
  std::uint64_t cells = 0;   // that differ, the most of any repetition
  std::uint64_t breaks = 0;  // distinct, the most of any repetition
  double max_abs = 0, max_rel = 0;
  std::uint64_t max_ulp = 0;  // over the findings that were kept
  std::optional<Timestamp> first_bar = {};

  bool is_noisy() const noexcept { return cells > 0 || breaks > 0; }
  friend bool operator==(const NoisyPart&, const NoisyPart&) = default;
};

/// One of the simulations: what was varied that must not matter, and what it came to.
struct NoiseRun {
  std::string varied;  // "recompute=full, fill=0x55, TZ=Asia/Kolkata, locale=C.UTF-8"
  std::string content_hash;
  friend bool operator==(const NoiseRun&, const NoiseRun&) = default;
};

/// What repeated simulations of one run differ by; the first is the reference.
struct NoiseFloor {
  std::string constructor;
  Timestamp start, end;
  std::uint64_t bars = 0;
  std::vector<NoiseRun> runs;
  std::vector<NoisyPart> parts;  // all nodes in topological order, then tables and others by layer

  bool is_noisy() const noexcept;
  friend bool operator==(const NoiseFloor&, const NoiseFloor&) = default;
};

/// Merge what one repetition differs by from the reference.
///
/// Rule: a node counts with all its differing cells, any other part with its findings; remarks are
///       of one run alone and do not count.
void add_repetition(NoiseFloor& floor, const Comparison& comparison);

/// "predict.3.compute_vol is noisy by itself: max 3 ulp over 3 simulations"; the relative distance
/// instead where there is no number of ulp that says anything.
std::string describe_noise(const NoisyPart& part, std::size_t simulations);

/// Equal floors give equal bytes. Ends with a newline.
std::string to_json(const NoiseFloor& floor);
/// Errors: kMalformedData when it is not JSON, or a member is missing or has another type;
/// kSchemaMismatch for another schema. `file_name` is for the messages.
Result<NoiseFloor> parse_noise_floor(std::string_view json, std::string_view file_name);
/// Errors: kFileNotFound, kFileUnreadable, and those of parse_noise_floor().
Result<NoiseFloor> read_noise_floor(const std::string& path);

/// What a noise floor says of one comparison.
struct NoiseResult {
  std::uint64_t simulations = 0;
  std::string content_hash;       // of the reference simulation
  bool of_this_strategy = false;  // else nothing of it was used
  bool of_these_runs = false;     // one of the runs compared is the reference, to the bit
  std::vector<NoisyPart> noisy;
  std::string sentence;  // one line for the first screen
};

}  // namespace tieout::recon
