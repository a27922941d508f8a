#include "tieout/analytics/quote_quality.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "field_columns.hpp"

namespace tieout::analytics {

Result<QuoteBook> QuoteBook::create(std::vector<Quote> quotes) {
  for (const Quote& quote : quotes) {
    if (!(quote.bid > 0) || !(quote.ask >= quote.bid) || !std::isfinite(quote.ask)) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("quotes: asset {} at {}: bid {} and ask {}, needed 0 < bid <= ask",
                               quote.asset.value, to_iso(quote.time), format_double(quote.bid),
                               format_double(quote.ask))};
    }
  }
  std::ranges::stable_sort(quotes, {}, [](const Quote& q) { return std::tuple(q.asset, q.time); });
  QuoteBook book;
  book.quotes_ = std::move(quotes);
  return book;
}

const Quote* QuoteBook::as_of(AssetId asset, Timestamp time) const noexcept {
  const auto after =
      std::ranges::upper_bound(quotes_, std::tuple(asset, time), {},
                               [](const Quote& q) { return std::tuple(q.asset, q.time); });
  if (after == quotes_.begin() || (after - 1)->asset != asset) {
    return nullptr;
  }
  return &*(after - 1);
}

TradeQuoteQuality quote_quality_of(const Execution& trade, const Quote& quote) noexcept {
  const bool buy = trade.shares > 0;
  TradeQuoteQuality out;
  out.mid = (quote.bid + quote.ask) / 2;
  out.spread = quote.ask - quote.bid;
  out.spread_bps = 1e4 * out.spread / out.mid;
  out.improvement = buy ? quote.ask - trade.price : trade.price - quote.bid;
  out.improvement_bps = 1e4 * out.improvement / (buy ? quote.ask : quote.bid);
  out.improvement_spread_pct = out.spread > 0 ? 100 * out.improvement / out.spread : kMissing;
  out.midpoint_slippage = buy ? trade.price - out.mid : out.mid - trade.price;
  out.midpoint_slippage_bps = 1e4 * out.midpoint_slippage / out.mid;
  return out;
}

ReferenceSlippage slippage_vs_reference(const Execution& trade, double reference) noexcept {
  const double per_share = side_of(trade.shares) * (trade.price - reference);
  return {per_share, 1e4 * per_share / reference};
}

QuoteQualitySummary summarize_quote_quality(std::span<const Execution> trades,
                                            const QuoteBook& quotes) {
  QuoteQualitySummary out;
  double spread = 0;
  for (const Execution& trade : trades) {
    const Quote* quote = quotes.as_of(trade.asset, trade.time);
    if (quote == nullptr) {
      ++out.without_quote;
      continue;
    }
    const TradeQuoteQuality quality = quote_quality_of(trade, *quote);
    const double shares = std::fabs(trade.shares);
    ++out.trades;
    out.volume += trade.cost;
    spread += quality.spread_bps * trade.cost;
    out.improvement += quality.improvement * shares;
    out.midpoint_slippage += quality.midpoint_slippage * shares;
  }
  const double volume = out.volume > 0 ? out.volume : kMissing;
  out.spread_bps = spread / volume;
  out.improvement_bps = 1e4 * out.improvement / volume;
  out.midpoint_slippage_bps = 1e4 * out.midpoint_slippage / volume;
  return out;
}

Result<std::vector<LevelImpact>> estimate_market_order_price(std::span<const BookLevel> levels) {
  std::vector<LevelImpact> out;
  double size = 0;
  double notional = 0;
  for (const BookLevel& level : levels) {
    if (!(level.price > 0) || !(level.size > 0) || !std::isfinite(level.price * level.size)) {
      return Error{
          ErrorCode::kInvalidArgument,
          fmt::format("estimate_market_order_price: level {} has price {} and size {}, "
                      "needed numbers above 0",
                      out.size() + 1, format_double(level.price), format_double(level.size))};
    }
    LevelImpact impact{.price = level.price, .size = level.size};
    impact.notional = level.price * level.size;
    impact.cumulative_size = size += level.size;
    impact.cumulative_notional = notional += impact.notional;
    impact.mean_price_through_level = notional / size;
    const double best = levels.front().price;
    impact.price_degradation_bps = 1e4 * std::fabs(impact.mean_price_through_level - best) / best;
    out.push_back(impact);
  }
  return out;
}

}  // namespace tieout::analytics
