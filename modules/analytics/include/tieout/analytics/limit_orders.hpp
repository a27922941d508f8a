#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "tieout/analytics/fill_metrics.hpp"
#include "tieout/analytics/quote_quality.hpp"

namespace tieout::analytics {

/// Where a limit lay in the book.
struct LimitPlacement {
  /// buy: (ask - limit) / (ask - bid), sell: (limit - bid) / (ask - bid): 0 is the far side, 1 the
  /// near side, as the passivity factor of the limit-price computer has it; NaN without a spread.
  double passivity = 0.0;
  double to_mid_bps = 0.0;     // from the limit to the mid, of the mid; > 0 waits on its own side
  bool is_marketable = false;  // the far side is at the limit or better
};
/// `order` has a limit. Source: oms.md 3.11.
LimitPlacement limit_placement(const PlacedOrder& order, const Quote& quote) noexcept;

/// Where the limits of some orders lay when they were placed.
struct LimitSummary {
  AssetId asset = kNoAsset;  // kNoAsset: all
  std::size_t orders = 0;    // accepted
  std::size_t without_quote = 0, without_limit = 0;
  /// Of those with a quote and a limit: at the far side or beyond; between the sides; at the near
  /// side; behind it.
  std::size_t marketable = 0, inside = 0, at_near_side = 0, behind = 0;
  double passivity = 0.0, to_mid_bps = 0.0;  // means; NaN without one
  double quote_age_s = 0.0,
         oldest_quote_s = 0.0;  // when placed, of those with a quote; NaN without
};

/// Returns: one for each asset, ascending, and of all (last). Rejected orders are left out.
std::vector<LimitSummary> summarize_limits(std::span<const PlacedOrder> orders,
                                           const QuoteBook& quotes);

/// What the quotes say of one order.
struct SimulatedFill {
  std::size_t order = 0;               // its place in the list
  std::size_t quotes = 0;              // while it was alive
  std::optional<Timestamp> time = {};  // nothing: it would not have been filled
  double price = 0.0;
  Liquidity liquidity = Liquidity::kUnknown;
};

/// Which limit orders the quotes would have filled.
///
/// Rule:    a limit is known when the order is placed and can be executed from the next quote on,
///          up to and with the instant at which the order expires. A buy is filled whole at the
///          first of these quotes whose ask is at the limit or below: at the limit (maker), or,
///          when the ask of the quote before was so already, at that ask (taker). Sales mirror it.
/// Returns: one for each order that was accepted and has a limit.
/// Source:  oms.md 5.9, the limit-order simulator.
std::vector<SimulatedFill> simulate_limit_orders(std::span<const PlacedOrder> orders,
                                                 const QuoteBook& quotes);

/// What the log says, held against the quotes.
struct FillAgreement {
  std::size_t orders = 0, without_quotes = 0;
  std::size_t both = 0, only_logged = 0, only_simulated = 0, neither = 0;
  /// Of those that both fill: the logged price against the simulated one, in dollars and in bps of
  /// the logged volume; > 0 is worse than the quotes gave. NaN bps without one.
  double worse_than_quotes = 0.0, worse_than_quotes_bps = 0.0;
  double later_s = 0.0;                    // mean of logged less simulated time; NaN without one
  std::vector<std::size_t> disagreements;  // places in the list of orders, ascending
};

/// Shapes:  simulated as simulate_limit_orders() gives it for `orders`; fills by order id.
FillAgreement compare_fills(std::span<const PlacedOrder> orders,
                            std::span<const SimulatedFill> simulated,
                            std::span<const OrderFills> fills);

}  // namespace tieout::analytics
