#include "reach.hpp"

#include <algorithm>
#include <utility>

namespace tieout::recon {

std::optional<Duration> row_period(const Panel& window) {
  const auto index = window.index();
  std::optional<Duration> period;
  for (std::size_t r = 1; r < index.size(); ++r) {
    const Duration gap = index[r] - index[r - 1];
    period = period ? std::min(*period, gap) : gap;
  }
  return period;
}

std::optional<Reach> reach_of(const Panel& input, Timestamp r, std::size_t lookback_rows,
                              std::optional<Duration> output_period,
                              std::optional<Duration> input_period) {
  const auto index = input.index();
  const auto end = static_cast<std::size_t>(std::ranges::upper_bound(index, r) - index.begin());
  if (end == 0) {
    return std::nullopt;
  }
  Reach reach;
  reach.complete = end - 1 >= lookback_rows;
  reach.from = index[reach.complete ? end - 1 - lookback_rows : 0];
  if (output_period && input_period && *output_period > *input_period) {
    const Timestamp bin = r - *output_period + Duration{1};
    reach.complete = reach.complete && index.front() <= bin;
    reach.from = std::min(reach.from, bin);
  }
  return reach;
}

bool input_break_in_reach(const RunPair& runs, const NodePair& node, const NodeWalk& output,
                          const NodeWalk& input, Timestamp r) {
  const WindowDiff& diff = input.diff();
  if (!diff.columns_only_left().empty() || !diff.columns_only_right().empty() ||
      !diff.columns_of_two_types().empty()) {
    return true;
  }
  const auto last = diff.last_break_until(r);
  if (!last) {
    return false;
  }
  const auto is_in_reach = [&](const runlog::RunSource& run, std::size_t id, const Panel& out,
                               const Panel& in) {
    const std::size_t lookback = run.manifest().nodes[id].lookback_rows;
    const auto reach = reach_of(in, r, lookback, std::nullopt, std::nullopt);
    if (!reach || !reach->complete || *last >= reach->from) {
      return true;
    }
    // The periods cost a pass over the windows: only when the rows do not settle it.
    const auto bin = reach_of(in, r, lookback, row_period(out), row_period(in));
    return !bin->complete || *last >= bin->from;
  };
  return is_in_reach(runs.left, *node.left, output.left_window(), input.left_window()) ||
         is_in_reach(runs.right, *node.right, output.right_window(), input.right_window());
}

}  // namespace tieout::recon
