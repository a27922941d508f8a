#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/zone.hpp"

#include "child_order_files.hpp"
#include "export_parts.hpp"

// process_forecasts: child orders as the reference's live broker logs them (oms.md 4.3).
namespace tieout::reference {
namespace {

using runlog::RunReader;
using runlog::TableKind;

/// A name that is not taken yet, later by milliseconds where it is.
std::string free_name(ExportTree& tree, const std::string& stem, Timestamp wall) {
  std::string name = fmt::format("{}{}.json", stem, millisecond_stamp(wall));
  while (!tree.claim(name)) {
    wall = wall + milliseconds(1);
    name = fmt::format("{}{}.json", stem, millisecond_stamp(wall));
  }
  return name;
}

Status check_columns(const Table& children) {
  for (const ColumnSpec& spec : schema_of(empty_child_orders())) {
    const TypedColumn* column = children.find(spec.name);
    if (column == nullptr || column->type() != spec.type) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("export_reference_layout: the child orders have no column '{}' of "
                               "type {}",
                               spec.name, to_string(spec.type))};
    }
  }
  return {};
}

std::string symbol_of(const RunReader& run, std::int64_t asset) {
  for (const Asset& known : run.manifest().universe) {
    if (known.id.value == asset) {
      return known.full_symbol;
    }
  }
  return std::to_string(asset);
}

}  // namespace

Status export_children(const RunReader& run, std::size_t bar, ExportTree& tree) {
  TIEOUT_TRY(const std::optional<Table> children, run.table(TableKind::kChildOrders, bar));
  if (!children || children->row_count() == 0) {
    return {};
  }
  TIEOUT_CHECK(check_columns(*children));
  // A bar's orders are worked until the next one, whose table tells what became of them.
  const Timestamp ordered =
      bar > 0 ? run.bars()[bar - 1].bar : run.bars()[bar].bar - run.manifest().bar;
  const auto& assets = std::get<std::vector<std::int64_t>>(children->find("asset_id")->values);
  const auto& made = std::get<std::vector<Timestamp>>(children->find("creation_timestamp")->values);
  const auto& status = std::get<std::vector<std::string>>(children->find("status")->values);
  const auto& venue = std::get<std::vector<std::int64_t>>(children->find("ccxt_id")->values);
  const std::string root = "process_forecasts/";
  for (const char* part :
       {"oms_child_orders", "child_order_fills/ccxt_fills", "child_order_fills/ccxt_trades"}) {
    TIEOUT_CHECK(tree.make(root + part));
  }
  std::vector<std::size_t> rows;
  std::vector<std::string> symbols;
  for (std::size_t r = 0; r < children->row_count(); ++r) {
    std::string part = "oms_child_orders/";
    if (status[r] == "skipped") {
      part = "oms_child_orders_skipped/";  // no order of the reference's: only we read these
      TIEOUT_CHECK(tree.make(root + "oms_child_orders_skipped"));
    } else if (venue[r] != -1) {
      rows.push_back(r);
      symbols.push_back(symbol_of(run, assets[r]));
    }
    const std::string stem =
        fmt::format("{}{}{}_{}.", root, part, assets[r], centisecond_stamp(ordered));
    TIEOUT_CHECK(tree.write(free_name(tree, stem, made[r]), child_order_json(*children, r)));
  }
  const std::string fills = root + "child_order_fills/ccxt_fills/ccxt_fills_";
  const std::string trades = root + "child_order_fills/ccxt_trades/ccxt_trades_";
  const Timestamp wall = run.bars()[bar].bar;
  const std::string stamp = to_local_ts_name(wall, Zone::kNewYork);
  // In the hour that the end of daylight saving time repeats, two bars have one stamp.
  const std::string suffix = tree.claim(fills + stamp) ? "" : "_2";
  TIEOUT_CHECK(tree.write(fmt::format("{}{}{}.json", fills, stamp, suffix),
                          venue_orders_json(*children, rows, symbols)));
  return tree.write(fmt::format("{}{}{}.json", trades, stamp, suffix),
                    venue_trades_json(*children, rows, symbols));
}

}  // namespace tieout::reference
