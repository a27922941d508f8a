#include "tieout/analytics/fill_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

double ratio(double part, double whole) noexcept {
  return whole == 0 ? kNaN : part / whole;
}

std::string group_of(const Execution& trade, FeeGroup group) {
  switch (group) {
    case FeeGroup::kSide:
      return trade.shares > 0 ? "buy" : "sell";
    case FeeGroup::kLiquidity:
      return trade.liquidity == Liquidity::kUnknown ? "unknown"
                                                    : std::string(to_string(trade.liquidity));
    case FeeGroup::kRealizedPnl:
      return trade.realized_pnl > 0 ? "gain" : "no gain";
    case FeeGroup::kWave:
      return trade.wave < 0 ? "no wave" : fmt::format("wave {}", trade.wave);
  }
  return "";
}

void add(const Execution& trade, FeeRow& row) {
  ++row.fill_count;
  row.buy_count += trade.shares > 0 ? 1U : 0U;
  row.maker_count += trade.liquidity == Liquidity::kMaker ? 1U : 0U;
  row.gain_count += trade.realized_pnl > 0 ? 1U : 0U;
  row.volume += trade.cost;
  row.fees += trade.fee;
  row.realized_pnl += trade.realized_pnl;
}

FeeRow finished(FeeRow row) {
  row.fees_bps = ratio(1e4 * row.fees, row.volume);
  row.realized_pnl_bps = ratio(1e4 * row.realized_pnl, row.volume);
  return row;
}

const OrderFills* find_fills(std::span<const OrderFills> fills, const std::string& order_id) {
  const auto found = std::ranges::lower_bound(fills, order_id, {}, &OrderFills::order_id);
  return found != fills.end() && found->order_id == order_id ? &*found : nullptr;
}

}  // namespace

Result<std::vector<OrderFills>> aggregate_fills_by_order(std::span<const Execution> trades) {
  std::map<std::string, OrderFills> by_order;
  for (const Execution& trade : trades) {
    const auto [at, added] = by_order.try_emplace(trade.order_id);
    OrderFills& order = at->second;
    if (added) {
      order.order_id = trade.order_id;
      order.asset = trade.asset;
      order.first = order.last = trade.time;
    }
    if (order.asset != trade.asset || order.shares * trade.shares < 0) {
      return Error{
          ErrorCode::kMalformedData,
          fmt::format("aggregate_fills_by_order: order {} has trades of {}", trade.order_id,
                      order.asset != trade.asset ? "two assets" : "both sides")};
    }
    order.first = std::min(order.first, trade.time);
    order.last = std::max(order.last, trade.time);
    ++order.count;
    order.maker_count += trade.liquidity == Liquidity::kMaker ? 1U : 0U;
    order.taker_count += trade.liquidity == Liquidity::kTaker ? 1U : 0U;
    order.shares += trade.shares;
    order.cost += trade.cost;
    order.fee += trade.fee;
    order.realized_pnl += trade.realized_pnl;
  }
  std::vector<OrderFills> out;
  for (auto& item : by_order) {
    item.second.price = ratio(item.second.cost, std::fabs(item.second.shares));
    out.push_back(std::move(item.second));
  }
  return out;
}

std::vector<FeeRow> summarize_fees(std::span<const Execution> trades, FeeGroup group) {
  std::map<std::pair<std::int64_t, std::string>, FeeRow> groups;  // waves by their number
  FeeRow combined{.group = "combined"};
  for (const Execution& trade : trades) {
    const std::string name = group_of(trade, group);
    FeeRow& row = groups[{group == FeeGroup::kWave ? trade.wave : 0, name}];
    row.group = name;
    add(trade, row);
    add(trade, combined);
  }
  std::vector<FeeRow> rows;
  for (auto& item : groups) {
    rows.push_back(finished(std::move(item.second)));
  }
  rows.push_back(finished(std::move(combined)));
  return rows;
}

Result<std::vector<OrderBar>> aggregate_orders_by_bar(std::span<const PlacedOrder> orders,
                                                      Duration bar) {
  if (bar.ns <= 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "aggregate_orders_by_bar: the length of a bar is not positive"};
  }
  struct Side {
    std::size_t limits = 0;
    double limit_sum = 0, limited_amount = 0;
  };
  std::map<std::pair<Timestamp, AssetId>, std::pair<OrderBar, std::pair<Side, Side>>> bars;
  for (const PlacedOrder& order : orders) {
    auto& [row, sides] = bars[{ceil_to(order.updated, bar), order.asset}];
    const bool buy = order.shares > 0;
    const double amount = std::fabs(order.shares);
    ++row.order_count;
    ++(buy ? row.buy_order_count : row.sell_order_count);
    (buy ? row.buy_amount : row.sell_amount) += amount;
    if (order.limit_price) {
      Side& side = buy ? sides.first : sides.second;
      ++side.limits;
      side.limit_sum += *order.limit_price;
      side.limited_amount += amount;
      (buy ? row.buy_notional : row.sell_notional) += amount * *order.limit_price;
    }
  }
  std::vector<OrderBar> out;
  for (auto& [key, value] : bars) {
    auto& [row, sides] = value;
    row.bar = key.first;
    row.asset = key.second;
    row.buy_limit_twap = ratio(sides.first.limit_sum, static_cast<double>(sides.first.limits));
    row.sell_limit_twap = ratio(sides.second.limit_sum, static_cast<double>(sides.second.limits));
    row.buy_limit_vwap = ratio(row.buy_notional, sides.first.limited_amount);
    row.sell_limit_vwap = ratio(row.sell_notional, sides.second.limited_amount);
    out.push_back(row);
  }
  return out;
}

Result<std::vector<OrderQuality>> filled_order_quality(std::span<const PlacedOrder> orders,
                                                       std::span<const OrderFills> fills) {
  std::vector<OrderQuality> out;
  for (const PlacedOrder& order : orders) {
    const OrderFills* fill = find_fills(fills, order.id);
    if (fill == nullptr) {
      continue;
    }
    if (fill->asset != order.asset || fill->shares * order.shares < 0) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("filled_order_quality: the fills of order {} are of another {}",
                               order.id, fill->asset != order.asset ? "asset" : "side")};
    }
    OrderQuality row{.order_id = order.id, .asset = order.asset};
    const double wanted = std::fabs(order.shares);
    const double limit = order.limit_price.value_or(kNaN);
    row.direction = side_of(order.shares);
    row.price_improvement = row.direction * (limit - fill->price);
    row.price_improvement_bps = 1e4 * row.price_improvement / limit;
    row.underfill_quantity = wanted - std::fabs(fill->shares);
    row.underfill_pct = ratio(100 * row.underfill_quantity, wanted);
    row.underfill_notional_limit = row.underfill_quantity * limit;
    row.underfill_notional_trade = row.underfill_quantity * fill->price;
    row.time_to_fill_s = to_seconds(fill->first - order.placed);
    row.life_s = to_seconds(order.updated - order.placed);
    out.push_back(std::move(row));
  }
  return out;
}

std::vector<ParentSummary> summarize_parents(std::span<const PlacedOrder> children,
                                             std::span<const OrderFills> fills) {
  std::map<std::string, std::pair<ParentSummary, std::set<std::int64_t>>> parents;
  for (const PlacedOrder& child : children) {
    if (child.parent_id.empty()) {
      continue;
    }
    auto& [row, waves] = parents[child.parent_id];
    row.parent_id = child.parent_id;
    ++row.children;
    ++(child.accepted ? row.accepted : row.rejected);
    waves.insert(child.wave);
    row.waves = waves.size();
    row.wanted += child.accepted ? std::fabs(child.shares) : 0.0;
    if (const OrderFills* fill = find_fills(fills, child.id)) {
      ++row.filled;
      row.executed += std::fabs(fill->shares);
    }
  }
  std::vector<ParentSummary> out;
  for (auto& item : parents) {
    out.push_back(std::move(item.second.first));
  }
  return out;
}

std::vector<std::string> foreign_orders(std::span<const PlacedOrder> orders,
                                        std::span<const OrderFills> fills) {
  std::set<std::string> known;
  for (const PlacedOrder& order : orders) {
    known.insert(order.id);
  }
  std::vector<std::string> out;
  for (const OrderFills& fill : fills) {
    if (!known.contains(fill.order_id)) {
      out.push_back(fill.order_id);
    }
  }
  return out;
}

}  // namespace tieout::analytics
