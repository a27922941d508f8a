#include "comparer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"

#include "reach.hpp"

namespace tieout::recon {
namespace {

using runlog::RunSource;
using runlog::TableKind;

CellCounts all_missing(std::uint64_t cells) {
  CellCounts counts;
  counts.present = counts.outside = counts.missing = cells;
  return counts;
}

CellCounts all_equal(std::uint64_t cells) {
  CellCounts counts;
  counts.present = counts.compared = counts.bitwise = cells;
  return counts;
}

CellCounts not_compared(std::uint64_t cells) {
  CellCounts counts;
  counts.present = cells;
  return counts;
}

/// True when every window of both runs is equal by its hash, so that they revised the same rows.
bool all_windows_equal(const RunPair& runs) {
  for (const BarPair& bar : runs.bars) {
    for (const NodePair& node : runs.nodes) {
      if (!bar.both() || !node.both() ||
          runs.left.window_hash(*node.left, *bar.left) !=
              runs.right.window_hash(*node.right, *bar.right)) {
        return false;
      }
    }
  }
  const auto same = [](const runlog::NodeInfo& a, const runlog::NodeInfo& b) {
    return a.name == b.name && a.inputs == b.inputs && a.lookback_rows == b.lookback_rows &&
           a.whole_window == b.whole_window;
  };
  return std::ranges::equal(runs.left.manifest().nodes, runs.right.manifest().nodes, same);
}

Result<Table> read_table(const RunSource& run, TableKind kind, std::size_t bar) {
  TIEOUT_TRY(std::optional<Table> table, run.table(kind, bar));
  if (table && !table->is_well_formed()) {
    return Error{
        ErrorCode::kCorruptEvidence,
        fmt::format("compare_runs: '{}' table {} bar {}: its columns have no common length, "
                    "or two have one name",
                    run.directory().string(), runlog::to_string(kind),
                    to_iso(run.bars()[bar].bar))};
  }
  return table ? std::move(*table) : Table{};
}

Finding finding_of(TableBreak&& table_break, Layer layer, Timestamp bar) {
  Finding finding;
  const bool is_column = table_break.kind == BreakKind::kColumnOnlyLeft ||
                         table_break.kind == BreakKind::kColumnOnlyRight;
  finding.check = check_of(layer);
  finding.layer = is_column ? Layer::kCompleteness : layer;
  finding.kind = table_break.kind;
  finding.bar = bar;
  finding.part = to_string(layer);
  finding.column = std::move(table_break.column);
  finding.asset = table_break.asset;
  finding.key = std::move(table_break.key);
  finding.left = std::move(table_break.left);
  finding.right = std::move(table_break.right);
  finding.abs_diff = table_break.distance.abs;
  finding.rel_diff = table_break.distance.rel;
  finding.ulp = table_break.distance.ulp;
  finding.note = std::move(table_break.note);
  return finding;
}

/// A part that one side lacks.
Finding one_sided(BreakKind kind, Timestamp bar, std::string part, std::string what, bool on_left) {
  Finding finding;
  finding.check = "C004";
  finding.layer = Layer::kCompleteness;
  finding.kind = kind;
  finding.bar = bar;
  finding.part = std::move(part);
  finding.left = on_left ? what : "(none)";
  finding.right = on_left ? "(none)" : what;
  const Distance distance = no_distance();
  finding.abs_diff = distance.abs;
  finding.rel_diff = distance.rel;
  finding.is_root = true;
  return finding;
}

bool has_window(const RunSource& run, const std::optional<std::size_t>& node,
                const std::optional<std::size_t>& bar) {
  return node && bar && run.has_window(*node, *bar);
}

}  // namespace

Comparer::Comparer(const RunPair& runs, const ConfigLayer& config, const CompareOptions& options,
                   RuleBook& book, Comparison& out)
    : runs_(runs),
      options_(options),
      book_(book),
      out_(out),
      collector_(out, options.max_findings),
      attribution_(runs),
      nodes_(runs.nodes.size()),
      reaches_declared_(runs.left.has_journal() && runs.right.has_journal()) {
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const NodePair& pair = runs_.nodes[n];
    if (pair.both()) {
      nodes_[n].walk.emplace(runs_.left, *pair.left, runs_.right, *pair.right);
      nodes_[n].column_breaks.resize(nodes_[n].walk->diff().common_columns().size());
    }
    NodeResult result;
    result.name = pair.name;
    result.topological_id = pair.topological_id;
    result.whole_window = (pair.left && runs_.left.manifest().nodes[*pair.left].whole_window) ||
                          (pair.right && runs_.right.manifest().nodes[*pair.right].whole_window);
    out_.nodes.push_back(std::move(result));
  }
  walked_.has_journal = runs_.left.has_journal() && runs_.right.has_journal();
  const Timestamp start = runs_.bars.empty() ? runs_.left.manifest().start : runs_.bars.front().bar;
  for (Finding leaf : config.breaks) {
    leaf.bar = start;
    const std::string reader = reader_of_leaf(leaf.part, runs_.left.manifest());
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (runs_.nodes[n].name == reader) {
        nodes_[n].config_explains = true;
        attribution_.add_leaf_of_node(n, leaf);
      }
    }
    if (reader == "target_positions" || leaf.part.starts_with("process_forecasts_node_dict")) {
      config_explains_tables_ = true;
      attribution_.add_leaf_of_tables(leaf);
    }
    collector_.add_at_start(std::move(leaf));
  }
}

Status Comparer::check_self_consistency() {
  TIEOUT_TRY(const SelfConsistency left, recon::check_self_consistency(runs_.left));
  add_revisions(left, true);
  if (all_windows_equal(runs_)) {
    add_revisions(left, false);
    return {};
  }
  TIEOUT_TRY(const SelfConsistency right, recon::check_self_consistency(runs_.right));
  add_revisions(right, false);
  return {};
}

void Comparer::add_revisions(const SelfConsistency& run, bool on_left) {
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const auto id = on_left ? runs_.nodes[n].left : runs_.nodes[n].right;
    if (!id) {
      continue;
    }
    NodeResult& result = out_.nodes[n];
    (on_left ? result.revised_rows_left : result.revised_rows_right) = run.nodes[*id].revised_rows;
    result.unexplained_rewrites += run.nodes[*id].unexplained_rows;
    (on_left ? result.rewrites_left : result.rewrites_right) = describe_rewrites(
        (on_left ? runs_.left : runs_.right).manifest().nodes[*id], run.nodes[*id]);
  }
  for (Finding finding : run.findings) {
    finding.key =
        fmt::format("run={},{}", on_left ? options_.left_name : options_.right_name, finding.key);
    remarks_[finding.bar].push_back(std::move(finding));
  }
}

void Comparer::add_structure(Timestamp bar) {
  std::vector<Finding> structure = compare_structure(runs_, bar);
  cells(Layer::kCompleteness) = count_parts(runs_, structure);
  for (Finding& finding : structure) {
    attribution_.add_structure(finding);
    collector_.add(std::move(finding));
  }
}

void Comparer::count_one_sided_bar(const BarPair& bar) {
  const RunSource& run = bar.left ? runs_.left : runs_.right;
  const std::size_t index = bar.left ? *bar.left : *bar.right;
  const auto counts_of = [&](std::uint64_t cell_count) {
    return bar.beyond_end ? not_compared(cell_count) : all_missing(cell_count);
  };
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const NodePair& pair = runs_.nodes[n];
    const auto id = bar.left ? pair.left : pair.right;
    if (has_window(run, id, index)) {
      const CellCounts counts = counts_of(run.window_cells(*id, index));
      out_.nodes[n].cells += counts;
      cells(pair.layer()) += counts;
    }
  }
  for (const TableKind kind : runlog::kTableKinds) {
    if (is_compared(kind) && runs_.has(layer_of(kind))) {
      cells(layer_of(kind)) += counts_of(run.table_cells(kind, index));
    }
  }
  if (bar.beyond_end) {
    ++walked_.bars_beyond_end;
    return;
  }
  Finding finding = one_sided(bar.left ? BreakKind::kExtraBarLeft : BreakKind::kExtraBarRight,
                              bar.bar, "bar", "bar", bar.left.has_value());
  attribution_.add_one_sided_bar(finding);
  collector_.add(std::move(finding));
  books_broke_ = true;
}

Status Comparer::compare_journal(const BarPair& bar) {
  clocks_.clear();
  journal_breaks_ = 0;
  if (!walked_.has_journal) {
    return {};
  }
  TIEOUT_TRY(const std::vector<runlog::JournalEntry> left, runs_.left.journal(*bar.left));
  TIEOUT_TRY(const std::vector<runlog::JournalEntry> right, runs_.right.journal(*bar.right));
  JournalDiff diff = diff_journal(left, right);
  walked_.journal_entries += diff.entries;
  walked_.other_instants += diff.other_instants;
  walked_.other_answers += diff.other_answers.size();
  journal_breaks_ = diff.breaks.size();
  if (options_.clock_rule == ClockRule::kOwnClock) {
    clocks_ = std::move(diff.clocks);
  }
  // Reads that differ where the source differs too are the same event, told by its cells.
  const bool source_differs = !nodes_.empty() && nodes_.front().differs;
  for (JournalBreak& entry : diff.breaks) {
    Finding finding;
    finding.check = check_of(Layer::kInputs);
    finding.layer = Layer::kInputs;
    finding.kind = entry.kind;
    finding.bar = bar.bar;
    finding.part = std::move(entry.part);
    finding.column = std::move(entry.column);
    finding.key = std::move(entry.key);
    finding.left = std::move(entry.left);
    finding.right = std::move(entry.right);
    const Distance distance = no_distance();
    finding.abs_diff = distance.abs;
    finding.rel_diff = distance.rel;
    finding.is_root = !source_differs;
    attribution_.add_journal_break(finding);
    collector_.add(std::move(finding));
  }
  return {};
}

Status Comparer::compare_nodes(const BarPair& bar) {
  nodes_differ_ = false;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    TIEOUT_CHECK(compare_node(n, bar));
    nodes_differ_ = nodes_differ_ || nodes_[n].differs;
  }
  return {};
}

Status Comparer::find_rules(std::size_t node, Timestamp bar) {
  NodeState& state = nodes_[node];
  const std::size_t epoch = book_.epoch(bar);
  if (state.epoch == epoch) {
    return {};
  }
  state.epoch = epoch;
  return apply_rules(runs_.nodes[node], book_, bar, state.walk->diff());
}

/// A window that one run did not record at a bar that both have.
CellCounts Comparer::count_one_sided_window(std::size_t node, const BarPair& bar, bool on_left) {
  const NodePair& pair = runs_.nodes[node];
  const RunSource& run = on_left ? runs_.left : runs_.right;
  const RunSource& other = on_left ? runs_.right : runs_.left;
  const std::uint64_t cell_count =
      run.window_cells(on_left ? *pair.left : *pair.right, on_left ? *bar.left : *bar.right);
  if (other.manifest().outcome != runlog::RunOutcome::kComplete) {
    ++walked_.windows_not_recorded;
    return not_compared(cell_count);
  }
  ++out_.nodes[node].distinct_breaks;
  Finding finding = one_sided(on_left ? BreakKind::kMissingRight : BreakKind::kMissingLeft, bar.bar,
                              pair.name, "window", on_left);
  attribution_.add_structure(finding);
  collector_.add(std::move(finding));
  nodes_[node].differs = nodes_[node].window_missing = true;
  return all_missing(cell_count);
}

Result<CellCounts> Comparer::compare_windows(std::size_t node, const BarPair& bar) {
  const NodePair& pair = runs_.nodes[node];
  NodeState& state = nodes_[node];
  const bool on_left = has_window(runs_.left, pair.left, bar.left);
  const bool on_right = has_window(runs_.right, pair.right, bar.right);
  state.differs = !state.walk;
  state.window_missing = false;
  if (!on_left && !on_right) {
    return CellCounts{};
  }
  if (!state.walk) {
    return all_missing(on_left ? runs_.left.window_cells(*pair.left, *bar.left)
                               : runs_.right.window_cells(*pair.right, *bar.right));
  }
  if (!on_left || !on_right) {
    return count_one_sided_window(node, bar, on_left);
  }
  TIEOUT_CHECK(find_rules(node, bar.bar));
  TIEOUT_TRY(const CellCounts counts, state.walk->compare(*bar.left, *bar.right, window_breaks_));
  state.differs = state.walk->differs();
  const WindowDiff& diff = state.walk->diff();
  const std::uint64_t columns = diff.common_columns().size() + diff.columns_of_two_types().size();
  walked_.ignorable += columns == 0 ? 0 : diff.ignorable_cells(counts.compared / columns);
  return counts;
}

void Comparer::add_window_break(std::size_t node, Timestamp bar, const WindowBreak& window_break) {
  const NodePair& pair = runs_.nodes[node];
  NodeState& state = nodes_[node];
  const WindowDiff& diff = state.walk->diff();
  const bool is_break = window_break.judged.fate == Fate::kOutside;
  const bool is_noted = !is_break || window_break.judged.waiver != CellRule::kNone;
  const bool root = is_break && is_root(node, window_break);
  if (is_break) {
    ++out_.nodes[node].distinct_breaks;
    if (window_break.column != WindowBreak::kWholeRow) {
      ++state.column_breaks[window_break.column];
    }
    if (!is_noted && !root && !collector_.keeps_more()) {
      collector_.count(pair.layer());
      return;
    }
  }
  Finding finding = recon::finding_of(runs_, pair, diff, book_, bar, window_break);
  finding.is_root = root;
  if (window_break.judged.fate == Fate::kIgnored) {
    book_.note_ignored(diff.rule(window_break.column).rule, finding);
  } else {
    book_.note_waiver(window_break.judged, finding);
  }
  if (is_break && (root || collector_.keeps_more())) {
    attribution_.add_node_break(node, finding);
    collector_.add(std::move(finding));
  } else if (is_break) {
    collector_.count(pair.layer());
  }
}

Status Comparer::compare_node(std::size_t node, const BarPair& bar) {
  const NodePair& pair = runs_.nodes[node];
  NodeState& state = nodes_[node];
  NodeResult& result = out_.nodes[node];
  window_breaks_.clear();
  TIEOUT_TRY(const CellCounts counts, compare_windows(node, bar));
  result.cells += counts;
  cells(pair.layer()) += counts;
  if (state.differs && !result.first_bar) {
    result.first_bar = bar.bar;
  }
  if (!state.differs) {
    attribution_.node_agrees(node);
  }
  for (const WindowBreak& window_break : window_breaks_) {
    add_window_break(node, bar.bar, window_break);
  }
  return {};
}

bool Comparer::is_root(std::size_t node, const WindowBreak& window_break) const {
  const NodePair& pair = runs_.nodes[node];
  if (nodes_[node].config_explains) {
    return false;
  }
  for (const std::size_t i : pair.inputs) {
    if (!nodes_[i].differs) {
      continue;
    }
    const NodeState& input = nodes_[i];
    if (!reaches_declared_ || !pair.both() || !input.walk || input.window_missing ||
        out_.nodes[node].whole_window) {
      return false;  // Anything in the input may be behind it.
    }
    if (input_break_in_reach(runs_, pair, *nodes_[node].walk, *input.walk, window_break.row)) {
      return false;
    }
  }
  return true;
}

bool Comparer::table_is_root() const {
  return !nodes_differ_ && journal_breaks_ == 0 && !tables_broke_ && !books_broke_ &&
         !config_explains_tables_;
}

void Comparer::add_table_break(TableBreak&& table_break, Layer layer, Timestamp bar, bool is_root) {
  const Judged judged = table_break.judged;
  const std::size_t rule = table_break.rule;
  Finding finding = finding_of(std::move(table_break), layer, bar);
  finding.rule = book_.text(rule);
  if (judged.fate == Fate::kIgnored) {
    book_.note_ignored(rule, finding);
    return;
  }
  book_.note_waiver(judged, finding);
  if (judged.fate == Fate::kWaived) {
    return;
  }
  finding.is_root = is_root;
  if (!finding.column.empty()) {
    ++out_.breaks_by_column[fmt::format("{}/{}", finding.part, finding.column)];
  }
  if (finding.asset != kNoAsset) {
    ++out_.breaks_by_asset[finding.asset];
  }
  tables_broke_ = true;
  if (is_root || collector_.keeps_more()) {
    attribution_.add_table_break(finding);
    collector_.add(std::move(finding));
  } else {
    collector_.count(finding.layer);
  }
}

Status Comparer::compare_table(TableKind kind, const BarPair& bar) {
  const Layer layer = layer_of(kind);
  const bool equal =
      runs_.left.table_hash(kind, *bar.left) == runs_.right.table_hash(kind, *bar.right);
  if (equal && book_.is_exact()) {
    cells(layer) += all_equal(runs_.left.table_cells(kind, *bar.left));
    return {};
  }
  // Which rules a table falls under stands in its columns and assets: equal tables are read too.
  TIEOUT_TRY(const Table left, read_table(runs_.left, kind, *bar.left));
  TIEOUT_TRY(const Table right,
             read_table(equal ? runs_.left : runs_.right, kind, equal ? *bar.left : *bar.right));
  std::vector<TableBreak> breaks;
  const TableRules rules{.book = &book_, .layer = layer, .bar = bar.bar, .clocks = clocks_};
  TIEOUT_TRY(const TableCounts counts, tables_[kind].compare(left, right, rules, breaks));
  cells(layer) += counts.cells;
  walked_.ignorable += counts.ignorable;
  walked_.by_clock[static_cast<std::size_t>(layer)] += counts.by_clock;
  if (counts.renumbering.renumbered > 0) {
    Renumbering& renumbering = walked_.renumbering[static_cast<std::size_t>(layer)];
    if (renumbering.renumbered == 0) {
      walked_.renumbered_from[static_cast<std::size_t>(layer)] = bar.bar;
    }
    renumbering += counts.renumbering;
  }
  const bool is_root = table_is_root();
  for (TableBreak& table_break : breaks) {
    add_table_break(std::move(table_break), layer, bar.bar, is_root);
  }
  return {};
}

Status Comparer::compare_bar(std::size_t position) {
  const BarPair& bar = runs_.bars[position];
  attribution_.begin_bar(bar.bar);
  if (!bar.both()) {
    count_one_sided_bar(bar);
    return {};
  }
  // The nodes first: whether the source differs says what a market read that differs is.
  TIEOUT_CHECK(compare_nodes(bar));
  TIEOUT_CHECK(compare_journal(bar));
  tables_broke_ = false;
  for (const TableKind kind : runlog::kTableKinds) {
    if (is_compared(kind) && runs_.has(layer_of(kind))) {
      TIEOUT_CHECK(compare_table(kind, bar));
    }
  }
  books_broke_ = books_broke_ || tables_broke_;
  return {};
}

void Comparer::finish_counts() {
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const NodePair& pair = runs_.nodes[n];
    NodeResult& result = out_.nodes[n];
    result.distinct_breaks += pair.only_left.size() + pair.only_right.size() +
                              pair.two_types.size() + (pair.both() ? 0 : 1);
    if (!nodes_[n].walk) {
      continue;
    }
    const WindowDiff& diff = nodes_[n].walk->diff();
    result.max_abs = diff.max_abs();
    result.max_rel = diff.max_rel();
    const auto count = [&](const ColumnKey& column, std::uint64_t breaks) {
      if (breaks == 0) {
        return;
      }
      out_.breaks_by_column[fmt::format("{}/{}", pair.name, column.field)] += breaks;
      if (column.asset != kNoAsset) {
        out_.breaks_by_asset[column.asset] += breaks;
      }
    };
    for (std::size_t c = 0; c < diff.common_columns().size(); ++c) {
      count(diff.common_columns()[c], nodes_[n].column_breaks[c]);
    }
    for (const auto* only : {&pair.only_left, &pair.only_right}) {
      for (const ColumnKey& column : *only) {
        count(column, 1);
      }
    }
    for (const NodePair::TwoTypes& types : pair.two_types) {
      count(types.column, 1);
    }
  }
  for (const Layer layer : kLayers) {
    walked_.breaks[static_cast<std::size_t>(layer)] = collector_.breaks_of(layer);
  }
  walked_.first_of_data = collector_.first_of_data();
  walked_.first_of_inputs = collector_.first_of_inputs();
}

Result<Walked> Comparer::walk() {
  if (options_.check_self_consistency) {
    TIEOUT_CHECK(check_self_consistency());
  }
  for (std::size_t b = 0; b < runs_.bars.size(); ++b) {
    const BarPair& bar = runs_.bars[b];
    out_.bars.push_back(
        {.bar = bar.bar, .left = bar.left.has_value(), .right = bar.right.has_value()});
  }
  // Runs that differ as wholes differ from the first bar that both have, if there is one.
  std::size_t structure_at = 0;
  while (structure_at < runs_.bars.size() && !runs_.bars[structure_at].both()) {
    ++structure_at;
  }
  structure_at = structure_at == runs_.bars.size() ? 0 : structure_at;
  BarResult no_bar{.bar = runs_.left.manifest().start};
  if (runs_.bars.empty()) {
    attribution_.begin_bar(no_bar.bar);
    collector_.begin_bar(no_bar);
    add_structure(no_bar.bar);
    collector_.end_bar();
  }
  for (std::size_t b = 0; b < runs_.bars.size(); ++b) {
    const Timestamp bar = runs_.bars[b].bar;
    collector_.begin_bar(out_.bars[b]);
    if (b == structure_at) {
      add_structure(bar);
    }
    TIEOUT_CHECK(compare_bar(b));
    if (const auto remarks = remarks_.find(bar); remarks != remarks_.end()) {
      for (Finding& finding : remarks->second) {
        collector_.add_remark(std::move(finding));
      }
    }
    collector_.end_bar();
    if (options_.stop_at_first && collector_.first_of_data()) {
      out_.bars_not_compared = runs_.bars.size() - b - 1;
      break;
    }
  }
  for (const NodeState& node : nodes_) {
    if (node.walk) {
      TIEOUT_CHECK(node.walk->finish());
    }
  }
  finish_counts();
  return std::move(walked_);
}

}  // namespace tieout::recon
