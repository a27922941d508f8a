#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"

#include "export_parts.hpp"

// process_forecasts: the books and decisions of each bar (dataflow.md 3.3, oms.md 4.2).
namespace tieout::reference {
namespace {

using runlog::JournalEntry;
using runlog::RunReader;
using runlog::TableKind;

constexpr Zone kZone = Zone::kNewYork;

std::string cell(double value) {
  return std::isnan(value) ? std::string() : format_double(value);
}

std::string cell(const TypedColumn& column, std::size_t row) {
  if (const auto* values = std::get_if<std::vector<double>>(&column.values)) {
    return cell((*values)[row]);
  }
  if (const auto* times = std::get_if<std::vector<Timestamp>>(&column.values)) {
    return to_local_iso((*times)[row], kZone);
  }
  return csv_field(cell_text(column, row));
}

std::string table_csv(const Table& table) {
  std::string text;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    text += (c > 0 ? "," : "") + csv_field(table.columns[c].name);
  }
  text += '\n';
  for (std::size_t r = 0; r < table.row_count(); ++r) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      text += (c > 0 ? "," : "") + cell(table.columns[c], r);
    }
    text += '\n';
  }
  return text;
}

/// The reference infers the smallest type of what the optimizer is given: whole numbers of these
/// columns print without a point. A negative zero has no such form.
bool prints_as_integers(const TypedColumn& column) {
  constexpr std::array kGiven{"holdings_shares", "price",      "holdings_notional",
                              "prediction",      "volatility", "spread"};
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const auto* values = std::get_if<std::vector<double>>(&column.values);
  return values != nullptr && std::ranges::find(kGiven, column.name) != kGiven.end() &&
         std::ranges::all_of(*values, [](double v) {
           return std::fabs(v) < kExact && v == std::trunc(v) && !(v == 0 && std::signbit(v));
         });
}

std::string target_positions_csv(Table targets) {
  for (TypedColumn& column : targets.columns) {
    if (prints_as_integers(column)) {
      std::vector<std::int64_t> whole;
      for (const double value : std::get<std::vector<double>>(column.values)) {
        whole.push_back(static_cast<std::int64_t>(value));
      }
      column.values = std::move(whole);
    }
  }
  return table_csv(targets);
}

/// One "Order: ..." line for each order, without a newline at the end.
Result<std::string> orders_text(const Table& orders) {
  constexpr std::array kFields{"order_id",        "creation_timestamp", "asset_id",
                               "type_",           "start_timestamp",    "end_timestamp",
                               "curr_num_shares", "diff_num_shares"};
  std::string text;
  for (std::size_t r = 0; r < orders.row_count(); ++r) {
    text += r > 0 ? "\nOrder:" : "Order:";
    for (const char* field : kFields) {
      const TypedColumn* column = orders.find(field);
      if (column == nullptr) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("export_reference_layout: the orders have no column '{}'", field)};
      }
      text += fmt::format(" {}={}", field, cell(*column, r));
    }
    text += fmt::format(" tz={} extra_params={{}}", zone_name(kZone));
  }
  return text;
}

/// One row for each column of a portfolio table: assets are the columns, the snapshot is the index.
Result<std::string> portfolio_csv(const Table& portfolio, std::string_view field,
                                  Timestamp snapshot) {
  const TypedColumn* ids = portfolio.find("asset_id");
  const TypedColumn* values = portfolio.find(field);
  const auto* assets =
      ids != nullptr ? std::get_if<std::vector<std::int64_t>>(&ids->values) : nullptr;
  if (assets == nullptr || values == nullptr) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("export_reference_layout: the portfolio has no columns 'asset_id' "
                             "(int64) and '{}'",
                             field)};
  }
  std::string header;
  std::string row = to_local_iso(snapshot, kZone);
  for (std::size_t r = 0; r < assets->size(); ++r) {
    if ((*assets)[r] != kCash.value) {
      header += fmt::format(",{}", (*assets)[r]);
      row += ',' + cell(*values, r);
    }
  }
  return header + '\n' + row + '\n';
}

std::string statistics_csv(const Table& statistics) {
  std::string header;
  std::string row;
  for (const TypedColumn& column : statistics.columns) {
    if (column.name == "snapshot_timestamp") {
      row.insert(0, cell(column, 0));
    } else {
      header += ',' + csv_field(column.name);
      row += ',' + cell(column, 0);
    }
  }
  return header + '\n' + row + '\n';
}

/// The decision instant of a bar: the books' snapshot, else the journaled decision, else the
/// commit.
Result<Timestamp> decision_time(const RunReader& run, std::size_t bar,
                                const std::optional<Table>& statistics) {
  const TypedColumn* column =
      statistics.has_value() ? statistics->find("snapshot_timestamp") : nullptr;
  if (column != nullptr && column->size() > 0) {
    if (const auto* times = std::get_if<std::vector<Timestamp>>(&column->values)) {
      return times->front();
    }
  }
  TIEOUT_TRY(const std::vector<JournalEntry> entries, run.journal(bar));
  for (const JournalEntry& entry : entries) {
    if (entry.kind == JournalEntry::Kind::kDecision) {
      return entry.time;
    }
  }
  return run.bars()[bar].wall;
}

}  // namespace

Status export_decisions(const RunReader& run, ExportTree& tree) {
  for (const char* part : {"target_positions", "orders", "fills", "portfolio/price",
                           "portfolio/pnl", "portfolio/holdings_shares",
                           "portfolio/holdings_notional", "portfolio/executed_trades_shares",
                           "portfolio/executed_trades_notional", "portfolio/statistics"}) {
    TIEOUT_CHECK(tree.make(std::string("process_forecasts/") + part));
  }
  bool first_books = true;
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    const Timestamp bar = run.bars()[i].bar;
    TIEOUT_TRY(const std::optional<Table> targets, run.table(TableKind::kTargetPositions, i));
    TIEOUT_TRY(const std::optional<Table> orders, run.table(TableKind::kOrders, i));
    TIEOUT_TRY(const std::optional<Table> fills, run.table(TableKind::kFills, i));
    TIEOUT_TRY(const std::optional<Table> portfolio, run.table(TableKind::kPortfolio, i));
    TIEOUT_TRY(const std::optional<Table> statistics, run.table(TableKind::kStatistics, i));
    TIEOUT_TRY(const Timestamp wall, decision_time(run, i, statistics));
    const auto write = [&](const std::string& part, std::string_view text) {
      const std::string stem = "process_forecasts/" + part + "/";
      return tree.write(tree.stamped(stem, bar, wall) + ".csv", text);
    };
    if (targets.has_value() && !targets->columns.empty()) {
      TIEOUT_CHECK(write("target_positions", target_positions_csv(*targets)));
    }
    if (orders.has_value()) {
      TIEOUT_TRY(const std::string text, orders_text(*orders));
      TIEOUT_CHECK(write("orders", text));
    }
    if (fills.has_value() && !fills->columns.empty()) {
      TIEOUT_CHECK(write("fills", table_csv(*fills)));
    }
    TIEOUT_CHECK(export_children(run, i, tree));
    if (portfolio.has_value()) {
      for (const char* field : {"price", "pnl", "fees", "funding", "net_pnl"}) {
        if (portfolio->find(field) != nullptr) {
          TIEOUT_CHECK(tree.make(std::string("process_forecasts/portfolio/") + field));
          TIEOUT_TRY(const std::string text, portfolio_csv(*portfolio, field, wall));
          TIEOUT_CHECK(write(std::string("portfolio/") + field, text));
        }
      }
      for (const char* field : {"holdings_shares", "holdings_notional", "executed_trades_shares",
                                "executed_trades_notional"}) {
        TIEOUT_TRY(std::string text, portfolio_csv(*portfolio, field, wall));
        // The reference has no trades to value at its first bar and writes an empty frame.
        if (first_books && std::string_view(field) == "executed_trades_notional") {
          text = "\"\"\n";
        }
        TIEOUT_CHECK(write(std::string("portfolio/") + field, text));
      }
      first_books = false;
    }
    if (statistics.has_value() && statistics->row_count() > 0) {
      TIEOUT_CHECK(write("portfolio/statistics", statistics_csv(*statistics)));
    }
  }
  return {};
}

}  // namespace tieout::reference
