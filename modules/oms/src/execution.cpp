#include "execution.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/oms/child_quantity.hpp"

namespace tieout::oms {
namespace {

using Price = OrderType::Price;
using Timing = OrderType::Timing;

constexpr Duration kMarketBar = minutes(1);  // oms.md 3.8: prices come in 1-minute bars

/// Orders that share type and window.
struct Group {
  OrderType type;
  Timestamp start, end;
  std::vector<const WorkingOrder*> orders;
  std::vector<AssetId> assets;     // each once
  std::vector<std::size_t> slots;  // [orders], position of the order's asset in `assets`

  void add(const WorkingOrder& working) {
    const AssetId asset = working.order.asset_id;
    const auto found = std::find(assets.begin(), assets.end(), asset);
    slots.push_back(static_cast<std::size_t>(found - assets.begin()));
    if (found == assets.end()) {
      assets.push_back(asset);
    }
    orders.push_back(&working);
  }
};

/// sum(values * weights) / sum(weights); NaN where a term is not finite or nothing was traded.
double weighted_mean(const std::vector<double>& values, const std::vector<double>& weights) {
  double sum = 0.0;
  double weight = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (weights[i] == 0.0) {
      continue;  // A bar without a trade may have no price either.
    }
    sum += values[i] * weights[i];
    weight += weights[i];
  }
  return weight > 0.0 ? sum / weight : kNaN;
}

Result<std::vector<double>> read_vwap(std::string_view column, const Group& group,
                                      const AsOf& as_of, PriceSource& prices) {
  const std::string_view columns[] = {column, "volume"};
  TIEOUT_TRY(const std::vector<BarSeries> series,
             prices.series(columns, group.start, group.end, group.assets, as_of));
  std::vector<double> means;
  for (const BarSeries& of_asset : series) {
    means.push_back(weighted_mean(of_asset.values[0], of_asset.values[1]));
  }
  return means;
}

/// [assets]
Result<std::vector<double>> read_assets(std::string_view column, const Group& group,
                                        const AsOf& as_of, PriceSource& prices) {
  switch (group.type.timing) {
    case Timing::kStart:
      return prices.at_end(column, floor_to(group.start, kMarketBar), group.assets, as_of);
    case Timing::kEnd:
      return prices.at_end(column, group.end, group.assets, as_of);
    case Timing::kVwap:
      return read_vwap(column, group, as_of, prices);
    case Timing::kTwap:
    case Timing::kOnArrival:
      break;
  }
  return prices.twap(column, group.start, group.end, group.assets, as_of);
}

/// [orders]
Result<std::vector<double>> read_column(std::string_view column, const Group& group,
                                        const AsOf& as_of, PriceSource& prices) {
  TIEOUT_TRY(const std::vector<double> values, read_assets(column, group, as_of, prices));
  TIEOUT_ASSERT(values.size() == group.assets.size());
  std::vector<double> result;
  for (const std::size_t slot : group.slots) {
    result.push_back(values[slot]);
  }
  return result;
}

/// Prices of a group whose type is a price at a timing.
Result<std::vector<double>> read_prices(const PriceColumns& columns, const Group& group,
                                        const AsOf& as_of, PriceSource& prices) {
  if (group.type.price != Price::kPartialSpread) {
    return read_column(group.type.price == Price::kPrice ? columns.price : columns.midpoint, group,
                       as_of, prices);
  }
  TIEOUT_TRY(std::vector<double> result, read_column(columns.bid, group, as_of, prices));
  TIEOUT_TRY(const std::vector<double> asks, read_column(columns.ask, group, as_of, prices));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const bool buys = group.orders[i]->num_shares > 0.0;
    const double near_side = 1.0 - group.type.spread_fraction;
    const double bid_weight = buys ? near_side : group.type.spread_fraction;
    const double ask_weight = buys ? group.type.spread_fraction : near_side;
    result[i] = bid_weight * result[i] + ask_weight * asks[i];
  }
  return result;
}

/// Bars of one asset with the fields that limits, caps and clamps need.
struct Bars {
  const BarSeries& series;
  double open(std::size_t i) const { return series.values[0][i]; }
  double high(std::size_t i) const { return series.values[1][i]; }
  double low(std::size_t i) const { return series.values[2][i]; }
  double volume(std::size_t i) const { return series.values[3][i]; }
};
constexpr std::string_view kBarColumns[] = {"open", "high", "low", "volume"};

void widen(Quote& quote, const Bars& bars, std::size_t i) {
  quote.low = std::fmin(quote.low, bars.low(i));
  quote.high = std::fmax(quote.high, bars.high(i));
}

void add_volume(Quote& quote, double volume) {
  if (std::isfinite(volume)) {
    quote.volume = std::isnan(quote.volume) ? volume : quote.volume + volume;
  }
}

/// Range and volume for an order whose price comes from read_prices().
void add_range(const Group& group, const Bars& bars, Quote& quote) {
  const Timing timing = group.type.timing;
  const Timestamp start_bar = floor_to(group.start, kMarketBar);
  for (std::size_t i = 0; i < bars.series.ends.size(); ++i) {
    const Timestamp end = bars.series.ends[i];
    const bool inside = end > group.start;
    const bool priced = timing == Timing::kStart ? end == start_bar
                        : timing == Timing::kEnd ? end == group.end
                                                 : inside;
    if (priced) {
      widen(quote, bars, i);
    }
    if (inside) {
      add_volume(quote, bars.volume(i));
    }
  }
}

/// A market order: the first bar that begins at or after the arrival.
Quote market_quote(const Group& group, const Bars& bars) {
  Quote quote;
  for (std::size_t i = 0; i < bars.series.ends.size(); ++i) {
    if (bars.series.ends[i] - kMarketBar < group.start || !std::isfinite(bars.open(i))) {
      continue;
    }
    if (std::isnan(quote.price)) {
      quote.price = bars.open(i);
      widen(quote, bars, i);
    }
    add_volume(quote, bars.volume(i));
  }
  if (std::isnan(quote.price)) {
    quote.missing = "no bar begins after it arrived";
  }
  return quote;
}

/// A limit order: what the bars trade at or beyond its limit.
Quote limit_quote(const Group& group, const Bars& bars, bool buys, double limit) {
  Quote quote;
  quote.limit = limit;
  bool first = true;
  for (std::size_t i = 0; i < bars.series.ends.size(); ++i) {
    if (bars.series.ends[i] - kMarketBar < group.start) {
      continue;
    }
    const double open = bars.open(i);
    const bool marketable = first && (buys ? open <= limit : open >= limit);
    const bool through = buys ? bars.low(i) < limit : bars.high(i) > limit;
    first = false;
    if (!marketable && !through) {
      continue;
    }
    if (std::isnan(quote.price)) {
      quote.price = marketable ? open : limit;
      quote.liquidity = marketable ? Liquidity::kTaker : Liquidity::kMaker;
      widen(quote, bars, i);
    }
    add_volume(quote, bars.volume(i));
  }
  if (std::isnan(quote.price)) {
    quote.missing = fmt::format("no bar traded through its limit of {}", format_double(limit));
  }
  return quote;
}

Result<std::vector<Quote>> quote_on_arrival(const Group& group, const AsOf& as_of,
                                            PriceSource& prices) {
  TIEOUT_TRY(const std::vector<BarSeries> series,
             prices.series(kBarColumns, group.start, group.end, group.assets, as_of));
  std::vector<Quote> quotes;
  for (std::size_t i = 0; i < group.orders.size(); ++i) {
    const Bars bars{series[group.slots[i]]};
    if (group.type.price == Price::kMarket) {
      quotes.push_back(market_quote(group, bars));
      continue;
    }
    TIEOUT_TRY(const double limit, limit_price_of(group.orders[i]->order));
    quotes.push_back(limit_quote(group, bars, group.orders[i]->num_shares > 0.0, limit));
  }
  return quotes;
}

Result<std::vector<Quote>> quote_group(const PriceColumns& columns, const FillModel& model,
                                       const Group& group, const AsOf& as_of, PriceSource& prices) {
  if (group.type.timing == Timing::kOnArrival) {
    return quote_on_arrival(group, as_of, prices);
  }
  TIEOUT_TRY(const std::vector<double> values, read_prices(columns, group, as_of, prices));
  const bool passive =
      group.type.price == Price::kPartialSpread && group.type.spread_fraction < 0.5;
  std::vector<Quote> quotes(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    quotes[i].price = values[i];
    quotes[i].liquidity = passive ? Liquidity::kMaker : Liquidity::kTaker;
  }
  if (model.needs_bars()) {
    const Timestamp first =
        std::min(group.start, floor_to(group.start, kMarketBar) - nanoseconds(1));
    TIEOUT_TRY(const std::vector<BarSeries> series,
               prices.series(kBarColumns, first, group.end, group.assets, as_of));
    for (std::size_t i = 0; i < quotes.size(); ++i) {
      add_range(group, Bars{series[group.slots[i]]}, quotes[i]);
    }
  }
  return quotes;
}

}  // namespace

Result<std::vector<Quote>> quote_orders(const PriceColumns& columns, const FillModel& model,
                                        const std::vector<WorkingOrder>& orders, const AsOf& as_of,
                                        PriceSource& prices) {
  std::map<std::tuple<std::string, Timestamp, Timestamp>, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    members[{orders[i].order.type, orders[i].start, orders[i].end}].push_back(i);
  }
  std::vector<Quote> result(orders.size());
  for (const auto& entry : members) {
    const WorkingOrder& first = orders[entry.second.front()];
    Group group;
    TIEOUT_TRY(group.type, parse_order_type(first.order.type));
    group.start = first.start;
    group.end = first.end;
    for (const std::size_t index : entry.second) {
      group.add(orders[index]);
    }
    TIEOUT_TRY(const std::vector<Quote> quotes, quote_group(columns, model, group, as_of, prices));
    for (std::size_t i = 0; i < quotes.size(); ++i) {
      result[entry.second[i]] = quotes[i];
    }
  }
  return result;
}

Execution execute(const FillModel& model, const WorkingOrder& working, const Quote& quote,
                  std::optional<int> share_decimals) {
  Execution result;
  const auto nothing = [&result](std::string why) {
    result.num_shares = 0.0;
    result.shortfall = std::move(why);
    return result;
  };
  if (!std::isfinite(quote.price) || quote.price <= 0.0) {
    return nothing(!quote.missing.empty() ? quote.missing
                                          : fmt::format("its {} price is {}", working.order.type,
                                                        format_double(quote.price)));
  }
  const bool needs_volume = model.participation_cap.has_value() || model.impact_bps > 0.0;
  if (needs_volume && !(quote.volume > 0.0)) {
    return nothing(fmt::format("the volume of its window is {}", format_double(quote.volume)));
  }
  result.num_shares = working.num_shares;
  if (model.participation_cap) {
    const double most = *model.participation_cap * quote.volume;
    if (std::abs(result.num_shares) > most) {
      const double part = share_decimals ? floor_decimals(most, *share_decimals) : most;
      if (part == 0.0) {
        return nothing(fmt::format("{} of a volume of {} is allowed, which is less than a lot",
                                   format_double(*model.participation_cap),
                                   format_double(quote.volume)));
      }
      result.num_shares = std::copysign(part, result.num_shares);
      result.shortfall =
          fmt::format("{} of a volume of {} is allowed", format_double(*model.participation_cap),
                      format_double(quote.volume));
    }
  }
  result.price = quote.price;
  const double side = working.num_shares > 0.0 ? 1.0 : -1.0;
  const bool maker = quote.liquidity == Liquidity::kMaker;
  if (!maker && (model.slippage_bps > 0.0 || model.impact_bps > 0.0)) {
    const double participation =
        model.impact_bps > 0.0 ? std::abs(result.num_shares) / quote.volume : 0.0;
    const double bps = model.slippage_bps + model.impact_bps * std::sqrt(participation);
    result.price = quote.price * (1.0 + side * bps * 1e-4);
  }
  if (model.clamp_to_bar) {
    result.price = std::fmin(std::fmax(result.price, quote.low), quote.high);
  }
  // A limit holds whatever the costs are; there is none where it is NaN.
  result.price =
      side > 0.0 ? std::fmin(result.price, quote.limit) : std::fmax(result.price, quote.limit);
  if (!(result.price > 0.0)) {
    return nothing(fmt::format("its price after costs is {}", format_double(result.price)));
  }
  if (model.has_fees()) {
    const double bps = maker ? model.maker_fee_bps : model.taker_fee_bps;
    result.fee = std::abs(result.num_shares) * result.price * bps * 1e-4;
    if (model.minimum_fee > 0.0) {
      result.fee = std::max(result.fee, model.minimum_fee);
    }
    result.liquidity = quote.liquidity;
  }
  return result;
}

}  // namespace tieout::oms
