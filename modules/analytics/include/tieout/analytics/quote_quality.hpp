#pragma once

#include <optional>
#include <span>
#include <vector>

#include "tieout/analytics/execution.hpp"
#include "tieout/analytics/fill_metrics.hpp"
#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// The top of a book at an instant.
struct Quote {
  Timestamp time;
  AssetId asset;
  double bid = 0.0, ask = 0.0;  // 0 < bid <= ask
};

/// The last quotes known at an instant.
class QuoteBook {
 public:
  /// A quote older than `max_age` is no longer what the book says; nothing: it is for ever.
  /// Errors: kMalformedData naming the quote whose bid or ask is not a price, or that is crossed.
  static Result<QuoteBook> create(std::vector<Quote> quotes, std::optional<Duration> max_age = {});
  /// The last quote of `asset` at or before `time`; nothing when there is none or it is too old.
  const Quote* as_of(AssetId asset, Timestamp time) const noexcept;
  /// The same, however old it is.
  const Quote* last(AssetId asset, Timestamp time) const noexcept;
  /// Quotes of `asset` with a time in (after, until], ascending; valid as long as the book.
  std::span<const Quote> between(AssetId asset, Timestamp after, Timestamp until) const noexcept;
  /// All quotes of `asset`, ascending; valid as long as the book.
  std::span<const Quote> of(AssetId asset) const noexcept;

 private:
  std::vector<Quote> quotes_;  // by (asset, time)
  std::optional<Duration> max_age_;
};

/// A trade against the quote before it.
struct TradeQuoteQuality {
  double mid = 0.0;
  double spread = 0.0;                  // ask - bid, dollars a share
  double spread_bps = 0.0;              // of mid
  double improvement = 0.0;             // buy: ask - price; sell: price - bid: > 0 is better
  double improvement_bps = 0.0;         // of ask for a buy, of bid for a sell
  double improvement_spread_pct = 0.0;  // of the spread; NaN without one
  double midpoint_slippage = 0.0;       // buy: price - mid; sell: mid - price: > 0 is worse
  double midpoint_slippage_bps = 0.0;
};

/// Source: oms.md 5.9.
TradeQuoteQuality quote_quality_of(const Execution& trade, const Quote& quote) noexcept;

/// A trade against any reference price: buy price - r, sell r - price; > 0 is worse.
struct ReferenceSlippage {
  double per_share = 0.0;
  double bps = 0.0;  // of r
};
ReferenceSlippage slippage_vs_reference(const Execution& trade, double reference) noexcept;

/// Sums over the trades that have a quote, weighted by cost where they are ratios.
struct QuoteQualitySummary {
  std::size_t trades = 0, without_quote = 0;
  double volume = 0.0;  // dollars, of those with a quote
  double spread_bps = 0.0;
  double improvement = 0.0;  // dollars
  double improvement_bps = 0.0;
  double midpoint_slippage = 0.0;      // dollars
  double midpoint_slippage_bps = 0.0;  // of volume
};
QuoteQualitySummary summarize_quote_quality(std::span<const Execution> trades,
                                            const QuoteBook& quotes);

/// Trades against the mid of the book when their order was placed.
struct ArrivalSlippage {
  std::size_t trades = 0, without_quote = 0;  // the latter also of trades whose order is not known
  double volume = 0.0;                        // dollars, of those with a quote
  double slippage = 0.0;                      // dollars; > 0 is worse than the mid
  double slippage_bps = 0.0;                  // of volume; NaN without
};
ArrivalSlippage slippage_vs_arrival_mid(std::span<const Execution> trades,
                                        std::span<const PlacedOrder> orders,
                                        const QuoteBook& quotes);

/// What the quotes of one asset are like over the bars of a run.
struct QuoteCoverage {
  AssetId asset;
  std::size_t quotes = 0;                             // in the bars
  std::size_t locked = 0;                             // bid equal to ask
  std::size_t bars = 0;                               // with a quote in (end - length, end]
  double spread_bps = 0.0, largest_spread_bps = 0.0;  // mean over the quotes; NaN without one
  double largest_gap_s = 0.0;  // without a new quote, from the first bar's start to the last's end
};
/// Shapes: bar_ends ascending. Returns: one for each of `assets`, in their order.
std::vector<QuoteCoverage> quote_coverage(const QuoteBook& quotes, std::span<const AssetId> assets,
                                          std::span<const Timestamp> bar_ends, Duration bar);

/// One price level of a book, the best first.
struct BookLevel {
  double price = 0.0;
  double size = 0.0;
};
/// What a market order that takes the levels up to this one pays.
struct LevelImpact {
  double price = 0.0, size = 0.0, notional = 0.0;
  double cumulative_size = 0.0, cumulative_notional = 0.0;
  double mean_price_through_level = 0.0;
  double price_degradation_bps = 0.0;  // 1e4 * |mean - best| / best
};
/// Errors: kInvalidArgument for a price or size that is not a positive number.
/// Source: oms.md 5.9, Test_estimate_market_order_price.
Result<std::vector<LevelImpact>> estimate_market_order_price(std::span<const BookLevel> levels);

}  // namespace tieout::analytics
