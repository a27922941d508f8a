#include "reference.hpp"

#include <bit>
#include <cmath>
#include <set>
#include <utility>

#include "tieout/core/numbers.hpp"
#include "tieout/recon/policy.hpp"

namespace tieout::recon::test {
namespace {

using Cell = std::pair<Timestamp, ColumnKey>;
using Cells = std::map<Cell, double>;

Cells cells_of(const Panel& window) {
  Cells cells;
  for (std::size_t r = 0; r < window.row_count(); ++r) {
    for (std::size_t c = 0; c < window.column_count(); ++c) {
      cells[{window.index()[r], window.columns()[c]}] = window.at(r, c);
    }
  }
  return cells;
}

std::set<Timestamp> rows_of(const Panel& window) {
  return {window.index().begin(), window.index().end()};
}

bool equal(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

enum class Obvious { kWithin, kIgnored, kWaived, kOutside };

/// What the policy says of a cell whose values are not equal.
struct Judge {
  const Policy* policy;
  Layer layer;
  std::string node;
  Timestamp bar;

  PolicyQuery query(const ColumnKey& column) const {
    const std::string_view symbol = column.asset == kBtc   ? "binance::BTC_USDT"
                                    : column.asset == kEth ? "binance::ETH_USDT"
                                                           : "";
    return {.layer = layer,
            .node = node,
            .column = column.field,
            .asset = column.asset,
            .symbol = symbol,
            .bar = bar,
            .type = ColumnType::kFloat64};
  }

  bool covered(const ColumnKey& column) const {
    return policy == nullptr || find_rule(*policy, query(column)) != nullptr;
  }

  static bool allows(const PolicyRule& rule, double tick, double l, double r) {
    if (std::isnan(l) || std::isnan(r) || std::isinf(l) || std::isinf(r)) {
      return false;
    }
    const double abs = std::fabs(l - r);
    const double scale = std::max(std::fabs(l), std::fabs(r));
    switch (rule.kind) {
      case RuleKind::kUlp:
        return ulp_distance(l, r) <= rule.count;
      case RuleKind::kAbs:
        return abs <= rule.abs;
      case RuleKind::kRel:
        return abs <= rule.rel * scale;
      case RuleKind::kAbsRel:
        return abs <= rule.abs + rule.rel * scale;
      case RuleKind::kBps:
        return abs <= rule.units / 10'000 * scale;
      case RuleKind::kTicks:  // The tests' differences are nowhere near a rounding of the edge.
        return abs <= rule.units * tick;
      default:
        return false;
    }
  }

  Obvious operator()(const ColumnKey& column, double l, double r) const {
    if (policy == nullptr) {
      return Obvious::kOutside;
    }
    const PolicyQuery what = query(column);
    const PolicyRule* rule = find_rule(*policy, what);
    if (rule != nullptr && rule->kind == RuleKind::kIgnore) {
      return Obvious::kIgnored;
    }
    if (rule != nullptr &&
        allows(*rule, find_increments(*policy, what.asset, what.symbol).tick, l, r)) {
      return Obvious::kWithin;
    }
    for (const Waiver& waiver : policy->waivers) {
      const bool live = bar <= *waiver.expires;
      const bool near = !waiver.max_abs || std::fabs(l - r) <= *waiver.max_abs;
      if (selects(waiver, what) && live && near) {
        return Obvious::kWaived;
      }
    }
    return Obvious::kOutside;
  }
};

/// What differed at the last common bar: cells, and rows of one side (true: the left one).
struct Known {
  std::set<Cell> cells;
  std::set<std::pair<Timestamp, bool>> rows;
  bool columns = false;
};

void compare_windows(const Panel& left, const Panel& right, const Judge& judge, Known& known,
                     ReferenceNode& node) {
  const Cells l = cells_of(left);
  const Cells r = cells_of(right);
  Known now;
  now.columns = true;
  std::uint64_t outside = 0;
  const auto miss = [&] {
    ++node.cells.present;
    ++node.cells.missing;
    ++outside;
  };
  for (const auto& [cell, value] : l) {
    const auto other = r.find(cell);
    if (other == r.end()) {
      miss();
      continue;
    }
    ++node.cells.present;
    ++node.cells.compared;
    node.cells.uncovered += judge.covered(cell.second) ? 0U : 1U;
    if (equal(value, other->second)) {
      ++node.cells.bitwise;
      continue;
    }
    const Obvious fate = judge(cell.second, value, other->second);
    node.cells.within += fate == Obvious::kWithin ? 1U : 0U;
    node.cells.ignored += fate == Obvious::kIgnored ? 1U : 0U;
    node.cells.waived += fate == Obvious::kWaived ? 1U : 0U;
    if (fate == Obvious::kOutside) {
      ++outside;
      now.cells.insert(cell);
      node.distinct_breaks += known.cells.contains(cell) ? 0U : 1U;
      node.cells.nan_one_side += std::isnan(value) != std::isnan(other->second) ? 1U : 0U;
    }
    if (std::isfinite(value) && std::isfinite(other->second)) {
      const double abs = std::fabs(value - other->second);
      node.max_abs = std::max(node.max_abs, abs);
      if (abs > 0) {
        node.max_rel =
            std::max(node.max_rel, abs / std::max(std::fabs(value), std::fabs(other->second)));
      }
    }
  }
  for (const auto& [cell, value] : r) {
    if (!l.contains(cell)) {
      miss();
    }
  }
  const std::set<Timestamp> left_rows = rows_of(left);
  const std::set<Timestamp> right_rows = rows_of(right);
  for (const Timestamp row : left_rows) {
    if (!right_rows.contains(row)) {
      now.rows.emplace(row, true);
    }
  }
  for (const Timestamp row : right_rows) {
    if (!left_rows.contains(row)) {
      now.rows.emplace(row, false);
    }
  }
  for (const auto& row : now.rows) {
    node.distinct_breaks += known.rows.contains(row) ? 0U : 1U;
  }
  if (!known.columns) {
    const std::set<ColumnKey> left_columns(left.columns().begin(), left.columns().end());
    const std::set<ColumnKey> right_columns(right.columns().begin(), right.columns().end());
    for (const ColumnKey& column : left_columns) {
      node.distinct_breaks += right_columns.contains(column) ? 0U : 1U;
    }
    for (const ColumnKey& column : right_columns) {
      node.distinct_breaks += left_columns.contains(column) ? 0U : 1U;
    }
  }
  node.cells.outside += outside;
  if (outside > 0 && !node.first_bar) {
    node.first_bar = judge.bar;
  }
  known = std::move(now);
}

}  // namespace

std::map<std::string, ReferenceNode> reference_compare(const RunData& left, const RunData& right,
                                                       const Policy* policy) {
  std::map<Timestamp, std::pair<const BarData*, const BarData*>> bars;
  for (const BarData& bar : left.bars) {
    bars[bar.bar].first = &bar;
  }
  for (const BarData& bar : right.bars) {
    bars[bar.bar].second = &bar;
  }
  std::map<std::string, ReferenceNode> nodes;
  for (std::size_t n = 0; n < left.manifest.nodes.size(); ++n) {
    ReferenceNode& node = nodes[left.manifest.nodes[n].name];
    Known known;
    for (const auto& [t, bar] : bars) {
      if (bar.first != nullptr && bar.second != nullptr) {
        const Judge judge{policy, n == 0 ? Layer::kInputs : Layer::kNodes,
                          left.manifest.nodes[n].name, t};
        compare_windows(bar.first->windows[n], bar.second->windows[n], judge, known, node);
        continue;
      }
      const Panel& window = (bar.first != nullptr ? bar.first : bar.second)->windows[n];
      const std::uint64_t cells = window.row_count() * window.column_count();
      node.cells.present += cells;
      node.cells.missing += cells;
      node.cells.outside += cells;
    }
  }
  return nodes;
}

}  // namespace tieout::recon::test
