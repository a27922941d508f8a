#include "profile_dag_support.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "profile_text.hpp"

namespace tieout::reference {
namespace {

/// Python's text of a set with at most 20 elements; the two ends of a larger one.
std::string set_text(const std::vector<std::string>& sorted) {
  if (sorted.size() > 20) {
    return fmt::format("{} [{}, ... {}]", sorted.size(), sorted.front(), sorted.back());
  }
  std::string text = "[";
  for (const std::string& name : sorted) {
    text += fmt::format("{}'{}'", text.size() == 1 ? "" : ", ", name);
  }
  return text + "]";
}

}  // namespace

std::optional<Raised> assert_set_equal(std::vector<std::string> left,
                                       std::vector<std::string> right) {
  std::ranges::sort(left);
  std::ranges::sort(right);
  if (left == right) {
    return std::nullopt;
  }
  std::vector<std::string> only_left;
  std::vector<std::string> only_right;
  std::ranges::set_difference(left, right, std::back_inserter(only_left));
  std::ranges::set_difference(right, left, std::back_inserter(only_right));
  return assertion_error(
      fmt::format("val1 - val2={}\nval2 - val1={}\nval1={}\nset eq\nval2={}", set_text(only_left),
                  set_text(only_right), set_text(left), set_text(right)),
      "");
}

std::optional<Raised> assert_within(double max_diff, double threshold, const std::string& message) {
  if (max_diff <= threshold) {
    return std::nullopt;
  }
  return assertion_error(fmt::format("{} <= {}", format_double(max_diff), format_double(threshold)),
                         message);
}

DfsComparison compare_floats(const frames::Frame& left, const frames::Frame& right,
                             const CompareDfsOptions& options) {
  DfsComparison result =
      compare_dfs(select_float_columns(left), select_float_columns(right), options);
  result.hidden += hidden_by_float_selection(left, right);
  return result;
}

void tolerate(HiddenByProfile& hidden) {
  hidden.tolerated += std::exchange(hidden.not_asserted, 0);
}

void append(std::vector<std::string>& texts, const std::vector<std::string>& more) {
  texts.insert(texts.end(), more.begin(), more.end());
}

Result<Selection> select_nodes(const NodeDir& left, const NodeDir& right, const std::string& node) {
  Selection selection;
  if (node != "all") {
    selection.nodes = {node};
    return selection;
  }
  TIEOUT_NODE_TRY(selection.nodes, selection, left.node_names());
  TIEOUT_NODE_TRY(std::vector<std::string> right_nodes, selection, right.node_names());
  selection.raised = assert_set_equal(selection.nodes, std::move(right_nodes));
  return selection;
}

std::vector<std::size_t> sorted_rows(const std::vector<Timestamp>& times) {
  std::vector<std::size_t> rows(times.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    rows[row] = row;
  }
  std::ranges::stable_sort(rows, {}, [&](std::size_t row) { return times[row]; });
  return rows;
}

namespace {

frames::FrameColumn pick(const frames::FrameColumn& column, const std::vector<std::size_t>& rows) {
  frames::FrameColumn picked{column.label, {}, {}};
  std::visit(
      [&](const auto& values) {
        std::decay_t<decltype(values)> chosen;
        chosen.reserve(rows.size());
        for (const std::size_t row : rows) {
          chosen.push_back(values[row]);
        }
        picked.values = std::move(chosen);
      },
      column.values);
  if (!column.valid.empty()) {
    for (const std::size_t row : rows) {
      picked.valid.push_back(column.valid[row]);
    }
  }
  return picked;
}

}  // namespace

frames::Frame pick(const frames::Frame& frame, const std::vector<std::size_t>& rows) {
  frames::Frame picked{frame.level_names, pick(*frame.index, rows), frame.zone, {}};
  for (const frames::FrameColumn& column : frame.columns) {
    picked.columns.push_back(pick(column, rows));
  }
  return picked;
}

const std::vector<Timestamp>& times_of(const frames::Frame& frame) {
  return std::get<std::vector<Timestamp>>(frame.index->values);
}

}  // namespace tieout::reference
