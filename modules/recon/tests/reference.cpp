#include "reference.hpp"

#include <bit>
#include <cmath>
#include <set>
#include <utility>

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

/// What differed at the last common bar: cells, and rows of one side (true: the left one).
struct Known {
  std::set<Cell> cells;
  std::set<std::pair<Timestamp, bool>> rows;
  bool columns = false;
};

void compare_windows(const Panel& left, const Panel& right, Known& known, ReferenceNode& node,
                     Timestamp bar) {
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
    if (equal(value, other->second)) {
      ++node.cells.bitwise;
      continue;
    }
    ++outside;
    now.cells.insert(cell);
    node.distinct_breaks += known.cells.contains(cell) ? 0U : 1U;
    node.cells.nan_one_side += std::isnan(value) != std::isnan(other->second) ? 1U : 0U;
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
    node.first_bar = bar;
  }
  known = std::move(now);
}

}  // namespace

std::map<std::string, ReferenceNode> reference_compare(const RunData& left, const RunData& right) {
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
        compare_windows(bar.first->windows[n], bar.second->windows[n], known, node, t);
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
