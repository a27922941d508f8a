#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/analytics/execution.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// What was traded of one asset in one bar.
struct BarFill {
  Timestamp bar;
  AssetId asset;
  std::size_t buy_count = 0, sell_count = 0;
  double cost = 0.0;    // dollars >= 0
  double amount = 0.0;  // shares >= 0
  double fee = 0.0;     // dollars paid

  friend bool operator==(const BarFill&, const BarFill&) = default;
};

/// Add up trades by order, and orders by bar: the end of the bar is the first trade of the order,
/// rounded up to the grid.
///
/// Returns: by bar, then by asset.
/// Errors:  kMalformedData naming bar and asset where an asset was both bought and sold in a bar:
///          netting would hide it; kInvalidArgument for a bar that is not positive.
/// Source:  oms.md 5.4 (1).
Result<std::vector<BarFill>> aggregate_trades_by_bar(std::span<const Execution> trades,
                                                     Duration bar);

/// What books say before the first bar that is rebuilt.
struct Opening {
  std::map<AssetId, double> holdings_shares;    // missing: 0
  std::map<AssetId, double> holdings_notional;  // missing: 0
};

/// Books from the trades of bars and the prices at their ends.
///
/// Shapes:  price [bars x price of each asset]: its rows are the bars of the result, its assets
///          those of the result; trades in any order, each of one of those bars and assets.
///          Result [bars x (holdings_shares, holdings_notional, executed_trades_shares,
///          executed_trades_notional, pnl)].
/// Rule:    the holdings of an asset are those of the bar before plus each trade in turn;
///          executed_trades_shares is their change; pnl = change of holdings_notional -
///          executed_trades_notional. The order of the trades of a bar is kept: equal fills give
///          equal bits.
/// Errors:  kMissingData naming the trade that no bar or asset of the prices takes.
/// Source:  oms.md 3.13, 5.4 (2).
struct BookTrade {
  Timestamp bar;
  AssetId asset;
  double shares = 0.0;    // signed
  double notional = 0.0;  // signed dollars
};
Result<Panel> rebuild_books(std::span<const BookTrade> trades, const Panel& price,
                            const Opening& opening = {});

/// Books from fills that are added up by bar, flat before the first one.
///
/// Shapes:  as rebuild_books(); rows are those of `price` from the first to the last bar of the
///          fills.
/// Errors:  kMalformedData for counts of both sides in one bar, or an amount that is negative;
///          those of rebuild_books().
/// Source:  oms.md 5.4 (2). Oracle: exec_05.
Result<Panel> convert_bar_fills_to_portfolio(std::span<const BarFill> fills, const Panel& price);

/// An order as the books need it.
struct ParentOrder {
  AssetId asset;
  Timestamp end;
  double curr_num_shares = 0.0;
  double diff_num_shares = 0.0;
};

/// Target positions as orders imply them.
///
/// Shapes:  price [bars x price]; result [bars x (holdings_shares, price, holdings_notional,
///          target_holdings_shares, target_holdings_notional, target_trades_shares,
///          target_trades_notional)], rows: the bars of `price` from the first order's start (its
///          end less a bar) to the last one's.
/// Rule:    the row of an order is its end less one bar: the end of the bar that decided it.
///          holdings_shares is curr_num_shares, filled back from the next order where a bar has
///          none; target_trades_shares is the sum of diff_num_shares, 0 without an order;
///          target_holdings = holdings + trades; notional is shares * price.
/// Errors:  kInvalidArgument for a bar that is not positive; kMalformedData for an order that does
///          not end on the grid, or two of one asset and bar that disagree on what was held.
/// Source:  oms.md 5.4 (3). Oracle: the inputs of Test_convert_order_df_to_target_position_df.
Result<Panel> convert_orders_to_target_positions(std::span<const ParentOrder> orders,
                                                 const Panel& price, Duration bar);

/// The first cell at which two books differ, in the order bar, asset, field.
struct BookDifference {
  Timestamp bar;
  AssetId asset;
  std::string field;
  double logged = 0.0, rebuilt = 0.0;
};

/// How books were compared.
struct BookComparison {
  std::size_t cells = 0;      // compared
  std::size_t different = 0;  // of those
  std::optional<BookDifference> first;
  std::map<std::string, double> largest;  // by field: |logged - rebuilt|
};

/// Compare the fields of `rebuilt` that `logged` has, over its rows, by bar and asset.
/// Rule:    equal iff the same number, or within `tolerance` times the larger of |logged|,
///          |rebuilt| and the magnitude of what the cell is made of (for pnl the notionals, for
///          shares the holdings of both bars); NaN equals NaN. 0 is exact. A cell that one side
///          lacks differs.
BookComparison compare_books(const Panel& logged, const Panel& rebuilt, double tolerance);

/// The parts of what books earned, cell by cell.
///
/// Shapes:  portfolio [bars x (holdings_shares, holdings_notional, price, executed_trades_shares,
///          executed_trades_notional, pnl) of each asset, fees and funding where there are any];
///          result [bars x (pnl, holding_pnl, trading_pnl, unexplained_pnl, fees, funding, net_pnl,
///          residual) of each asset].
/// Units:   dollars; fees and funding are what was paid, as in the log.
/// Rule:    H shares held, P price, q executed shares, T paid for them:
///          holding_pnl = H[t-1] * (P[t] - P[t-1]); trading_pnl = q * P[t] - T;
///          unexplained_pnl = (H[t] - H[t-1] - q) * P[t]; residual = pnl - those three;
///          net_pnl = pnl - fees - funding.
/// Nulls:   the first bar has no pnl: NaN. A price that is missing makes its parts NaN; a price
///          that is not needed (nothing held, nothing traded) does not.
/// Errors:  kSchemaMismatch naming the column that is missing.
/// Source:  recon_flow.md 10.1 (4).
Result<Panel> pnl_identity(const Panel& portfolio);

/// Sums of pnl_identity() over bars and assets.
struct PnlParts {
  double pnl = 0, holding = 0, trading = 0, unexplained = 0, fees = 0, funding = 0, net = 0;
  double largest_residual = 0;     // |residual| of one cell
  double largest_relative = 0;     // |residual| over the magnitude of the cell's amounts
  std::optional<ColumnKey> where;  // of largest_relative
  Timestamp when;
};
PnlParts sum_pnl_identity(const Panel& identity, const Panel& portfolio);

}  // namespace tieout::analytics
