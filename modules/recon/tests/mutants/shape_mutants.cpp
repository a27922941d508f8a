#include <algorithm>
#include <array>
#include <iterator>

#include "campaign.hpp"

namespace tieout::recon::mutants {
namespace {

using runlog::TableKind;
using test::Draws;

test::BarData& any_bar(Subject& subject, Draws& draws) {
  return subject.right.bars[draws.below(subject.right.bars.size())];
}

Table& any_table(test::BarData& bar, Draws& draws) {
  auto table = bar.tables.begin();
  std::advance(table, static_cast<std::ptrdiff_t>(draws.below(bar.tables.size())));
  return table->second;
}

/// The panel without row `gone`.
Panel without_row(const Panel& panel, std::size_t gone) {
  Panel result(panel.columns());
  for (std::size_t r = 0; r < panel.row_count(); ++r) {
    if (r == gone) {
      continue;
    }
    result.append_row(panel.index()[r]);
    for (std::size_t c = 0; c < panel.column_count(); ++c) {
      result.set(result.row_count() - 1, c, panel.at(r, c));
    }
  }
  return result;
}

Mutant missing_window_row(Subject& subject, Draws& draws) {
  auto& bar = any_bar(subject, draws);
  Panel& window = bar.windows[draws.below(bar.windows.size())];
  const std::size_t row = draws.below(window.row_count());
  window = without_row(window, row);
  return {"row " + std::to_string(row) + " of a window at " + to_iso(bar.bar)};
}

/// The last row is labelled a second late: the values agree, the labels do not.
Mutant moved_window_row(Subject& subject, Draws& draws) {
  auto& bar = any_bar(subject, draws);
  Panel& window = bar.windows[draws.below(bar.windows.size())];
  const std::size_t last = window.row_count() - 1;
  Panel moved = window.slice({0, last});
  moved.append_row(window.index()[last] + seconds(1));
  for (std::size_t c = 0; c < window.column_count(); ++c) {
    moved.set(last, c, window.at(last, c));
  }
  window = moved;
  return {"the label of a row at " + to_iso(bar.bar)};
}

Mutant swapped_columns(Subject& subject, Draws& draws) {
  auto& bar = any_bar(subject, draws);
  Panel& window = bar.windows[0];
  const std::size_t row = draws.below(window.row_count());
  const double first = window.at(row, 0);
  window.set(row, 0, window.at(row, 1));
  window.set(row, 1, first);
  return {"two assets' values change places at " + to_iso(bar.bar)};
}

void rename_column(test::RunData& run, std::size_t node, std::size_t column, std::string field) {
  auto& columns = run.manifest.nodes[node].columns;
  columns[column].field = std::move(field);
  for (auto& bar : run.bars) {
    Panel renamed(columns);
    renamed.append_rows(bar.windows[node].index());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      std::ranges::copy(bar.windows[node].column(c), renamed.column(c).begin());
    }
    bar.windows[node] = renamed;
  }
}

Mutant renamed_window_column(Subject& subject, Draws& draws) {
  const std::size_t node = draws.below(subject.right.manifest.nodes.size());
  const std::size_t column = draws.below(subject.right.manifest.nodes[node].columns.size());
  rename_column(subject.right, node, column, "another");
  return {"the name of a column of node " + std::to_string(node)};
}

Mutant missing_window_column(Subject& subject, Draws& draws) {
  test::RunData& run = subject.right;
  const std::size_t node = draws.below(run.manifest.nodes.size());
  std::vector<std::size_t> order(run.manifest.nodes[node].columns.size());
  for (std::size_t c = 0; c < order.size(); ++c) {
    order[c] = c;
  }
  order.erase(order.begin() + static_cast<std::ptrdiff_t>(draws.below(order.size())));
  for (auto& bar : run.bars) {
    bar.windows[node] = test::permute_columns(bar.windows[node], order);
  }
  run.manifest.nodes[node].columns = run.bars.front().windows[node].columns();
  return {"a column of node " + std::to_string(node)};
}

Mutant renamed_node(Subject& subject, Draws& draws) {
  auto& nodes = subject.right.manifest.nodes;
  auto& node = nodes[draws.below(nodes.size())];
  node.name += "_2";
  node.nid += "_2";
  return {"the name of a node"};
}

Mutant missing_last_node(Subject& subject, Draws&) {
  subject.right.manifest.nodes.pop_back();
  for (auto& bar : subject.right.bars) {
    bar.windows.pop_back();
  }
  return {"the last node"};
}

Mutant missing_bar(Subject& subject, Draws& draws) {
  auto& bars = subject.right.bars;
  const std::size_t gone = draws.below(bars.size());
  bars.erase(bars.begin() + static_cast<std::ptrdiff_t>(gone));
  return {"bar " + std::to_string(gone)};
}

Mutant moved_bar(Subject& subject, Draws&) {
  subject.right.bars.back().bar = subject.right.bars.back().bar + minutes(5);
  return {"the last bar is labelled one bar late"};
}

Mutant doubled_table_row(Subject& subject, Draws& draws) {
  Table& table = any_table(any_bar(subject, draws), draws);
  table = test::permute_rows(table, {0, 0});
  return {"a row of a table twice"};
}

Mutant missing_table_row(Subject& subject, Draws& draws) {
  auto& bar = any_bar(subject, draws);
  const TableKind kind = draws.below(2) == 0 ? TableKind::kTargetPositions : TableKind::kPortfolio;
  Table& table = bar.tables.at(kind);
  table = test::permute_rows(table, {draws.below(table.row_count())});
  return {"a row of " + std::string(to_string(kind))};
}

/// Every id of a bar's orders names an order of another asset.
Mutant shifted_ids(Subject& subject, Draws& draws) {
  Table& table = any_bar(subject, draws).tables.at(TableKind::kOrders);
  for (std::int64_t& id : std::get<std::vector<std::int64_t>>(table.columns.front().values)) {
    id -= 1;
  }
  return {"the ids of a bar's orders are one lower"};
}

Mutant missing_table(Subject& subject, Draws& draws) {
  auto& bar = any_bar(subject, draws);
  auto table = bar.tables.begin();
  std::advance(table, static_cast<std::ptrdiff_t>(draws.below(bar.tables.size())));
  const std::string name(to_string(table->first));
  bar.tables.erase(table);
  return {"no " + name};
}

TypedColumn& any_value_column(Table& table, Draws& draws) {
  const std::size_t values = table.columns.size() - table.key_count;
  return table.columns[table.key_count + draws.below(values)];
}

Mutant missing_table_column(Subject& subject, Draws& draws) {
  Table& table = any_table(any_bar(subject, draws), draws);
  const TypedColumn& column = any_value_column(table, draws);
  const std::string name = column.name;
  table.columns.erase(table.columns.begin() + (&column - table.columns.data()));
  return {"column " + name};
}

Mutant renamed_table_column(Subject& subject, Draws& draws) {
  TypedColumn& column = any_value_column(any_table(any_bar(subject, draws), draws), draws);
  column.name += "_";
  return {"the name of column " + column.name};
}

/// The same values as another type: 3 and 3.0, 1 and true.
Mutant retyped_table_column(Subject& subject, Draws& draws) {
  TypedColumn& column = any_value_column(any_table(any_bar(subject, draws), draws), draws);
  std::vector<std::string> texts;
  for (std::size_t row = 0; row < column.size(); ++row) {
    texts.push_back(cell_text(column, row));
  }
  if (column.type() == ColumnType::kString) {
    column.values = std::vector<std::int64_t>(texts.size(), 0);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values)) {
    column.values = std::vector<double>(integers->begin(), integers->end());
  } else {
    column.values = texts;
  }
  return {"the type of column " + column.name};
}

/// Both runs had no events until one order of one of them expired.
Mutant event_of_one_side(Subject& subject, Draws& draws) {
  for (test::RunData* run : {&subject.left, &subject.right}) {
    for (test::BarData& bar : run->bars) {
      bar.tables.erase(TableKind::kOrderEvents);
    }
  }
  const std::size_t b = draws.below(subject.right.bars.size());
  test::BarData& bar = subject.right.bars[b];
  bar.tables[TableKind::kOrderEvents] = {
      {{"order_id", std::vector<std::int64_t>{0}},
       {"event", std::vector<std::string>{"expired"}},
       {"timestamp", std::vector<Timestamp>{bar.bar}},
       {"asset_id", std::vector<std::int64_t>{test::kBtc.value}},
       {"num_shares", std::vector<double>{draws.normal()}},
       {"reason", std::vector<std::string>{"its price@twap price is nan"}}},
      3};
  return {"the only event, at " + to_iso(bar.bar)};
}

Mutant missing_event(Subject& subject, Draws& draws) {
  subject.left = subject.right = test::make_run({.bars = 5, .rows = 3, .events = true});
  Table& table = subject.right.bars[1 + 2 * draws.below(2)].tables.at(TableKind::kOrderEvents);
  const std::size_t kept = draws.below(2);
  table = test::permute_rows(table, {kept});
  return {"event " + std::to_string(1 - kept) + " of a bar"};
}

/// The same shares of the same order, for another reason or as another event.
Mutant other_event(Subject& subject, Draws& draws) {
  subject.left = subject.right = test::make_run({.bars = 5, .rows = 3, .events = true});
  Table& table = subject.right.bars[1 + 2 * draws.below(2)].tables.at(TableKind::kOrderEvents);
  const std::size_t column = draws.below(2) == 0 ? 1 : 5;
  std::get<std::vector<std::string>>(table.columns[column].values)[draws.below(2)] = "carried";
  return {"column " + table.columns[column].name + " of an event"};
}

constexpr std::array kFamilies{
    Family{"shape.event.of_one_side", 1, event_of_one_side},
    Family{"shape.event.missing", 1, missing_event},
    Family{"shape.event.other", 1, other_event},
    Family{"shape.window.missing_row", 2, missing_window_row},
    Family{"shape.window.moved_row", 1, moved_window_row},
    Family{"shape.window.swapped_columns", 1, swapped_columns},
    Family{"shape.window.renamed_column", 1, renamed_window_column},
    Family{"shape.window.missing_column", 1, missing_window_column},
    Family{"shape.node.renamed", 1, renamed_node},
    Family{"shape.node.missing", 1, missing_last_node},
    Family{"shape.bar.missing", 1, missing_bar},
    Family{"shape.bar.moved", 1, moved_bar},
    Family{"shape.table.doubled_row", 1, doubled_table_row},
    Family{"shape.table.missing_row", 1, missing_table_row},
    Family{"shape.table.shifted_ids", 1, shifted_ids},
    Family{"shape.table.missing", 1, missing_table},
    Family{"shape.table.missing_column", 1, missing_table_column},
    Family{"shape.table.renamed_column", 1, renamed_table_column},
    Family{"shape.table.retyped_column", 1, retyped_table_column},
};

}  // namespace

std::span<const Family> shape_families() {
  return kFamilies;
}

}  // namespace tieout::recon::mutants
