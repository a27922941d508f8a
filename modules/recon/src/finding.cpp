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
    case Layer::kChildOrders:
      return "child_orders";
    case Layer::kOrderEvents:
      return "order_events";
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
    case BreakKind::kCheck:
      return "check";
  }
  return "unknown";
}

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::kFail:
      return "FAIL";
    case Severity::kWarn:
      return "WARN";
    case Severity::kReport:
      return "REPORT";
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

namespace {

void append_instant(JsonObject& object, std::string_view key, const std::optional<Timestamp>& t) {
  if (t) {
    object.text(key, to_iso(*t));
  } else {
    object.null(key);
  }
}

}  // namespace

std::string to_json_line(const Finding& finding) {
  std::string line;
  {
    JsonObject object(line);
    object.text("schema", kFindingSchema);
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
    append_instant(object, "row", finding.row);
    object.text("key", finding.key);
    object.text("left", finding.left);
    object.text("right", finding.right);
    object.number("abs", finding.abs_diff);
    object.number("rel", finding.rel_diff);
    object.integer("ulp", finding.ulp);
    object.boolean("is_root", finding.is_root);
    object.text("parent", finding.parent);
    object.text("severity", to_string(finding.severity));
    object.boolean("remark", finding.remark);
    object.text("rule", finding.rule);
    object.text("note", finding.note);
    append_instant(object, "wall_left", finding.wall_left);
    append_instant(object, "wall_right", finding.wall_right);
    object.text("left_run", finding.left_run);
    object.text("right_run", finding.right_run);
  }
  return line;
}

}  // namespace tieout::recon
