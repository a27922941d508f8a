#include "tieout/dataflow/prefix_check.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "dependence.hpp"
#include "describe_difference.hpp"

namespace tieout::dataflow {
namespace {

constexpr std::int64_t kLeastAuditBars = 32;  // bars between two audits, at least

/// What is known of one stage while the bars go by.
struct StageState {
  bool whole_window = false;
  bool is_tainted = false;              // it or a stage that it reads looks at its whole window
  std::optional<Timestamp> last_label;  // of the rows that it has emitted
  Timestamp checked_until;              // label up to which its rows were computed again
  bool has_rewritten = false;           // this bar changed rows of earlier bars
  Suspicion unless_filling = Suspicion::kNone;  // what it does when it does not only fill gaps
  Panel scratch;                                // for what is computed again
  NodeCheck check;
};

/// Rows of the panel with first < label <= last.
RowRange rows_between(const Panel& panel, Timestamp first, Timestamp last) {
  const std::size_t begin = panel.lower_bound(first + nanoseconds(1));
  return {begin, std::max(begin, panel.lower_bound(last + nanoseconds(1)))};
}

/// Bars for which the window's start stands still. Longer windows cost half a step more at each
/// bar, and every step costs one more computation of the window: about the same each.
std::int64_t units_of_step(std::int64_t window) {
  return std::max<std::int64_t>(1, std::llround(std::sqrt(2.6 * static_cast<double>(window))));
}

}  // namespace

bool PrefixReport::clean() const noexcept {
  return std::ranges::none_of(
      nodes, [](const NodeCheck& node) { return node.outcome == NodeOutcome::kViolates; });
}

bool PrefixReport::complete() const noexcept {
  return !nodes.empty() && std::ranges::none_of(nodes, [](const NodeCheck& node) {
    return node.outcome == NodeOutcome::kNotChecked;
  });
}

struct PrefixChecker::Impl {
  Impl(DagRunner runner_in, Duration bar_in) : runner(std::move(runner_in)), bar_length(bar_in) {}

  const Stage& stage(std::size_t id) const { return runner.dag().stages()[id]; }
  std::vector<const Panel*> inputs_of(std::size_t id) const;
  /// The bar at which a row of this label is due; rows before the first bar are due at it.
  Timestamp bar_of(Timestamp label) const {
    return std::max(ceil_to(label, bar_length), bars.front());
  }
  Timestamp window_start(Timestamp bar) const;

  enum class WindowStart { kLeave, kCheck };
  void audit(std::size_t id, Timestamp last, WindowStart start);
  void audit_due(Timestamp bar);
  void compute_again(std::size_t id, std::span<const RowRange> ranges);
  void close_block();
  void compare_without_last_bar(std::size_t id);
  void check_rewritten(std::size_t id, const StageChange& change, Timestamp bar);
  void check_labels(std::size_t id, Timestamp bar);
  void count_rows(std::size_t id, RowRange rows);
  void add_difference(std::size_t id, const PrefixDifference& difference, const CellPlace& cell);
  void add_label(std::size_t id, Suspicion suspicion, Timestamp bar, Timestamp row);
  /// Compare the rows of two panels that begin at the same row, and note what differs.
  void compare_rows(std::size_t id, const Panel& at_bar, const Panel& later, RowRange rows,
                    std::span<const Panel* const> inputs);

  DagRunner runner;
  Duration bar_length;
  std::int64_t audit_bars = kLeastAuditBars;
  std::vector<StageState> stages;
  bool has_whole_window = false;
  std::vector<Timestamp> bars;
  std::vector<Timestamp> bars_without_rows;  // at which nobody had data
  std::vector<Timestamp> audits;
};

std::vector<const Panel*> PrefixChecker::Impl::inputs_of(std::size_t id) const {
  std::vector<const Panel*> inputs;
  for (const std::size_t input : stage(id).inputs) {
    inputs.push_back(&runner.output(input));
  }
  return inputs;
}

Timestamp PrefixChecker::Impl::window_start(Timestamp bar) const {
  const SourceSpec& source = runner.dag().source();
  return floor_to(bar - source.history_lookback,
                  source.window_step.ns > 0 ? source.window_step : source.row_period);
}

void PrefixChecker::Impl::add_difference(std::size_t id, const PrefixDifference& difference,
                                         const CellPlace& cell) {
  NodeCheck& check = stages[id].check;
  check.outcome = NodeOutcome::kViolates;
  if (check.differences.size() < NodeCheck::kMaxDifferences) {
    check.differences.push_back(difference);
  }
  if (check.suspicion != Suspicion::kNone) {
    // Only when every row that differs lacks its own input are the others' values being filled.
    if (check.suspicion == Suspicion::kBackFill && !is_own_input_missing(cell)) {
      check.suspicion = stages[id].unless_filling;
      describe_difference(check, runner.universe());
    }
    return;
  }
  Dependence dependence = find_dependence(cell);
  if (dependence.is_repeatable && !(dependence.depends && dependence.last > 0) &&
      cell.row + 1 < cell.output->row_count()) {
    // A row at the window's start shows little of its past; the last one shows all.
    CellPlace last = cell;
    last.row = cell.output->row_count() - 1;
    const Dependence of_last = find_dependence(last);
    if (of_last.is_grouped || (of_last.depends && of_last.first < of_last.first_allowed)) {
      dependence = of_last;
    }
  }
  const Node& node = *stage(id).node;
  check.suspicion = suspect(dependence, node, is_own_input_missing(cell));
  stages[id].unless_filling = suspect(dependence, node, false);
  check.rows_back = dependence.depends ? std::max<std::int64_t>(0, -dependence.first) : 0;
  check.rows_ahead = dependence.depends ? std::max<std::int64_t>(0, dependence.last) : 0;
  check.horizon = dependence.horizon;
  describe_difference(check, runner.universe());
}

void PrefixChecker::Impl::add_label(std::size_t id, Suspicion suspicion, Timestamp bar,
                                    Timestamp row) {
  NodeCheck& check = stages[id].check;
  for (const std::size_t input : stage(id).inputs) {
    const Suspicion of_input = stages[input].check.suspicion;
    if (of_input == Suspicion::kLabelledEarly || of_input == Suspicion::kLabelledLate) {
      return;  // Its labels are those of its input.
    }
  }
  check.outcome = NodeOutcome::kViolates;
  ++check.rows_different;
  PrefixDifference difference;
  difference.bar = bar_of(row);
  difference.row = row;
  difference.known = bar;
  if (check.differences.size() < NodeCheck::kMaxDifferences) {
    check.differences.push_back(difference);
  }
  if (check.suspicion == Suspicion::kNone) {
    check.suspicion = suspicion;
    check.horizon = bar > row ? bar - row : row - bar;
    describe_difference(check, runner.universe());
  }
}

void PrefixChecker::Impl::compare_rows(std::size_t id, const Panel& at_bar, const Panel& later,
                                       RowRange rows, std::span<const Panel* const> inputs) {
  std::vector<char> is_different(rows.size(), 0);
  for (std::size_t c = 0; c < at_bar.column_count(); ++c) {
    const auto left = at_bar.column(c);
    const auto right = later.column(c);
    if (std::memcmp(&left[rows.first], &right[rows.first], rows.size() * sizeof(double)) == 0) {
      continue;
    }
    for (std::size_t row = rows.first; row < rows.last; ++row) {
      if (same_value(left[row], right[row])) {
        continue;
      }
      is_different[row - rows.first] = 1;
      const Timestamp label = at_bar.index()[row];
      const PrefixDifference difference{bar_of(label), label,      at_bar.columns()[c],
                                        left[row],     right[row], bars.back()};
      add_difference(id, difference, {stage(id).node.get(), inputs, &runner.output(id), row, c});
    }
  }
  stages[id].check.rows_different +=
      static_cast<std::uint64_t>(std::ranges::count(is_different, char{1}));
}

/// Compute rows by the node alone, from what its inputs are now, and compare with what it emitted.
void PrefixChecker::Impl::compute_again(std::size_t id, std::span<const RowRange> ranges) {
  const Panel& emitted = runner.output(id);
  const std::vector<const Panel*> inputs = inputs_of(id);
  Panel& again = stages[id].scratch;
  if (again.column_count() == 0) {
    again = Panel(emitted.columns());
  }
  again.clear_rows();
  again.append_rows(emitted.index());
  for (const RowRange& rows : ranges) {
    if (!rows.empty()) {
      stage(id).node->compute(inputs, rows, again);
      compare_rows(id, emitted, again, rows, inputs);
    }
  }
}

void PrefixChecker::Impl::count_rows(std::size_t id, RowRange rows) {
  NodeCheck& check = stages[id].check;
  const Panel& panel = runner.output(id);
  check.rows += rows.size();
  check.cells += rows.size() * panel.column_count();
  for (std::size_t c = 0; c < panel.column_count(); ++c) {
    const auto cells = panel.column(c).subspan(rows.first, rows.size());
    check.values += static_cast<std::uint64_t>(
        std::ranges::count_if(cells, [](double x) { return !std::isnan(x); }));
  }
}

/// Rows after those that were checked up to this label, computed again with what came after. The
/// first rows of the window too, if asked: they have nothing but their lookback before them.
void PrefixChecker::Impl::audit(std::size_t id, Timestamp last, WindowStart start) {
  const Panel& output = runner.output(id);
  RowRange rows = rows_between(output, stages[id].checked_until, last);
  count_rows(id, rows);
  stages[id].checked_until = std::max(stages[id].checked_until, last);
  const RowRange first{0, start == WindowStart::kCheck && !stages[id].whole_window
                              ? std::min<std::size_t>(2, output.row_count())
                              : 0};
  if (id > 0 && !stages[id].whole_window) {
    rows.first = std::max(rows.first, first.last);
    rows.last = std::max(rows.first, rows.last);
    compute_again(id, std::array{first, rows});
  }
}

/// Rows before the last audit but one are computed again, so that each has seen a stretch of
/// later bars, and is still in the window.
void PrefixChecker::Impl::audit_due(Timestamp bar) {
  if ((bars.size() - 1) % static_cast<std::size_t>(audit_bars) != 0 || bars.size() == 1) {
    return;
  }
  for (std::size_t id = 0; id < stages.size(); ++id) {
    const bool is_due = !stages[id].is_tainted && !audits.empty();
    audit(id, is_due ? audits.back() : stages[id].checked_until, WindowStart::kCheck);
  }
  audits.push_back(bar);
}

/// Before the window's start moves, and the rows after a whole-window stage are computed anew.
void PrefixChecker::Impl::close_block() {
  for (std::size_t id = 1; id < stages.size(); ++id) {
    if (stages[id].is_tainted && !stages[id].whole_window) {
      audit(id, bars.back(), WindowStart::kLeave);
    }
  }
}

/// What the stage gives from the same window start without the last bar must be what it gives with
/// it: of all rows for a whole-window stage, else of those that the bar before emitted.
void PrefixChecker::Impl::compare_without_last_bar(std::size_t id) {
  const Timestamp known = bars[bars.size() - 2];
  std::vector<Panel> cut;
  for (const Panel* input : inputs_of(id)) {
    cut.push_back(input->slice({0, input->lower_bound(known + nanoseconds(1))}));
  }
  std::vector<const Panel*> pointers;
  for (const Panel& panel : cut) {
    pointers.push_back(&panel);
  }
  const Panel& output = runner.output(id);
  const std::size_t count = output.lower_bound(known + nanoseconds(1));
  if (count == 0) {
    return;
  }
  Panel truncated(output.columns());
  truncated.append_rows(output.index().first(count));
  const std::size_t recent =
      bars.size() > 2 ? output.lower_bound(bars[bars.size() - 3] + nanoseconds(1)) : 0;
  const RowRange rows{stages[id].whole_window ? 0 : std::min(recent, count), count};
  if (!rows.empty()) {
    stage(id).node->compute(pointers, rows, truncated);
    compare_rows(id, truncated, output, rows, inputs_of(id));
  }
}

/// While the window's start stands still, rows of earlier bars must not change.
void PrefixChecker::Impl::check_rewritten(std::size_t id, const StageChange& change,
                                          Timestamp bar) {
  StageState& state = stages[id];
  const Panel& output = runner.output(id);
  const std::size_t old_rows =
      state.last_label ? output.lower_bound(*state.last_label + nanoseconds(1)) : 0;
  std::vector<std::size_t> rewritten;
  for (const RowRange& range : change.changed) {
    for (std::size_t row = range.first; row < std::min(range.last, old_rows); ++row) {
      rewritten.push_back(row);
    }
  }
  state.has_rewritten = !rewritten.empty();
  const bool is_input_rewritten = std::ranges::any_of(
      stage(id).inputs, [&](std::size_t input) { return stages[input].has_rewritten; });
  if (rewritten.empty() || is_input_rewritten || !state.whole_window) {
    return;
  }
  // What they were: the same computation without the new bar.
  constexpr std::size_t kExamined = 3;
  if (state.check.differences.size() < kExamined) {
    const std::uint64_t before = state.check.rows_different;
    compare_without_last_bar(id);
    if (state.check.rows_different > before) {
      return;
    }
  }
  state.check.rows_different += rewritten.size();
  if (state.check.suspicion == Suspicion::kNone) {
    // It changed its past, and does not when computed again: it has a memory.
    state.check.outcome = NodeOutcome::kViolates;
    state.check.suspicion = Suspicion::kNotRepeatable;
    const std::size_t row = rewritten.front();
    state.check.differences.push_back({bar_of(output.index()[row]), output.index()[row],
                                       output.columns().front(), output.at(row, 0),
                                       output.at(row, 0), bar});
    describe_difference(state.check, runner.universe());
  }
}

/// A row must appear at the bar that its label belongs to.
void PrefixChecker::Impl::check_labels(std::size_t id, Timestamp bar) {
  StageState& state = stages[id];
  const auto index = runner.output(id).index();
  const Timestamp seen = state.last_label.value_or(bars.front());
  for (const Timestamp row : index.subspan(runner.output(id).lower_bound(seen + nanoseconds(1)))) {
    if (row > bar) {
      add_label(id, Suspicion::kLabelledLate, bar, row);
    } else if (const Timestamp due = bar_of(row);
               due < bar && due > bars.front() &&
               std::ranges::find(bars_without_rows, due) == bars_without_rows.end()) {
      add_label(id, Suspicion::kLabelledEarly, bar, row);
    }
  }
}

PrefixChecker::PrefixChecker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrefixChecker::~PrefixChecker() = default;
PrefixChecker::PrefixChecker(PrefixChecker&&) noexcept = default;
PrefixChecker& PrefixChecker::operator=(PrefixChecker&&) noexcept = default;

Result<PrefixChecker> PrefixChecker::create(Dag dag, const Universe& universe, Duration bar) {
  if (bar.ns <= 0) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("PrefixChecker: the bar is {} ns, needed a positive length", bar.ns)};
  }
  std::vector<StageState> states(dag.stages().size());
  Duration required;
  bool has_whole_window = false;
  for (std::size_t id = 0; id < states.size(); ++id) {
    const Stage& stage = dag.stages()[id];
    StageState& state = states[id];
    state.check.name = dag.node_name(id);
    state.whole_window = stage.node != nullptr && stage.node->lookback().whole_window;
    state.check.whole_window = state.whole_window;
    state.is_tainted =
        state.whole_window || std::ranges::any_of(stage.inputs, [&](std::size_t input) {
          return states[input].is_tainted;
        });
    has_whole_window = has_whole_window || state.whole_window;
    required = std::max(required, dag.required_history(id));
  }
  // Rows must stay in the window for two audits.
  const Duration row = dag.source().row_period;
  const Duration history =
      std::max(dag.source().history_lookback,
               ceil_to(Timestamp{} + required + bar * (2 * kLeastAuditBars), row) - Timestamp{});
  Duration step;
  if (has_whole_window && row.ns > 0) {
    const Duration unit = bar.ns % row.ns == 0 ? bar : row;
    step = unit * units_of_step(history.ns / unit.ns);
  }
  dag.set_window(history, step);
  TIEOUT_TRY(DagRunner runner,
             DagRunner::create(std::move(dag), universe, Recompute::kIncremental));
  auto impl = std::make_unique<Impl>(std::move(runner), bar);
  impl->stages = std::move(states);
  impl->has_whole_window = has_whole_window;
  impl->audit_bars = std::max(kLeastAuditBars, (history.ns - required.ns) / (2 * bar.ns));
  return PrefixChecker(std::move(impl));
}

Duration PrefixChecker::history() const noexcept {
  const SourceSpec& source = impl_->runner.dag().source();
  return source.history_lookback + source.window_step;
}

Status PrefixChecker::run_bar(Timestamp bar, std::span<const Observation> changes) {
  Impl& impl = *impl_;
  const bool is_first = impl.bars.empty();
  for (const Observation& observation : changes) {
    if (!is_first && observation.row <= impl.bars.back()) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("PrefixChecker: the row {} of asset {} comes again at bar {}; the "
                               "data must be final",
                               to_iso(observation.row), observation.asset.value, to_iso(bar))};
    }
  }
  const bool is_moved = impl.has_whole_window && !is_first &&
                        impl.window_start(bar) != impl.window_start(impl.bars.back());
  if (is_moved) {
    impl.close_block();
  }
  TIEOUT_TRY(const std::vector<StageChange> stages, impl.runner.run_bar(bar, changes));
  impl.bars.push_back(bar);
  const auto first_new = impl.stages[0].last_label;
  const auto source_rows = impl.runner.output(0).index();
  if (!is_first && (source_rows.empty() || (first_new && source_rows.back() <= *first_new))) {
    impl.bars_without_rows.push_back(bar);
  }
  for (std::size_t id = 0; id < stages.size(); ++id) {
    StageState& state = impl.stages[id];
    if (is_first) {
      state.checked_until = bar - impl.bar_length;
    } else {
      impl.check_labels(id, bar);
      if (is_moved) {
        state.has_rewritten = false;
        if (state.is_tainted) {
          impl.compare_without_last_bar(id);
        }
      } else {
        impl.check_rewritten(id, stages[id], bar);
      }
      if (state.whole_window) {
        const Timestamp before = impl.bars[impl.bars.size() - 2];
        impl.count_rows(id, rows_between(impl.runner.output(id), state.checked_until, before));
        state.checked_until = before;
      }
    }
    const auto index = impl.runner.output(id).index();
    if (!index.empty()) {
      state.last_label = std::max(state.last_label.value_or(index.back()), index.back());
    }
  }
  impl.audit_due(bar);
  return {};
}

PrefixReport PrefixChecker::finish() {
  Impl& impl = *impl_;
  PrefixReport report;
  report.bars = impl.bars.size();
  report.truncations = impl.bars.empty() ? 0 : impl.bars.size() - 1;
  for (std::size_t id = 0; id < impl.stages.size(); ++id) {
    StageState& state = impl.stages[id];
    if (report.truncations > 0 && state.whole_window) {
      // Twice the same inputs must give the same bits.
      impl.compute_again(id, std::array{RowRange{0, impl.runner.output(id).row_count()}});
    } else if (report.truncations > 0) {
      impl.audit(id, impl.bars[impl.bars.size() - 2], Impl::WindowStart::kCheck);
    }
    NodeCheck& check = state.check;
    if (check.outcome != NodeOutcome::kViolates) {
      const bool inherits = std::ranges::any_of(impl.stage(id).inputs, [&](std::size_t input) {
        const NodeOutcome of_input = report.nodes[input].outcome;
        return of_input == NodeOutcome::kViolates || of_input == NodeOutcome::kInherits;
      });
      check.outcome = inherits           ? NodeOutcome::kInherits
                      : check.values > 0 ? NodeOutcome::kClean
                                         : NodeOutcome::kNotChecked;
    }
    report.nodes.push_back(std::move(check));
  }
  return report;
}

}  // namespace tieout::dataflow
