#include "tieout/oms/twap_broker.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

enum BarColumn : std::size_t { kOpen, kHigh, kLow };
constexpr std::array<std::string_view, 3> kBarColumns{"open", "high", "low"};

// The child order of a wave before anything is decided about it.
ChildOrder child_of(const Order& parent, std::int64_t wave_id, Timestamp start, Timestamp end) {
  ChildOrder child;
  child.order = parent;
  child.order.order_id = child_order_id(parent.order_id, wave_id);
  child.order.type = "limit";
  child.order.creation_timestamp = child.order.start_timestamp = child.update_timestamp = start;
  child.order.end_timestamp = end;
  child.order.diff_num_shares = 0.0;
  child.parent_order_id = parent.order_id;
  child.price.wave_id = wave_id;
  return child;
}

OrderEvent event_of(const Order& parent, OrderEvent::Kind kind, double shares, std::string reason) {
  return {.kind = kind,
          .order_id = parent.order_id,
          .asset_id = parent.asset_id,
          .timestamp = parent.end_timestamp,
          .num_shares = shares,
          .reason = std::move(reason)};
}

}  // namespace

Status check_twap_settings(const TwapSettings& settings, Duration order_duration) {
  const auto refuse = [](std::string_view key, const std::string& found, std::string_view needed) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("process_forecasts_node_dict.process_forecasts_dict.order_config.{}: "
                             "found {}, needed {}",
                             key, found, needed)};
  };
  if (settings.frequency < kLeastWave || (order_duration.ns % settings.frequency.ns) != 0) {
    return refuse("execution_frequency", to_period(settings.frequency),
                  fmt::format("at least {} and a part of {} without a rest", to_period(kLeastWave),
                              to_period(order_duration)));
  }
  if (auto status = check_limit_price(settings.limit_price); !status.ok()) {
    return Error{ErrorCode::kInvalidConfig,
                 "order_config.limit_price_computer: " + status.error().message};
  }
  if (const auto* volatility = std::get_if<VolatilityPriceOptions>(&settings.limit_price)) {
    const std::int64_t waves = order_duration.ns / settings.frequency.ns - 1;
    const auto count = static_cast<std::int64_t>(volatility->multiples.size());
    if (count > 1 && count < waves) {
      return refuse("limit_price_computer.volatility_multiple", fmt::format("{} numbers", count),
                    fmt::format("one, or one for each of {} waves", waves));
    }
  }
  if (settings.bid_ask_lookback.ns <= 0) {
    return refuse("bid_ask_lookback", to_period(settings.bid_ask_lookback), "a positive period");
  }
  if (!(settings.half_spread_bps >= 0.0 && settings.half_spread_bps < 1e4)) {
    return refuse("half_spread_bps", format_double(settings.half_spread_bps),
                  "a number of 0 or more, below 10000");
  }
  return {};
}

Status TwapBroker::begin(Timestamp /*bar*/) {
  TIEOUT_ASSERT(!before_.has_value());
  before_ = state_;
  return {};
}

Status TwapBroker::commit() {
  TIEOUT_ASSERT(before_.has_value());
  before_.reset();
  return {};
}

Status TwapBroker::rollback() {
  TIEOUT_ASSERT(before_.has_value());
  state_ = std::move(*before_);
  before_.reset();
  return {};
}

Status TwapBroker::submit(const std::vector<Order>& orders, Timestamp /*now*/) {
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const Order& order = orders[i];
    TIEOUT_CHECK(check_order(order));
    const auto refuse = [&order](std::string_view what) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("twap: order {} of asset {}: {}", order.order_id,
                               order.asset_id.value, what)};
    };
    if (order.type != kLimitTwap) {
      return refuse(fmt::format("found type '{}', needed '{}'", order.type, kLimitTwap));
    }
    if (order.start_timestamp != orders.front().start_timestamp ||
        order.end_timestamp != orders.front().end_timestamp) {
      return refuse("its window is not that of the orders submitted with it");
    }
    const auto same_asset = [&order](const Order& other) {
      return other.asset_id == order.asset_id;
    };
    if (std::ranges::any_of(orders.begin(), orders.begin() + static_cast<std::ptrdiff_t>(i),
                            same_asset)) {
      return refuse("a second order of the asset, needed one");
    }
  }
  for (const Order& order : orders) {
    Parent parent;
    parent.order = order;
    parent.plan = plan_waves(order.start_timestamp, order.end_timestamp, settings_.frequency);
    state_.parents.push_back(std::move(parent));
  }
  return {};
}

const VenueLimits& TwapBroker::limits_of(AssetId asset) const {
  const auto found = settings_.limits.find(asset);
  return found == settings_.limits.end() ? settings_.default_limits : found->second;
}

// Tell the waves that had passed when the parent began.
void TwapBroker::announce(Parent& parent, Collected& collected) {
  if (std::exchange(parent.is_announced, true)) {
    return;
  }
  const Order& order = parent.order;
  for (const std::int64_t wave : parent.plan.skipped) {
    ChildOrder child = child_of(order, wave, order.start_timestamp, order.end_timestamp);
    child.error_msg = "the wave had passed, or less than 4 s of it were left";
    collected.child_orders.push_back(std::move(child));
  }
  if (parent.plan.waves.empty()) {
    collected.notes.push_back(fmt::format(
        "order {} of asset {}: its window from {} to {} holds no wave", order.order_id,
        order.asset_id.value, to_iso(order.start_timestamp), to_iso(order.end_timestamp)));
  }
}

// Decide the child order of a wave; nothing when all is done.
Result<std::optional<ChildOrder>> TwapBroker::make_child(Parent& parent, const Wave& wave,
                                                         const std::vector<TopOfBook>& quotes,
                                                         std::vector<std::string>& notes) const {
  const Order& order = parent.order;
  const VenueLimits& limits = limits_of(order.asset_id);
  ChildOrder child = child_of(order, wave.id, wave.start, wave.end);
  child.order.curr_num_shares = order.curr_num_shares + parent.filled;
  const auto skip = [&child](std::string why) {
    child.error_msg = std::move(why);
    return std::optional<ChildOrder>(child);
  };
  const double shares =
      settings_.quantity == ChildQuantity::kStatic
          ? static_quantity(order.diff_num_shares, parent.plan.wave_count, limits.share_decimals)
          : dynamic_quantity(order.diff_num_shares, parent.filled, limits.share_decimals);
  if (shares == 0.0 && parent.filled_children > 0) {
    return std::optional<ChildOrder>();
  }
  if (shares == 0.0 || std::abs(order.diff_num_shares) < limits.min_amount) {
    parent.is_dead = true;
    return skip(
        fmt::format("the parent of {} shares is below the minimum: {} a wave with {} "
                    "decimals, the venue takes {} or more",
                    format_double(order.diff_num_shares), format_double(shares),
                    limits.share_decimals, format_double(limits.min_amount)));
  }
  const CleanQuotes clean = clean_quotes(quotes);
  if (const std::string complaint = clean.complaint(); !complaint.empty()) {
    notes.push_back(fmt::format("asset {}: quotes up to {}: {}: left out", order.asset_id.value,
                                to_iso(wave.start), complaint));
  }
  if (clean.quotes.empty()) {
    return skip(fmt::format("no usable quote in the {} before {}",
                            to_period(settings_.bid_ask_lookback), to_iso(wave.start)));
  }
  const WaveOfAsset wave_of_asset{.side = shares > 0.0 ? Side::kBuy : Side::kSell,
                                  .wave_id = wave.id,
                                  .frequency = settings_.frequency,
                                  .price_decimals = limits.price_decimals};
  TIEOUT_TRY(child.price, compute_limit_price(settings_.limit_price, clean.quotes, wave_of_asset));
  const double limit = child.price.limit_price;
  if (!std::isfinite(limit) || limit <= 0.0) {
    return skip(fmt::format("the limit price is {}", format_double(limit)));
  }
  child.order.diff_num_shares = shares;
  const double amount = std::abs(shares);
  if (amount < limits.min_amount || amount * limit < limits.min_cost) {
    child.status = ChildStatus::kRejected;
    child.error_msg = fmt::format("{} shares for {} dollars, the venue takes {} and {} or more",
                                  format_double(amount), format_double(amount * limit),
                                  format_double(limits.min_amount), format_double(limits.min_cost));
    return std::optional<ChildOrder>(child);
  }
  child.venue_id = child.order.order_id;
  child.status = ChildStatus::kCancelled;
  child.update_timestamp = wave.end;
  return std::optional<ChildOrder>(child);
}

void TwapBroker::execute(ChildOrder& child, const BarSeries& bars) const {
  const bool buys = child.order.diff_num_shares > 0.0;
  const double limit = child.price.limit_price;
  for (std::size_t i = 0; i < bars.ends.size(); ++i) {
    const double open = bars.values[kOpen][i];
    const double extreme = bars.values[buys ? kLow : kHigh][i];
    const bool at_once =
        i == 0 && std::isfinite(open) && open > 0.0 && (buys ? open <= limit : open >= limit);
    const bool through =
        std::isfinite(extreme) && extreme > 0.0 && (buys ? extreme < limit : extreme > limit);
    if (!at_once && !through) {
      continue;
    }
    child.status = ChildStatus::kFilled;
    child.filled_shares = child.order.diff_num_shares;
    child.average_price = at_once ? open : limit;
    child.liquidity = at_once ? Liquidity::kTaker : Liquidity::kMaker;
    child.update_timestamp = bars.ends[i];
    const double fee_bps = at_once ? settings_.taker_fee_bps : settings_.maker_fee_bps;
    child.fee = std::abs(child.filled_shares) * child.average_price * fee_bps / 1e4;
    return;
  }
}

Status TwapBroker::work_wave(State& state, const WaveOfParents& parents, const AsOf& as_of,
                             PriceSource& prices, Collected& collected) const {
  std::vector<AssetId> assets;
  for (const auto& member : parents) {
    assets.push_back(state.parents[member.first].order.asset_id);
  }
  std::ranges::sort(assets);
  assets.erase(std::ranges::unique(assets).begin(), assets.end());
  const Timestamp start = parents.front().second.start;
  const Timestamp end = parents.front().second.end;
  // The limit of a child order may use what was known when it was made, and nothing later.
  const AsOf creation{std::min(start, as_of.knowledge), as_of.max_seq};
  BarQuotes source(prices, settings_.half_spread_bps);
  TIEOUT_TRY(const std::vector<std::vector<TopOfBook>> quotes,
             source.quotes(start - settings_.bid_ask_lookback, start, assets, creation));
  TIEOUT_TRY(const std::vector<BarSeries> bars,
             prices.series(kBarColumns, start, end, assets, as_of));
  for (const auto& [index, wave] : parents) {
    Parent& parent = state.parents[index];
    const auto place = static_cast<std::size_t>(
        std::ranges::lower_bound(assets, parent.order.asset_id) - assets.begin());
    TIEOUT_TRY(std::optional<ChildOrder> child,
               make_child(parent, wave, quotes[place], collected.notes));
    if (!child) {
      continue;
    }
    if (child->status == ChildStatus::kCancelled) {
      execute(*child, bars[place]);
    }
    if (child->status == ChildStatus::kFilled) {
      if (state.last_collected && child->update_timestamp <= *state.last_collected) {
        child->update_timestamp = end;
      }
      parent.filled += child->filled_shares;
      ++parent.filled_children;
      collected.fills.push_back({.fill_id = 0,
                                 .order_id = parent.order.order_id,
                                 .asset_id = parent.order.asset_id,
                                 .timestamp = child->update_timestamp,
                                 .num_shares = child->filled_shares,
                                 .price = child->average_price,
                                 .fee = child->fee,
                                 .liquidity = child->liquidity});
    }
    child->order.extra_params = extra_params_of(*child);
    collected.child_orders.push_back(std::move(*child));
  }
  return {};
}

Result<Broker::Collected> TwapBroker::collect(Timestamp now, const AsOf& as_of,
                                              PriceSource& prices) {
  State next = state_;
  Collected collected;
  // Parents that share a wave share its reads.
  std::map<std::pair<Timestamp, Timestamp>, WaveOfParents> due;
  for (std::size_t p = 0; p < next.parents.size(); ++p) {
    Parent& parent = next.parents[p];
    announce(parent, collected);
    for (; parent.next_wave < parent.plan.waves.size(); ++parent.next_wave) {
      const Wave& wave = parent.plan.waves[parent.next_wave];
      if (wave.end > now) {
        break;
      }
      due[{wave.start, wave.end}].emplace_back(p, wave);
    }
  }
  for (auto& window : due) {
    WaveOfParents& group = window.second;
    std::erase_if(group,
                  [&next](const auto& member) { return next.parents[member.first].is_dead; });
    if (!group.empty()) {
      TIEOUT_CHECK(work_wave(next, group, as_of, prices, collected));
    }
  }
  std::ranges::stable_sort(collected.child_orders, [](const ChildOrder& a, const ChildOrder& b) {
    return std::pair(a.order.creation_timestamp, a.order.order_id) <
           std::pair(b.order.creation_timestamp, b.order.order_id);
  });
  std::ranges::stable_sort(collected.fills, [](const Fill& a, const Fill& b) {
    return a.timestamp != b.timestamp ? a.timestamp < b.timestamp : a.order_id < b.order_id;
  });
  for (Fill& fill : collected.fills) {
    fill.fill_id = next.next_fill_id++;
  }
  std::erase_if(next.parents, [&](const Parent& parent) {
    if (parent.order.end_timestamp > now) {
      return false;
    }
    const double rest = dynamic_quantity(parent.order.diff_num_shares, parent.filled, 12);
    if (rest != 0.0) {
      collected.events.push_back(event_of(
          parent.order, OrderEvent::Kind::kExpired, rest,
          fmt::format("{} child orders filled {} of {} shares", parent.filled_children,
                      format_double(parent.filled), format_double(parent.order.diff_num_shares))));
    }
    return true;
  });
  next.last_collected = now;
  state_ = std::move(next);
  return collected;
}

std::size_t TwapBroker::pending_count() const noexcept {
  return state_.parents.size();
}

std::map<AssetId, double> TwapBroker::open_shares() const {
  std::map<AssetId, double> open;
  for (const Parent& parent : state_.parents) {
    open[parent.order.asset_id] +=
        dynamic_quantity(parent.order.diff_num_shares, parent.filled, 12);
  }
  std::erase_if(open, [](const auto& entry) { return entry.second == 0.0; });
  return open;
}

}  // namespace tieout::oms
