#include "tieout/recon/self_consistency.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "cell.hpp"
#include "node_walk.hpp"
#include "reach.hpp"

namespace tieout::recon {
namespace {

constexpr std::size_t kMaxLags = 64;

/// The first cell of a node that a bar rewrote: an example for people.
struct Example {
  Timestamp row;
  std::size_t column = 0;
  double before = 0, after = 0;
  bool gone = false;
  /// Of nodes whose rewrites may need an explanation: all columns that changed, the largest change,
  /// and where the row lies.
  std::vector<std::size_t> columns = {};
  RewrittenRow place = {};
};

/// One node's window, and what the current bar did to it. The vectors ascend.
struct NodeState {
  const runlog::NodeInfo* info = nullptr;
  Panel window;
  std::vector<Timestamp> touched;  // rows that are new, rewritten, or gone from the middle
  std::vector<Example> rewritten;  // rows that existed at the bar before
  std::size_t overlap = 0;         // rows of the bar before that the window still reaches back to
  bool needs_detail = false;       // neither a source nor declared whole-window
};

/// The first column in which row `new_row` of `after` has other bits than `old_row` of `before`.
std::optional<std::size_t> changed_column(const NodeState& node, std::size_t old_row,
                                          const Panel& after, std::size_t new_row) {
  const Panel& before = node.window;
  for (std::size_t c = 0; c < before.column_count(); ++c) {
    if (!same_node_cell(column_type(*node.info, c), before.at(old_row, c), after.at(new_row, c))) {
      return c;
    }
  }
  return std::nullopt;
}

/// All columns that changed, and how much.
void add_detail(const NodeState& node, std::size_t old_row, const Panel& after, std::size_t new_row,
                Example& example) {
  const Panel& before = node.window;
  for (std::size_t c = example.column; c < before.column_count(); ++c) {
    const double old_cell = before.at(old_row, c);
    const double new_cell = after.at(new_row, c);
    const ColumnType type = column_type(*node.info, c);
    if (same_node_cell(type, old_cell, new_cell)) {
      continue;
    }
    example.columns.push_back(c);
    // A change from or to NaN has no size, nor has one of what is no number.
    const double change = distance_of_node_cells(type, old_cell, new_cell).abs;
    example.place.change = change > example.place.change ? change : example.place.change;
  }
}

/// Row `row` of `changed` against the window of the bar before.
void note_row(const Panel& changed, std::size_t row, NodeState& node) {
  const Timestamp t = changed.index()[row];
  const auto old_row = node.window.find_row(t);
  if (!old_row) {
    node.touched.push_back(t);
    return;
  }
  if (const auto column = changed_column(node, *old_row, changed, row)) {
    node.touched.push_back(t);
    Example example{t, *column, node.window.at(*old_row, *column), changed.at(row, *column), false};
    if (node.needs_detail) {
      example.place.lag = node.window.row_count() - 1 - *old_row;
      add_detail(node, *old_row, changed, row, example);
    }
    node.rewritten.push_back(std::move(example));
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
      node.rewritten.back().place.lag = index.size() - 1 - r;
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
  // Rows that left at the front cannot be rewritten: the overlap begins with the new window.
  std::size_t gone_front = frame->dropped_front;
  if (frame->keyframe) {
    gone_front = frame->changed.empty() ? node.window.row_count()
                                        : node.window.lower_bound(frame->changed.index().front());
  }
  node.overlap = node.window.row_count() - std::min(node.window.row_count(), gone_front);
  for (Example& example : node.rewritten) {
    example.place.from_start = node.overlap - std::min(node.overlap, example.place.lag + 1);
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
      states_.push_back({&info, Panel(info.columns), {}, {}, 0, false});
      states_.back().needs_detail = !info.inputs.empty() && !info.whole_window;
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
    std::vector<const Example*> unexplained;
    for (const Example& row : node.rewritten) {
      bool explained = false;
      for (std::size_t i = 0; i < inputs.size() && !explained; ++i) {
        const NodeState& input = states_[inputs[i]];
        explained = run_.has_journal() ? in_reach(input, row.row, info.lookback_rows, output_period,
                                                  input_periods[i])
                                       : !input.touched.empty() && input.touched.front() <= row.row;
      }
      if (!explained) {
        unexplained.push_back(&row);
      }
    }
    if (!unexplained.empty()) {
      report(id, bar, unexplained);
    }
  }

  void report(std::size_t id, Timestamp bar, const std::vector<const Example*>& rows) {
    const runlog::NodeInfo& info = run_.manifest().nodes[id];
    NodeRevisions here;  // of this bar
    std::vector<RewrittenRow> places;
    for (const Example* row : rows) {
      places.push_back(row->place);
      for (const std::size_t column : row->columns) {
        for (NodeRevisions* revisions : {&here, &result_.nodes[id]}) {
          ColumnLags& lags = revisions->columns[column];
          ++lags.cells;
          lags.lags.insert(row->place.lag);
          if (lags.lags.size() > kMaxLags) {
            lags.lags.erase(std::prev(lags.lags.end()));
          }
        }
      }
    }
    const RewriteKind kind = classify_rewrites(places, states_[id].overlap);
    for (NodeRevisions* revisions : {&here, &result_.nodes[id]}) {
      revisions->unexplained_rows += rows.size();
      ++revisions->bars[kind];
    }
    add_finding(info, bar, *rows.front(), here, kind);
  }

  void add_finding(const runlog::NodeInfo& info, Timestamp bar, const Example& example,
                   const NodeRevisions& here, RewriteKind kind) {
    const bool has_column = example.column < info.columns.size();
    const ColumnType type = has_column ? column_type(info, example.column) : ColumnType::kFloat64;
    const Distance distance =
        example.gone ? no_distance() : distance_of_node_cells(type, example.before, example.after);
    Finding finding;
    finding.check = "C203";
    finding.layer = Layer::kNodes;
    finding.kind = BreakKind::kHistoryRewritten;
    finding.bar = bar;
    finding.part = info.name;
    finding.column = has_column ? info.columns[example.column].field : "";
    finding.asset = has_column ? info.columns[example.column].asset : kNoAsset;
    finding.row = example.row;
    finding.key = fmt::format("rows={},kind={}", here.unexplained_rows, to_string(kind));
    finding.left = node_cell_text(example.before, type, run_.strings());
    finding.right = example.gone ? "(none)" : node_cell_text(example.after, type, run_.strings());
    finding.abs_diff = distance.abs;
    finding.rel_diff = distance.rel;
    finding.ulp = distance.ulp;
    finding.remark = true;
    finding.note = fmt::format("{} {}", info.name, describe_rewrites(info, here));
    result_.findings.push_back(std::move(finding));
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
