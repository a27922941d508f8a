#include "tieout/analytics/quote_quality.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "field_columns.hpp"

namespace tieout::analytics {

namespace {

std::tuple<AssetId, Timestamp> key_of(const Quote& quote) noexcept {
  return {quote.asset, quote.time};
}

double mid_of(const Quote& quote) noexcept {
  return (quote.bid + quote.ask) / 2;
}

}  // namespace

Result<QuoteBook> QuoteBook::create(std::vector<Quote> quotes, std::optional<Duration> max_age) {
  for (const Quote& quote : quotes) {
    if (!(quote.bid > 0) || !(quote.ask >= quote.bid) || !std::isfinite(quote.ask)) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("quotes: asset {} at {}: bid {} and ask {}, needed 0 < bid <= ask",
                               quote.asset.value, to_iso(quote.time), format_double(quote.bid),
                               format_double(quote.ask))};
    }
  }
  std::ranges::stable_sort(quotes, {}, key_of);
  QuoteBook book;
  book.quotes_ = std::move(quotes);
  book.max_age_ = max_age;
  return book;
}

const Quote* QuoteBook::last(AssetId asset, Timestamp time) const noexcept {
  const auto after = std::ranges::upper_bound(quotes_, std::tuple(asset, time), {}, key_of);
  if (after == quotes_.begin() || (after - 1)->asset != asset) {
    return nullptr;
  }
  return &*(after - 1);
}

const Quote* QuoteBook::as_of(AssetId asset, Timestamp time) const noexcept {
  const Quote* quote = last(asset, time);
  const bool is_old = quote != nullptr && max_age_ && time - quote->time > *max_age_;
  return is_old ? nullptr : quote;
}

std::span<const Quote> QuoteBook::between(AssetId asset, Timestamp after,
                                          Timestamp until) const noexcept {
  const auto first = std::ranges::upper_bound(quotes_, std::tuple(asset, after), {}, key_of);
  const auto end = std::ranges::upper_bound(quotes_, std::tuple(asset, until), {}, key_of);
  return first < end ? std::span<const Quote>(first, end) : std::span<const Quote>();
}

std::span<const Quote> QuoteBook::of(AssetId asset) const noexcept {
  const auto found = std::ranges::equal_range(quotes_, asset, {}, &Quote::asset);
  return {found.begin(), found.end()};
}

TradeQuoteQuality quote_quality_of(const Execution& trade, const Quote& quote) noexcept {
  const bool buy = trade.shares > 0;
  TradeQuoteQuality out;
  out.mid = mid_of(quote);
  out.spread = quote.ask - quote.bid;
  out.spread_bps = 1e4 * out.spread / out.mid;
  out.improvement = buy ? quote.ask - trade.price : trade.price - quote.bid;
  out.improvement_bps = 1e4 * out.improvement / (buy ? quote.ask : quote.bid);
  out.improvement_spread_pct = out.spread > 0 ? 100 * out.improvement / out.spread : kNaN;
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
  const double volume = out.volume > 0 ? out.volume : kNaN;
  out.spread_bps = spread / volume;
  out.improvement_bps = 1e4 * out.improvement / volume;
  out.midpoint_slippage_bps = 1e4 * out.midpoint_slippage / volume;
  return out;
}

ArrivalSlippage slippage_vs_arrival_mid(std::span<const Execution> trades,
                                        std::span<const PlacedOrder> orders,
                                        const QuoteBook& quotes) {
  std::map<std::string_view, const PlacedOrder*> by_id;
  for (const PlacedOrder& order : orders) {
    by_id[order.id] = &order;
  }
  ArrivalSlippage out;
  for (const Execution& trade : trades) {
    const auto order = by_id.find(trade.order_id);
    const Quote* quote =
        order == by_id.end() ? nullptr : quotes.as_of(trade.asset, order->second->placed);
    if (quote == nullptr) {
      ++out.without_quote;
      continue;
    }
    ++out.trades;
    out.volume += trade.cost;
    out.slippage +=
        slippage_vs_reference(trade, mid_of(*quote)).per_share * std::fabs(trade.shares);
  }
  out.slippage_bps = out.volume > 0 ? 1e4 * out.slippage / out.volume : kNaN;
  return out;
}

std::vector<QuoteCoverage> quote_coverage(const QuoteBook& quotes, std::span<const AssetId> assets,
                                          std::span<const Timestamp> bar_ends, Duration bar) {
  std::vector<QuoteCoverage> out;
  for (const AssetId asset : assets) {
    QuoteCoverage row{.asset = asset};
    for (const Timestamp end : bar_ends) {
      row.bars += quotes.between(asset, end - bar, end).empty() ? 0U : 1U;
    }
    if (!bar_ends.empty()) {
      double spread = 0;
      Timestamp before = bar_ends.front() - bar;
      for (const Quote& quote : quotes.between(asset, before, bar_ends.back())) {
        const double bps = 1e4 * (quote.ask - quote.bid) / mid_of(quote);
        ++row.quotes;
        row.locked += quote.bid == quote.ask ? 1U : 0U;
        spread += bps;
        row.largest_spread_bps = std::max(row.largest_spread_bps, bps);
        row.largest_gap_s = std::max(row.largest_gap_s, to_seconds(quote.time - before));
        before = quote.time;
      }
      row.largest_gap_s = std::max(row.largest_gap_s, to_seconds(bar_ends.back() - before));
      row.spread_bps = row.quotes > 0 ? spread / static_cast<double>(row.quotes) : kNaN;
    }
    if (row.quotes == 0) {
      row.spread_bps = row.largest_spread_bps = kNaN;
    }
    out.push_back(row);
  }
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
