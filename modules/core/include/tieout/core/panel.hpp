#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/core/time.hpp"

namespace tieout {

/// Name of a panel's column: a field ("close", "vwap.ret_0") of an asset, or of no asset
/// (kNoAsset).
struct ColumnKey {
  std::string field;
  AssetId asset = kNoAsset;
  friend auto operator<=>(const ColumnKey&, const ColumnKey&) = default;
};

/// "close[1467591036]", or "pnl" for a column of no asset.
std::string to_string(const ColumnKey& key);

/// Rows [first, last) of a panel.
struct RowRange {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t size() const noexcept { return last - first; }
  bool empty() const noexcept { return first == last; }
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

/// Table of float64 with strictly increasing timestamps as rows and (field, asset) as columns.
///
/// Storage is column-major, each column contiguous, so that kernels run over columns. Rows are
/// appended at the end and dropped from the front in amortised constant time per cell; spans are
/// invalid after either.
class Panel {
 public:
  Panel() = default;
  /// The keys must be unique.
  explicit Panel(std::vector<ColumnKey> columns);

  const std::vector<ColumnKey>& columns() const noexcept { return columns_; }
  std::size_t column_count() const noexcept { return columns_.size(); }
  std::size_t row_count() const noexcept { return index_.size() - index_first_; }
  bool empty() const noexcept { return row_count() == 0; }

  /// The row timestamps, strictly increasing.
  std::span<const Timestamp> index() const noexcept {
    return std::span(index_).subspan(index_first_);
  }
  std::span<const double> column(std::size_t column) const noexcept;
  std::span<double> column(std::size_t column) noexcept;
  double at(std::size_t row, std::size_t column) const noexcept {
    return this->column(column)[row];
  }
  void set(std::size_t row, std::size_t column, double value) noexcept {
    this->column(column)[row] = value;
  }

  /// Position of the column, if it exists.
  std::optional<std::size_t> find_column(const ColumnKey& key) const noexcept;
  /// Positions of the columns of one field, ascending by position.
  std::vector<std::size_t> columns_of(std::string_view field) const;
  /// Position of the row with exactly this timestamp.
  std::optional<std::size_t> find_row(Timestamp t) const noexcept;
  /// Position of the first row that is >= t.
  std::size_t lower_bound(Timestamp t) const noexcept;

  /// Add rows of NaN after the last one. The timestamps must be strictly increasing and later than
  /// the last row.
  void append_rows(std::span<const Timestamp> rows);
  void append_row(Timestamp row) { append_rows(std::span(&row, 1)); }
  /// Add one row of NaN where its timestamp belongs; a row that exists is left alone. Returns its
  /// position.
  std::size_t insert_row(Timestamp row);
  /// Forget the first `count` rows.
  void drop_front(std::size_t count);
  void clear_rows();

  /// Copy of row `row` in column order, into `out` [column_count].
  void copy_row(std::size_t row, std::span<double> out) const noexcept;
  /// Copy of the given rows.
  Panel slice(RowRange rows) const;

 private:
  void grow(std::size_t rows);

  std::vector<ColumnKey> columns_;
  std::vector<Timestamp> index_;  // [index_first_, end) is live.
  std::size_t index_first_ = 0;
  std::vector<double> values_;  // column c starts at c * capacity_ + index_first_.
  std::size_t capacity_ = 0;    // rows
};

/// Two panels with the same columns in the same order, the same rows, and the same bits (any NaN
/// equals any NaN).
bool bitwise_equal(const Panel& left, const Panel& right) noexcept;

/// Content hash of one row: timestamp and values in column order; every NaN hashes alike, -0 and +0
/// do not.
Hash128 hash_row(Timestamp row, std::span<const double> values) noexcept;
/// Content hash of the column names in order.
Hash128 hash_columns(std::span<const ColumnKey> columns);
/// Content hash of a whole panel: columns, then the row hashes in order.
Hash128 hash_panel(const Panel& panel);

}  // namespace tieout
