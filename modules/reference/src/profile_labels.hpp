#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tieout/core/table.hpp"
#include "tieout/frames/frame.hpp"

namespace tieout::reference {

/// The row labels of two frames in one type, so that they can be compared: whole numbers and floats
/// meet as floats, a frame without an index has its row numbers. `comparable` is false when no
/// label of one can equal one of the other.
struct RowLabels {
  RowLabels(const frames::Frame& left, const frames::Frame& right);

  ColumnValues left, right;
  bool comparable = true;

  /// pandas' Index.equals on these rows.
  bool equal(std::span<const std::size_t> left_rows, std::span<const std::size_t> right_rows) const;
  /// The same labels with the same counts, in any order.
  bool same_labels(std::span<const std::size_t> left_rows,
                   std::span<const std::size_t> right_rows) const;
  /// The rows whose label the other side has too, in their own order.
  std::vector<std::size_t> common_left(std::span<const std::size_t> left_rows,
                                       std::span<const std::size_t> right_rows) const;
  std::vector<std::size_t> common_right(std::span<const std::size_t> left_rows,
                                        std::span<const std::size_t> right_rows) const;
  /// pandas' Index.difference: labels that only one side has, sorted, each once.
  std::vector<std::size_t> only_left(std::span<const std::size_t> left_rows,
                                     std::span<const std::size_t> right_rows) const;
  std::vector<std::size_t> only_right(std::span<const std::size_t> left_rows,
                                      std::span<const std::size_t> right_rows) const;
  /// pandas' outer join of two indices that are not equal but hold the same labels: sorted, each
  /// row of a label with each row of the same label on the other side.
  std::vector<std::pair<std::size_t, std::size_t>> join(
      std::span<const std::size_t> left_rows, std::span<const std::size_t> right_rows) const;
};

/// True when the labels ascend (equal neighbours allowed); strictly, when `unique`.
bool is_increasing(const ColumnValues& labels, bool unique);

/// How pandas orders column labels: level by level, a level of two-level columns that holds whole
/// numbers only by number.
class LabelOrder {
 public:
  LabelOrder(const frames::Frame& left, const frames::Frame& right);

  bool operator()(const frames::ColumnLabel& a, const frames::ColumnLabel& b) const;
  std::span<const char> numeric_levels() const noexcept { return numeric_; }

 private:
  std::vector<char> numeric_;
};

}  // namespace tieout::reference
