#include "tieout/recon/node_slice.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cell.hpp"
#include "explain_cell.hpp"
#include "run_pair.hpp"

namespace tieout::recon {
namespace {

using runlog::RunSource;

/// A node's window at a bar on one side; empty when that side has none.
struct SideWindow {
  const RunSource* run = nullptr;
  std::size_t node = 0;
  Panel window = Panel(std::vector<ColumnKey>{});

  std::string text(Timestamp row, const ColumnKey& column) const {
    const auto r = window.find_row(row);
    const auto c = window.find_column(column);
    if (!r || !c) return "(none)";
    return node_cell_text(window.at(*r, *c), column_type(run->manifest().nodes[node], *c),
                          run->strings());
  }
};

Result<SideWindow> window_of(const RunSource& run, std::optional<std::size_t> node,
                             std::optional<std::size_t> bar) {
  SideWindow side;
  side.run = &run;
  side.node = node.value_or(0);
  if (node && bar && run.has_window(*node, *bar)) {
    TIEOUT_TRY(side.window, run.node_output(*node, *bar));
  }
  return side;
}

struct Windows {
  SideWindow left, right;
};

Result<Windows> windows_of(const RunPair& runs, const NodePair& node, const BarPair& bar) {
  TIEOUT_TRY(SideWindow left, window_of(runs.left, node.left, bar.left));
  TIEOUT_TRY(SideWindow right, window_of(runs.right, node.right, bar.right));
  return Windows{std::move(left), std::move(right)};
}

std::vector<ColumnKey> columns_of(const Windows& windows) {
  std::vector<ColumnKey> columns = windows.left.window.columns();
  for (const ColumnKey& key : windows.right.window.columns()) {
    if (std::ranges::find(columns, key) == columns.end()) columns.push_back(key);
  }
  return columns;
}

std::vector<Timestamp> rows_of(const Windows& windows) {
  std::set<Timestamp> rows(windows.left.window.index().begin(), windows.left.window.index().end());
  rows.insert(windows.right.window.index().begin(), windows.right.window.index().end());
  return {rows.begin(), rows.end()};
}

/// The bar to show. Errors: kInvalidArgument.
Result<const BarPair*> bar_of(const RunPair& runs, const std::optional<Timestamp>& wanted) {
  const BarPair* last = nullptr;
  for (const BarPair& bar : runs.bars) {
    if (bar.both() && (!wanted || bar.bar == *wanted)) last = &bar;
  }
  if (last == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 wanted ? fmt::format("slice_node: {} is not a bar of both runs", to_iso(*wanted))
                        : std::string("slice_node: the runs have no bar in common")};
  }
  return last;
}

/// Keep what the selection names. Errors: kUnknownName.
Result<std::vector<ColumnKey>> chosen(const std::vector<ColumnKey>& columns,
                                      const SliceSelection& selection) {
  std::vector<ColumnKey> out;
  std::set<std::string> fields;
  for (const ColumnKey& key : columns) {
    fields.insert(key.field);
    const bool field = selection.fields.empty() ||
                       std::ranges::find(selection.fields, key.field) != selection.fields.end();
    if (field && (!selection.asset || key.asset == *selection.asset)) out.push_back(key);
  }
  for (const std::string& field : selection.fields) {
    if (!fields.contains(field)) {
      return Error{ErrorCode::kUnknownName,
                   fmt::format("slice_node: '{}' has no column '{}', needed one of {}",
                               selection.node, field, fmt::join(fields, ", "))};
    }
  }
  if (out.empty()) {
    return Error{ErrorCode::kUnknownName,
                 fmt::format("slice_node: '{}' has no column of asset {}", selection.node,
                             selection.asset ? selection.asset->value : 0)};
  }
  return out;
}

/// Count the cells of two windows that are not equal.
void count_differences(const Windows& windows, LineageNode& node) {
  const std::vector<Timestamp> rows = rows_of(windows);
  const std::vector<ColumnKey> columns = columns_of(windows);
  const Panel& left = windows.left.window;
  const Panel& right = windows.right.window;
  const auto& left_node = windows.left.run->manifest().nodes;
  const auto& right_node = windows.right.run->manifest().nodes;
  std::vector<std::pair<std::optional<std::size_t>, std::optional<std::size_t>>> places;
  for (const ColumnKey& key : columns) {
    places.emplace_back(left.find_column(key), right.find_column(key));
  }
  for (const Timestamp row : rows) {
    const auto l = left.find_row(row);
    const auto r = right.find_row(row);
    for (const auto& [lc, rc] : places) {
      if (!(l && lc) && !(r && rc)) continue;  // its row and its column are on two sides
      ++node.cells;
      const bool both = l && r && lc && rc;
      const ColumnType type = lc ? column_type(left_node[windows.left.node], *lc)
                                 : column_type(right_node[windows.right.node], *rc);
      if (both && type == column_type(right_node[windows.right.node], *rc) &&
          same_node_cell(type, left.at(*l, *lc), right.at(*r, *rc))) {
        continue;
      }
      ++node.differing;
      if (!node.first_row) node.first_row = row;
    }
  }
}

/// The node and all nodes before it, by distance.
Result<std::vector<LineageNode>> lineage_of(const RunPair& runs, const NodePair& from,
                                            const BarPair& bar) {
  std::vector<LineageNode> out;
  std::set<std::size_t> level{static_cast<std::size_t>(&from - runs.nodes.data())};
  std::set<std::size_t> seen = level;
  for (std::size_t distance = 0; !level.empty(); ++distance) {
    std::set<std::size_t> next;
    for (const std::size_t position : level) {
      const NodePair& node = runs.nodes[position];
      LineageNode item{node.name, {}, distance, 0, 0, {}};
      for (const std::size_t input : node.inputs) {
        item.inputs.push_back(runs.nodes[input].name);
        if (seen.insert(input).second) next.insert(input);
      }
      TIEOUT_TRY(const Windows windows, windows_of(runs, node, bar));
      count_differences(windows, item);
      out.push_back(std::move(item));
    }
    level = std::move(next);
  }
  return out;
}

}  // namespace

Result<std::string> find_node_name(const RunSource& run, const std::string& name) {
  std::vector<std::string> found;
  std::vector<std::string> all;
  for (const runlog::NodeInfo& node : run.manifest().nodes) {
    all.push_back(node.name);
    if (node.name == name || node.name.ends_with("." + name)) found.push_back(node.name);
  }
  if (found.size() == 1) return found.front();
  return Error{ErrorCode::kUnknownName, fmt::format("{} nodes are named '{}', needed one of {}",
                                                    found.size(), name, fmt::join(all, ", "))};
}

Result<std::vector<ValuePair>> journal_at(const RunSource& left, const RunSource& right,
                                          Timestamp bar) {
  const RunPair runs = align_runs(left, right);
  const auto found = std::ranges::find(runs.bars, bar, &BarPair::bar);
  if (found == runs.bars.end()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("journal_at: {} is a bar of neither run", to_iso(bar))};
  }
  return journal_of(runs, *found);
}

Result<NodeSlice> slice_node(const RunSource& left, const RunSource& right,
                             const SliceSelection& selection) {
  if (selection.rows == 0) {
    return Error{ErrorCode::kInvalidArgument, "slice_node: 0 rows are asked for, needed 1 or more"};
  }
  const RunPair runs = align_runs(left, right);
  Result<std::string> name = find_node_name(left, selection.node);
  if (!name.ok()) name = find_node_name(right, selection.node);
  if (!name.ok()) return name.error();
  const NodePair& node = *runs.find(*name);
  TIEOUT_TRY(const BarPair* bar, bar_of(runs, selection.bar));
  TIEOUT_TRY(const Windows windows, windows_of(runs, node, *bar));

  NodeSlice slice;
  slice.node = *name;
  slice.bar = bar->bar;
  for (const BarPair& pair : runs.bars) {
    if (!pair.both()) continue;
    if (slice.bars++ == 0) slice.first_bar = pair.bar;
    slice.last_bar = pair.bar;
  }
  TIEOUT_TRY(slice.columns, chosen(columns_of(windows), selection));
  slice.rows = rows_of(windows);
  if (slice.rows.size() > selection.rows) {
    slice.rows.erase(slice.rows.begin(),
                     slice.rows.end() - static_cast<std::ptrdiff_t>(selection.rows));
  }
  for (const Timestamp row : slice.rows) {
    std::vector<ValuePair> cells;
    for (const ColumnKey& column : slice.columns) {
      ValuePair values{"", windows.left.text(row, column), windows.right.text(row, column)};
      values.equal = values.left == values.right;
      cells.push_back(std::move(values));
    }
    slice.cells.push_back(std::move(cells));
  }
  TIEOUT_TRY(slice.lineage, lineage_of(runs, node, *bar));
  return slice;
}

}  // namespace tieout::recon
