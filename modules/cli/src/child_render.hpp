#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tieout/analytics/child_orders.hpp"
#include "tieout/recon/child_orders.hpp"

namespace tieout::cli {

/// How a run's orders were worked in waves.
struct ChildExecution {
  recon::ChildOrders orders;
  std::vector<analytics::WaveSummary> waves;    // all of them last
  std::vector<analytics::TimeToFill> by_asset;  // and all of them last
  std::vector<analytics::TimeToFill> by_wave;
  std::vector<analytics::OrderBar> bars;
  std::vector<analytics::ParentSummary> parents;
  std::vector<std::int64_t> without_accepted;  // parents of which no child was taken
  std::optional<recon::RollUp> roll_up;        // nothing: the log records no fills
};

/// Returns: nothing when the run makes no child orders.
/// Errors:  those of the reader, and of child orders that contradict their fills.
Result<std::optional<ChildExecution>> child_execution(const runlog::RunSource& run);

/// For people: waves, time to fill (`by` "asset": of each), parents, refusals, the roll-up; `by`
/// "bar": the orders of each bar too.
std::string child_text(const ChildExecution& execution, const runlog::RunSource& run,
                       const std::string& by);
/// A JSON object; keys of docs/formats/execution_quality.md.
nlohmann::ordered_json child_json(const ChildExecution& execution, const runlog::RunSource& run);
/// (file name, CSV) of every table.
std::vector<std::pair<std::string, std::string>> child_csv(const ChildExecution& execution);

}  // namespace tieout::cli
