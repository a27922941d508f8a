#include "tieout/reference/profile_dag.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "profile_dag_support.hpp"

namespace tieout::reference {
namespace {

std::size_t count_cells(const frames::Frame& frame, bool (*counts)(double)) {
  std::size_t count = 0;
  for (const frames::FrameColumn& column : frame.columns) {
    std::visit(
        [&](const auto& values) {
          if constexpr (std::is_arithmetic_v<typename std::decay_t<decltype(values)>::value_type>) {
            for (const auto value : values) {
              count += counts(static_cast<double>(value)) ? 1U : 0U;
            }
          }
        },
        column.values);
  }
  return count;
}

/// The bars that a comparison looks at. Errors: kMalformedTimestamp for one that cannot be read.
Result<std::vector<BarStamp>> one_bar(const std::string& text) {
  TIEOUT_TRY(BarStamp bar, parse_bar(text));
  return std::vector<BarStamp>{std::move(bar)};
}

/// Say which bars of the right directory were never looked at.
void note_bars_right_only(const std::string& node, const std::vector<BarStamp>& bars,
                          const NodeDir& right, HiddenByProfile& hidden) {
  const auto right_bars = right.bars(node);
  const auto* all = std::get_if<std::vector<BarStamp>>(&right_bars);
  if (all == nullptr) {
    return;
  }
  const auto unseen = static_cast<std::size_t>(std::ranges::count_if(*all, [&](const auto& bar) {
    return std::ranges::find(bars, bar.name, &BarStamp::name) == bars.end();
  }));
  if (unseen > 0) {
    hidden.notes.push_back(fmt::format("{} bar{} of {} in the right directory {} not looked at",
                                       unseen, unseen == 1 ? "" : "s", node,
                                       unseen == 1 ? "was" : "were"));
  }
}

DagBarDiff summary_of(const std::string& node, const BarStamp& bar, DfsComparison comparison) {
  DagBarDiff summary;
  summary.node = node;
  summary.bar = bar.text;
  summary.rows = comparison.diff.row_count();
  summary.columns = comparison.diff.columns.size();
  summary.max_abs_diff = comparison.max_abs_diff;
  summary.nan_count = count_cells(comparison.diff, [](double v) { return std::isnan(v); });
  summary.nonzero_count =
      count_cells(comparison.diff, [](double v) { return !std::isnan(v) && v != 0; });
  summary.diff = std::move(comparison.diff);
  return summary;
}

}  // namespace

Result<DagComparison> compare_dag_outputs(const fs::path& left_path, const fs::path& right_path,
                                          const DagCompareOptions& options,
                                          const DagBarSink& sink) {
  DagComparison out;
  if (!fs::exists(left_path) || !fs::exists(right_path)) {
    out.returned_none = true;
    out.warnings.push_back(
        fmt::format("Provided DAG directory paths don't exist: {{'prod': '{}', 'sim': '{}'}}",
                    left_path.string(), right_path.string()));
    out.hidden.notes.push_back("nothing was compared: a directory does not exist");
    return out;
  }
  const NodeDir left(left_path);
  const NodeDir right(right_path);
  TIEOUT_TRY(Selection selection, select_nodes(left, right, options.node_name));
  if (selection.raised) {
    out.raised = std::move(selection.raised);
    return out;
  }
  for (const std::string& node : selection.nodes) {
    std::vector<BarStamp> bars;
    if (options.bar_timestamp == "all") {
      TIEOUT_NODE_TRY(bars, out, left.bars(node));
    } else {
      TIEOUT_TRY(bars, one_bar(options.bar_timestamp));
    }
    note_bars_right_only(node, bars, right, out.hidden);
    for (const BarStamp& bar : bars) {
      TIEOUT_NODE_TRY(const frames::Frame left_frame, out, left.read(node, bar));
      TIEOUT_NODE_TRY(const frames::Frame right_frame, out, right.read(node, bar));
      DfsComparison comparison = compare_floats(left_frame, right_frame, options.compare);
      append(out.warnings, comparison.warnings);
      tolerate(comparison.hidden);
      out.hidden += comparison.hidden;
      if (comparison.raised) {
        out.raised = std::move(comparison.raised);
        return out;
      }
      ++out.compared;
      const double max_diff = comparison.max_abs_diff;
      if (sink) {
        sink(summary_of(node, bar, std::move(comparison)));
      }
      out.raised = assert_within(
          max_diff, options.diff_threshold,
          fmt::format("Comparison failed for node={} for bar timestamps={}", node, bar.text));
      if (out.raised) {
        out.hidden.notes.emplace_back("what comes after the first failure was not looked at");
        return out;
      }
    }
  }
  return out;
}

}  // namespace tieout::reference
