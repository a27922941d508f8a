#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "tieout/core/panel.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/runlog/manifest.hpp"

#include "rules.hpp"

namespace tieout::recon {

/// A difference between two windows that was not there at the bar before: one that counts, or one
/// that the policy ignores or waives.
struct WindowBreak {
  static constexpr std::size_t kWholeRow = std::numeric_limits<std::size_t>::max();
  BreakKind kind = BreakKind::kValue;
  Timestamp row;
  std::size_t column = kWholeRow;  // position in WindowDiff::common_columns()
  double left = 0, right = 0;      // words where the column is not float64
  Judged judged = {};              // never kWithin
};

/// The cells at which two windows differ, kept up to date from the rows that change.
///
/// Rule:  columns are aligned by ColumnKey, rows by timestamp. After update() with every row that
///        is new, changed or gone on either side since the last update(), the state is that of
///        comparing the two whole windows; tests hold it against that.
/// Cost:  O(changed rows x columns); memory for the rows that differ.
class WindowDiff {
 public:
  /// Align the columns, which are those of every window (a run log fixes them for the whole run).
  WindowDiff(const runlog::NodeInfo& left, const runlog::NodeInfo& right);

  /// The rules of the common columns from the next update() on; exact until it is called. Rows
  /// that differ are judged anew there. `book` counts what they do; it must outlive this.
  void set_rules(std::vector<CellRule> rules, RuleBook& book);

  /// Compare the given rows (ascending, distinct) again. Appends the breaks that start here,
  /// ascending by row, then by column.
  void update(const Panel& left, const Panel& right, std::span<const Timestamp> rows,
              std::vector<WindowBreak>& breaks);
  /// The windows are equal.
  void reset() noexcept;

  /// Columns of both sides and of one type, ascending, and their types; those of one side only, and
  /// those of two types, ascending.
  const std::vector<ColumnKey>& common_columns() const noexcept { return common_; }
  ColumnType type(std::size_t column) const noexcept { return positions_[column].type; }
  const std::vector<ColumnKey>& columns_only_left() const noexcept { return only_left_; }
  const std::vector<ColumnKey>& columns_only_right() const noexcept { return only_right_; }
  const std::vector<ColumnKey>& columns_of_two_types() const noexcept { return two_types_; }
  const CellRule& rule(std::size_t column) const noexcept { return rules_[column]; }

  /// Nothing differs: no cell, not even within tolerance, no row, no column.
  bool equal() const noexcept { return rows_.empty() && !columns_differ(); }
  /// Nothing differs that counts.
  bool has_breaks() const noexcept {
    return columns_differ() || rows_only_left_ + rows_only_right_ + value_cells_ + nan_cells_ > 0;
  }
  /// The latest row at or before `t` that differs in what counts.
  std::optional<Timestamp> last_break_until(Timestamp t) const noexcept;
  /// Counts of the two windows as they are now.
  CellCounts counts(const Panel& left, const Panel& right) const noexcept;
  /// Cells of common rows whose rule ignores differences, at `common_rows` rows.
  std::uint64_t ignorable_cells(std::uint64_t common_rows) const noexcept {
    return common_rows * ignored_columns_;
  }
  std::uint64_t uncovered_cells(std::uint64_t common_rows) const noexcept {
    return common_rows * uncovered_columns_;
  }
  std::uint64_t common_rows(const Panel& left) const noexcept {
    return left.row_count() - rows_only_left_;
  }

  /// Largest distances that any update() saw, over float64 cells that are finite on both sides.
  double max_abs() const noexcept { return max_abs_; }
  double max_rel() const noexcept { return max_rel_; }

 private:
  enum class Presence : std::uint8_t { kBoth, kLeft, kRight };
  enum class CellState : std::uint8_t { kEqual, kWithin, kIgnored, kWaived, kValue, kNan };
  /// A row that differs somewhere. `cells` is by common column, empty unless a cell is in another
  /// state than equal and within: most rows that differ by rounding alone need only the count.
  struct RowState {
    Presence presence = Presence::kBoth;
    std::uint32_t within = 0;
    std::vector<CellState> cells;
    bool differs() const noexcept {
      return presence != Presence::kBoth || within > 0 || !cells.empty();
    }
    CellState of(std::size_t column) const noexcept {
      return cells.empty() ? CellState::kEqual : cells[column];
    }
  };
  struct CommonColumn {
    std::size_t left = 0, right = 0;  // positions in the panels
    ColumnType type = ColumnType::kFloat64;
  };

  bool columns_differ() const noexcept {
    return !only_left_.empty() || !only_right_.empty() || !two_types_.empty();
  }
  void count(const RowState& row, bool add) noexcept;
  void note_distance(double left, double right) noexcept;
  void compare_row(Timestamp t, std::size_t left_row, std::size_t right_row, const RowState* before,
                   RowState& after, std::vector<WindowBreak>& breaks);
  void compare_cell(Timestamp t, std::size_t column, double left, double right,
                    const RowState* before, RowState& after, std::vector<WindowBreak>& breaks);
  void update_row(const Panel& left, const Panel& right, Timestamp t,
                  std::vector<WindowBreak>& breaks);
  /// Of these rows, those at which update_row() has anything to do: they are known to differ, of
  /// one side only, or not equal in every common column.
  std::vector<Timestamp> rows_with_news(const Panel& left, const Panel& right,
                                        std::span<const Timestamp> rows);
  /// Rows [left_row, left_row + count) of the left window and those from `right_row` on in the
  /// right one that differ in a common column, to marks_.
  void mark_stretch(std::size_t left_row, std::size_t right_row, std::size_t count);

  std::vector<ColumnKey> common_, only_left_, only_right_, two_types_;
  std::vector<CommonColumn> positions_;                  // of common_
  std::vector<CellRule> rules_;                          // of common_
  std::vector<const double*> left_cells_, right_cells_;  // of common_, during update()
  std::vector<std::uint64_t> marks_;                     // one bit a row, during update()
  std::map<Timestamp, RowState> rows_;
  RuleBook* book_ = nullptr;
  bool judge_again_ = false;  // the rules are new
  std::uint64_t ignored_columns_ = 0, uncovered_columns_ = 0;
  std::uint64_t within_cells_ = 0, ignored_cells_ = 0, waived_cells_ = 0;
  std::uint64_t value_cells_ = 0, nan_cells_ = 0;
  std::uint64_t rows_only_left_ = 0, rows_only_right_ = 0;
  double max_abs_ = 0, max_rel_ = 0;
};

}  // namespace tieout::recon
