#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tieout/core/asset.hpp"
#include "tieout/core/time.hpp"

namespace tieout::recon {

/// Layers in causal order: a break in one explains breaks in those after it.
enum class Layer : std::uint8_t {
  kCompleteness,
  kConfig,
  kInputs,
  kNodes,
  kTargetPositions,
  kOrders,
  kFills,
  kPortfolio,
  kStatistics,
};
inline constexpr std::array kLayers{
    Layer::kCompleteness, Layer::kConfig,          Layer::kInputs,
    Layer::kNodes,        Layer::kTargetPositions, Layer::kOrders,
    Layer::kFills,        Layer::kPortfolio,       Layer::kStatistics,
};
/// "completeness", "config", "inputs", "nodes", "target_positions", "orders", "fills", "portfolio",
/// "statistics".
std::string_view to_string(Layer layer) noexcept;

/// How a cell, row or part differs. `Left` and `Right` in kNan* and kMissing* name the side that
/// has the NaN or lacks the thing; in *Only* and kExtraBar* the side that has it.
enum class BreakKind : std::uint8_t {
  kValue,
  kNanLeft,
  kNanRight,
  kType,
  kMissingLeft,
  kMissingRight,
  kExtraBarLeft,
  kExtraBarRight,
  kNodeOnlyLeft,
  kNodeOnlyRight,
  kColumnOnlyLeft,
  kColumnOnlyRight,
  kConfigLeaf,
  kHistoryRewritten,
  kDuplicate,
};
/// "value", "nan_left", ..., "config_leaf", "history_rewritten", "duplicate".
std::string_view to_string(BreakKind kind) noexcept;

/// One difference. Values are text in canonical form; numbers carry their distances.
struct Finding {
  std::string check;  // "C202": recon_flow 14; the table is in docs/formats/comparison.md
  Layer layer = Layer::kNodes;
  BreakKind kind = BreakKind::kValue;
  Timestamp bar;       // the first bar at which it shows
  std::string part;    // node name, table name, journal part, "manifest", or config path
  std::string column;  // "" when the part as a whole differs
  AssetId asset = kNoAsset;
  std::optional<Timestamp> row;  // row timestamp inside the node's window
  std::string key;               // row key of a table ("order_id=12")
  std::string left, right;       // both values
  double abs_diff = 0;           // |left - right| for numbers, NaN when not defined
  double rel_diff = 0;           // |l - r| / max(|l|, |r|), NaN when not defined
  std::uint64_t ulp = 0;         // of float64 values only
  bool is_root = false;          // nothing that it is computed from differs at its bar
};

/// Stable id of a break: hash of check, part, column, asset, row key and first bar, 12 hex digits.
std::string break_id(const Finding& finding);
/// One JSON object on one line, without the newline. Equal findings give equal bytes.
std::string to_json_line(const Finding& finding);

}  // namespace tieout::recon
