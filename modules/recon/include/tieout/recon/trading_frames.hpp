#pragma once

#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

/// A run's trading tables, stacked over its bars.
///
/// The panels are indexed by bar (labelled by its end) and have a row for each bar that wrote such
/// a table with rows; a table that no bar wrote is a panel without columns. Columns are (field,
/// asset): fields in the order in which the log has them, assets ascending; NaN where a bar does
/// not have the asset. Columns of other types than float64 are left out.
struct TradingFrames {
  Duration bar;  // of the manifest; 0 when the log does not say it
  /// holdings_shares, price, holdings_notional, executed_trades_shares, executed_trades_notional,
  /// pnl, and what else the log has (fees, funding).
  Panel portfolio;
  /// As docs/formats/run_log.md and oms.md 2.6: holdings_*, price, prediction, volatility, spread,
  /// target_*.
  Panel target_positions;
  /// pnl, gross_volume, net_volume, gmv, nmv, cash, net_wealth, leverage: columns of no asset.
  Panel statistics;
  /// The rows of all bars in their order, behind a first column `bar`; no columns when there are
  /// none.
  Table orders, fills;
  /// When the books of each row of `statistics` were marked; empty when the log does not say it.
  std::vector<Timestamp> snapshots;
};

/// Read the trading tables of a run log, or of a log of the reference.
///
/// Rule:    A log without `price` in its portfolio (the reference's) takes that of the bar's target
///          positions: both are the mark of the same instant. One without `pnl` has
///          holdings_notional[t] - holdings_notional[t-1] - executed_trades_notional[t], NaN at the
///          first row. A bar that repeats the targets (by wall_clock_timestamp) or an order (all
///          columns) of a bar before has none of its own: the reference writes the last ones again
///          at bars that it skips.
/// Errors:  those of the reader; kSchemaMismatch for a table without its asset_id column, one
///          with an asset twice, or orders whose columns change type from bar to bar. The message
///          names the table and the bar.
/// Cost:    every table is read once.
/// Source:  oms.md 1.4, 2.4 to 2.6, 5.1.
Result<TradingFrames> read_trading_frames(const runlog::RunSource& run);

}  // namespace tieout::recon
