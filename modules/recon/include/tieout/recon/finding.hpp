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
  kChildOrders,
  kOrderEvents,
  kFills,
  kPortfolio,
  kStatistics,
};
inline constexpr std::array kLayers{
    Layer::kCompleteness,    Layer::kConfig,    Layer::kInputs,      Layer::kNodes,
    Layer::kTargetPositions, Layer::kOrders,    Layer::kChildOrders, Layer::kOrderEvents,
    Layer::kFills,           Layer::kPortfolio, Layer::kStatistics,
};
/// "completeness", "config", "inputs", "nodes", "target_positions", "orders", "child_orders",
/// "order_events", "fills", "portfolio", "statistics".
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
  kCheck,  // not a difference of two values: a check of the catalogue is violated; `note` says how
};
/// "value", "nan_left", ..., "config_leaf", "history_rewritten", "duplicate", "check".
std::string_view to_string(BreakKind kind) noexcept;

/// How much a violated check matters (recon/catalogue.hpp holds the defaults).
enum class Severity : std::uint8_t { kFail, kWarn, kReport };
/// "FAIL", "WARN", "REPORT".
std::string_view to_string(Severity severity) noexcept;

/// One difference of two runs (a break), or one remark. Values are text in canonical form; numbers
/// carry their distances. docs/formats/findings.md has the table of all fields.
struct Finding {
  std::string check;  // "C202": of the catalogue, docs/formats/checks.md
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
  /// No difference of the two runs, and no part of the verdict: it speaks of one run alone, or only
  /// reports.
  bool remark = false;
  Severity severity = Severity::kFail;
  std::string rule = "exact";  // what the cells had to keep: to_string(PolicyRule)
  /// break_id of the root that this is a consequence of; "" for roots and remarks.
  std::string parent = {};
  std::string note = {};  // one sentence for people, where the values do not say it
  /// When each side wrote its bar; nothing when its log does not say.
  std::optional<Timestamp> wall_left = {}, wall_right = {};
  /// Ids of the two runs (run_id()), equal for equal evidence wherever it lies.
  std::string left_run = {}, right_run = {};
};

/// Version of the JSON line; docs/formats/findings.md.
inline constexpr std::string_view kFindingSchema = "tieout.finding/2";

/// Stable id of a break: hash of check, part, column, asset, row key and first bar, 12 hex digits.
std::string break_id(const Finding& finding);
/// One JSON object on one line, without the newline, schema kFindingSchema. Equal findings give
/// equal bytes.
std::string to_json_line(const Finding& finding);

}  // namespace tieout::recon
