#include "tieout/recon/finding.hpp"

#include "tieout/core/hash.hpp"

#include "json_text.hpp"

namespace tieout::recon {

std::string_view to_string(Layer layer) noexcept {
  switch (layer) {
    case Layer::kCompleteness:
      return "completeness";
    case Layer::kConfig:
      return "config";
    case Layer::kInputs:
      return "inputs";
    case Layer::kNodes:
      return "nodes";
    case Layer::kTargetPositions:
      return "target_positions";
    case Layer::kOrders:
      return "orders";
    case Layer::kFills:
      return "fills";
    case Layer::kPortfolio:
      return "portfolio";
    case Layer::kStatistics:
      return "statistics";
  }
  return "unknown";
}

std::string_view to_string(BreakKind kind) noexcept {
  switch (kind) {
    case BreakKind::kValue:
      return "value";
    case BreakKind::kNanLeft:
      return "nan_left";
    case BreakKind::kNanRight:
      return "nan_right";
    case BreakKind::kType:
      return "type";
    case BreakKind::kMissingLeft:
      return "missing_left";
    case BreakKind::kMissingRight:
      return "missing_right";
    case BreakKind::kExtraBarLeft:
      return "extra_bar_left";
    case BreakKind::kExtraBarRight:
      return "extra_bar_right";
    case BreakKind::kNodeOnlyLeft:
      return "node_only_left";
    case BreakKind::kNodeOnlyRight:
      return "node_only_right";
    case BreakKind::kColumnOnlyLeft:
      return "column_only_left";
    case BreakKind::kColumnOnlyRight:
      return "column_only_right";
    case BreakKind::kConfigLeaf:
      return "config_leaf";
    case BreakKind::kHistoryRewritten:
      return "history_rewritten";
    case BreakKind::kDuplicate:
      return "duplicate";
  }
  return "unknown";
}

std::string break_id(const Finding& finding) {
  Hasher hasher;
  hasher.add_text(finding.check);
  hasher.add_text(finding.part);
  hasher.add_text(finding.column);
  hasher.add_i64(finding.asset.value);
  hasher.add_text(finding.row ? to_iso(*finding.row) : finding.key);
  hasher.add_i64(finding.bar.ns);
  return to_hex(hasher.digest()).substr(0, 12);
}

std::string to_json_line(const Finding& finding) {
  std::string line;
  {
    JsonObject object(line);
    object.text("break_id", break_id(finding));
    object.text("check", finding.check);
    object.text("layer", to_string(finding.layer));
    object.text("kind", to_string(finding.kind));
    object.text("bar", to_iso(finding.bar));
    object.text("part", finding.part);
    object.text("column", finding.column);
    if (finding.asset == kNoAsset) {
      object.null("asset");
    } else {
      object.signed_integer("asset", finding.asset.value);
    }
    if (finding.row) {
      object.text("row", to_iso(*finding.row));
    } else {
      object.null("row");
    }
    object.text("key", finding.key);
    object.text("left", finding.left);
    object.text("right", finding.right);
    object.number("abs", finding.abs_diff);
    object.number("rel", finding.rel_diff);
    object.integer("ulp", finding.ulp);
    object.boolean("is_root", finding.is_root);
  }
  return line;
}

}  // namespace tieout::recon
