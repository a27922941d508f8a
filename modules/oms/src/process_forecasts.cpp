#include "tieout/oms/process_forecasts.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/oms/make_broker.hpp"
#include "tieout/oms/portfolio.hpp"
#include "tieout/oms/tables.hpp"

namespace tieout::oms {
namespace {

// What changes from bar to bar, the broker apart. A call works on a copy and keeps it only when it
// succeeds.
struct State {
  Portfolio portfolio;
  std::int64_t next_order_id = 0;
  std::optional<Timestamp> last_bar;
};

// The prices at which the books are marked, NaN where not known (oms.md 3.14).
Result<std::vector<double>> mark_prices(const Pricing& pricing, const std::vector<AssetId>& assets,
                                        const AsOf& as_of, PriceSource& prices,
                                        std::vector<std::string>& notes) {
  TIEOUT_TRY(const std::optional<Timestamp> last_end, prices.last_end(assets, as_of));
  if (!last_end) {
    notes.emplace_back("no asset has a price yet: nothing is valued");
    return std::vector<double>(assets.size(), kNaN);
  }
  std::vector<double> values;
  if (pricing.twap) {
    const Timestamp last = floor_to(*last_end, *pricing.twap);
    TIEOUT_TRY(values, prices.twap(pricing.column, last - *pricing.twap, last, assets, as_of));
  } else {
    TIEOUT_TRY(values, prices.at_end(pricing.column, *last_end, assets, as_of));
  }
  TIEOUT_ASSERT(values.size() == assets.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i]) && values[i] > 0.0) {
      continue;
    }
    notes.push_back(fmt::format("asset {}: price is {} at {}: not valued", assets[i].value,
                                format_double(values[i]), to_iso(*last_end)));
    values[i] = kNaN;
  }
  return values;
}

// Forecasts by ascending asset, one for each asset of the portfolio; NaN where there is none.
Result<std::vector<Forecast>> arrange(const std::vector<Forecast>& forecasts,
                                      const std::vector<AssetId>& assets) {
  std::vector<Forecast> sorted = forecasts;
  std::sort(sorted.begin(), sorted.end(),
            [](const Forecast& a, const Forecast& b) { return a.asset < b.asset; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].asset == sorted[i - 1].asset) {
      return Error{
          ErrorCode::kInvalidArgument,
          fmt::format("process: asset {} has two forecasts, needed one", sorted[i].asset.value)};
    }
  }
  std::vector<Forecast> result;
  result.reserve(assets.size());
  std::size_t used = 0;
  for (const AssetId asset : assets) {
    if (used < sorted.size() && sorted[used].asset == asset) {
      result.push_back(sorted[used++]);
    } else if (used < sorted.size() && sorted[used].asset < asset) {
      break;
    } else {
      result.push_back({.asset = asset, .prediction = kNaN, .volatility = kNaN, .spread = kNaN});
    }
  }
  if (used < sorted.size()) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("process: a forecast is of asset {}, which is not in the universe of {} assets",
                    sorted[used].asset.value, assets.size())};
  }
  return result;
}

Result<std::vector<Order>> make_orders(const TraderSettings& settings,
                                       const std::vector<Target>& targets, Timestamp now,
                                       std::int64_t& next_order_id) {
  std::vector<Order> orders;
  const Timestamp deadline = floor_to(now, settings.order_duration) + settings.order_duration;
  for (const Target& row : targets) {
    if (!std::isfinite(row.order_shares) || row.order_shares == 0.0) {
      continue;
    }
    Order order;
    order.order_id = next_order_id++;
    order.creation_timestamp = now;
    order.asset_id = row.input.asset_id;
    order.type = settings.order_type;
    order.start_timestamp = now;
    order.end_timestamp = deadline;
    order.curr_num_shares = row.input.holdings_shares;
    order.diff_num_shares = row.order_shares;
    order.zone = settings.zone;
    if (settings.order_type == "limit") {
      const double side = order.diff_num_shares > 0.0 ? 1.0 : -1.0;
      set_limit_price(order, row.input.price * (1.0 - side * settings.limit_offset_bps * 1e-4));
    }
    TIEOUT_CHECK(check_order(order));
    orders.push_back(std::move(order));
  }
  return orders;
}

std::vector<TargetInput> target_inputs(const Portfolio& portfolio, const Snapshot& snapshot,
                                       const std::vector<Forecast>& forecasts) {
  std::vector<TargetInput> inputs;
  inputs.reserve(forecasts.size());
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    inputs.push_back({.asset_id = portfolio.assets()[i],
                      .holdings_shares = snapshot.holdings_shares[i],
                      .price = snapshot.price[i],
                      .holdings_notional = snapshot.holdings_notional[i],
                      .prediction = forecasts[i].prediction,
                      .volatility = forecasts[i].volatility,
                      .spread = forecasts[i].spread});
  }
  return inputs;
}

// What the trade filter needs to know, read only when it asks.
Status add_traded_notionals(const TraderSettings& settings, const AsOf& as_of, PriceSource& prices,
                            std::vector<TargetInput>& inputs) {
  if (!settings.targets.filter.needs_volume()) {
    return {};
  }
  std::vector<AssetId> assets;
  for (const TargetInput& input : inputs) {
    assets.push_back(input.asset_id);
  }
  TIEOUT_TRY(
      const std::vector<double> traded,
      traded_notionals(settings.targets.filter, settings.columns.price, assets, as_of, prices));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].traded_notional = traded[i];
  }
  return {};
}

}  // namespace

struct Trader::Impl {
  TraderSettings settings;
  TimeGrid grid;
  State state;
  std::unique_ptr<Broker> broker;

  Status check_instants(Timestamp bar, Timestamp now) const;
  BarDecisions::Action action_of(Timestamp bar, Timestamp now) const;
  Status check_costs(const std::vector<Fill>& fills) const;
  std::vector<double> book_funding(const Portfolio& portfolio, Timestamp now,
                                   const std::vector<double>& prices,
                                   BarDecisions& decisions) const;
  Result<Snapshot> mark(State& next, Timestamp now, const AsOf& as_of, PriceSource& prices,
                        BarDecisions& decisions) const;
  Result<BarDecisions> run(Timestamp bar, Timestamp now, const AsOf& as_of,
                           const std::vector<Forecast>* forecasts, PriceSource& prices);
  Result<BarDecisions> decide(State& next, Timestamp bar, Timestamp now, const AsOf& as_of,
                              const std::vector<Forecast>* forecasts, PriceSource& prices);
};

Status Trader::Impl::check_instants(Timestamp bar, Timestamp now) const {
  const auto refuse = [bar, now](std::string_view needed) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("process: bar {} at {}: needed {}", to_iso(bar), to_iso(now), needed)};
  };
  if (!grid.contains(bar)) {
    return refuse(fmt::format("a bar that is a multiple of {}", to_period(grid.period)));
  }
  if (now < bar) {
    return refuse("an instant at or after the bar");
  }
  if (state.last_bar && bar <= *state.last_bar) {
    return refuse(fmt::format("a bar after {}", to_iso(*state.last_bar)));
  }
  const auto& last = state.portfolio.last();
  if (last && now <= last->timestamp) {
    return refuse(fmt::format("an instant after {}", to_iso(last->timestamp)));
  }
  return {};
}

BarDecisions::Action Trader::Impl::action_of(Timestamp bar, Timestamp now) const {
  using Action = BarDecisions::Action;
  if (now > bar + settings.order_duration) {
    return Action::kTooLate;
  }
  const Duration time_of_day = local_time_of_day(bar, settings.zone);
  const bool weekend = local_weekday(bar, settings.zone) >= 5;
  if ((settings.remove_weekends && weekend) ||
      (settings.hours && !settings.hours->contains(time_of_day))) {
    return Action::kOutsideTradingHours;
  }
  const bool liquidate = settings.liquidate_at_trading_end_time && settings.hours &&
                         time_of_day >= settings.hours->trading_end;
  return liquidate ? Action::kLiquidated : Action::kTraded;
}

// A fee that no column shows would leave the cash unexplained.
Status Trader::Impl::check_costs(const std::vector<Fill>& fills) const {
  for (const Fill& fill : fills) {
    if (fill.fee != 0.0 && !broker->has_costs()) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("process: fill {} has a fee of {}, and its broker has no costs",
                               fill.fill_id, format_double(fill.fee))};
    }
  }
  return {};
}

// What the holdings before this bar's fills cost by the rates since the last snapshot, at the price
// of this bar, or of the last one where this bar has none.
std::vector<double> Trader::Impl::book_funding(const Portfolio& portfolio, Timestamp now,
                                               const std::vector<double>& prices,
                                               BarDecisions& decisions) const {
  const std::optional<Snapshot>& last = portfolio.last();
  if (!settings.funding || !last) {
    return {};
  }
  const std::vector<AssetId>& assets = portfolio.assets();
  std::vector<double> paid(assets.size(), 0.0);
  const auto first = std::upper_bound(
      settings.funding->begin(), settings.funding->end(), last->timestamp,
      [](Timestamp instant, const FundingRate& rate) { return instant < rate.timestamp; });
  for (auto rate = first; rate != settings.funding->end() && rate->timestamp <= now; ++rate) {
    const auto asset = std::lower_bound(assets.begin(), assets.end(), rate->asset_id);
    const auto i = static_cast<std::size_t>(asset - assets.begin());
    const double price = std::isnan(prices[i]) ? last->price[i] : prices[i];
    const double amount = portfolio.holdings_shares()[i] * price * rate->rate;
    if (std::isnan(amount)) {
      decisions.notes.push_back(fmt::format("asset {}: no price for the funding at {}: not booked",
                                            rate->asset_id.value, to_iso(rate->timestamp)));
      continue;
    }
    paid[i] += amount;
    decisions.funding.push_back(*rate);
  }
  return paid;
}

// Collect what was filled since the last bar and value the books.
Result<Snapshot> Trader::Impl::mark(State& next, Timestamp now, const AsOf& as_of,
                                    PriceSource& prices, BarDecisions& decisions) const {
  TIEOUT_TRY(auto collected, broker->collect(now, as_of, prices));
  for (const OrderEvent& event : collected.events) {
    decisions.notes.push_back(to_text(event));
  }
  decisions.notes.insert(decisions.notes.end(), collected.notes.begin(), collected.notes.end());
  TIEOUT_CHECK(check_costs(collected.fills));
  TIEOUT_TRY(
      const std::vector<double> values,
      mark_prices(settings.pricing, next.portfolio.assets(), as_of, prices, decisions.notes));
  const std::vector<double> funding = book_funding(next.portfolio, now, values, decisions);
  TIEOUT_TRY(Snapshot snapshot, next.portfolio.mark(now, collected.fills, values, funding));
  TIEOUT_CHECK(broker->valued(next.portfolio.assets(), values, now));
  const auto costs = broker->has_costs() || settings.funding ? tables::CostColumns::kYes
                                                             : tables::CostColumns::kNo;
  decisions.fills = tables::fills(collected.fills, costs);
  if (broker->makes_child_orders()) {
    decisions.child_orders = child_order_table(collected.child_orders);
  }
  decisions.order_events = order_event_table(collected.events);
  decisions.portfolio = tables::portfolio(next.portfolio.assets(), snapshot, costs);
  decisions.statistics = tables::statistics(snapshot, costs);
  return snapshot;
}

// One bar as a transaction of the broker and of the state.
Result<BarDecisions> Trader::Impl::run(Timestamp bar, Timestamp now, const AsOf& as_of,
                                       const std::vector<Forecast>* forecasts,
                                       PriceSource& prices) {
  TIEOUT_CHECK(check_instants(bar, now));
  State next = state;
  TIEOUT_CHECK(broker->begin(bar));
  Result<BarDecisions> decisions = decide(next, bar, now, as_of, forecasts, prices);
  if (!decisions.ok()) {
    TIEOUT_CHECK(broker->rollback());
    return decisions;
  }
  TIEOUT_CHECK(broker->commit());
  state = std::move(next);
  return decisions;
}

Result<BarDecisions> Trader::Impl::decide(State& next, Timestamp bar, Timestamp now,
                                          const AsOf& as_of, const std::vector<Forecast>* forecasts,
                                          PriceSource& prices) {
  using Action = BarDecisions::Action;
  std::vector<Forecast> arranged;
  if (forecasts != nullptr) {
    TIEOUT_TRY(arranged, arrange(*forecasts, state.portfolio.assets()));
  }
  BarDecisions decisions;
  decisions.action = forecasts == nullptr ? Action::kMarkedOnly : action_of(bar, now);
  if (!state.last_bar) {
    decisions.notes = settings.notes;
  }
  next.last_bar = bar;
  TIEOUT_TRY(const Snapshot snapshot, mark(next, now, as_of, prices, decisions));
  std::vector<Target> targets;
  if (decisions.action == Action::kTraded || decisions.action == Action::kLiquidated) {
    const auto liquidation =
        decisions.action == Action::kLiquidated ? Liquidation::kYes : Liquidation::kNo;
    std::vector<TargetInput> inputs = target_inputs(next.portfolio, snapshot, arranged);
    TIEOUT_CHECK(add_traded_notionals(settings, as_of, prices, inputs));
    TIEOUT_TRY(TargetDecision decided, decide_targets(settings.targets, inputs, liquidation));
    targets = std::move(decided.targets);
    decisions.notes.insert(decisions.notes.end(), decided.notes.begin(), decided.notes.end());
    TIEOUT_TRY(decisions.submitted, make_orders(settings, targets, now, next.next_order_id));
    TIEOUT_CHECK(broker->submit(decisions.submitted, now));
  } else if (decisions.action == Action::kTooLate) {
    decisions.notes.push_back(
        fmt::format("bar {} is processed at {}, later than {} after it: nothing is decided",
                    to_iso(bar), to_iso(now), to_period(settings.order_duration)));
  }
  decisions.target_positions = tables::target_positions(
      targets, now,
      std::holds_alternative<analytics::SinglePeriodOptions>(settings.targets.optimizer)
          ? tables::TargetOrder::kSharesFirst
          : tables::TargetOrder::kNotionalFirst,
      settings.apply_exchange_limits ? tables::LimitColumns::kYes : tables::LimitColumns::kNo);
  decisions.orders = tables::orders(decisions.submitted);
  return decisions;
}

std::string_view to_string(BarDecisions::Action action) noexcept {
  switch (action) {
    case BarDecisions::Action::kTraded:
      return "traded";
    case BarDecisions::Action::kOutsideTradingHours:
      return "outside_trading_hours";
    case BarDecisions::Action::kLiquidated:
      return "liquidated";
    case BarDecisions::Action::kTooLate:
      return "too_late";
    case BarDecisions::Action::kMarkedOnly:
      break;
  }
  return "marked_only";
}

Trader::Trader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trader::~Trader() = default;
Trader::Trader(Trader&&) noexcept = default;
Trader& Trader::operator=(Trader&&) noexcept = default;

Result<Trader> Trader::create(const config::Config& config, const Universe& universe, Duration bar,
                              const TraderOptions& options, std::unique_ptr<Broker> broker) {
  TIEOUT_TRY(TraderSettings settings, read_trader_settings(config, options));
  return create(std::move(settings), universe, bar, std::move(broker));
}

Result<Trader> Trader::create(TraderSettings settings, const Universe& universe, Duration bar,
                              std::unique_ptr<Broker> broker) {
  if (bar.ns <= 0) {
    return Error{ErrorCode::kInvalidArgument, "trader: the bar must be longer than nothing"};
  }
  TIEOUT_CHECK(check_settings(settings, universe));
  TIEOUT_TRY(Portfolio portfolio,
             Portfolio::create(universe.ids(), settings.initial_holdings, settings.initial_cash));
  if (broker == nullptr) {
    TIEOUT_TRY(broker, make_broker(settings.broker, settings.columns, settings.twap));
  }
  return Trader(std::make_unique<Impl>(
      Impl{.settings = std::move(settings),
           .grid = TimeGrid{bar},
           .state = State{.portfolio = std::move(portfolio), .next_order_id = 0, .last_bar = {}},
           .broker = std::move(broker)}));
}

Result<BarDecisions> Trader::process(Timestamp bar, Timestamp now, const AsOf& as_of,
                                     const std::vector<Forecast>& forecasts, PriceSource& prices) {
  return impl_->run(bar, now, as_of, &forecasts, prices);
}

Result<BarDecisions> Trader::mark_only(Timestamp bar, Timestamp now, const AsOf& as_of,
                                       PriceSource& prices) {
  return impl_->run(bar, now, as_of, nullptr, prices);
}

ExecutionMode Trader::execution_mode() const noexcept {
  return impl_->settings.execution_mode;
}

std::vector<std::string> Trader::closing_notes() const {
  std::vector<std::string> notes;
  std::string open;
  for (const auto& [asset, shares] : impl_->broker->open_shares()) {
    open += fmt::format("{}{} shares of asset {}", open.empty() ? "" : ", ", format_double(shares),
                        asset.value);
  }
  if (!open.empty()) {
    notes.push_back("ordered, not filled and in no books: " + open);
  }
  for (std::string& line : impl_->broker->summary()) {
    notes.push_back(std::move(line));
  }
  return notes;
}

bool Trader::makes_child_orders() const noexcept {
  return impl_->broker->makes_child_orders();
}

Hash128 Trader::state_hash() const {
  const Portfolio& portfolio = impl_->state.portfolio;
  Hasher hasher;
  hasher.add_f64(portfolio.cash());
  for (std::size_t i = 0; i < portfolio.assets().size(); ++i) {
    hasher.add_i64(portfolio.assets()[i].value);
    hasher.add_f64(portfolio.holdings_shares()[i]);
  }
  return hasher.digest();
}

}  // namespace tieout::oms
