#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "tieout/core/panel.hpp"
#include "tieout/recon/compare.hpp"

namespace tieout::recon {

/// A difference between two windows that was not there at the bar before.
struct WindowBreak {
  static constexpr std::size_t kWholeRow = std::numeric_limits<std::size_t>::max();
  BreakKind kind = BreakKind::kValue;
  Timestamp row;
  std::size_t column = kWholeRow;  // position in WindowDiff::common_columns()
  double left = 0, right = 0;
};

/// The cells at which two windows differ, kept up to date from the rows that change.
///
/// Rule:  columns are aligned by ColumnKey, rows by timestamp. After update() with every row that
/// is new,
///        changed or gone on either side since the last update(), the state is that of comparing
///        the two whole windows; tests hold it against that.
/// Cost:  O(changed rows x columns); memory for the rows that differ.
class WindowDiff {
 public:
  /// Align the columns, which are those of every window (a run log fixes them for the whole run).
  WindowDiff(const std::vector<ColumnKey>& left, const std::vector<ColumnKey>& right);

  /// Compare the given rows (ascending, distinct) again. Appends the breaks that start here,
  /// ascending by row, then by column.
  void update(const Panel& left, const Panel& right, std::span<const Timestamp> rows,
              std::vector<WindowBreak>& breaks);

  /// Columns of both sides, ascending; those of one side only, ascending.
  const std::vector<ColumnKey>& common_columns() const noexcept { return common_; }
  const std::vector<ColumnKey>& columns_only_left() const noexcept { return only_left_; }
  const std::vector<ColumnKey>& columns_only_right() const noexcept { return only_right_; }

  /// Nothing differs: no cell, no row, no column.
  bool equal() const noexcept { return rows_.empty() && only_left_.empty() && only_right_.empty(); }
  /// The latest row at or before `t` that differs.
  std::optional<Timestamp> last_break_until(Timestamp t) const noexcept;
  /// Counts of the two windows as they are now.
  CellCounts counts(const Panel& left, const Panel& right) const noexcept;

  /// Largest distances that any update() saw, over cells that are finite on both sides.
  double max_abs() const noexcept { return max_abs_; }
  double max_rel() const noexcept { return max_rel_; }

 private:
  enum class Presence : std::uint8_t { kBoth, kLeft, kRight };
  enum class CellState : std::uint8_t { kEqual, kValue, kNan };
  /// A row that differs somewhere. `cells` is by common column, empty unless the row is on both
  /// sides.
  struct RowState {
    Presence presence = Presence::kBoth;
    std::vector<CellState> cells;
  };
  struct CommonColumn {
    std::size_t left = 0, right = 0;  // positions in the panels
  };

  void forget(const RowState& row) noexcept;
  void remember(const RowState& row) noexcept;
  void compare_row(Timestamp t, std::size_t left_row, std::size_t right_row, const RowState* before,
                   RowState& after, std::vector<WindowBreak>& breaks);

  std::vector<ColumnKey> common_, only_left_, only_right_;
  std::vector<CommonColumn> positions_;                  // of common_
  std::vector<const double*> left_cells_, right_cells_;  // of common_, during update()
  std::map<Timestamp, RowState> rows_;
  std::uint64_t value_cells_ = 0, nan_cells_ = 0;
  std::uint64_t rows_only_left_ = 0;
  double max_abs_ = 0, max_rel_ = 0;
};

}  // namespace tieout::recon
