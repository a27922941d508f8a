#include "profile_hidden.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "profile_labels.hpp"

namespace tieout::reference {
namespace {

// pandas.testing.assert_frame_equal's defaults.
constexpr double kRelative = 1e-5;
constexpr double kAbsolute = 1e-8;

bool same_cell(const frames::FrameColumn& left, std::size_t left_row,
               const frames::FrameColumn& right, std::size_t right_row) {
  if (left.is_null(left_row) || right.is_null(right_row)) {
    return left.is_null(left_row) == right.is_null(right_row);
  }
  return std::visit(
      [&](const auto& values) {
        using Values = std::decay_t<decltype(values)>;
        return values[left_row] == std::get<Values>(right.values)[right_row];
      },
      left.values);
}

void add(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) {
    names.push_back(name);
  }
}

std::vector<RowPair> common_rows(const frames::Frame& left, const frames::Frame& right) {
  std::vector<std::size_t> left_rows(left.row_count());
  std::vector<std::size_t> right_rows(right.row_count());
  std::iota(left_rows.begin(), left_rows.end(), 0);
  std::iota(right_rows.begin(), right_rows.end(), 0);
  const RowLabels labels(left, right);
  if (!labels.comparable) {
    return {};
  }
  if (!labels.equal(left_rows, right_rows)) {
    return labels.join(left_rows, right_rows);
  }
  std::vector<RowPair> pairs;
  pairs.reserve(left_rows.size());
  for (const std::size_t row : left_rows) {
    pairs.emplace_back(row, row);
  }
  return pairs;
}

/// "a, b and 3 more".
std::string some(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  const std::size_t shown = std::min(names.size(), kShown);
  std::string text = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return names.size() > kShown ? fmt::format("{} and {} more", text, names.size() - kShown) : text;
}

std::string pairs(std::uint64_t count) {
  return count == 1 ? "1 pair of cells" : fmt::format("{} pairs of cells", count);
}

}  // namespace

bool is_close(double left, double right) noexcept {
  if (left == right || (left != left && right != right)) {
    return true;
  }
  if (!std::isfinite(left) || !std::isfinite(right)) {
    return false;
  }
  const double difference = std::fabs(left - right);
  return difference <= kRelative * std::fabs(right) || difference <= kRelative * std::fabs(left) ||
         difference <= kAbsolute;
}

void count_hidden_cell(double left, double right, double diff, const CompareDfsOptions& options,
                       HiddenByProfile& hidden) noexcept {
  if (std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right) ||
      (left != left && right != right)) {
    return;
  }
  if (std::isnan(left) != std::isnan(right)) {
    ++hidden.nan_against_value;
    return;
  }
  if (std::isinf(left) || std::isinf(right)) {
    hidden.infinities += std::isnan(diff) ? 1U : 0U;
    return;
  }
  const double limit = options.close_to_zero_threshold;
  const bool left_small = std::fabs(left) < limit;
  const bool right_small = std::fabs(right) < limit;
  const bool both_zero =
      left_small && right_small && std::nearbyint(left) == 0 && std::nearbyint(right) == 0;
  if (both_zero || ((left_small || right_small) && diff == 0)) {
    ++hidden.rounded_to_zero;
  } else if (std::isnan(diff)) {
    ++hidden.value_against_zero;
  } else if (options.diff_mode != "pct_change") {
    hidden.tolerated += is_close(left, right) ? 1U : 0U;
  } else if (!options.assert_diff_threshold) {
    ++hidden.not_asserted;
  } else if (std::fabs(diff) <= *options.assert_diff_threshold) {
    ++hidden.tolerated;
  }
}

bool is_float_column(const frames::FrameColumn& column) {
  return column.type() == ColumnType::kFloat64 ||
         (column.type() == ColumnType::kInt64 && !column.valid.empty());
}

void note_columns_left_out(const frames::Frame& left, const frames::Frame& right,
                           bool (*is_compared)(const frames::FrameColumn&),
                           HiddenByProfile& hidden) {
  std::vector<RowPair> rows;
  bool aligned = false;
  for (const frames::FrameColumn& column : left.columns) {
    if (is_compared(column)) {
      continue;
    }
    add(hidden.columns_not_compared, frames::to_string(column.label));
    if (!aligned) {
      rows = common_rows(left, right);
      aligned = true;
    }
    const auto other = right.find(column.label);
    const bool same_type = other && right.columns[*other].type() == column.type();
    for (const auto& [l, r] : rows) {
      if (!same_type || !same_cell(column, l, right.columns[*other], r)) {
        ++hidden.cells_not_compared;
      }
    }
  }
  for (const frames::FrameColumn& column : right.columns) {
    if (!is_compared(column)) {
      add(hidden.columns_not_compared, frames::to_string(column.label));
    }
  }
}

HiddenByProfile hidden_by_float_selection(const frames::Frame& left, const frames::Frame& right) {
  HiddenByProfile hidden;
  note_columns_left_out(left, right, is_float_column, hidden);
  return hidden;
}

bool HiddenByProfile::any() const noexcept {
  return value_against_zero + nan_against_value + infinities + rounded_to_zero + tolerated +
                 not_asserted + cells_not_compared + rows_left_only + rows_right_only !=
             0 ||
         !columns_not_compared.empty() || !columns_left_only.empty() ||
         !columns_right_only.empty() || !notes.empty();
}

HiddenByProfile& HiddenByProfile::operator+=(const HiddenByProfile& other) {
  value_against_zero += other.value_against_zero;
  nan_against_value += other.nan_against_value;
  infinities += other.infinities;
  rounded_to_zero += other.rounded_to_zero;
  tolerated += other.tolerated;
  not_asserted += other.not_asserted;
  cells_not_compared += other.cells_not_compared;
  rows_left_only += other.rows_left_only;
  rows_right_only += other.rows_right_only;
  const auto join = [](std::vector<std::string>& names, const std::vector<std::string>& more) {
    for (const std::string& name : more) {
      add(names, name);
    }
  };
  join(columns_not_compared, other.columns_not_compared);
  join(columns_left_only, other.columns_left_only);
  join(columns_right_only, other.columns_right_only);
  join(notes, other.notes);
  return *this;
}

std::vector<std::string> to_sentences(const HiddenByProfile& hidden) {
  std::vector<std::string> sentences;
  const auto say = [&](std::uint64_t count, std::string_view why) {
    if (count > 0) {
      sentences.push_back(fmt::format("{} {}", pairs(count), why));
    }
  };
  say(hidden.value_against_zero,
      "hold a value on the left and zero on the right: the percentage is infinite and was dropped");
  say(hidden.nan_against_value,
      "hold a NaN on one side only: the difference is NaN and cannot fail");
  say(hidden.infinities, "hold an infinity: the difference was dropped");
  say(hidden.rounded_to_zero,
      "are not equal and smaller than the close-to-zero threshold: rounded before comparing");
  say(hidden.tolerated, "are not equal and within the threshold");
  say(hidden.not_asserted, "are not equal, and no threshold is asserted");
  if (!hidden.columns_not_compared.empty()) {
    sentences.push_back(
        fmt::format("{} column{} not compared, because of the type ({}); {} in {} not equal",
                    hidden.columns_not_compared.size(),
                    hidden.columns_not_compared.size() == 1 ? " was" : "s were",
                    some(hidden.columns_not_compared), pairs(hidden.cells_not_compared),
                    hidden.columns_not_compared.size() == 1 ? "it are" : "them are"));
  }
  if (hidden.rows_left_only + hidden.rows_right_only > 0) {
    sentences.push_back(
        fmt::format("rows on one side only were dropped: {} of the left, {} of the right",
                    hidden.rows_left_only, hidden.rows_right_only));
  }
  if (!hidden.columns_left_only.empty()) {
    sentences.push_back(fmt::format("columns of the left side only were dropped: {}",
                                    some(hidden.columns_left_only)));
  }
  if (!hidden.columns_right_only.empty()) {
    sentences.push_back(fmt::format("columns of the right side only were dropped: {}",
                                    some(hidden.columns_right_only)));
  }
  sentences.insert(sentences.end(), hidden.notes.begin(), hidden.notes.end());
  return sentences;
}

}  // namespace tieout::reference
