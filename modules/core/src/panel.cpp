#include "tieout/core/panel.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"

namespace tieout {
namespace {

bool same_bits(double a, double b) noexcept {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

}  // namespace

std::string to_string(const ColumnKey& key) {
  return key.asset == kNoAsset ? key.field : fmt::format("{}[{}]", key.field, key.asset.value);
}

Panel::Panel(std::vector<ColumnKey> columns) : columns_(std::move(columns)) {
  std::vector<ColumnKey> sorted = columns_;
  std::ranges::sort(sorted);
  TIEOUT_ASSERT(std::ranges::adjacent_find(sorted) == sorted.end());
}

std::span<const double> Panel::column(std::size_t column) const noexcept {
  TIEOUT_ASSERT(column < columns_.size());
  return std::span(values_).subspan(column * capacity_ + index_first_, row_count());
}

std::span<double> Panel::column(std::size_t column) noexcept {
  TIEOUT_ASSERT(column < columns_.size());
  return std::span(values_).subspan(column * capacity_ + index_first_, row_count());
}

std::optional<std::size_t> Panel::find_column(const ColumnKey& key) const noexcept {
  const auto found = std::ranges::find(columns_, key);
  return found == columns_.end()
             ? std::nullopt
             : std::optional(static_cast<std::size_t>(found - columns_.begin()));
}

std::vector<std::size_t> Panel::columns_of(std::string_view field) const {
  std::vector<std::size_t> positions;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].field == field) {
      positions.push_back(c);
    }
  }
  return positions;
}

std::size_t Panel::lower_bound(Timestamp t) const noexcept {
  const auto rows = index();
  return static_cast<std::size_t>(std::ranges::lower_bound(rows, t) - rows.begin());
}

std::optional<std::size_t> Panel::find_row(Timestamp t) const noexcept {
  const std::size_t row = lower_bound(t);
  return row < row_count() && index()[row] == t ? std::optional(row) : std::nullopt;
}

void Panel::grow(std::size_t rows) {
  if (index_.size() + rows <= capacity_) {
    return;
  }
  // Rows that come all at once get their space and no more. Later ones: either slide the live rows
  // to the front, when a third of the space is dead, or make half as much space again.
  const std::size_t live = row_count();
  const std::size_t needed = live + rows;
  const std::size_t spacious = live == 0 ? needed : needed + needed / 2;
  const std::size_t capacity =
      spacious <= capacity_ ? capacity_ : std::max<std::size_t>(16, spacious);
  std::vector<double> values(columns_.size() * capacity, kNaN);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::ranges::copy(std::as_const(*this).column(c),
                      values.begin() + static_cast<std::ptrdiff_t>(c * capacity));
  }
  values_ = std::move(values);
  capacity_ = capacity;
  index_.erase(index_.begin(), index_.begin() + static_cast<std::ptrdiff_t>(index_first_));
  index_.reserve(capacity);
  index_first_ = 0;
}

void Panel::append_rows(std::span<const Timestamp> rows) {
  if (rows.empty()) {
    return;
  }
  TIEOUT_ASSERT(std::ranges::is_sorted(rows, std::ranges::less_equal{}) || rows.size() == 1);
  TIEOUT_ASSERT(empty() || index().back() < rows.front());
  grow(rows.size());
  const std::size_t first = index_.size();
  index_.insert(index_.end(), rows.begin(), rows.end());
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::fill_n(values_.begin() + static_cast<std::ptrdiff_t>(c * capacity_ + first), rows.size(),
                kNaN);
  }
}

std::size_t Panel::insert_row(Timestamp row) {
  const std::size_t position = lower_bound(row);
  if (position < row_count() && index()[position] == row) {
    return position;
  }
  grow(1);
  const auto at = static_cast<std::ptrdiff_t>(index_first_ + position);
  index_.insert(index_.begin() + at, row);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const auto cells = column(c);
    std::ranges::copy_backward(cells.subspan(position, cells.size() - position - 1), cells.end());
    cells[position] = kNaN;
  }
  return position;
}

void Panel::drop_front(std::size_t count) {
  TIEOUT_ASSERT(count <= row_count());
  index_first_ += count;
}

void Panel::clear_rows() {
  index_.clear();
  index_first_ = 0;
}

void Panel::copy_row(std::size_t row, std::span<double> out) const noexcept {
  TIEOUT_ASSERT(row < row_count() && out.size() == columns_.size());
  const double* cell = values_.data() + index_first_ + row;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    out[c] = cell[c * capacity_];
  }
}

Panel Panel::slice(RowRange rows) const {
  TIEOUT_ASSERT(rows.first <= rows.last && rows.last <= row_count());
  Panel part(columns_);
  part.append_rows(index().subspan(rows.first, rows.size()));
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::ranges::copy(column(c).subspan(rows.first, rows.size()), part.column(c).begin());
  }
  return part;
}

bool bitwise_equal(const Panel& left, const Panel& right) noexcept {
  if (left.columns() != right.columns() || !std::ranges::equal(left.index(), right.index())) {
    return false;
  }
  for (std::size_t c = 0; c < left.column_count(); ++c) {
    if (!std::ranges::equal(left.column(c), right.column(c), same_bits)) {
      return false;
    }
  }
  return true;
}

Hash128 hash_row(Timestamp row, std::span<const double> values) noexcept {
  Hasher hasher;
  hasher.add_i64(row.ns);
  for (const double value : values) {
    hasher.add_f64(value);
  }
  return hasher.digest();
}

Hash128 hash_columns(std::span<const ColumnKey> columns) {
  Hasher hasher;
  hasher.add_u64(columns.size());
  for (const ColumnKey& key : columns) {
    hasher.add_text(key.field);
    hasher.add_i64(key.asset.value);
  }
  return hasher.digest();
}

Hash128 hash_panel(const Panel& panel) {
  Hasher hasher;
  hasher.add_hash(hash_columns(panel.columns()));
  hasher.add_u64(panel.row_count());
  std::vector<double> row(panel.column_count());
  for (std::size_t r = 0; r < panel.row_count(); ++r) {
    panel.copy_row(r, row);
    hasher.add_hash(hash_row(panel.index()[r], row));
  }
  return hasher.digest();
}

}  // namespace tieout
