#include "stage_output.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "tieout/core/nan.hpp"

namespace tieout::dataflow {

void RangeBuilder::add(RowRange rows) {
  if (rows.empty()) {
    return;
  }
  if (!ranges_.empty() && rows.first <= ranges_.back().last) {
    ranges_.back().last = std::max(ranges_.back().last, rows.last);
  } else {
    ranges_.push_back(rows);
  }
}

std::vector<RowRange> merge_ranges(std::vector<RowRange> ranges) {
  std::ranges::sort(ranges, {}, &RowRange::first);
  RangeBuilder merged;
  for (const RowRange& range : ranges) {
    merged.add(range);
  }
  return merged.take();
}

StageOutput::StageOutput(std::vector<ColumnKey> columns)
    : panel_(std::move(columns)),
      columns_hash_(hash_columns(panel_.columns())),
      scratch_(panel_.column_count() + 1) {}

void StageOutput::begin(std::size_t dropped_front) {
  panel_.drop_front(dropped_front);
  row_hashes_.erase(row_hashes_.begin(),
                    row_hashes_.begin() + static_cast<std::ptrdiff_t>(dropped_front));
  old_rows_ = panel_.row_count();
  change = StageChange{};
  change.dropped_front = dropped_front;
}

void StageOutput::set_index(std::span<const Timestamp> index) {
  const std::size_t dropped =
      index.empty() ? panel_.row_count() : panel_.lower_bound(index.front());
  const auto kept = panel_.index().subspan(dropped);
  const bool is_continued =
      kept.size() <= index.size() && std::ranges::equal(kept, index.first(kept.size()));
  if (is_continued) {
    begin(dropped);
    panel_.append_rows(index.subspan(old_rows_));
    return;
  }
  begin(panel_.row_count());
  panel_.clear_rows();
  panel_.append_rows(index);
  change.dropped_front = 0;
  change.replaced = true;
}

void StageOutput::clear_cells(RowRange rows) {
  const RowRange old{rows.first, std::min(rows.last, old_rows_)};
  if (old.first >= old.last) {
    return;
  }
  for (std::size_t c = 0; c < panel_.column_count(); ++c) {
    std::ranges::fill(panel_.column(c).subspan(old.first, old.size()),
                      std::numeric_limits<double>::quiet_NaN());
  }
}

StageOutput::RowHash StageOutput::row_hash(std::size_t row) {
  // The bytes that hash_row() feeds: the timestamp, then the cells; NaN is canonical already.
  scratch_[0] = std::bit_cast<double>(panel_.index()[row].ns);
  panel_.copy_row(row, std::span(scratch_).subspan(1));
  return to_bytes(hash_bytes(std::as_bytes(std::span(scratch_))));
}

void StageOutput::hash_window() {
  Hasher hasher;
  hasher.add_hash(columns_hash_);
  hasher.add_u64(panel_.row_count());
  hasher.add(std::as_bytes(std::span(row_hashes_)));
  change.window_hash = hasher.digest();
}

void StageOutput::finish(std::span<const RowRange> touched) {
  for (const RowRange& rows : touched) {
    for (std::size_t c = 0; c < panel_.column_count(); ++c) {
      for (double& cell : panel_.column(c).subspan(rows.first, rows.size())) {
        cell = std::isnan(cell) ? kNaN : cell;
      }
    }
  }
  row_hashes_.resize(panel_.row_count());
  RangeBuilder changed;
  for (const RowRange& rows : touched) {
    for (std::size_t row = rows.first; row < rows.last; ++row) {
      const RowHash hash = row_hash(row);
      if (row >= old_rows_ || hash != row_hashes_[row]) {
        row_hashes_[row] = hash;
        changed.add_row(row);
      }
    }
  }
  change.changed = changed.take();
  hash_window();
}

void StageOutput::finish_replaced() {
  change.replaced = true;
  change.dropped_front = 0;
  old_rows_ = 0;
  const RowRange all{0, panel_.row_count()};
  finish(std::span(&all, all.empty() ? 0 : 1));
}

}  // namespace tieout::dataflow
