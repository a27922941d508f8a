#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "profile_dag_support.hpp"
#include "profile_text.hpp"

namespace tieout::reference {
namespace {

/// sort_index() and dassert_strictly_increasing_index().
std::optional<Raised> sort_strictly(frames::Frame& frame) {
  const std::vector<std::size_t> order = sorted_rows(times_of(frame));
  if (!std::ranges::is_sorted(order)) {
    frame = pick(frame, order);
  }
  const auto& times = times_of(frame);
  std::vector<std::size_t> duplicates;
  std::vector<std::size_t> columns;
  for (std::size_t row = 0; row < times.size(); ++row) {
    if ((row > 0 && times[row] == times[row - 1]) ||
        (row + 1 < times.size() && times[row] == times[row + 1])) {
      duplicates.push_back(row);
    }
  }
  if (duplicates.empty()) {
    return std::nullopt;
  }
  for (std::size_t c = 0; c < frame.columns.size(); ++c) {
    columns.push_back(c);
  }
  return assertion_error("cond=False", fmt::format("Duplicated rows are:\n{}\n",
                                                   frame_text(frame, duplicates, columns)));
}

/// The rows of the run [first, last], less the first row of the frame before and the last of the
/// current one: the windows are taken to slide.
enum class Drop { kFirst, kLast };
frames::Frame within_run(const frames::Frame& frame, Drop drop, Timestamp first, Timestamp last) {
  const auto& times = times_of(frame);
  const std::size_t begin = drop == Drop::kFirst && !times.empty() ? 1 : 0;
  const std::size_t end = drop == Drop::kLast && !times.empty() ? times.size() - 1 : times.size();
  std::vector<std::size_t> rows;
  for (std::size_t row = begin; row < end; ++row) {
    if (first <= times[row] && times[row] <= last) {
      rows.push_back(row);
    }
  }
  return pick(frame, rows);
}

/// The bars to walk over: all, or one and the one before.
Result<std::vector<BarStamp>> bars_to_check(const std::vector<BarStamp>& all,
                                            const SelfConsistencyOptions& options,
                                            std::optional<Raised>& raised) {
  if (options.bar_timestamp == "all") {
    return all;
  }
  if (!options.trading_freq) {
    raised =
        assertion_error("Instance of 'None' is '<class 'NoneType'>' instead of '<class 'str'>'",
                        "trading_freq is needed for one bar", Raised::Cause::kArgument);
    return std::vector<BarStamp>{};
  }
  TIEOUT_TRY(BarStamp bar, parse_bar(options.bar_timestamp));
  TIEOUT_TRY(const Duration period, parse_period(*options.trading_freq));
  // In the zone of the bar, as a pandas Timestamp stays in it.
  const std::string text = to_zone_iso(bar.time - period, bar.text.substr(bar.text.size() - 6));
  TIEOUT_TRY(BarStamp before, parse_bar(text));
  return std::vector<BarStamp>{std::move(before), std::move(bar)};
}

Result<DagComparison> check_node(const NodeDir& dir, const std::string& node,
                                 const SelfConsistencyOptions& options) {
  DagComparison out;
  TIEOUT_NODE_TRY(const std::vector<BarStamp> all, out, dir.bars(node));
  if (all.size() < 2) {
    out.raised = assertion_error(fmt::format("2 <= {}", all.size()), "");
    return out;
  }
  TIEOUT_TRY(const std::vector<BarStamp> bars, bars_to_check(all, options, out.raised));
  if (out.raised) {
    return out;
  }
  std::optional<frames::Frame> before;
  for (std::size_t t = 1; t < bars.size(); ++t) {
    TIEOUT_NODE_TRY(frames::Frame current, out, dir.read(node, bars[t]));
    if (!before) {
      TIEOUT_NODE_TRY(before, out, dir.read(node, bars[t - 1]));
      out.raised = sort_strictly(*before);
    }
    if (!out.raised) {
      out.raised = sort_strictly(current);
    }
    if (out.raised) {
      return out;
    }
    const frames::Frame left = within_run(*before, Drop::kFirst, all.front().time, all.back().time);
    const frames::Frame right = within_run(current, Drop::kLast, all.front().time, all.back().time);
    // Before anything else the reference asserts equal indices, whatever the row mode.
    CompareDfsOptions rows_only;
    frames::Frame left_rows{left.level_names, left.index, left.zone, {}};
    frames::Frame right_rows{right.level_names, right.index, right.zone, {}};
    out.raised = compare_dfs(left_rows, right_rows, rows_only).raised;
    if (out.raised) {
      return out;
    }
    DfsComparison comparison = compare_dfs(left, right, options.compare);
    append(out.warnings, comparison.warnings);
    tolerate(comparison.hidden);
    out.hidden += comparison.hidden;
    if (comparison.raised) {
      out.raised = std::move(comparison.raised);
      return out;
    }
    ++out.compared;
    out.raised =
        assert_within(comparison.max_abs_diff, options.diff_threshold,
                      fmt::format("Comparison failed for node={} for current_timestamp={} and "
                                  "previous_timestamp={}",
                                  node, bars[t].text, bars[t - 1].text));
    if (out.raised) {
      return out;
    }
    before = std::move(current);
  }
  return out;
}

}  // namespace

Result<DagComparison> check_dag_output_self_consistency(const fs::path& path,
                                                        const SelfConsistencyOptions& options) {
  DagComparison out;
  if (!fs::is_directory(path)) {
    out.raised = assertion_error(fmt::format("Dir '{}' doesn't exist", path.string()), "",
                                 Raised::Cause::kArgument);
    return out;
  }
  const NodeDir dir(path);
  std::vector<std::string> nodes{options.node_name};
  if (options.node_name.empty() || options.node_name == "all") {
    TIEOUT_NODE_TRY(nodes, out, dir.node_names());
    if (options.node_name.empty()) {
      nodes.erase(nodes.begin(), nodes.end() - 1);
    }
  }
  for (const std::string& node : nodes) {
    TIEOUT_TRY(DagComparison one, check_node(dir, node, options));
    out.compared += one.compared;
    append(out.warnings, one.warnings);
    out.hidden += one.hidden;
    if (one.raised) {
      out.raised = std::move(one.raised);
      return out;
    }
  }
  out.hidden.notes.emplace_back(
      "rows before the first bar of the run, the first row of each window before and the last of "
      "each current one were not compared");
  return out;
}

}  // namespace tieout::reference
