#include "tieout/analytics/limit_orders.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "tieout/core/assert.hpp"

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

double mean(double sum, std::size_t count) noexcept {
  return count == 0 ? kNaN : sum / static_cast<double>(count);
}

/// The side that the order takes when it crosses.
double far_side(const PlacedOrder& order, const Quote& quote) noexcept {
  return order.shares > 0 ? quote.ask : quote.bid;
}

/// Whether `price` is at the order's limit or better.
bool is_within(const PlacedOrder& order, double price) noexcept {
  return order.shares > 0 ? price <= *order.limit_price : price >= *order.limit_price;
}

/// A summary while its means are sums.
struct Sums {
  LimitSummary row;
  double passivity = 0, to_mid_bps = 0, age_s = 0;
  std::size_t placed = 0, passivities = 0, ages = 0;

  void add(const PlacedOrder& order, const Quote* quote) {
    ++row.orders;
    if (quote == nullptr) {
      ++row.without_quote;
      return;
    }
    const double age = to_seconds(order.placed - quote->time);
    age_s += age;
    ++ages;
    row.oldest_quote_s = std::max(row.oldest_quote_s, age);
    if (!order.limit_price) {
      ++row.without_limit;
      return;
    }
    const LimitPlacement placement = limit_placement(order, *quote);
    const double near = order.shares > 0 ? quote->bid : quote->ask;
    ++placed;
    to_mid_bps += placement.to_mid_bps;
    if (!std::isnan(placement.passivity)) {
      passivity += placement.passivity;
      ++passivities;
    }
    const double limit = *order.limit_price;
    const bool is_behind = order.shares > 0 ? limit < near : limit > near;
    ++(placement.is_marketable ? row.marketable
       : limit == near         ? row.at_near_side
       : is_behind             ? row.behind
                               : row.inside);
  }

  LimitSummary finished() const {
    LimitSummary out = row;
    out.passivity = mean(passivity, passivities);
    out.to_mid_bps = mean(to_mid_bps, placed);
    out.quote_age_s = mean(age_s, ages);
    out.oldest_quote_s = ages == 0 ? kNaN : row.oldest_quote_s;
    return out;
  }
};

}  // namespace

LimitPlacement limit_placement(const PlacedOrder& order, const Quote& quote) noexcept {
  const double limit = *order.limit_price;
  const double spread = quote.ask - quote.bid;
  const double mid = (quote.bid + quote.ask) / 2;
  const double side = side_of(order.shares);
  LimitPlacement out;
  out.passivity = spread > 0 ? side * (far_side(order, quote) - limit) / spread : kNaN;
  out.to_mid_bps = 1e4 * side * (mid - limit) / mid;
  out.is_marketable = is_within(order, far_side(order, quote));
  return out;
}

std::vector<LimitSummary> summarize_limits(std::span<const PlacedOrder> orders,
                                           const QuoteBook& quotes) {
  std::map<AssetId, Sums> assets;
  Sums all;
  for (const PlacedOrder& order : orders) {
    if (!order.accepted) {
      continue;
    }
    const Quote* quote = quotes.as_of(order.asset, order.placed);
    assets[order.asset].add(order, quote);
    all.add(order, quote);
  }
  std::vector<LimitSummary> out;
  for (const auto& [asset, sums] : assets) {
    out.push_back(sums.finished());
    out.back().asset = asset;
  }
  out.push_back(all.finished());
  return out;
}

std::vector<SimulatedFill> simulate_limit_orders(std::span<const PlacedOrder> orders,
                                                 const QuoteBook& quotes) {
  std::vector<SimulatedFill> out;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const PlacedOrder& order = orders[i];
    if (!order.accepted || !order.limit_price) {
      continue;
    }
    SimulatedFill fill{.order = i};
    const auto alive =
        quotes.between(order.asset, order.placed, order.expires.value_or(order.updated));
    fill.quotes = alive.size();
    const Quote* before = quotes.as_of(order.asset, order.placed);
    for (const Quote& quote : alive) {
      if (is_within(order, far_side(order, quote))) {
        const bool at_once = before != nullptr && is_within(order, far_side(order, *before));
        fill.time = quote.time;
        fill.price = at_once ? far_side(order, *before) : *order.limit_price;
        fill.liquidity = at_once ? Liquidity::kTaker : Liquidity::kMaker;
        break;
      }
      before = &quote;
    }
    out.push_back(fill);
  }
  return out;
}

FillAgreement compare_fills(std::span<const PlacedOrder> orders,
                            std::span<const SimulatedFill> simulated,
                            std::span<const OrderFills> fills) {
  FillAgreement out;
  double volume = 0;
  double later_s = 0;
  for (const SimulatedFill& fill : simulated) {
    TIEOUT_ASSERT(fill.order < orders.size());
    const PlacedOrder& order = orders[fill.order];
    ++out.orders;
    if (fill.quotes == 0) {
      ++out.without_quotes;
      continue;
    }
    const auto found = std::ranges::lower_bound(fills, order.id, {}, &OrderFills::order_id);
    const bool is_logged = found != fills.end() && found->order_id == order.id;
    ++(fill.time ? (is_logged ? out.both : out.only_simulated)
                 : (is_logged ? out.only_logged : out.neither));
    if (fill.time.has_value() != is_logged) {
      out.disagreements.push_back(fill.order);
    } else if (is_logged) {
      volume += found->cost;
      out.worse_than_quotes += found->shares * (found->price - fill.price);
      later_s += to_seconds(found->first - *fill.time);
    }
  }
  out.worse_than_quotes_bps = volume > 0 ? 1e4 * out.worse_than_quotes / volume : kNaN;
  out.later_s = mean(later_s, out.both);
  return out;
}

}  // namespace tieout::analytics
