#include "profile_labels.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::reference {
namespace {

using Rows = std::span<const std::size_t>;

ColumnValues labels_of(const frames::Frame& frame) {
  if (frame.index) {
    return frame.index->values;
  }
  std::vector<std::int64_t> range(frame.row_count());
  std::iota(range.begin(), range.end(), 0);
  return range;
}

void to_float(ColumnValues& labels) {
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&labels)) {
    labels = std::vector<double>(whole->begin(), whole->end());
  }
}

/// Call `use(left labels, right labels)`, both of one type.
template <typename Use>
auto with_both(const ColumnValues& left, const ColumnValues& right, Use use) {
  return std::visit(
      [&](const auto& l) {
        using Values = std::decay_t<decltype(l)>;
        return use(l, std::get<Values>(right));
      },
      left);
}

template <typename T>
std::vector<std::size_t> sorted_rows(const std::vector<T>& labels, Rows rows) {
  std::vector<std::size_t> sorted(rows.begin(), rows.end());
  std::ranges::stable_sort(sorted,
                           [&](std::size_t a, std::size_t b) { return labels[a] < labels[b]; });
  return sorted;
}

enum class Keep { kCommon, kOnlyHere };

/// The rows of `rows` whose label is, or is not, among the other side's.
template <typename T>
std::vector<std::size_t> select(const std::vector<T>& labels, Rows rows,
                                const std::vector<T>& other, Rows other_rows, Keep keep) {
  std::vector<T> there;
  there.reserve(other_rows.size());
  for (const std::size_t row : other_rows) {
    there.push_back(other[row]);
  }
  std::ranges::sort(there);
  std::vector<std::size_t> kept;
  for (const std::size_t row : rows) {
    if (std::ranges::binary_search(there, labels[row]) == (keep == Keep::kCommon)) {
      kept.push_back(row);
    }
  }
  return kept;
}

template <typename T>
std::vector<std::size_t> difference(const std::vector<T>& labels, Rows rows,
                                    const std::vector<T>& other, Rows other_rows) {
  std::vector<std::size_t> only =
      sorted_rows(labels, select(labels, rows, other, other_rows, Keep::kOnlyHere));
  // std::unique, because clang 14 cannot use the subrange of std::ranges::unique.
  only.erase(std::unique(only.begin(), only.end(),
                         [&](std::size_t a, std::size_t b) { return labels[a] == labels[b]; }),
             only.end());
  return only;
}

}  // namespace

RowLabels::RowLabels(const frames::Frame& left_frame, const frames::Frame& right_frame)
    : left(labels_of(left_frame)), right(labels_of(right_frame)) {
  if (left.index() == right.index()) {
    return;
  }
  to_float(left);
  to_float(right);
  if (left.index() != right.index()) {
    comparable = false;
    // An empty list of the other type, so that every operation finds two of one type.
    right =
        std::visit([](const auto& l) { return ColumnValues(std::decay_t<decltype(l)>{}); }, left);
  }
}

bool RowLabels::equal(Rows left_rows, Rows right_rows) const {
  if (left_rows.size() != right_rows.size() || (!comparable && !left_rows.empty())) {
    return false;
  }
  return with_both(left, right, [&](const auto& l, const auto& r) {
    return std::ranges::equal(left_rows, right_rows,
                              [&](std::size_t a, std::size_t b) { return l[a] == r[b]; });
  });
}

bool RowLabels::same_labels(Rows left_rows, Rows right_rows) const {
  if (!comparable) {
    return left_rows.empty() && right_rows.empty();
  }
  return with_both(left, right, [&](const auto& l, const auto& r) {
    return std::ranges::equal(sorted_rows(l, left_rows), sorted_rows(r, right_rows),
                              [&](std::size_t a, std::size_t b) { return l[a] == r[b]; });
  });
}

std::vector<std::size_t> RowLabels::common_left(Rows left_rows, Rows right_rows) const {
  if (!comparable) {
    return {};
  }
  return with_both(left, right, [&](const auto& l, const auto& r) {
    return select(l, left_rows, r, right_rows, Keep::kCommon);
  });
}

std::vector<std::size_t> RowLabels::common_right(Rows left_rows, Rows right_rows) const {
  if (!comparable) {
    return {};
  }
  return with_both(left, right, [&](const auto& l, const auto& r) {
    return select(r, right_rows, l, left_rows, Keep::kCommon);
  });
}

std::vector<std::size_t> RowLabels::only_left(Rows left_rows, Rows right_rows) const {
  if (!comparable) {
    return {left_rows.begin(), left_rows.end()};
  }
  return with_both(left, right, [&](const auto& l, const auto& r) {
    return difference(l, left_rows, r, right_rows);
  });
}

std::vector<std::size_t> RowLabels::only_right(Rows left_rows, Rows right_rows) const {
  if (!comparable) {
    return {right_rows.begin(), right_rows.end()};
  }
  return with_both(left, right, [&](const auto& l, const auto& r) {
    return difference(r, right_rows, l, left_rows);
  });
}

std::vector<std::pair<std::size_t, std::size_t>> RowLabels::join(Rows left_rows,
                                                                 Rows right_rows) const {
  TIEOUT_ASSERT(comparable || (left_rows.empty() && right_rows.empty()));
  return with_both(left, right, [&](const auto& l, const auto& r) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    const std::vector<std::size_t> a = sorted_rows(l, left_rows);
    const std::vector<std::size_t> b = sorted_rows(r, right_rows);
    std::size_t first = 0;
    for (const std::size_t row : a) {
      while (first < b.size() && r[b[first]] < l[row]) {
        ++first;
      }
      for (std::size_t i = first; i < b.size() && r[b[i]] == l[row]; ++i) {
        pairs.emplace_back(row, b[i]);
      }
    }
    return pairs;
  });
}

bool is_increasing(const ColumnValues& labels, bool unique) {
  return std::visit(
      [&](const auto& values) {
        for (std::size_t i = 1; i < values.size(); ++i) {
          if (values[i] < values[i - 1] || (unique && values[i] == values[i - 1])) {
            return false;
          }
        }
        return true;
      },
      labels);
}

LabelOrder::LabelOrder(const frames::Frame& left, const frames::Frame& right) {
  std::size_t levels = 1;
  for (const frames::Frame* frame : {&left, &right}) {
    for (const frames::FrameColumn& column : frame->columns) {
      levels = std::max(levels, column.label.size());
    }
  }
  // pandas keeps the text of a flat header.
  numeric_.assign(levels, levels > 1 ? 1 : 0);
  for (const frames::Frame* frame : {&left, &right}) {
    for (const frames::FrameColumn& column : frame->columns) {
      for (std::size_t level = 0; level < levels; ++level) {
        if (numeric_[level] != 0 &&
            (level >= column.label.size() || !parse_int(column.label[level]))) {
          numeric_[level] = 0;
        }
      }
    }
  }
}

bool LabelOrder::operator()(const frames::ColumnLabel& a, const frames::ColumnLabel& b) const {
  const std::size_t levels = std::min(a.size(), b.size());
  for (std::size_t level = 0; level < levels; ++level) {
    if (a[level] == b[level]) {
      continue;
    }
    if (numeric_[level] != 0) {
      return *parse_int(a[level]) < *parse_int(b[level]);
    }
    return a[level] < b[level];
  }
  return a.size() < b.size();
}

}  // namespace tieout::reference
