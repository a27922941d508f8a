#include "tieout/recon/self_consistency.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "cell.hpp"
#include "node_walk.hpp"
#include "reach.hpp"

namespace tieout::recon {
namespace {

/// The first cell of a node that a bar rewrote: an example for people.
struct Example {
  Timestamp row;
  std::size_t column = 0;
  double before = 0, after = 0;
  bool gone = false;
};

/// One node's window, and what the current bar did to it. The vectors ascend.
struct NodeState {
  Panel window;
  std::vector<Timestamp> touched;  // rows that are new, rewritten, or gone from the middle
  std::vector<Example> rewritten;  // rows that existed at the bar before
};

/// The first column in which row `new_row` of `after` has other bits than `old_row` of `before`.
std::optional<std::size_t> changed_column(const Panel& before, std::size_t old_row,
                                          const Panel& after, std::size_t new_row) {
  for (std::size_t c = 0; c < before.column_count(); ++c) {
    if (!same_cell(before.at(old_row, c), after.at(new_row, c))) {
      return c;
    }
  }
  return std::nullopt;
}

/// Row `row` of `changed` against the window of the bar before.
void note_row(const Panel& changed, std::size_t row, NodeState& node) {
  const Timestamp t = changed.index()[row];
  const auto old_row = node.window.find_row(t);
  if (!old_row) {
    node.touched.push_back(t);
    return;
  }
  if (const auto column = changed_column(node.window, *old_row, changed, row)) {
    node.touched.push_back(t);
    node.rewritten.push_back(
        {t, *column, node.window.at(*old_row, *column), changed.at(row, *column), false});
  }
}

/// Rows that a keyframe no longer has although it reaches back to them.
void note_gone_rows(const Panel& after, NodeState& node) {
  if (after.empty()) {
    return;
  }
  const auto index = node.window.index();
  for (std::size_t r = node.window.lower_bound(after.index().front()); r < index.size(); ++r) {
    if (!after.find_row(index[r])) {
      node.touched.push_back(index[r]);
      node.rewritten.push_back(
          {index[r], 0, node.window.column_count() > 0 ? node.window.at(r, 0) : 0, 0, true});
    }
  }
}

Status step(const runlog::RunSource& run, std::size_t id, std::size_t bar, NodeState& node) {
  node.touched.clear();
  node.rewritten.clear();
  TIEOUT_TRY(const std::optional<runlog::NodeFrame> frame, find_frame(run, id, bar));
  if (!frame) {
    return {};
  }
  for (std::size_t r = 0; r < frame->changed.row_count(); ++r) {
    note_row(frame->changed, r, node);
  }
  if (frame->keyframe) {
    note_gone_rows(frame->changed, node);
    std::ranges::sort(node.touched);
    std::ranges::sort(node.rewritten, {}, &Example::row);
  }
  return runlog::apply_frame(*frame, node.window);
}

/// Whether the input has a touched row within the reach of output row `r`.
bool in_reach(const NodeState& input, Timestamp r, std::size_t lookback_rows,
              std::optional<Duration> output_period, std::optional<Duration> input_period) {
  const auto last = std::ranges::upper_bound(input.touched, r);
  if (last == input.touched.begin()) {
    return false;
  }
  const auto reach = reach_of(input.window, r, lookback_rows, output_period, input_period);
  // A window that starts after r has lost what r was computed from.
  return !reach || *std::prev(last) >= reach->from;
}

class Checker {
 public:
  explicit Checker(const runlog::RunSource& run) : run_(run) {
    for (const runlog::NodeInfo& info : run.manifest().nodes) {
      states_.push_back({Panel(info.columns), {}, {}});
    }
    result_.nodes.resize(states_.size());
  }

  Status check_bar(std::size_t bar) {
    for (std::size_t id = 0; id < states_.size(); ++id) {
      TIEOUT_CHECK(step(run_, id, bar, states_[id]));
      if (bar > 0 && !states_[id].rewritten.empty()) {
        explain(id, run_.bars()[bar].bar);
      }
    }
    return {};
  }

  SelfConsistency result() && { return std::move(result_); }

 private:
  void explain(std::size_t id, Timestamp bar) {
    const runlog::NodeInfo& info = run_.manifest().nodes[id];
    const NodeState& node = states_[id];
    NodeRevisions& revisions = result_.nodes[id];
    revisions.revised_rows += node.rewritten.size();
    if (info.inputs.empty() || info.whole_window) {
      return;
    }
    const auto output_period = row_period(node.window);
    std::vector<std::size_t> inputs;
    std::vector<std::optional<Duration>> input_periods;
    for (const std::size_t input : info.inputs) {
      if (input < id) {
        inputs.push_back(input);
        input_periods.push_back(row_period(states_[input].window));
      }
    }
    std::uint64_t unexplained = 0;
    const Example* first = nullptr;
    for (const Example& row : node.rewritten) {
      bool explained = false;
      for (std::size_t i = 0; i < inputs.size() && !explained; ++i) {
        explained = in_reach(states_[inputs[i]], row.row, info.lookback_rows, output_period,
                             input_periods[i]);
      }
      if (!explained) {
        ++unexplained;
        first = first == nullptr ? &row : first;
      }
    }
    if (unexplained > 0) {
      revisions.unexplained_rows += unexplained;
      report(info, bar, *first, unexplained);
    }
  }

  void report(const runlog::NodeInfo& info, Timestamp bar, const Example& example,
              std::uint64_t rows) {
    const bool has_column = example.column < info.columns.size();
    const Distance distance =
        example.gone ? no_distance() : distance_of(example.before, example.after);
    result_.findings.push_back({.check = "C203",
                                .layer = Layer::kNodes,
                                .kind = BreakKind::kHistoryRewritten,
                                .bar = bar,
                                .part = info.name,
                                .column = has_column ? info.columns[example.column].field : "",
                                .asset = has_column ? info.columns[example.column].asset : kNoAsset,
                                .row = example.row,
                                .key = fmt::format("rows={}", rows),
                                .left = format_double(example.before),
                                .right = example.gone ? "(none)" : format_double(example.after),
                                .abs_diff = distance.abs,
                                .rel_diff = distance.rel,
                                .ulp = distance.ulp,
                                .remark = true});
  }

  const runlog::RunSource& run_;
  std::vector<NodeState> states_;
  SelfConsistency result_;
};

}  // namespace

Result<SelfConsistency> check_self_consistency(const runlog::RunSource& run) {
  Checker checker(run);
  for (std::size_t bar = 0; bar < run.bars().size(); ++bar) {
    TIEOUT_CHECK(checker.check_bar(bar));
  }
  return std::move(checker).result();
}

}  // namespace tieout::recon
