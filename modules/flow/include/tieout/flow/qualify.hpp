#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/flow/deployment.hpp"

namespace tieout::flow {

/// What is qualified, on which data, and against what.
struct QualifyOptions {
  std::string constructor;
  std::vector<std::string> overrides;  // texts of --set-config-values
  std::filesystem::path out;           // new directory: everything that the steps leave
  /// A dump (test_data.csv.gz) or a CSV of bars; empty: generated bars.
  std::filesystem::path market_data;
  std::optional<Timestamp> start, end;  // bars; default: the last `bar_count` of the data
  std::uint64_t bar_count = 48;
  std::uint64_t asset_count = 5, seed = 1;  // of generated data
  std::uint64_t tile_count = 3;
  double min_correlation = 0.8;  // of the PnL of the research portfolio with the simulation's
  std::uint64_t paper_bars = 12;
  std::string feed_profile = "normal";  // of the paper run
  double speed_up_factor = 2000;
  /// The config to compare with: a constructor and overrides. Nothing: the step is not asked for.
  struct Incumbent {
    std::string name, constructor;
    std::vector<std::string> overrides;
  };
  std::optional<Incumbent> against;
  std::optional<Deployment> deployment;  // whose bar and overrides are checked; likewise
  std::function<Timestamp()> now;        // wall clock of the paper run's reconciliation, and stamps
  std::function<void(std::string_view)> say;  // one line for people
};

enum class StepStatus { kPass, kFail, kNotRun, kNotAsked };
/// "pass", "fail", "not_run", "not_asked".
std::string_view to_string(StepStatus status) noexcept;

/// A table that a step shows.
struct StepTable {
  std::string caption;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// One line of the checklist.
struct QualifyStep {
  std::string id;     // "tiled_versus_whole"
  std::string title;  // "A run in tiles equals the whole run"
  StepStatus status = StepStatus::kNotRun;
  std::string sentence;                         // what was found, or why it could not be run
  std::vector<std::filesystem::path> evidence;  // below `out`
  std::vector<StepTable> tables;
};

enum class Decision { kGo, kNoGo, kIncomplete };
/// "GO", "NO-GO", "INCOMPLETE".
std::string_view to_string(Decision decision) noexcept;

struct Qualification {
  std::string constructor;
  std::vector<std::string> overrides;
  Timestamp start, end, stamp;
  Duration bar;
  bool is_generated = false;  // the data
  std::vector<QualifyStep> steps;
  std::filesystem::path page, json;

  /// NO-GO when a step fails, else INCOMPLETE when one could not be run, else GO.
  Decision decision() const noexcept;
};

/// The checklist before a model is deployed (recon_flow.md 1, U8 and U9).
///
/// Rule:    system checks, look-ahead, the whole window at once against bar by bar, tiles against
///          the whole, research against portfolio, a paper run and its reconciliation, the
///          comparison with an incumbent, the deployment file. A step that needs what an earlier
///          one did not leave is not run, and says so. The page and the JSON are written in every
///          case.
/// Errors:  before the first step only: kPathExists when `out` exists, kUnknownName,
/// kInvalidArgument,
///          those of the data; kInterrupted.
Result<Qualification> qualify_model(const QualifyOptions& options,
                                    const dataflow::DagBuilderRegistry& registry,
                                    const std::atomic<bool>& stop);

/// Canonical JSON, schema tieout.qualification/1.
std::string to_json(const Qualification& qualification);

}  // namespace tieout::flow
