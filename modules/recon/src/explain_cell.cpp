#include "explain_cell.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "cell.hpp"
#include "first_divergence.hpp"
#include "reach.hpp"

namespace tieout::recon {
namespace {

using runlog::JournalEntry;
using runlog::RunSource;
using runlog::TableKind;

constexpr std::size_t kMaxValues = 32;
constexpr std::string_view kNone = "(none)";

/// One side of a node: its window at a bar, and how to print its cells.
struct Side {
  const RunSource* run = nullptr;
  std::size_t node = 0;
  Panel window;

  ColumnType type(std::size_t column) const {
    return column_type(run->manifest().nodes[node], column);
  }
  std::string text(std::size_t row, std::size_t column) const {
    return node_cell_text(window.at(row, column), type(column), run->strings());
  }
  std::string text(Timestamp row, const ColumnKey& column) const {
    const auto r = window.find_row(row);
    const auto c = window.find_column(column);
    return r && c ? text(*r, *c) : std::string(kNone);
  }
};

/// Both sides of a node at a bar; a side that lacks node, bar or window has an empty one.
struct Sides {
  Side left, right;
};

Result<Side> read_side(const RunSource& run, std::optional<std::size_t> node,
                       std::optional<std::size_t> bar) {
  Side side{&run, node.value_or(0), Panel(std::vector<ColumnKey>{})};
  if (node && bar && run.has_window(*node, *bar)) {
    TIEOUT_TRY(side.window, run.node_output(*node, *bar));
  }
  return side;
}

Result<Sides> read_sides(const RunPair& runs, const NodePair& node, const BarPair& bar) {
  TIEOUT_TRY(Side left, read_side(runs.left, node.left, bar.left));
  TIEOUT_TRY(Side right, read_side(runs.right, node.right, bar.right));
  return Sides{std::move(left), std::move(right)};
}

ValuePair pair_of(const Sides& sides, Timestamp row, const ColumnKey& column, std::string what) {
  ValuePair values{std::move(what), sides.left.text(row, column), sides.right.text(row, column)};
  values.equal = values.left == values.right;
  return values;
}

const BarPair* bar_before(const RunPair& runs, const BarPair& bar) {
  const std::size_t position = runs.position_of(bar.bar);
  return position > 0 ? &runs.bars[position - 1] : nullptr;
}

/// Rows of an input that a row of the node may be computed from, on both sides together.
struct Rows {
  Timestamp from, until;
  bool all = false;  // the node reads its whole window, or the reach is not declared
};

Rows rows_in_reach(const NodePair& node, const Sides& output, const Sides& input, Timestamp row) {
  Rows rows{row, row, false};
  const auto widen = [&](const Side& out, const Side& in, std::optional<std::size_t> id) {
    if (!id || in.window.empty()) {
      return;
    }
    const runlog::NodeInfo& info = out.run->manifest().nodes[*id];
    const auto reach =
        reach_of(in.window, row, info.lookback_rows, row_period(out.window), row_period(in.window));
    rows.from = std::min(rows.from, reach ? reach->from : in.window.index().front());
    rows.all = rows.all || info.whole_window || !out.run->has_journal();
  };
  widen(output.left, input.left, node.left);
  widen(output.right, input.right, node.right);
  if (rows.all) {
    for (const Side* side : {&input.left, &input.right}) {
      if (!side->window.empty()) {
        rows.from = std::min(rows.from, side->window.index().front());
        rows.until = std::max(rows.until, side->window.index().back());
      }
    }
  }
  return rows;
}

/// The union of two ascending lists.
template <typename Range>
auto merged(const Range& a, const Range& b) {
  std::vector<std::decay_t<decltype(*std::begin(a))>> all(std::begin(a), std::end(a));
  all.insert(all.end(), std::begin(b), std::end(b));
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

using Position = std::optional<std::size_t>;

/// Whether both windows hold the same there; a cell that neither has is the same.
bool same(const Sides& sides, Position left_row, Position left_column, Position right_row,
          Position right_column) {
  const bool on_left = left_row && left_column;
  const bool on_right = right_row && right_column;
  if (!on_left || !on_right) {
    return on_left == on_right;
  }
  const ColumnType type = sides.left.type(*left_column);
  return type == sides.right.type(*right_column) &&
         same_node_cell(type, sides.left.window.at(*left_row, *left_column),
                        sides.right.window.at(*right_row, *right_column));
}

/// An input node of a cell: whether it agrees in reach, and the values next to the cell.
Result<InputEvidence> input_of(const RunPair& runs, const NodePair& node, const Sides& output,
                               const NodePair& input, const CellPlace& place) {
  TIEOUT_TRY(const Sides sides, read_sides(runs, input, *place.bar));
  const Rows reach = rows_in_reach(node, output, sides, *place.row);
  InputEvidence evidence;
  evidence.part = input.name;
  evidence.reach = fmt::format("{}rows {} to {}", reach.all ? "all its " : "", to_iso(reach.from),
                               to_iso(reach.until));
  const auto rows = merged(sides.left.window.index(), sides.right.window.index());
  const auto columns = merged(sides.left.window.columns(), sides.right.window.columns());
  std::vector<std::pair<Position, Position>> positions;  // of `columns`
  positions.reserve(columns.size());
  for (const ColumnKey& column : columns) {
    positions.emplace_back(sides.left.window.find_column(column),
                           sides.right.window.find_column(column));
  }
  // From the nearest row back: the cells of the cell's asset, and those that differ.
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (*row < reach.from || *row > reach.until) {
      continue;
    }
    const Position left_row = sides.left.window.find_row(*row);
    const Position right_row = sides.right.window.find_row(*row);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const ColumnKey& column = columns[c];
      const bool agrees = same(sides, left_row, positions[c].first, right_row, positions[c].second);
      evidence.differing += agrees ? 0 : 1;
      const bool mine = place.column.asset == kNoAsset || column.asset == place.column.asset;
      if ((mine || !agrees) && evidence.values.size() < kMaxValues) {
        evidence.values.push_back(
            pair_of(sides, *row, column, fmt::format("{} {}", to_iso(*row), to_string(column))));
        evidence.values.back().equal = agrees;
      }
    }
  }
  evidence.equal = evidence.differing == 0;
  return evidence;
}

/// Since when the row has which value, on one side.
Result<std::vector<CellVersion>> versions_of(const RunSource& run, std::optional<std::size_t> node,
                                             const CellPlace& place) {
  std::vector<CellVersion> versions;
  Side side{&run, node.value_or(0), Panel(std::vector<ColumnKey>{})};
  for (std::size_t b = 0; node && b < run.bars().size(); ++b) {
    if (run.bars()[b].bar < *place.row || !run.has_window(*node, b)) {
      continue;
    }
    TIEOUT_TRY(const std::optional<runlog::NodeFrame> frame, find_frame(run, *node, b));
    if (!frame) {
      continue;
    }
    side.window = frame->changed;
    const std::string value = side.text(*place.row, place.column);
    if (value != kNone && (versions.empty() || versions.back().value != value)) {
      versions.push_back({run.bars()[b].bar, value});
    }
    if (b > 0 && !side.window.empty() && run.bars()[b].bar > place.bar->bar &&
        versions.size() >= kMaxValues) {
      break;
    }
  }
  return versions;
}

Result<CellExplanation> explain_node_cell(const RunPair& runs, const CellPlace& place) {
  const NodePair& node = *place.node;
  CellExplanation cell;
  TIEOUT_TRY(const Sides sides, read_sides(runs, node, *place.bar));
  cell.now = pair_of(sides, *place.row, place.column, to_string(place.column));
  if (const BarPair* before = bar_before(runs, *place.bar); before != nullptr) {
    TIEOUT_TRY(const Sides then, read_sides(runs, node, *before));
    cell.then = pair_of(then, *place.row, place.column, to_iso(before->bar));
  }
  const auto left_row = sides.left.window.find_row(*place.row);
  const auto right_row = sides.right.window.find_row(*place.row);
  const auto left_column = sides.left.window.find_column(place.column);
  const auto right_column = sides.right.window.find_column(place.column);
  cell.now.equal = same(sides, left_row, left_column, right_row, right_column);
  Distance distance = no_distance();
  if (left_row && right_row && left_column && right_column &&
      sides.left.type(*left_column) == sides.right.type(*right_column)) {
    distance = distance_of_node_cells(sides.left.type(*left_column),
                                      sides.left.window.at(*left_row, *left_column),
                                      sides.right.window.at(*right_row, *right_column));
  }
  cell.abs_diff = distance.abs;
  cell.rel_diff = distance.rel;
  cell.ulp = distance.ulp;
  for (const std::size_t i : node.inputs) {
    TIEOUT_TRY(InputEvidence evidence, input_of(runs, node, sides, runs.nodes[i], place));
    cell.inputs.push_back(std::move(evidence));
  }
  TIEOUT_TRY(cell.left_versions, versions_of(runs.left, node.left, place));
  TIEOUT_TRY(cell.right_versions, versions_of(runs.right, node.right, place));
  return cell;
}

TableKind kind_of(Layer layer) {
  for (const TableKind kind : runlog::kTableKinds) {
    if (runlog::is_compared(kind) && layer_of(kind) == layer) {
      return kind;
    }
  }
  return TableKind::kTargetPositions;
}

/// The cell of an asset (or of the one row) of a table; "(none)" when it is not there.
std::string table_text(const std::optional<Table>& table, const ColumnKey& column) {
  const TypedColumn* values = table ? table->find(column.field) : nullptr;
  if (values == nullptr || values->size() == 0) {
    return std::string(kNone);
  }
  const TypedColumn* assets = table->find("asset_id");
  const auto* ids =
      assets == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&assets->values);
  if (ids == nullptr || column.asset == kNoAsset) {
    return cell_text(*values, 0);
  }
  const auto found = std::ranges::find(*ids, column.asset.value);
  return found == ids->end() ? std::string(kNone)
                             : cell_text(*values, static_cast<std::size_t>(found - ids->begin()));
}

Result<ValuePair> table_pair(const RunPair& runs, const BarPair& bar, const CellPlace& place,
                             std::string what) {
  const TableKind kind = kind_of(place.layer);
  ValuePair values{std::move(what), std::string(kNone), std::string(kNone)};
  if (bar.left) {
    TIEOUT_TRY(const std::optional<Table> table, runs.left.table(kind, *bar.left));
    values.left = table_text(table, place.column);
  }
  if (bar.right) {
    TIEOUT_TRY(const std::optional<Table> table, runs.right.table(kind, *bar.right));
    values.right = table_text(table, place.column);
  }
  values.equal = values.left == values.right;
  return values;
}

Result<CellExplanation> explain_table_cell(const RunPair& runs, const CellPlace& place) {
  CellExplanation cell;
  TIEOUT_TRY(cell.now, table_pair(runs, *place.bar, place, to_string(place.column)));
  if (const BarPair* before = bar_before(runs, *place.bar); before != nullptr) {
    TIEOUT_TRY(cell.then, table_pair(runs, *before, place, to_iso(before->bar)));
  }
  const auto left = parse_double(cell.now.left);
  const auto right = parse_double(cell.now.right);
  const Distance distance = left && right ? distance_of(*left, *right) : no_distance();
  cell.abs_diff = distance.abs;
  cell.rel_diff = distance.rel;
  cell.ulp = distance.ulp;
  return cell;
}

/// What is not a node: reads of the source, and what a table is computed from.
Status add_other_inputs(const RunPair& runs, const CellPlace& place, CellExplanation& cell) {
  Finding probe;
  probe.layer = place.layer;
  probe.bar = place.bar->bar;
  probe.part = cell.part;
  probe.asset = cell.asset;
  RuleBook exact(exact_policy(), false, runs.left, runs.right);
  TIEOUT_TRY(const Differences differing, differing_inputs(runs, exact, probe));
  for (const std::string& part : input_parts(runs, probe)) {
    InputEvidence evidence;
    evidence.part = part;
    evidence.reach = "this bar";
    evidence.equal = true;
    for (const Finding& finding : differing.breaks) {
      if (finding.part == part && evidence.equal) {
        evidence.equal = false;
        evidence.differing = 1;
        evidence.reach = finding.bar == place.bar->bar ? "this bar" : to_iso(finding.bar);
        evidence.first_finding = finding;
        evidence.values.push_back(
            {to_string(ColumnKey{finding.column, finding.asset}), finding.left, finding.right});
      }
    }
    cell.inputs.push_back(std::move(evidence));
  }
  return {};
}

std::string entry_text(const JournalEntry& entry) {
  switch (entry.kind) {
    case JournalEntry::Kind::kDecision:
      return fmt::format("{} at {}, as of {}, {} laggards", to_string(entry.outcome),
                         to_iso(entry.time), to_iso(entry.as_of.knowledge), entry.laggards.size());
    case JournalEntry::Kind::kMarketRead:
      return fmt::format("{} rows as of {}, content {}", entry.row_count,
                         to_iso(entry.as_of.knowledge), to_hex(entry.content));
    case JournalEntry::Kind::kClockRead:
      return to_iso(entry.time);
    case JournalEntry::Kind::kStatus:
      return fmt::format("{}, {} orders", entry.purpose, entry.row_count);
    case JournalEntry::Kind::kFunding:
      return fmt::format("{} at {}", entry.purpose, to_iso(entry.time));
  }
  return "";
}

std::string entry_name(const JournalEntry& entry) {
  switch (entry.kind) {
    case JournalEntry::Kind::kDecision:
      return "decision";
    case JournalEntry::Kind::kMarketRead:
      return "market read " + entry.purpose;
    case JournalEntry::Kind::kClockRead:
      return "clock " + entry.purpose;
    case JournalEntry::Kind::kStatus:
      return "status";
    case JournalEntry::Kind::kFunding:
      break;
  }
  // One entry for each asset; which one stands with it.
  return entry.laggards.empty() ? "funding" : fmt::format("funding {}", entry.laggards[0].value);
}

std::map<std::string, std::string> entries_of(const std::vector<JournalEntry>& entries) {
  std::map<std::string, std::string> texts;
  std::map<std::string, int> seen;
  for (const JournalEntry& entry : entries) {
    std::string name = entry_name(entry);
    const int count = ++seen[name];
    if (count > 1) {
      name += fmt::format(" #{}", count);
    }
    texts[name] = entry_text(entry);
  }
  return texts;
}

}  // namespace

Result<CellExplanation> explain_cell(const RunPair& runs, const CellPlace& place,
                                     const Comparison& names) {
  CellExplanation cell;
  if (place.node != nullptr) {
    TIEOUT_TRY(cell, explain_node_cell(runs, place));
  } else {
    TIEOUT_TRY(cell, explain_table_cell(runs, place));
  }
  cell.part = place.node != nullptr ? place.node->name : std::string(to_string(place.layer));
  cell.column = place.column.field;
  cell.asset = place.column.asset;
  cell.bar = place.bar->bar;
  cell.row = place.row;
  cell.rule = "exact";
  if (place.node == nullptr || place.node->is_source()) {
    TIEOUT_CHECK(add_other_inputs(runs, place, cell));
  }
  std::vector<std::string> differing;
  for (const InputEvidence& input : cell.inputs) {
    if (!input.equal) {
      differing.push_back(input.part);
    }
  }
  const std::string where = fmt::format("{} {}{}", cell.part, to_string(place.column),
                                        cell.row ? " row " + to_iso(*cell.row) : std::string());
  const std::string inputs =
      cell.inputs.empty() ? "nothing is recorded of what it is computed from"
      : differing.empty() ? fmt::format("all {} inputs agree in its reach", cell.inputs.size())
                          : fmt::format("of its {} inputs {} differ: {}", cell.inputs.size(),
                                        differing.size(), fmt::join(differing, ", "));
  cell.sentence =
      cell.now.equal
          ? fmt::format("{} is equal at {}: {}; {}", where, to_iso(cell.bar), cell.now.left, inputs)
          : fmt::format("{} differs at {}: {} {} / {} {}; {}", where, to_iso(cell.bar),
                        names.left_name, cell.now.left, names.right_name, cell.now.right, inputs);
  return cell;
}

Result<std::vector<ValuePair>> journal_of(const RunPair& runs, const BarPair& bar) {
  std::map<std::string, ValuePair> pairs;
  const auto add = [&](const RunSource& run, std::optional<std::size_t> index,
                       std::string ValuePair::*side) -> Status {
    if (!index) {
      return {};
    }
    TIEOUT_TRY(const std::vector<JournalEntry> entries, run.journal(*index));
    for (auto& [name, text] : entries_of(entries)) {
      ValuePair& pair = pairs.try_emplace(name, ValuePair{name, "(none)", "(none)"}).first->second;
      pair.*side = text;
    }
    return {};
  };
  TIEOUT_CHECK(add(runs.left, bar.left, &ValuePair::left));
  TIEOUT_CHECK(add(runs.right, bar.right, &ValuePair::right));
  std::vector<ValuePair> result;
  for (auto& [name, pair] : pairs) {
    pair.equal = pair.left == pair.right;
    result.push_back(std::move(pair));
  }
  return result;
}

}  // namespace tieout::recon
