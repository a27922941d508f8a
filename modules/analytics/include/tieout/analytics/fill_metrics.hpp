#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/analytics/execution.hpp"
#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// The trades of one order added up.
struct OrderFills {
  std::string order_id;
  AssetId asset;
  Timestamp first, last;
  std::size_t count = 0, maker_count = 0, taker_count = 0;
  double shares = 0.0;  // signed
  double cost = 0.0;    // dollars >= 0
  double price = 0.0;   // cost / |shares|
  double fee = 0.0;
  double realized_pnl = 0.0;
};

/// Returns: by order id.
/// Errors:  kMalformedData naming the order that was both bought and sold, or has two assets.
/// Source:  oms.md 2.9, 5.9; 0.14 at 1783.455 and 0.14 at 1800 are 0.28 at 1791.7275.
Result<std::vector<OrderFills>> aggregate_fills_by_order(std::span<const Execution> trades);

enum class FeeGroup { kSide, kLiquidity, kRealizedPnl, kWave };

/// One line of the fee summary.
struct FeeRow {
  std::string group;  // "combined", "buy", "sell", "maker", "taker", "unknown", "gain", "no gain",
                      // "wave 3"
  std::size_t fill_count = 0, buy_count = 0, maker_count = 0, gain_count = 0;
  double volume = 0.0;        // dollars, sum of cost
  double fees = 0.0;          // dollars paid
  double fees_bps = 0.0;      // 1e4 * fees / volume; NaN without volume
  double realized_pnl = 0.0;  // dollars
  double realized_pnl_bps = 0.0;
};

/// Fees and realized PnL of trades, in groups that are there, and of all ("combined", last).
/// Source: oms.md 5.9.
std::vector<FeeRow> summarize_fees(std::span<const Execution> trades, FeeGroup group);

/// An order as a venue or a run log knows it.
struct PlacedOrder {
  std::string id;
  AssetId asset;
  Timestamp placed;     // when it reached the venue, or was made
  Timestamp updated;    // when it was done: filled, expired, cancelled; its end in a run log
  double shares = 0.0;  // signed, what was wanted
  std::optional<double> limit_price;  // nothing: any price
  std::string parent_id;              // of a child order
  std::int64_t wave = -1;
  bool accepted = true;
  std::optional<Timestamp> expires = {};  // when it would be cancelled unfilled; nothing: `updated`
};

/// The orders of one asset in one bar.
struct OrderBar {
  Timestamp bar;
  AssetId asset;
  std::size_t order_count = 0, buy_order_count = 0, sell_order_count = 0;
  double buy_amount = 0.0, sell_amount = 0.0;          // shares >= 0
  double buy_limit_twap = 0.0, sell_limit_twap = 0.0;  // mean limit price; NaN without
  double buy_notional = 0.0, sell_notional = 0.0;      // amount * limit price
  double buy_limit_vwap = 0.0, sell_limit_vwap = 0.0;  // notional / amount; NaN without
};

/// Orders by the bar in which they were done: `updated` rounded up to the grid. Orders without a
/// limit count, and enter neither price nor notional.
/// Errors: kInvalidArgument for a bar that is not positive.
/// Source: oms.md 5.9.
Result<std::vector<OrderBar>> aggregate_orders_by_bar(std::span<const PlacedOrder> orders,
                                                      Duration bar);

/// How well one order was filled, against its limit.
struct OrderQuality {
  std::string order_id;
  AssetId asset;
  double direction = 0.0;          // 1 bought, -1 sold
  double price_improvement = 0.0;  // dollars a share, > 0 is better than the limit; NaN without one
  double price_improvement_bps = 0.0;
  double underfill_quantity = 0.0;        // |wanted| - |filled|
  double underfill_pct = 0.0;             // of what was wanted, 0 to 100
  double underfill_notional_limit = 0.0;  // at the limit
  double underfill_notional_trade = 0.0;  // at the traded price
  double time_to_fill_s = 0.0;            // first trade less placed
  double life_s = 0.0;                    // updated less placed
};

/// Returns: for each order that has fills, in the order of `orders`. A negative improvement or
///          underfill means that the venue broke the order's terms: check them.
/// Errors:  kMalformedData for fills of an order whose side or asset is another.
/// Source:  oms.md 5.9.
Result<std::vector<OrderQuality>> filled_order_quality(std::span<const PlacedOrder> orders,
                                                       std::span<const OrderFills> fills);

/// Child orders of a parent, wave by wave.
struct ParentSummary {
  std::string parent_id;
  std::size_t children = 0, accepted = 0, rejected = 0, filled = 0;
  std::size_t waves = 0;  // different waves seen
  double wanted = 0.0;    // |shares| of the accepted children
  double executed = 0.0;  // |shares| filled
};
/// Returns: by parent id; orders without a parent are left out.
/// Source: oms.md 5.5.
std::vector<ParentSummary> summarize_parents(std::span<const PlacedOrder> children,
                                             std::span<const OrderFills> fills);

/// Trades that no order of the list explains: foreign activity on the account.
std::vector<std::string> foreign_orders(std::span<const PlacedOrder> orders,
                                        std::span<const OrderFills> fills);

}  // namespace tieout::analytics
