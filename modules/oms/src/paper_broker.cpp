#include "tieout/oms/paper_broker.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

#include "execution.hpp"

namespace tieout::oms {
namespace {

OrderEvent event_of(OrderEvent::Kind kind, const WorkingOrder& working, Timestamp when,
                    double shares, std::string reason) {
  return {.kind = kind,
          .order_id = working.order.order_id,
          .asset_id = working.order.asset_id,
          .timestamp = when,
          .num_shares = shares,
          .reason = std::move(reason)};
}

/// The order's length in whole minutes, rounded up: an order of a five-minute bar that was made 40
/// s after it is worked for 4:20, and then for five minutes at a time.
Duration window_length(const Order& order) {
  const Duration worked = order.end_timestamp - order.start_timestamp;
  return minutes((worked.ns + minutes(1).ns - 1) / minutes(1).ns);
}

/// `total` less `part`. Between whole lots the difference is one too: what float sums leave is no
/// quantity.
double left_of(double total, double part, std::optional<int> share_decimals) {
  const double left = total - part;
  if (!share_decimals) {
    return left;
  }
  const double whole = round_decimals(left, *share_decimals);
  const bool is_whole = std::abs(left - whole) <= 1e-9 * std::pow(10.0, -*share_decimals);
  return is_whole ? whole : left;
}

}  // namespace

Status check_submitted(const std::vector<Order>& orders) {
  for (const Order& order : orders) {
    TIEOUT_CHECK(check_order(order));
    TIEOUT_TRY(const OrderType type, parse_order_type(order.type));
    if (type.price == OrderType::Price::kLimit) {
      TIEOUT_TRY([[maybe_unused]] const double limit, limit_price_of(order));
    }
  }
  return {};
}

PaperBroker::PaperBroker(PriceColumns columns, FillModel model,
                         std::map<AssetId, int> share_decimals)
    : columns_(std::move(columns)), model_(model), share_decimals_(std::move(share_decimals)) {}

std::optional<int> PaperBroker::decimals_of(AssetId asset) const {
  const auto found = share_decimals_.find(asset);
  return found == share_decimals_.end() ? std::nullopt : std::optional(found->second);
}

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

Status PaperBroker::submit(const std::vector<Order>& orders, Timestamp now) {
  TIEOUT_CHECK(check_submitted(orders));
  for (const Order& order : orders) {
    for (auto& deadline : state_.by_deadline) {
      std::erase_if(deadline.second, [&](const WorkingOrder& working) {
        const bool replaced = working.window > 0 && working.order.asset_id == order.asset_id;
        if (replaced) {
          state_.untold.push_back(event_of(OrderEvent::Kind::kReplaced, working, now,
                                           working.num_shares,
                                           fmt::format("order {} replaces it", order.order_id)));
        }
        return replaced;
      });
    }
    state_.by_deadline[order.end_timestamp].push_back(
        {order, model_.arrival(order.order_id, order.start_timestamp), order.end_timestamp,
         order.diff_num_shares, 0});
  }
  std::erase_if(state_.by_deadline, [](const auto& deadline) { return deadline.second.empty(); });
  return {};
}

/// What becomes of the shares that a window did not fill.
void PaperBroker::settle(State& next, const WorkingOrder& working, double filled,
                         const std::string& why, Collected& collected) const {
  using Kind = OrderEvent::Kind;
  if (filled != 0.0) {
    collected.events.push_back(event_of(Kind::kPartial, working, working.end, filled, why));
  }
  const double left = left_of(working.num_shares, filled, decimals_of(working.order.asset_id));
  if (working.window >= model_.carry_windows) {
    collected.events.push_back(event_of(Kind::kExpired, working, working.end, left, why));
    return;
  }
  WorkingOrder carried = working;
  carried.start = working.end;
  carried.end = working.end + window_length(working.order);
  carried.num_shares = left;
  ++carried.window;
  collected.events.push_back(
      event_of(Kind::kCarried, working, working.end, left,
               fmt::format("{}; window {} of {}", why, carried.window, model_.carry_windows)));
  next.by_deadline[carried.end].push_back(std::move(carried));
}

Status PaperBroker::fill_due(State& next, std::vector<WorkingOrder> due, const AsOf& as_of,
                             PriceSource& prices, Collected& collected) const {
  std::erase_if(due, [&](const WorkingOrder& working) {
    const std::optional<double> drawn =
        working.window == 0 ? model_.rejection(working.order.order_id) : std::nullopt;
    if (drawn) {
      collected.events.push_back(event_of(
          OrderEvent::Kind::kRejected, working, working.order.start_timestamp, working.num_shares,
          fmt::format("the venue refused it (simulated: draw {} < probability {})",
                      format_double(*drawn), format_double(model_.reject_probability))));
      return true;
    }
    if (working.start >= working.end) {
      settle(next, working, 0.0, fmt::format("it arrived at {}", to_iso(working.start)), collected);
      return true;
    }
    return false;
  });
  TIEOUT_TRY(const std::vector<Quote> quotes, quote_orders(columns_, model_, due, as_of, prices));
  for (std::size_t i = 0; i < due.size(); ++i) {
    const Execution done = execute(model_, due[i], quotes[i], decimals_of(due[i].order.asset_id));
    if (done.num_shares != 0.0) {
      collected.fills.push_back({.fill_id = next.next_fill_id++,
                                 .order_id = due[i].order.order_id,
                                 .asset_id = due[i].order.asset_id,
                                 .timestamp = due[i].end,
                                 .num_shares = done.num_shares,
                                 .price = done.price,
                                 .fee = done.fee,
                                 .liquidity = done.liquidity});
    }
    if (!done.shortfall.empty()) {
      settle(next, due[i], done.num_shares, done.shortfall, collected);
    }
  }
  return {};
}

Result<Broker::Collected> PaperBroker::collect(Timestamp now, const AsOf& as_of,
                                               PriceSource& prices) {
  State next = state_;
  Collected collected;
  collected.events = std::exchange(next.untold, {});
  while (!next.by_deadline.empty() && next.by_deadline.begin()->first <= now) {
    auto due = next.by_deadline.extract(next.by_deadline.begin());
    TIEOUT_CHECK(fill_due(next, std::move(due.mapped()), as_of, prices, collected));
  }
  state_ = std::move(next);
  return collected;
}

std::size_t PaperBroker::pending_count() const noexcept {
  std::size_t count = 0;
  for (const auto& deadline : state_.by_deadline) {
    count += deadline.second.size();
  }
  return count;
}

std::map<AssetId, double> PaperBroker::open_shares() const {
  std::map<AssetId, double> open;
  for (const auto& deadline : state_.by_deadline) {
    for (const WorkingOrder& working : deadline.second) {
      open[working.order.asset_id] += working.num_shares;
    }
  }
  std::erase_if(open, [](const auto& entry) { return entry.second == 0.0; });
  return open;
}

}  // namespace tieout::oms
