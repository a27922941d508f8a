#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/time.hpp"

namespace tieout::recon {

/// Layers in causal order: a break in one explains breaks in those after it.
enum class Layer : std::uint8_t { kCompleteness, kConfig, kInputs, kNodes, kTargetPositions, kOrders, kFills, kPortfolio, kStatistics };
/// "completeness", "config", "inputs", "nodes", "target_positions", "orders", "fills", "portfolio", "statistics".
std::string_view to_string(Layer layer) noexcept;

/// How a cell, row or part differs.
enum class BreakKind : std::uint8_t {
  kValue, kNanLeft, kNanRight, kType, kMissingLeft, kMissingRight, kExtraBarLeft, kExtraBarRight, kNodeOnlyLeft, kNodeOnlyRight,
  kColumnOnlyLeft, kColumnOnlyRight, kConfigLeaf, kHistoryRewritten, kDuplicate,
};
std::string_view to_string(BreakKind kind) noexcept;

/// One difference. Values are text in canonical form; numbers carry their distances.
struct Finding {
  std::string check;  // "C202": recon_flow.md 14
  Layer layer = Layer::kNodes;
  BreakKind kind = BreakKind::kValue;
  Timestamp bar;                   // the first bar at which it shows
  std::string part;                // node name, table name, or config path
  std::string column;              // "" when the part as a whole differs
  AssetId asset = kNoAsset;
  std::optional<Timestamp> row;    // row timestamp inside the node's window
  std::string key;                 // row key of a table ("order_id=12")
  std::string left, right;         // both values
  double abs_diff = 0;             // |left - right| for numbers, NaN when not defined
  double rel_diff = 0;             // |l - r| / max(|l|, |r|)
  std::uint64_t ulp = 0;
};

/// Stable id of a break: hash of check, part, column, asset, row key and first bar, 12 hex digits.
std::string break_id(const Finding& finding);
/// One JSON object on one line.
std::string to_json_line(const Finding& finding);

}  // namespace tieout::recon
