#include "window_diff.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tieout/core/assert.hpp"

#include "cell.hpp"
#include "kernels.hpp"

namespace tieout::recon {
namespace {

/// From so many rows on it pays to look at whole columns first.
constexpr std::size_t kManyRows = 4;

std::vector<ColumnKey> sorted_copy(const std::vector<ColumnKey>& columns) {
  std::vector<ColumnKey> sorted = columns;
  std::ranges::sort(sorted);
  return sorted;
}

std::size_t position_of(const std::vector<ColumnKey>& columns, const ColumnKey& key) {
  return static_cast<std::size_t>(std::ranges::find(columns, key) - columns.begin());
}

ColumnType type_of(const runlog::NodeInfo& node, std::size_t column) {
  return node.types.empty() ? ColumnType::kFloat64 : node.types[column];
}

}  // namespace

WindowDiff::WindowDiff(const runlog::NodeInfo& left, const runlog::NodeInfo& right) {
  const std::vector<ColumnKey> left_sorted = sorted_copy(left.columns);
  const std::vector<ColumnKey> right_sorted = sorted_copy(right.columns);
  std::vector<ColumnKey> both;
  std::ranges::set_intersection(left_sorted, right_sorted, std::back_inserter(both));
  std::ranges::set_difference(left_sorted, right_sorted, std::back_inserter(only_left_));
  std::ranges::set_difference(right_sorted, left_sorted, std::back_inserter(only_right_));
  for (const ColumnKey& key : both) {
    const std::size_t l = position_of(left.columns, key);
    const std::size_t r = position_of(right.columns, key);
    if (type_of(left, l) == type_of(right, r)) {
      common_.push_back(key);
      positions_.push_back({l, r, type_of(left, l)});
    } else {
      two_types_.push_back(key);
    }
  }
  rules_.resize(common_.size());
}

void WindowDiff::set_rules(std::vector<CellRule> rules, RuleBook& book) {
  TIEOUT_ASSERT(rules.size() == common_.size());
  rules_ = std::move(rules);
  book_ = &book;
  judge_again_ = true;
  ignored_columns_ =
      static_cast<std::uint64_t>(std::ranges::count(rules_, RuleKind::kIgnore, &CellRule::kind));
  uncovered_columns_ =
      static_cast<std::uint64_t>(std::ranges::count(rules_, false, &CellRule::covered));
}

void WindowDiff::count(const RowState& row, bool add) noexcept {
  // Unsigned counters wrap back: what is taken out was put in before.
  const std::uint64_t one = add ? 1 : ~std::uint64_t{0};
  rows_only_left_ += row.presence == Presence::kLeft ? one : 0;
  rows_only_right_ += row.presence == Presence::kRight ? one : 0;
  within_cells_ += one * row.within;
  for (const CellState state : row.cells) {
    switch (state) {
      case CellState::kEqual:
      case CellState::kWithin:
        break;
      case CellState::kIgnored:
        ignored_cells_ += one;
        break;
      case CellState::kWaived:
        waived_cells_ += one;
        break;
      case CellState::kValue:
        value_cells_ += one;
        break;
      case CellState::kNan:
        nan_cells_ += one;
        break;
    }
  }
}

void WindowDiff::reset() noexcept {
  rows_.clear();
  within_cells_ = ignored_cells_ = waived_cells_ = value_cells_ = nan_cells_ = 0;
  rows_only_left_ = rows_only_right_ = 0;
}

void WindowDiff::note_distance(double left, double right) noexcept {
  if (std::isfinite(left) && std::isfinite(right)) {
    const Distance distance = distance_of(left, right);
    max_abs_ = std::max(max_abs_, distance.abs);
    max_rel_ = std::max(max_rel_, distance.rel);
  }
}

void WindowDiff::compare_cell(Timestamp t, std::size_t column, double left, double right,
                              const RowState* before, RowState& after,
                              std::vector<WindowBreak>& breaks) {
  const CellRule& rule = rules_[column];
  const ColumnType type = positions_[column].type;
  const bool is_float = type == ColumnType::kFloat64;
  bool within = false;
  BreakKind kind = BreakKind::kValue;
  if (is_float) {
    note_distance(left, right);
    within = is_within(rule.tolerance, left, right);
    kind = kind_of(left, right);
  } else {
    within = is_within_words(rule.tolerance, type, word_of(left), word_of(right));
    kind = kind_of_words(word_of(left), word_of(right));
  }
  Judged judged;
  if (book_ != nullptr) {
    const double abs = is_float ? distance_of(left, right).abs
                                : distance_of_words(type, word_of(left), word_of(right)).abs;
    judged = judge_cell(rule, book_->policy(), within, abs);
    if (judged.fate == Fate::kWithin && book_->measures()) {
      is_float ? book_->measure(rule, left, right)
               : book_->measure(rule, word_of(left), word_of(right), type);
    }
  }
  if (judged.fate == Fate::kWithin) {
    ++after.within;
    return;
  }
  if (after.cells.empty()) {
    after.cells.assign(positions_.size(), CellState::kEqual);
  }
  const CellState known = before == nullptr ? CellState::kEqual : before->of(column);
  const CellState now = judged.fate == Fate::kIgnored  ? CellState::kIgnored
                        : judged.fate == Fate::kWaived ? CellState::kWaived
                        : kind == BreakKind::kValue    ? CellState::kValue
                                                       : CellState::kNan;
  after.cells[column] = now;
  // A value that becomes a NaN, or the other way round, is still the same break.
  const auto counts = [](CellState state) {
    return state == CellState::kValue || state == CellState::kNan;
  };
  if (known != now && !(counts(known) && counts(now))) {
    breaks.push_back({kind, t, column, left, right, judged});
  }
}

void WindowDiff::compare_row(Timestamp t, std::size_t left_row, std::size_t right_row,
                             const RowState* before, RowState& after,
                             std::vector<WindowBreak>& breaks) {
  for (std::size_t c = 0; c < positions_.size(); ++c) {
    const double left = left_cells_[c][left_row];
    const double right = right_cells_[c][right_row];
    const bool same = positions_[c].type == ColumnType::kFloat64 ? same_cell(left, right)
                                                                 : word_of(left) == word_of(right);
    if (!same) {
      compare_cell(t, c, left, right, before, after, breaks);
    }
  }
}

void WindowDiff::update_row(const Panel& left, const Panel& right, Timestamp t,
                            std::vector<WindowBreak>& breaks) {
  const auto known = rows_.find(t);
  const RowState* before = known == rows_.end() ? nullptr : &known->second;
  const auto left_row = left.find_row(t);
  const auto right_row = right.find_row(t);
  RowState after;
  if (left_row && right_row) {
    compare_row(t, *left_row, *right_row, before, after, breaks);
  } else if (left_row.has_value() != right_row.has_value()) {
    after.presence = left_row ? Presence::kLeft : Presence::kRight;
    if (before == nullptr || before->presence != after.presence) {
      const BreakKind kind = left_row ? BreakKind::kMissingRight : BreakKind::kMissingLeft;
      breaks.push_back({kind, t, WindowBreak::kWholeRow, 0, 0, {}});
    }
  }
  if (before != nullptr) {
    count(*before, false);
  }
  if (after.differs()) {
    count(after, true);
    rows_.insert_or_assign(t, std::move(after));
  } else if (before != nullptr) {
    rows_.erase(known);
  }
}

void WindowDiff::mark_stretch(std::size_t left_row, std::size_t right_row, std::size_t count) {
  marks_.assign((count + 63) / 64, 0);
  for (std::size_t c = 0; c < positions_.size(); ++c) {
    mark_differences({left_cells_[c] + left_row, count}, {right_cells_[c] + right_row, count},
                     positions_[c].type, marks_);
  }
}

std::vector<Timestamp> WindowDiff::rows_with_news(const Panel& left, const Panel& right,
                                                  std::span<const Timestamp> rows) {
  const auto left_index = left.index();
  const auto right_index = right.index();
  std::vector<Timestamp> news;
  for (std::size_t first = 0; first < rows.size();) {
    const std::size_t l = left.lower_bound(rows[first]);
    const std::size_t r = right.lower_bound(rows[first]);
    // A stretch: rows that follow each other in both windows as they do here.
    std::size_t count = 0;
    while (first + count < rows.size() && l + count < left_index.size() &&
           r + count < right_index.size() && left_index[l + count] == rows[first + count] &&
           right_index[r + count] == rows[first + count]) {
      ++count;
    }
    if (count == 0) {
      news.push_back(rows[first++]);
      continue;
    }
    mark_stretch(l, r, count);
    auto known = rows_.lower_bound(rows[first]);
    for (std::size_t i = 0; i < count; ++i) {
      const Timestamp t = rows[first + i];
      while (known != rows_.end() && known->first < t) {
        ++known;
      }
      const bool is_known = known != rows_.end() && known->first == t;
      if (is_known || ((marks_[i / 64] >> (i % 64)) & 1U) != 0) {
        news.push_back(t);
      }
    }
    first += count;
  }
  return news;
}

void WindowDiff::update(const Panel& left, const Panel& right, std::span<const Timestamp> rows,
                        std::vector<WindowBreak>& breaks) {
  TIEOUT_ASSERT(left.column_count() == common_.size() + only_left_.size() + two_types_.size() &&
                right.column_count() == common_.size() + only_right_.size() + two_types_.size());
  left_cells_.clear();
  right_cells_.clear();
  for (const CommonColumn& column : positions_) {
    left_cells_.push_back(left.column(column.left).data());
    right_cells_.push_back(right.column(column.right).data());
  }
  std::vector<Timestamp> with_known;
  if (judge_again_ && !rows_.empty()) {
    // Rows that differ in nothing are equal under any rule.
    std::vector<Timestamp> known;
    for (const auto& [row, state] : rows_) {
      known.push_back(row);
    }
    std::ranges::set_union(rows, known, std::back_inserter(with_known));
    rows = with_known;
  }
  judge_again_ = false;
  std::vector<Timestamp> news;
  if (rows.size() >= kManyRows) {
    news = rows_with_news(left, right, rows);
    rows = news;
  }
  for (const Timestamp t : rows) {
    update_row(left, right, t, breaks);
  }
}

std::optional<Timestamp> WindowDiff::last_break_until(Timestamp t) const noexcept {
  for (auto row = rows_.upper_bound(t); row != rows_.begin();) {
    --row;
    const auto counts = [](CellState state) {
      return state == CellState::kValue || state == CellState::kNan;
    };
    if (row->second.presence != Presence::kBoth || std::ranges::any_of(row->second.cells, counts)) {
      return row->first;
    }
  }
  return std::nullopt;
}

CellCounts WindowDiff::counts(const Panel& left, const Panel& right) const noexcept {
  const std::uint64_t rows = common_rows(left);
  CellCounts counts;
  counts.compared = rows * (common_.size() + two_types_.size());
  counts.present = left.row_count() * left.column_count() +
                   right.row_count() * right.column_count() - counts.compared;
  counts.missing = counts.present - counts.compared;
  counts.nan_one_side = nan_cells_;
  counts.type_mismatch = rows * two_types_.size();
  counts.within = within_cells_;
  counts.ignored = ignored_cells_;
  counts.waived = waived_cells_;
  counts.uncovered = uncovered_cells(rows);
  counts.outside = value_cells_ + nan_cells_ + counts.type_mismatch + counts.missing;
  counts.bitwise = counts.compared - counts.type_mismatch - value_cells_ - nan_cells_ -
                   within_cells_ - ignored_cells_ - waived_cells_;
  return counts;
}

}  // namespace tieout::recon
