#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "tieout/core/hash.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/dataflow/runner.hpp"

namespace tieout::dataflow {

/// Collects rows in ascending order as disjoint ranges.
class RangeBuilder {
 public:
  void add(RowRange rows);
  void add_row(std::size_t row) { add({row, row + 1}); }
  std::vector<RowRange> take() { return std::move(ranges_); }

 private:
  std::vector<RowRange> ranges_;
};

/// Union of ranges that may overlap and stand in any order.
std::vector<RowRange> merge_ranges(std::vector<RowRange> ranges);

/// A stage's output window with what is needed to tell cheaply what a bar changed in it.
///
/// The hash of every row is kept, so that the hash of the window costs 16 bytes for each row, and a
/// recomputed row is compared with its old bits without a copy of them.
class StageOutput {
 public:
  StageOutput() = default;
  explicit StageOutput(std::vector<ColumnKey> columns);

  const Panel& panel() const noexcept { return panel_; }
  Panel& panel() noexcept { return panel_; }

  /// Rows are supported for (after, until]: inputs outside are not known to exist.
  Timestamp after;
  Timestamp until;
  StageChange change;

  /// Start a bar: give the window this index. Sets dropped_front and replaced; afterwards the first
  /// old_rows() rows are those of the bar before and the rest is new (NaN).
  void set_index(std::span<const Timestamp> index);
  std::size_t old_rows() const noexcept { return old_rows_; }

  /// Start a bar in place (source): the panel's rows are changed by the caller through these.
  void begin(std::size_t dropped_front);
  void append(std::span<const Timestamp> rows) { panel_.append_rows(rows); }

  /// Clear the cells of rows that were there before, to compute them anew.
  void clear_cells(RowRange rows);
  /// End a bar: `touched` (disjoint, ascending) are the rows whose cells may be new. Makes every
  /// NaN the same, sets change.changed and change.window_hash.
  void finish(std::span<const RowRange> touched);
  /// As finish(), after rows were inserted between old ones: everything counts as changed.
  void finish_replaced();

 private:
  using RowHash = std::array<std::byte, 16>;

  RowHash row_hash(std::size_t row);
  void hash_window();

  Panel panel_;
  Hash128 columns_hash_;
  std::vector<RowHash> row_hashes_;
  std::vector<double> scratch_;  // a row: timestamp, then cells
  std::size_t old_rows_ = 0;
};

}  // namespace tieout::dataflow
