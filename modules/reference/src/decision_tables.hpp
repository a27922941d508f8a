#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"

namespace tieout::reference {

/// The CSV of target_positions/ as our table: key asset_id; every other column is float64, except
/// those that end with _timestamp. Older files name the key column `index`.
/// Errors: kMalformedData (line), kSchemaMismatch.
Result<Table> parse_target_positions(std::string_view csv);

/// The lines "Order: key=value ..." of orders/ as our table, key order_id. `tz` and `extra_params`
/// become columns only where an order says something by them (another zone than New York,
/// something else than {}). A blank file is a table without rows.
/// Errors: kMalformedData naming the line, the field and what stood there.
Result<Table> parse_orders(std::string_view text);

/// fills/ of our own exports: the columns of our table, key fill_id.
Result<Table> parse_fills(std::string_view csv);

/// One of portfolio/*: assets are columns, the one row is indexed by the portfolio's clock. The
/// file
/// "" (the reference's first executed_trades_notional) has neither.
struct PortfolioRow {
  std::optional<Timestamp> snapshot;
  std::vector<std::int64_t> assets;
  std::vector<double> values;
};
Result<PortfolioRow> parse_portfolio_row(std::string_view csv);

/// portfolio/statistics: our table of one row, snapshot_timestamp first.
Result<Table> parse_statistics(std::string_view csv);

}  // namespace tieout::reference
