#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/reference/profile.hpp"

#include "profile_hidden.hpp"
#include "profile_labels.hpp"
#include "profile_text.hpp"

namespace tieout::reference {
namespace {

using frames::ColumnLabel;
using frames::Frame;
using frames::FrameColumn;

/// One column as pandas has it: int64 stays int64, unless there is a null.
struct Cells {
  std::vector<double> values;       // whole numbers as float64, nulls as NaN
  std::vector<std::int64_t> whole;  // empty unless it is an int64 column
};

Cells cells_of(const FrameColumn& column) {
  Cells cells;
  if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
    cells.values = *numbers;
  } else {
    const auto& whole = std::get<std::vector<std::int64_t>>(column.values);
    cells.values.assign(whole.begin(), whole.end());
    if (column.valid.empty()) {
      cells.whole = whole;
    }
  }
  for (std::size_t row = 0; row < column.valid.size(); ++row) {
    if (column.valid[row] == 0) {
      cells.values[row] = kNaN;
    }
  }
  return cells;
}

bool is_number(const FrameColumn& column) {
  return column.type() == ColumnType::kFloat64 || column.type() == ColumnType::kInt64;
}

/// The rows and columns of one frame that take part, in their order.
struct Side {
  const Frame& frame;
  std::vector<std::size_t> rows, columns;

  const ColumnLabel& label(std::size_t i) const { return frame.columns[columns[i]].label; }
};

Side whole(const Frame& frame) {
  Side side{frame, std::vector<std::size_t>(frame.row_count()), {}};
  std::iota(side.rows.begin(), side.rows.end(), 0);
  for (std::size_t c = 0; c < frame.columns.size(); ++c) {
    if (is_number(frame.columns[c])) {
      side.columns.push_back(c);
    }
  }
  return side;
}

ColumnType index_type(const Frame& frame) {
  return frame.index ? frame.index->type() : ColumnType::kInt64;
}

std::string python_number(double value) {
  return format_double(value);
}

std::string index_name(const Frame& frame) {
  return frame.index && !frame.index->label.empty() ? frame.index->label.front() : "";
}

/// Everything about one comparison; each step stops the rest when it raises.
class Comparer {
 public:
  Comparer(const Frame& left, const Frame& right, const CompareDfsOptions& options)
      : options_(options),
        left_(whole(left)),
        right_(whole(right)),
        rows_(left, right),
        order_(left, right) {}

  DfsComparison run() && {
    if (check_threshold() && select_rows() && select_columns()) {
      if (options_.diff_mode == "diff") {
        subtract();
      } else if (options_.diff_mode == "pct_change") {
        compute_percent();
      } else {
        value_error(fmt::format("diff_mode={}", options_.diff_mode));
      }
    }
    if (out_.raised) {
      out_.diff = {};
      out_.max_abs_diff = kNaN;
    }
    return std::move(out_);
  }

 private:
  bool value_error(std::string message) {
    out_.raised = {"ValueError", std::move(message), Raised::Cause::kArgument};
    return false;
  }

  /// A threshold of 0 is false to Python, so that it is not checked.
  bool check_threshold() {
    const auto threshold = options_.assert_diff_threshold;
    if (!threshold || *threshold == 0) {
      return true;
    }
    if (!(*threshold <= 1.0)) {
      out_.raised = assertion_error(fmt::format("{} <= 1.0", python_number(*threshold)), "",
                                    Raised::Cause::kArgument);
    } else if (!(0.0 <= *threshold)) {
      out_.raised = assertion_error(fmt::format("0.0 <= {}", python_number(*threshold)), "",
                                    Raised::Cause::kArgument);
    }
    return !out_.raised;
  }

  bool rows_equal() const {
    // A zone is part of pandas' type of the index; a fixed offset is only how a file was written.
    const auto is_name = [](const std::string& zone) {
      return zone.find('/') != std::string::npos || zone == "UTC";
    };
    const std::string& l = left_.frame.zone;
    const std::string& r = right_.frame.zone;
    return rows_.equal(left_.rows, right_.rows) && (l == r || !is_name(l) || !is_name(r));
  }

  bool assert_rows_equal() {
    if (rows_equal()) {
      return true;
    }
    out_.raised = assertion_error(
        "cond=False",
        fmt::format("df1.index.difference(df2.index)=\n{}\ndf2.index.difference(df1.index)=\n{}",
                    index_repr(left_.frame, rows_.only_left(left_.rows, right_.rows)),
                    index_repr(right_.frame, rows_.only_right(left_.rows, right_.rows))));
    return false;
  }

  bool select_rows() {
    if (options_.row_mode == "equal") {
      return assert_rows_equal();
    }
    if (options_.row_mode != "inner") {
      return value_error(fmt::format("Invalid row_mode='{}'", options_.row_mode));
    }
    const std::size_t left_count = left_.rows.size();
    const std::size_t right_count = right_.rows.size();
    std::vector<std::size_t> common = rows_.common_left(left_.rows, right_.rows);
    right_.rows = rows_.common_right(left_.rows, right_.rows);
    left_.rows = std::move(common);
    out_.hidden.rows_left_only = left_count - left_.rows.size();
    out_.hidden.rows_right_only = right_count - right_.rows.size();
    return true;
  }

  std::vector<ColumnLabel> sorted_labels(const Side& side) const {
    std::vector<ColumnLabel> labels;
    for (std::size_t i = 0; i < side.columns.size(); ++i) {
      labels.push_back(side.label(i));
    }
    std::ranges::sort(labels, order_);
    return labels;
  }

  std::string list_repr(const std::vector<ColumnLabel>& labels) const {
    std::string text = "[";
    for (const ColumnLabel& label : labels) {
      text += (text.size() == 1 ? "" : ", ") + label_repr(label, order_.numeric_levels());
    }
    return text + "]";
  }

  static void keep_columns(Side& side, const std::vector<ColumnLabel>& labels,
                           std::vector<std::string>& dropped) {
    std::vector<std::size_t> kept;
    for (const ColumnLabel& label : labels) {
      for (std::size_t i = 0; i < side.columns.size(); ++i) {
        if (side.label(i) == label) {
          kept.push_back(side.columns[i]);
        }
      }
    }
    for (const std::size_t c : side.columns) {
      if (std::ranges::find(kept, c) == kept.end()) {
        dropped.push_back(frames::to_string(side.frame.columns[c].label));
      }
    }
    side.columns = std::move(kept);
  }

  bool select_columns() {
    const std::vector<ColumnLabel> left = sorted_labels(left_);
    const std::vector<ColumnLabel> right = sorted_labels(right_);
    if (options_.column_mode == "equal") {
      if (left != right) {
        out_.raised =
            assertion_error(fmt::format("'{}'\n==\n'{}'", list_repr(left), list_repr(right)), "");
      }
      return !out_.raised;
    }
    if (options_.column_mode != "inner") {
      return value_error(fmt::format("Invalid column_mode='{}'", options_.column_mode));
    }
    std::vector<ColumnLabel> common;
    std::ranges::set_intersection(left, right, std::back_inserter(common), order_);
    keep_columns(left_, common, out_.hidden.columns_left_only);
    keep_columns(right_, common, out_.hidden.columns_right_only);
    return true;
  }

  /// Columns of the result: in the left frame's order when both have the same, else sorted.
  struct ColumnPair {
    std::size_t left, right;  // positions in the frames
  };
  bool columns_in_order() const {
    for (std::size_t i = 0; i < left_.columns.size(); ++i) {
      if (left_.label(i) != right_.label(i)) {
        return false;
      }
    }
    return true;
  }
  std::vector<ColumnPair> column_pairs() const {
    std::vector<ColumnPair> pairs;
    if (columns_in_order()) {
      for (std::size_t i = 0; i < left_.columns.size(); ++i) {
        pairs.push_back({left_.columns[i], right_.columns[i]});
      }
      return pairs;
    }
    std::vector<std::size_t> left = left_.columns;
    std::vector<std::size_t> right = right_.columns;
    const auto by_label = [this](const Frame& frame) {
      return [this, &frame](std::size_t a, std::size_t b) {
        return order_(frame.columns[a].label, frame.columns[b].label);
      };
    };
    std::ranges::sort(left, by_label(left_.frame));
    std::ranges::sort(right, by_label(right_.frame));
    for (std::size_t i = 0; i < left.size(); ++i) {
      pairs.push_back({left[i], right[i]});
    }
    return pairs;
  }

  std::vector<RowPair> row_pairs() const {
    if (!rows_equal()) {
      return rows_.join(left_.rows, right_.rows);
    }
    std::vector<RowPair> pairs;
    pairs.reserve(left_.rows.size());
    for (std::size_t i = 0; i < left_.rows.size(); ++i) {
      pairs.emplace_back(left_.rows[i], right_.rows[i]);
    }
    return pairs;
  }

  void round_small(std::vector<double>& values) const {
    for (double& value : values) {
      if (std::fabs(value) < options_.close_to_zero_threshold) {
        value = std::nearbyint(value);  // numpy's round(0): half to even, and -0 stays -0
      }
    }
  }

  /// What pandas' assert_frame_equal(check_like=True, check_dtype=False) finds; "" when nothing.
  /// Raises, as pandas does, for the same labels in another order with duplicates among them.
  std::string frames_differ();
  std::string columns_differ(const std::vector<ColumnPair>& columns,
                             const std::vector<RowPair>& rows) const;
  std::string both_frames(std::string_view claim) const {
    return fmt::format("df1=\n{}\n and df2=\n{}\n {}",
                       frame_text(left_.frame, left_.rows, left_.columns),
                       frame_text(right_.frame, right_.rows, right_.columns), claim);
  }

  void subtract();
  void compute_percent();
  std::size_t rows_with_one_nan(const std::vector<RowPair>& rows) const;
  std::vector<double> percent(const Cells& left, const Cells& right,
                              const std::vector<RowPair>& rows) const;
  void check_percent(const Frame& diff);
  void begin_result(const std::vector<RowPair>& rows);
  void add_result(ColumnPair columns, ColumnValues values);
  void count_hidden(const Cells& left, const Cells& right, const std::vector<RowPair>& rows,
                    const std::vector<double>& diff);

  const CompareDfsOptions& options_;
  Side left_, right_;
  RowLabels rows_;
  LabelOrder order_;
  DfsComparison out_;
};

void Comparer::begin_result(const std::vector<RowPair>& rows) {
  const Frame& left = left_.frame;
  out_.diff.level_names = left.level_names;
  out_.diff.zone = left.zone;
  FrameColumn index;
  const std::string name = index_name(left);
  index.label = {name == index_name(right_.frame) || rows_equal() ? name : ""};
  const ColumnValues labels = rows_.left;
  std::visit(
      [&](const auto& values) {
        std::decay_t<decltype(values)> picked;
        picked.reserve(rows.size());
        for (const auto& [l, r] : rows) {
          picked.push_back(values[l]);
        }
        index.values = std::move(picked);
      },
      labels);
  out_.diff.index = std::move(index);
}

void Comparer::add_result(ColumnPair columns, ColumnValues values) {
  FrameColumn column;
  for (const std::string& level : left_.frame.columns[columns.left].label) {
    column.label.push_back(fmt::format("{}.{}", level, options_.diff_mode));
  }
  std::visit(
      [this](const auto& numbers) {
        if constexpr (std::is_arithmetic_v<typename std::decay_t<decltype(numbers)>::value_type>) {
          for (const auto number : numbers) {
            const double magnitude = std::fabs(static_cast<double>(number));
            if (!(magnitude <= out_.max_abs_diff) && magnitude == magnitude) {
              out_.max_abs_diff = magnitude;
            }
          }
        }
      },
      values);
  column.values = std::move(values);
  out_.diff.columns.push_back(std::move(column));
}

std::string Comparer::columns_differ(const std::vector<ColumnPair>& columns,
                                     const std::vector<RowPair>& rows) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Cells left = cells_of(left_.frame.columns[columns[i].left]);
    Cells right = cells_of(right_.frame.columns[columns[i].right]);
    round_small(left.values);
    round_small(right.values);
    std::size_t different = 0;
    std::size_t first = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (!is_close(left.values[rows[row].first], right.values[rows[row].second])) {
        first = different == 0 ? row : first;
        ++different;
      }
    }
    if (different > 0) {
      const std::string name =
          fmt::format("DataFrame.iloc[:, {}] (column name=\"{}\")", i,
                      frames::to_string(left_.frame.columns[columns[i].left].label));
      return fmt::format(
          "{0} are different\n\n{0} values are different ({1:.6g} %)\nAt positional index {2}, "
          "first diff: {3} != {4}",
          name, 100.0 * static_cast<double>(different) / static_cast<double>(rows.size()), first,
          format_double(left.values[rows[first].first]),
          format_double(right.values[rows[first].second]));
    }
  }
  return "";
}

std::string Comparer::frames_differ() {
  if (left_.rows.size() != right_.rows.size()) {
    return fmt::format(
        "DataFrame are different\n\nDataFrame shape mismatch\n[left]:  ({}, {})\n[right]: ({}, {})",
        left_.rows.size(), left_.columns.size(), right_.rows.size(), right_.columns.size());
  }
  if (index_type(left_.frame) != index_type(right_.frame)) {
    return fmt::format(
        "DataFrame.index are different\n\nDataFrame.index classes are different\n[left]:  {}\n"
        "[right]: {}",
        index_repr(left_.frame, left_.rows), index_repr(right_.frame, right_.rows));
  }
  if (!rows_.same_labels(left_.rows, right_.rows)) {
    return fmt::format(
        "DataFrame.index are different\n\nDataFrame.index values are different\n[left]:  {}\n"
        "[right]: {}",
        index_repr(left_.frame, left_.rows), index_repr(right_.frame, right_.rows));
  }
  if (const std::string l = index_name(left_.frame), r = index_name(right_.frame); l != r) {
    return fmt::format(
        "DataFrame.index are different\n\nAttribute \"names\" are different\n[left]:  ['{}']\n"
        "[right]: ['{}']",
        l, r);
  }
  if (left_.frame.level_names != right_.frame.level_names) {
    return "DataFrame.columns are different\n\nAttribute \"names\" are different";
  }
  std::vector<RowPair> rows = row_pairs();
  if (!rows_equal()) {
    if (rows.size() != left_.rows.size()) {
      // It brings the left frame into the right one's order.
      value_error("cannot reindex on an axis with duplicate labels");
      out_.raised->cause = Raised::Cause::kDifference;
      return "";
    }
    std::ranges::sort(rows, {}, &RowPair::second);
  }
  std::vector<ColumnPair> columns = column_pairs();
  if (!columns_in_order()) {
    std::ranges::sort(columns, {}, &ColumnPair::right);
  }
  return columns_differ(columns, rows);
}

void Comparer::subtract() {
  const std::vector<RowPair> rows = row_pairs();
  if (const std::string difference = frames_differ(); !difference.empty()) {
    fail_or_warn(difference, both_frames("are not equal."), options_.only_warning, out_);
  }
  if (out_.raised) {
    return;
  }
  begin_result(rows);
  for (const ColumnPair& columns : column_pairs()) {
    Cells left = cells_of(left_.frame.columns[columns.left]);
    Cells right = cells_of(right_.frame.columns[columns.right]);
    const bool whole_numbers =
        left.whole.size() == left.values.size() && right.whole.size() == right.values.size();
    const Cells left_before = left;
    const Cells right_before = right;
    round_small(left.values);
    round_small(right.values);
    std::vector<double> diff;
    diff.reserve(rows.size());
    for (const auto& [l, r] : rows) {
      const double value = left.values[l] - right.values[r];
      diff.push_back(options_.remove_inf && std::isinf(value) ? kNaN : value);
    }
    count_hidden(left_before, right_before, rows, diff);
    if (!whole_numbers) {
      add_result(columns, std::move(diff));
      continue;
    }
    std::vector<std::int64_t> exact;
    exact.reserve(rows.size());
    for (const auto& [l, r] : rows) {
      // numpy wraps around.
      exact.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(left.whole[l]) -
                                                static_cast<std::uint64_t>(right.whole[r])));
    }
    add_result(columns, std::move(exact));
  }
}

std::size_t Comparer::rows_with_one_nan(const std::vector<RowPair>& rows) const {
  std::vector<char> one_nan(rows.size(), 0);
  for (const ColumnPair& columns : column_pairs()) {
    const Cells left = cells_of(left_.frame.columns[columns.left]);
    const Cells right = cells_of(right_.frame.columns[columns.right]);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (std::isnan(left.values[rows[row].first]) != std::isnan(right.values[rows[row].second])) {
        one_nan[row] = 1;
      }
    }
  }
  return static_cast<std::size_t>(std::ranges::count(one_nan, 1));
}

std::vector<double> Comparer::percent(const Cells& left, const Cells& right,
                                      const std::vector<RowPair>& rows) const {
  const bool whole_numbers =
      left.whole.size() == left.values.size() && right.whole.size() == right.values.size();
  std::vector<double> result;
  result.reserve(rows.size());
  for (const auto& [l, r] : rows) {
    double numerator = 100 * (left.values[l] - right.values[r]);
    if (whole_numbers) {
      const std::uint64_t wrapped = 100U * (static_cast<std::uint64_t>(left.whole[l]) -
                                            static_cast<std::uint64_t>(right.whole[r]));
      numerator = static_cast<double>(static_cast<std::int64_t>(wrapped));
    }
    double value = numerator / std::fabs(right.values[r]);
    if (options_.zero_vs_zero_is_zero && left.values[l] == 0 && right.values[r] == 0) {
      value = 0;
    }
    result.push_back(options_.remove_inf && std::isinf(value) ? kNaN : value);
  }
  return result;
}

void Comparer::compute_percent() {
  if (!assert_rows_equal()) {
    return;
  }
  if (!columns_in_order()) {
    // The reference prints the (empty) differences of the sets: the order is what differs.
    out_.raised =
        assertion_error("cond=False",
                        "df1.columns.difference(df2.columns)=\nIndex([], dtype='object')\n"
                        "df2.columns.difference(df1.columns)=\nIndex([], dtype='object')");
    return;
  }
  const std::vector<RowPair> rows = row_pairs();
  if (const std::size_t count = rows_with_one_nan(rows); count > 0) {
    fail_or_warn(fmt::format("'0'\n==\n'{}'", count),
                 "There are NaN values in one of the dataframes that are not in the other one.",
                 options_.only_warning, out_);
    if (out_.raised) {
      return;
    }
  }
  begin_result(rows);
  for (const ColumnPair& columns : column_pairs()) {
    Cells left = cells_of(left_.frame.columns[columns.left]);
    Cells right = cells_of(right_.frame.columns[columns.right]);
    const Cells left_before = left;
    const Cells right_before = right;
    round_small(left.values);
    round_small(right.values);
    std::vector<double> diff = percent(left, right, rows);
    count_hidden(left_before, right_before, rows, diff);
    add_result(columns, std::move(diff));
  }
  if (options_.assert_diff_threshold) {
    check_percent(out_.diff);
  }
  if (!out_.raised) {
    out_.messages.push_back(
        fmt::format("Maximum percentage difference between the two dataframes = {}",
                    format_double(out_.max_abs_diff)));
  }
}

void Comparer::check_percent(const Frame& diff) {
  for (std::size_t c = 0; c < diff.columns.size(); ++c) {
    const auto& values = std::get<std::vector<double>>(diff.columns[c].values);
    const auto beyond = std::ranges::count_if(values, [this](double value) {
      return !std::isnan(value) && !(std::fabs(value) <= *options_.assert_diff_threshold);
    });
    if (beyond == 0) {
      continue;
    }
    const std::string name =
        fmt::format("DataFrame.iloc[:, {}] (column name=\"{}\")", c,
                    frames::to_string(left_.frame.columns[left_.columns[c]].label));
    fail_or_warn(
        fmt::format("{0} are different\n\n{0} values are different ({1:.6g} %)", name,
                    100.0 * static_cast<double>(beyond) / static_cast<double>(values.size())),
        both_frames("have pct_change more than `assert_diff_threshold`."), options_.only_warning,
        out_);
    return;
  }
}

void Comparer::count_hidden(const Cells& left, const Cells& right, const std::vector<RowPair>& rows,
                            const std::vector<double>& diff) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    count_hidden_cell(left.values[rows[row].first], right.values[rows[row].second], diff[row],
                      options_, out_.hidden);
  }
}

}  // namespace

DfsComparison compare_dfs(const Frame& left, const Frame& right, const CompareDfsOptions& options) {
  DfsComparison result = Comparer(left, right, options).run();
  note_columns_left_out(left, right, is_number, result.hidden);
  return result;
}

Frame select_float_columns(const Frame& frame) {
  Frame selected{frame.level_names, frame.index, frame.zone, {}};
  std::ranges::copy_if(frame.columns, std::back_inserter(selected.columns), is_float_column);
  return selected;
}

void split_levels(Frame& frame) {
  std::vector<ColumnLabel> labels;
  for (const FrameColumn& column : frame.columns) {
    if (column.label.size() != 1) {
      return;
    }
    ColumnLabel label{""};
    for (const char c : column.label.front()) {
      if (c == '|') {
        label.emplace_back();
      } else {
        label.back() += c;
      }
    }
    if (label.size() < 2 || (!labels.empty() && labels.front().size() != label.size())) {
      return;
    }
    labels.push_back(std::move(label));
  }
  if (labels.empty()) {
    return;
  }
  frame.level_names.assign(labels.front().size(), "");
  for (std::size_t c = 0; c < labels.size(); ++c) {
    frame.columns[c].label = std::move(labels[c]);
  }
}

}  // namespace tieout::reference
