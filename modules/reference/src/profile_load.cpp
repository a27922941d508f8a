#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "profile_dag_support.hpp"

namespace tieout::reference {
namespace {

Error as_error(const Raised& raised, std::string_view who) {
  std::string line = raised.message;
  std::ranges::replace(line, '\n', ' ');
  return Error{ErrorCode::kMissingData, fmt::format("{}: {}: {}", who, raised.type, line)};
}

/// Append the one row of `more`, which must have the same columns.
Status append_rows(frames::Frame& all, const frames::Frame& more) {
  const auto append_column = [](frames::FrameColumn& column, const frames::FrameColumn& tail) {
    if (!column.valid.empty() || !tail.valid.empty()) {
      column.valid.resize(column.size(), 1);
      std::vector<std::uint8_t> valid = tail.valid;
      valid.resize(tail.size(), 1);
      column.valid.insert(column.valid.end(), valid.begin(), valid.end());
    }
    std::visit(
        [&](auto& values) {
          const auto& last = std::get<std::decay_t<decltype(values)>>(tail.values);
          values.insert(values.end(), last.begin(), last.end());
        },
        column.values);
  };
  for (frames::FrameColumn& column : all.columns) {
    const auto other = more.find(column.label);
    if (!other || more.columns[*other].type() != column.type() ||
        more.columns.size() != all.columns.size()) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("load_dag_outputs: column '{}' is not the same at all bars",
                               frames::to_string(column.label))};
    }
    append_column(column, more.columns[*other]);
  }
  append_column(*all.index, *more.index);
  return {};
}

}  // namespace

Result<std::vector<std::string>> dag_node_names(const fs::path& dir) {
  auto names = NodeDir(dir).node_names();
  if (const auto* raised = std::get_if<1>(&names)) {
    return as_error(*raised, "dag_node_names");
  }
  if (auto* error = std::get_if<2>(&names)) {
    return std::move(*error);
  }
  return std::move(std::get<0>(names));
}

Result<frames::Frame> load_dag_outputs(const fs::path& path, const std::string& node) {
  const NodeDir dir(path);
  auto bars = dir.bars(node);
  if (const auto* raised = std::get_if<1>(&bars)) {
    return as_error(*raised, "load_dag_outputs");
  }
  std::optional<frames::Frame> all;
  for (const BarStamp& bar : std::get<0>(bars)) {
    auto frame = dir.read(node, bar);
    if (const auto* raised = std::get_if<1>(&frame)) {
      return as_error(*raised, "load_dag_outputs");
    }
    if (auto* error = std::get_if<2>(&frame)) {
      return std::move(*error);
    }
    const frames::Frame& window = std::get<0>(frame);
    const std::vector<std::size_t> order = sorted_rows(times_of(window));
    if (order.empty()) {
      continue;
    }
    frames::Frame last = pick(window, {order.back()});
    if (!all) {
      all = std::move(last);
    } else {
      TIEOUT_CHECK(append_rows(*all, last));
    }
  }
  if (!all) {
    return Error{
        ErrorCode::kMissingData,
        fmt::format("load_dag_outputs: no output of node '{}' in {}", node, path.string())};
  }
  return std::move(*all);
}

}  // namespace tieout::reference
