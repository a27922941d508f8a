#pragma once

#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// How far a portfolio followed its targets. docs/formats/execution_quality.md has every column.
///
/// Shapes:  target_positions [bars x (holdings_shares, holdings_notional, price,
///          target_holdings_shares, target_holdings_notional, target_trades_shares) of each asset];
///          result [bars x 12 fields of each asset], assets ascending.
/// Units:   shares, dollars, basis points; flags are 0 or 1; is_benchmark_profitable is -1, 0, 1.
/// Rule:    row t holds what was executed between bars t-1 and t: executed_trades_shares =
///          holdings_shares[t] - holdings_shares[t-1], against the target_trades_shares of row t-1.
///          Costs are positive when they hurt.
/// Nulls:   a number whose inputs are NaN is NaN; a fill rate without a target is NaN.
/// Errors:  kSchemaMismatch naming the column that is missing.
/// Source:  oms.md 5.6. Oracle: exec_01, exec_03.
Result<Panel> compute_fill_stats(const Panel& target_positions);

/// What trades cost against the price of the bar that decided them (the arrival price).
///
/// Shapes:  portfolio [bars x (executed_trades_shares, executed_trades_notional) of each asset, and
///          holdings_shares, holdings_notional where there is no price]; price [bars x price of
///          each asset], matched by bar, or nullptr: holdings_notional / holdings_shares.
///          Result [bars x 10 fields of each asset].
/// Units:   dollars, basis points of the arrival price; flags 0 or 1.
/// Rule:    arrival price p of row t is the price of row t-1; slippage_notional =
///          side * (executed_trades_notional / executed_trades_shares - p) * |executed shares|:
///          positive is worse than the arrival price, for buys and sells alike.
/// Errors:  kSchemaMismatch naming the column that is missing; kMalformedData naming bar and asset
///          where a trade's price is negative: shares and notional have different signs.
/// Source:  oms.md 5.6. Oracle: exec_02, exec_03.
Result<Panel> compute_share_prices_and_slippage(const Panel& portfolio, const Panel* price);

/// The same slippage_notional without a price per share: executed_trades_notional -
/// executed_trades_shares * p. Equal to the other to rounding; check C313 holds them together.
/// Shapes, errors: as compute_share_prices_and_slippage(), one field.
Result<Panel> compute_slippage_from_notional(const Panel& portfolio, const Panel* price);

/// Fill statistics and slippage side by side, and their sums with the metrics of each bar.
struct ExecutionQuality {
  Panel by_asset;  // the fields of both, is_buy, is_sell and is_benchmark_profitable once
  /// slippage_notional, underfill_opportunity_cost_realized_notional, pnl, gross_volume,
  /// net_volume, gmv, nmv: columns of no asset.
  Panel by_bar;
  Panel traded;  // executed_trades_notional of each asset, rows of by_asset
};

/// Rule:    arrival prices are those of the targets. Rows and assets are those of either panel; a
///          cell of the other is NaN. Sums over assets leave NaN out and are NaN without a number.
/// Errors:  those of its parts; the portfolio also needs holdings_notional and pnl.
/// Source:  oms.md 5.6. Oracle: exec_03, golden/logs/results.
Result<ExecutionQuality> compute_execution_quality(const Panel& portfolio,
                                                   const Panel& target_positions);

enum class CostAggregation { kByBar, kByAsset };

/// Sum each field of notional costs over assets or over bars, and their `net`.
///
/// Shapes:  costs [bars x fields of each asset]; kByBar: [bars x (fields, net)], columns of no
///          asset; kByAsset: one row (the last bar) of (fields, net) of each asset.
/// Nulls:   NaN is left out; a sum without a number is NaN.
/// Errors:  kSchemaMismatch when there is no column of an asset.
/// Source:  oms.md 5.6. Oracle: exec_07.
Result<Panel> summarize_notional_costs(const Panel& costs, CostAggregation aggregation);

/// What a run, an asset or a bar traded and what it lost by it.
struct ExecutionTotals {
  std::size_t trades = 0;     // cells (bar, asset) with executed shares
  double volume = 0;          // dollars, sum |executed_trades_notional|
  double underfill = 0;       // dollars, sum |underfill_notional|
  double fill_rate = 0;       // volume / (underfill + volume); NaN when both are 0
  double slippage = 0;        // dollars
  double slippage_bps = 0;    // 1e4 * slippage / volume; NaN without volume
  double underfill_cost = 0;  // dollars, sum of the realized opportunity cost
  double underfill_cost_bps = 0;
  double net_cost = 0;  // slippage + underfill_cost
  double net_cost_bps = 0;
};

/// Totals over all rows and assets, of one asset, or of one row of by_asset.
ExecutionTotals execution_totals(const ExecutionQuality& quality);
ExecutionTotals execution_totals(const ExecutionQuality& quality, AssetId asset);
ExecutionTotals execution_totals_of_row(const ExecutionQuality& quality, std::size_t row);

}  // namespace tieout::analytics
