#include "tieout/oms/paper_broker.hpp"

#include <cmath>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

// Read one column for orders that share type, start and end.
Result<std::vector<double>> read_column(std::string_view column, OrderType::Timing timing,
                                        const Order& order, std::span<const AssetId> assets,
                                        const AsOf& as_of, PriceSource& prices) {
  switch (timing) {
    case OrderType::Timing::kStart:
      return prices.at_end(column, floor_to(order.start_timestamp, minutes(1)), assets, as_of);
    case OrderType::Timing::kEnd:
      return prices.at_end(column, order.end_timestamp, assets, as_of);
    case OrderType::Timing::kTwap:
      break;
  }
  return prices.twap(column, order.start_timestamp, order.end_timestamp, assets, as_of);
}

// Prices of orders that share type, start and end.
Result<std::vector<double>> price_group(const PriceColumns& columns,
                                        const std::vector<const Order*>& orders, const AsOf& as_of,
                                        PriceSource& prices) {
  TIEOUT_TRY(const OrderType type, parse_order_type(orders.front()->type));
  const Order& first = *orders.front();
  std::vector<AssetId> assets;
  assets.reserve(orders.size());
  for (const Order* order : orders) {
    assets.push_back(order->asset_id);
  }
  if (type.price != OrderType::Price::kPartialSpread) {
    const std::string& column =
        type.price == OrderType::Price::kPrice ? columns.price : columns.midpoint;
    return read_column(column, type.timing, first, assets, as_of, prices);
  }
  TIEOUT_TRY(std::vector<double> result,
             read_column(columns.bid, type.timing, first, assets, as_of, prices));
  TIEOUT_TRY(const std::vector<double> asks,
             read_column(columns.ask, type.timing, first, assets, as_of, prices));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const bool buys = orders[i]->diff_num_shares > 0.0;
    const double near_side = 1.0 - type.spread_fraction;
    const double bid_weight = buys ? near_side : type.spread_fraction;
    const double ask_weight = buys ? type.spread_fraction : near_side;
    result[i] = bid_weight * result[i] + ask_weight * asks[i];
  }
  return result;
}

}  // namespace

Status PaperBroker::begin(Timestamp /*bar*/) {
  TIEOUT_ASSERT(!before_.has_value());
  before_ = state_;
  return {};
}

Status PaperBroker::commit() {
  TIEOUT_ASSERT(before_.has_value());
  before_.reset();
  return {};
}

Status PaperBroker::rollback() {
  TIEOUT_ASSERT(before_.has_value());
  state_ = std::move(*before_);
  before_.reset();
  return {};
}

Status PaperBroker::submit(const std::vector<Order>& orders, Timestamp /*now*/) {
  for (const Order& order : orders) {
    TIEOUT_CHECK(check_order(order));
    TIEOUT_CHECK(parse_order_type(order.type));
  }
  for (const Order& order : orders) {
    state_.by_deadline[order.end_timestamp].push_back(order);
  }
  return {};
}

Result<std::vector<double>> PaperBroker::prices_of(const std::vector<Order>& orders,
                                                   const AsOf& as_of, PriceSource& prices) const {
  // One read for each (type, start): orders of one bar share it.
  std::map<std::tuple<std::string, Timestamp>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    groups[{orders[i].type, orders[i].start_timestamp}].push_back(i);
  }
  std::vector<double> result(orders.size(), std::numeric_limits<double>::quiet_NaN());
  for (const auto& group : groups) {
    std::vector<const Order*> members;
    members.reserve(group.second.size());
    for (const std::size_t index : group.second) {
      members.push_back(&orders[index]);
    }
    TIEOUT_TRY(const std::vector<double> values, price_group(columns_, members, as_of, prices));
    TIEOUT_ASSERT(values.size() == members.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      result[group.second[i]] = values[i];
    }
  }
  return result;
}

Result<Broker::Collected> PaperBroker::collect(Timestamp now, const AsOf& as_of,
                                               PriceSource& prices) {
  Collected collected;
  std::int64_t next_fill_id = state_.next_fill_id;
  const auto first_open = state_.by_deadline.upper_bound(now);
  for (auto due = state_.by_deadline.begin(); due != first_open; ++due) {
    const std::vector<Order>& orders = due->second;
    TIEOUT_TRY(const std::vector<double> values, prices_of(orders, as_of, prices));
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const Order& order = orders[i];
      if (!std::isfinite(values[i]) || values[i] <= 0.0) {
        collected.events.push_back(
            {.kind = OrderEvent::Kind::kExpired,
             .order_id = order.order_id,
             .asset_id = order.asset_id,
             .timestamp = order.end_timestamp,
             .num_shares = order.diff_num_shares,
             .reason = fmt::format("its {} price is {}", order.type, format_double(values[i]))});
        continue;
      }
      collected.fills.push_back({.fill_id = next_fill_id++,
                                 .order_id = order.order_id,
                                 .asset_id = order.asset_id,
                                 .timestamp = order.end_timestamp,
                                 .num_shares = order.diff_num_shares,
                                 .price = values[i]});
    }
  }
  state_.by_deadline.erase(state_.by_deadline.begin(), first_open);
  state_.next_fill_id = next_fill_id;
  return collected;
}

std::size_t PaperBroker::pending_count() const noexcept {
  std::size_t count = 0;
  for (const auto& deadline : state_.by_deadline) {
    count += deadline.second.size();
  }
  return count;
}

}  // namespace tieout::oms
