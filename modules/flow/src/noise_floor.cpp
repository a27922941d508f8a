#include "tieout/flow/noise_floor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/runlog/reader.hpp"

#include "production_overrides.hpp"
#include "variation.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// Removed with everything in it when it goes out of scope.
class Scratch {
 public:
  static Result<Scratch> make() {
    std::error_code code;
    const fs::path parent = fs::temp_directory_path(code);
    std::string name = ((code ? fs::path("/tmp") : parent) / "tieout_noise_floor.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      return file_error("noise_floor", name, errno);
    }
    return Scratch(name);
  }
  ~Scratch() {
    std::error_code code;
    if (!path_.empty()) {
      fs::remove_all(path_, code);
    }
  }
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  const fs::path& path() const noexcept { return path_; }

 private:
  explicit Scratch(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// What is simulated again.
struct Subject {
  fs::path log;  // whose journal, universe, window and overrides it is
  fs::path market_data;
  fs::path out;       // where the floor goes by default; empty for a lone log
  fs::path recorded;  // the run whose config says the overrides: the simulation, if there is one
};

bool is_run_log(const fs::path& dir) {
  std::error_code code;
  return fs::is_regular_file(dir / "manifest.json", code) && !fs::is_directory(dir / "prod", code);
}

Result<Subject> find_subject(const NoiseFloorOptions& options) {
  std::error_code code;
  if (!fs::is_directory(options.run, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("noise_floor: '{}' is not a directory", options.run.string())};
  }
  Subject subject;
  subject.market_data = options.market_data;
  if (is_run_log(options.run)) {
    subject.log = subject.recorded = options.run;
    return subject;
  }
  if (!fs::is_directory(options.run / "prod", code)) {
    return Error{ErrorCode::kNotARunLog,
                 fmt::format("noise_floor: '{}' is neither a run log (it has no manifest.json) nor "
                             "the directory of a reconciliation (it has no prod/)",
                             options.run.string())};
  }
  // The target's layout below its root does not depend on the rest of the identity.
  std::vector<std::string> logs;
  for (fs::directory_iterator entry(options.run / "prod", code), end; !code && entry != end;
       entry.increment(code)) {
    if (const std::string name = entry->path().filename().string();
        name.starts_with("system_log_dir.")) {
      logs.push_back(name);
    }
  }
  std::ranges::sort(logs);
  if (logs.size() != 1) {
    return Error{logs.empty() ? ErrorCode::kFileNotFound : ErrorCode::kDuplicateId,
                 fmt::format("noise_floor: '{}' has {} system_log_dir.*, needed one: run "
                             "reconcile_copy_prod_data first, or give the run log itself",
                             (options.run / "prod").string(), logs.size())};
  }
  subject.log = options.run / "prod" / logs.front();
  const fs::path simulation = options.run / "simulation" / logs.front();
  subject.recorded =
      fs::is_regular_file(simulation / "manifest.json", code) ? simulation : subject.log;
  if (subject.market_data.empty()) {
    subject.market_data = options.run / "simulation" / "test_data.csv.gz";
  }
  subject.out = options.run / kNoiseFloorFile;
  return subject;
}

/// The market data that are given, else those that the log names.
Status find_market_data(Subject& subject, const runlog::Manifest& manifest) {
  if (subject.market_data.empty()) {
    const auto named = manifest.command.find("market_data");
    if (named == manifest.command.end()) {
      return Error{ErrorCode::kFileNotFound,
                   fmt::format("noise_floor: '{}' does not name its market data; give "
                               "--market-data",
                               subject.log.string())};
    }
    subject.market_data = named->second;
  }
  std::error_code code;
  if (!fs::is_regular_file(subject.market_data, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("noise_floor: the market data '{}' are not a file; run "
                             "reconcile_dump_market_data first, or give --market-data",
                             subject.market_data.string())};
  }
  return {};
}

/// All but the directory and the way of computing.
Result<system::SimulationOptions> simulation_of(const Subject& subject,
                                                const runlog::RunReader& log) {
  const runlog::Manifest& manifest = log.manifest();
  if (const auto other = manifest.command.find("fills_from"); other != manifest.command.end()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("noise_floor: '{}' books the fills of '{}', which are not part of it; "
                             "needed a simulation with its own or with production's fills",
                             log.directory().string(), other->second)};
  }
  system::SimulationOptions options;
  options.constructor = manifest.constructor;
  options.mode = manifest.mode;
  options.stage = manifest.stage;
  options.start = manifest.start;
  options.end = manifest.end == runlog::kOpenEnd ? log.bars().back().bar : manifest.end;
  options.market_data = subject.market_data;
  TIEOUT_TRY(const auto recorded, runlog::RunReader::open(subject.recorded));
  TIEOUT_TRY(options.overrides, recorded_overrides(recorded));
  options.replay =
      manifest.replay == "nominal" ? system::Replay::kNominal : system::Replay::kFaithful;
  options.fills =
      manifest.command.contains("fills") ? system::Fills::kReplayed : system::Fills::kSimulated;
  options.prod_log = subject.log;
  return options;
}

class Repeater {
 public:
  Repeater(const NoiseFloorOptions& options, system::SimulationOptions simulation,
           const dataflow::DagBuilderRegistry& registry, const std::atomic<bool>& stop)
      : options_(options), simulation_(std::move(simulation)), registry_(registry), stop_(stop) {}

  /// Simulate `options.repetitions` times and compare each with the first.
  Result<NoiseFloorResult> measure() {
    TIEOUT_TRY(const Scratch scratch, Scratch::make());
    TIEOUT_TRY(const runlog::RunReader reference, simulate(scratch, 0));
    NoiseFloorResult result;
    floor_.constructor = simulation_.constructor;
    floor_.start = reference.manifest().start;
    floor_.end = reference.manifest().end;
    floor_.bars = reference.bars().size();
    for (std::uint64_t i = 1; i < options_.repetitions; ++i) {
      TIEOUT_TRY(const runlog::RunReader repetition, simulate(scratch, i));
      TIEOUT_TRY(const recon::Comparison comparison, compare(reference, repetition));
      recon::add_repetition(floor_, comparison);
      if (comparison.verdict == recon::Verdict::kInconclusive) {
        result.inconclusive = comparison.sentence;
      }
      std::error_code code;
      fs::remove_all(repetition.directory(), code);
    }
    result.floor = std::move(floor_);
    return result;
  }

 private:
  Result<runlog::RunReader> simulate(const Scratch& scratch, std::uint64_t index) {
    const Variation variation = variation_of(index);
    simulation_.dst_dir = scratch.path() / fmt::format("system_log_dir.{}", index);
    simulation_.recompute = variation.recompute;
    simulation_.progress = options_.progress;
    const VariedProcess process(variation);
    TIEOUT_TRY(const system::RunSummary summary,
               system::run_simulation(simulation_, registry_, stop_));
    if (summary.outcome == runlog::RunOutcome::kInterrupted) {
      return Error{ErrorCode::kInterrupted,
                   fmt::format("noise_floor: stopped by a signal in simulation {}", index + 1)};
    }
    TIEOUT_TRY(runlog::RunReader run, runlog::RunReader::open(simulation_.dst_dir));
    floor_.runs.push_back({process.text(), run.manifest().content_hash});
    if (options_.say) {
      options_.say(fmt::format("simulation {}: {}, {} bars, content {}", index + 1, process.text(),
                               run.bars().size(), run.manifest().content_hash));
    }
    return run;
  }

  static Result<recon::Comparison> compare(const runlog::RunReader& reference,
                                           const runlog::RunReader& repetition) {
    recon::CompareOptions options;
    options.left_name = "first simulation";
    options.right_name = "repetition";
    options.expected_config_differences = recon::default_expected_config_differences();
    options.check_self_consistency = false;
    return recon::compare_runs(reference, repetition, options);
  }

  const NoiseFloorOptions& options_;
  system::SimulationOptions simulation_;
  const dataflow::DagBuilderRegistry& registry_;
  const std::atomic<bool>& stop_;
  recon::NoiseFloor floor_;
};

}  // namespace

Result<NoiseFloorResult> measure_noise_floor(const NoiseFloorOptions& options,
                                             const dataflow::DagBuilderRegistry& registry,
                                             const std::atomic<bool>& stop) {
  constexpr std::uint64_t kMaxRepetitions = 1000;
  if (options.repetitions < 2 || options.repetitions > kMaxRepetitions) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("noise_floor: -k is {}, it must be in [2, {}]: one simulation has "
                             "nothing to differ from",
                             options.repetitions, kMaxRepetitions)};
  }
  TIEOUT_TRY(Subject subject, find_subject(options));
  TIEOUT_TRY(const runlog::RunReader log, runlog::RunReader::open(subject.log));
  TIEOUT_CHECK(find_market_data(subject, log.manifest()));
  if (log.bars().empty()) {
    NoiseFloorResult nothing;
    nothing.inconclusive = fmt::format("'{}' has no bar to simulate", subject.log.string());
    return nothing;
  }
  TIEOUT_TRY(system::SimulationOptions simulation, simulation_of(subject, log));
  TIEOUT_TRY(NoiseFloorResult result,
             Repeater(options, std::move(simulation), registry, stop).measure());
  const fs::path& out = options.out.empty() ? subject.out : options.out;
  if (!out.empty() && result.inconclusive.empty()) {
    TIEOUT_CHECK(write_file_atomic(out, recon::to_json(result.floor)));
    result.written = out;
  }
  return result;
}

}  // namespace tieout::flow
