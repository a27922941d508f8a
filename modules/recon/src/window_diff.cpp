#include "window_diff.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tieout/core/assert.hpp"

#include "cell.hpp"

namespace tieout::recon {
namespace {

std::vector<ColumnKey> sorted_copy(const std::vector<ColumnKey>& columns) {
  std::vector<ColumnKey> sorted = columns;
  std::ranges::sort(sorted);
  return sorted;
}

std::size_t position_of(const std::vector<ColumnKey>& columns, const ColumnKey& key) {
  return static_cast<std::size_t>(std::ranges::find(columns, key) - columns.begin());
}

}  // namespace

WindowDiff::WindowDiff(const std::vector<ColumnKey>& left, const std::vector<ColumnKey>& right) {
  const std::vector<ColumnKey> left_sorted = sorted_copy(left);
  const std::vector<ColumnKey> right_sorted = sorted_copy(right);
  std::ranges::set_intersection(left_sorted, right_sorted, std::back_inserter(common_));
  std::ranges::set_difference(left_sorted, right_sorted, std::back_inserter(only_left_));
  std::ranges::set_difference(right_sorted, left_sorted, std::back_inserter(only_right_));
  for (const ColumnKey& key : common_) {
    positions_.push_back({position_of(left, key), position_of(right, key)});
  }
}

void WindowDiff::forget(const RowState& row) noexcept {
  rows_only_left_ -= row.presence == Presence::kLeft ? 1 : 0;
  value_cells_ -= static_cast<std::uint64_t>(std::ranges::count(row.cells, CellState::kValue));
  nan_cells_ -= static_cast<std::uint64_t>(std::ranges::count(row.cells, CellState::kNan));
}

void WindowDiff::remember(const RowState& row) noexcept {
  rows_only_left_ += row.presence == Presence::kLeft ? 1 : 0;
  value_cells_ += static_cast<std::uint64_t>(std::ranges::count(row.cells, CellState::kValue));
  nan_cells_ += static_cast<std::uint64_t>(std::ranges::count(row.cells, CellState::kNan));
}

void WindowDiff::compare_row(Timestamp t, std::size_t left_row, std::size_t right_row,
                             const RowState* before, RowState& after,
                             std::vector<WindowBreak>& breaks) {
  const bool known = before != nullptr && !before->cells.empty();
  for (std::size_t c = 0; c < positions_.size(); ++c) {
    const double left = left_cells_[c][left_row];
    const double right = right_cells_[c][right_row];
    if (same_cell(left, right)) {
      continue;
    }
    if (after.cells.empty()) {
      after.cells.assign(positions_.size(), CellState::kEqual);
    }
    const BreakKind kind = kind_of(left, right);
    after.cells[c] = kind == BreakKind::kValue ? CellState::kValue : CellState::kNan;
    if (std::isfinite(left) && std::isfinite(right)) {
      const Distance distance = distance_of(left, right);
      max_abs_ = std::max(max_abs_, distance.abs);
      max_rel_ = std::max(max_rel_, distance.rel);
    }
    if (!known || before->cells[c] == CellState::kEqual) {
      breaks.push_back({kind, t, c, left, right});
    }
  }
}

void WindowDiff::update(const Panel& left, const Panel& right, std::span<const Timestamp> rows,
                        std::vector<WindowBreak>& breaks) {
  TIEOUT_ASSERT(left.column_count() == common_.size() + only_left_.size() &&
                right.column_count() == common_.size() + only_right_.size());
  left_cells_.clear();
  right_cells_.clear();
  for (const CommonColumn& column : positions_) {
    left_cells_.push_back(left.column(column.left).data());
    right_cells_.push_back(right.column(column.right).data());
  }
  for (const Timestamp t : rows) {
    const auto known = rows_.find(t);
    const RowState* before = known == rows_.end() ? nullptr : &known->second;
    const auto left_row = left.find_row(t);
    const auto right_row = right.find_row(t);
    RowState after;
    bool differs = left_row.has_value() != right_row.has_value();
    if (left_row && right_row) {
      compare_row(t, *left_row, *right_row, before, after, breaks);
      differs = !after.cells.empty();
    } else if (differs) {
      after.presence = left_row ? Presence::kLeft : Presence::kRight;
      if (before == nullptr || before->presence != after.presence) {
        const BreakKind kind = left_row ? BreakKind::kMissingRight : BreakKind::kMissingLeft;
        breaks.push_back({kind, t, WindowBreak::kWholeRow, 0, 0});
      }
    }
    if (before != nullptr) {
      forget(*before);
    }
    if (differs) {
      remember(after);
      rows_.insert_or_assign(t, std::move(after));
    } else if (before != nullptr) {
      rows_.erase(known);
    }
  }
}

std::optional<Timestamp> WindowDiff::last_break_until(Timestamp t) const noexcept {
  const auto after = rows_.upper_bound(t);
  return after == rows_.begin() ? std::nullopt : std::optional(std::prev(after)->first);
}

CellCounts WindowDiff::counts(const Panel& left, const Panel& right) const noexcept {
  const std::uint64_t common_rows = left.row_count() - rows_only_left_;
  CellCounts counts;
  counts.compared = common_rows * common_.size();
  counts.present = left.row_count() * left.column_count() +
                   right.row_count() * right.column_count() - counts.compared;
  counts.missing = counts.present - counts.compared;
  counts.nan_one_side = nan_cells_;
  counts.outside = value_cells_ + nan_cells_ + counts.missing;
  counts.bitwise = counts.compared - value_cells_ - nan_cells_;
  return counts;
}

}  // namespace tieout::recon
