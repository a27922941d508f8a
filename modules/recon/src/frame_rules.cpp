#include "frame_rules.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::recon {
namespace {

const PolicyRule* rule_for(const Policy& policy, const std::string& column, AssetId row_asset) {
  PolicyQuery query;
  query.layer = Layer::kNodes;
  query.node = "frame";
  query.column = column;
  query.asset = row_asset;
  // "close|101": the field and the asset.
  if (const std::size_t bar = column.rfind('|'); bar != std::string::npos) {
    if (const auto asset = parse_int(std::string_view(column).substr(bar + 1))) {
      query.column = std::string_view(column).substr(0, bar);
      query.asset = AssetId{*asset};
    }
  }
  return find_rule(policy, query);
}

/// abs and rel of a rule that is |l - r| <= abs + rel * max(|l|, |r|).
std::optional<std::pair<double, double>> linear_of(const PolicyRule& rule) {
  constexpr double kBasisPoint = 10'000;
  switch (rule.kind) {
    case RuleKind::kAbs:
      return std::pair{rule.abs, 0.0};
    case RuleKind::kRel:
      return std::pair{0.0, rule.rel};
    case RuleKind::kAbsRel:
      return std::pair{rule.abs, rule.rel};
    case RuleKind::kBps:
      return std::pair{0.0, rule.units / kBasisPoint};
    default:
      return std::nullopt;
  }
}

bool is_within_floats(const PolicyRule& rule, const TableBreak& cell) {
  const double left = *parse_double(cell.left);  // The text is the shortest that reads back.
  const double right = *parse_double(cell.right);
  if (!std::isfinite(left) || !std::isfinite(right)) {
    return false;
  }
  if (rule.kind == RuleKind::kUlp) {
    return ulp_distance(left, right) <= rule.count;
  }
  const auto linear = linear_of(rule);
  const double difference = std::fabs(left - right);
  return std::isfinite(difference) &&
         difference <= linear->first + linear->second * std::max(std::fabs(left), std::fabs(right));
}

/// In whole numbers: |l - r| <= floor(abs) + floor(rel * max(|l|, |r|)).
bool is_within_integers(const PolicyRule& rule, const TableBreak& cell) {
  const auto left = static_cast<long double>(*parse_int(cell.left));
  const auto right = static_cast<long double>(*parse_int(cell.right));
  const auto linear = linear_of(rule);
  return std::fabs(left - right) <=
         std::floor(static_cast<long double>(linear->first)) +
             std::floor(linear->second * std::max(std::fabs(left), std::fabs(right)));
}

Result<bool> is_within_times(const PolicyRule& rule, const TableBreak& cell) {
  TIEOUT_TRY(const Timestamp left, parse_iso(cell.left));
  TIEOUT_TRY(const Timestamp right, parse_iso(cell.right));
  const Duration difference = left < right ? right - left : left - right;
  return difference <= rule.time;
}

/// Whether the rule allows the difference of a cell of this type.
Result<bool> allows(const Policy& policy, const PolicyRule& rule, const TableBreak& cell,
                    ColumnType type) {
  if (rule.kind == RuleKind::kExact) {
    return false;
  }
  if (type == ColumnType::kFloat64 && (rule.kind == RuleKind::kUlp || linear_of(rule))) {
    return is_within_floats(rule, cell);
  }
  if (type == ColumnType::kInt64 && linear_of(rule)) {
    return is_within_integers(rule, cell);
  }
  if (type == ColumnType::kTimestamp && rule.kind == RuleKind::kTime) {
    return is_within_times(rule, cell);
  }
  return Error{
      ErrorCode::kInvalidConfig,
      fmt::format("compare_frames: policy '{}' line {}: rule {} selects column '{}' of type "
                  "{}, which it cannot judge in a frame",
                  policy.name, rule.line, to_string(rule), cell.column, to_string(type))};
}

/// Cells that both sides have, in columns that no rule selects; the key needs none.
std::uint64_t uncovered_cells(const Policy& policy, const Table& left, const Table& right,
                              std::uint64_t compared) {
  std::uint64_t common = 0;
  std::uint64_t uncovered = 0;
  for (std::size_t c = 0; c < left.columns.size(); ++c) {
    if (right.find(left.columns[c].name) != nullptr) {
      ++common;
      const bool is_key = c < left.key_count;
      uncovered += is_key || rule_for(policy, left.columns[c].name, kNoAsset) != nullptr ? 0U : 1U;
    }
  }
  return common == 0 ? 0 : compared / common * uncovered;
}

}  // namespace

Result<FrameRuling> apply_policy(const Policy& policy, const Table& left, const Table& right,
                                 const CellCounts& cells, std::vector<TableBreak>& breaks) {
  FrameRuling ruling{cells, 0, uncovered_cells(policy, left, right, cells.compared)};
  std::vector<TableBreak> kept;
  for (TableBreak& found : breaks) {
    const bool is_cell = !found.column.empty() && !found.key.empty() &&
                         (found.kind == BreakKind::kValue || found.kind == BreakKind::kNanLeft ||
                          found.kind == BreakKind::kNanRight);
    const PolicyRule* rule = is_cell ? rule_for(policy, found.column, found.asset) : nullptr;
    bool allowed = false;
    if (rule != nullptr && rule->kind == RuleKind::kIgnore) {
      allowed = true;
      ++ruling.ignored;
    } else if (rule != nullptr) {
      TIEOUT_TRY(allowed, allows(policy, *rule, found, left.find(found.column)->type()));
    }
    if (!allowed) {
      kept.push_back(std::move(found));
      continue;
    }
    ++ruling.cells.within;
    --ruling.cells.outside;
    ruling.cells.nan_one_side -= found.kind == BreakKind::kValue ? 0U : 1U;
  }
  breaks = std::move(kept);
  return ruling;
}

}  // namespace tieout::recon
