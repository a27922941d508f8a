#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tieout/recon/explain.hpp"
#include "tieout/recon/node_slice.hpp"
#include "tieout/report/market_rows.hpp"

namespace tieout::report {

/// A node of the left run, and the first bar at which its window has other bytes on the two sides.
struct DebugNode {
  std::string name;
  std::optional<Timestamp> first_difference;
};

/// A node at a bar on both sides: what `debug_run` shows.
struct DebugInput {
  std::string title;  // "predict.3.compute_vol at 2018-01-23 00:40:00"
  std::string left_name = "prod", right_name = "sim";
  std::vector<DebugNode> nodes;  // in topological order
  recon::NodeSlice slice;
  std::vector<recon::ValuePair> journal;  // what both sides read and decided at the bar
  /// Nothing: there is no market data beside the logs.
  std::optional<MarketRows> market;
  std::vector<Asset> universe;  // names of the assets
  Timestamp stamp;              // name of the page; the bar
};

/// Write `result_0/` with the debugger's page (Master_system_run_debugger.0.{stamp}.html) and
/// complete.txt. The sections are `debug.slice`, `debug.lineage`, `debug.market`, `debug.journal`,
/// `debug.nodes`. Returns: the page.
///
/// Errors: as write_report().
/// Source: recon_flow.md 4.7.
Result<std::filesystem::path> write_debug_report(const std::filesystem::path& dir,
                                                 const DebugInput& input);

}  // namespace tieout::report
