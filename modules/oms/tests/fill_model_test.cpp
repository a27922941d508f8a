// What the fill model does to an order, and the order types that look at whole bars.

#include "tieout/oms/fill_model.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/oms/make_broker.hpp"
#include "tieout/oms/paper_broker.hpp"

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

using Kind = OrderEvent::Kind;
using testing::HasSubstr;

constexpr AssetId kAsset{101};
const Timestamp kOpen = at("2000-01-01 09:30:00-05:00");

struct MinuteBar {
  double open, high, low, close, volume;
};
// The bars that end at 9:31 to 9:35.
constexpr MinuteBar kBars[] = {{100.0, 101.0, 99.0, 100.5, 10.0},
                               {100.5, 102.0, 100.0, 101.0, 20.0},
                               {101.0, 103.0, 98.0, 99.0, 30.0},
                               {99.0, 100.0, 97.0, 98.0, 0.0},
                               {98.0, 99.0, 96.0, 97.0, 40.0}};

FakePrices minute_bars() {
  FakePrices prices;
  for (int i = 0; i < 5; ++i) {
    const Timestamp end = kOpen + minutes(i + 1);
    prices.add("open", kAsset, end, kBars[i].open);
    prices.add("high", kAsset, end, kBars[i].high);
    prices.add("low", kAsset, end, kBars[i].low);
    prices.add("close", kAsset, end, kBars[i].close);
    prices.add("volume", kAsset, end, kBars[i].volume);
  }
  return prices;
}

Order order_of(std::string type, double shares, std::int64_t id = 0) {
  Order order;
  order.order_id = id;
  order.asset_id = kAsset;
  order.type = std::move(type);
  order.creation_timestamp = order.start_timestamp = kOpen;
  order.end_timestamp = kOpen + minutes(5);
  order.diff_num_shares = shares;
  return order;
}

Order limit_order(double shares, double price) {
  Order order = order_of("limit", shares);
  set_limit_price(order, price);
  return order;
}

Broker::Collected run(const FillModel& model, const std::vector<Order>& orders,
                      Duration until = minutes(5)) {
  FakePrices prices = minute_bars();
  PaperBroker broker({}, model);
  const Status taken = broker.submit(orders, kOpen);
  EXPECT_TRUE(taken.ok()) << taken.error().message;
  const Timestamp now = kOpen + until;
  auto collected = broker.collect(now, {now}, prices);
  EXPECT_TRUE(collected.ok()) << collected.error().message;
  return std::move(collected).value();
}

struct TypeCase {
  const char* name;
  std::function<Order()> order;
  double price;  // NaN: not filled
  Liquidity liquidity;
};
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class OrderTypes : public testing::TestWithParam<TypeCase> {};

TEST_P(OrderTypes, TradeWhereTheBarsAllowIt) {
  FillModel on;
  on.taker_fee_bps = 1.0;  // Liquidity is said when there is a model.
  const auto collected = run(on, {GetParam().order()});
  if (std::isnan(GetParam().price)) {
    EXPECT_TRUE(collected.fills.empty());
    ASSERT_EQ(collected.events.size(), 1U);
    EXPECT_EQ(collected.events[0].kind, Kind::kExpired);
    return;
  }
  ASSERT_EQ(collected.fills.size(), 1U) << to_text(collected.events.at(0));
  EXPECT_DOUBLE_EQ(collected.fills[0].price, GetParam().price);
  EXPECT_EQ(collected.fills[0].liquidity, GetParam().liquidity);
  EXPECT_EQ(collected.fills[0].timestamp, kOpen + minutes(5));
}

Order late(Order order, Duration by) {
  order.start_timestamp = order.start_timestamp + by;
  return order;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, OrderTypes,
    testing::Values(
        // (100.5 x 10 + 101 x 20 + 99 x 30 + 97 x 40) / 100
        TypeCase{"vwap", [] { return order_of("price@vwap", 1.0); }, 98.75, Liquidity::kTaker},
        TypeCase{"market_trades_at_the_first_open", [] { return order_of("market", 1.0); }, 100.0,
                 Liquidity::kTaker},
        TypeCase{"market_waits_for_a_bar_that_begins_after_it",
                 [] { return late(order_of("market", 1.0), seconds(1)); }, 100.5,
                 Liquidity::kTaker},
        TypeCase{"market_without_such_a_bar_expires",
                 [] { return late(order_of("market", 1.0), minutes(4) + seconds(1)); }, kNan,
                 Liquidity::kUnknown},
        TypeCase{"limit_that_is_marketable_takes_the_open", [] { return limit_order(1.0, 100.0); },
                 100.0, Liquidity::kTaker},
        TypeCase{"limit_rests_until_a_bar_trades_through", [] { return limit_order(1.0, 98.5); },
                 98.5, Liquidity::kMaker},
        TypeCase{"limit_that_is_only_touched_rests", [] { return limit_order(1.0, 96.0); }, kNan,
                 Liquidity::kUnknown},
        TypeCase{"sell_limit_above_is_a_maker", [] { return limit_order(-1.0, 102.5); }, 102.5,
                 Liquidity::kMaker},
        TypeCase{"sell_limit_out_of_reach", [] { return limit_order(-1.0, 103.0); }, kNan,
                 Liquidity::kUnknown},
        TypeCase{"sell_limit_below_takes_the_open", [] { return limit_order(-1.0, 99.0); }, 100.0,
                 Liquidity::kTaker}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(FillModel, OffIsTheReference) {
  const auto collected = run({}, {order_of("price@end", 2.0)});
  EXPECT_THAT(collected.fills,
              testing::ElementsAre(Fill{0, 0, kAsset, kOpen + minutes(5), 2.0, 97.0}));
  EXPECT_TRUE(collected.events.empty());
}

struct CostCase {
  const char* name;
  void (*set)(FillModel&);
  const char* type;
  double shares;
  double price, fee;
};
class Costs : public testing::TestWithParam<CostCase> {};

TEST_P(Costs, AreThoseOfTheRule) {
  FillModel model;
  GetParam().set(model);
  const auto fills = run(model, {order_of(GetParam().type, GetParam().shares)}).fills;
  ASSERT_EQ(fills.size(), 1U);
  EXPECT_DOUBLE_EQ(fills[0].price, GetParam().price);
  EXPECT_DOUBLE_EQ(fills[0].fee, GetParam().fee);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Costs,
    testing::Values(CostCase{"taker_fee", [](FillModel& m) { m.taker_fee_bps = 10.0; }, "price@end",
                             -3.0, 97.0, 3.0 * 97.0 * 10e-4},
                    CostCase{"minimum_fee", [](FillModel& m) { m.minimum_fee = 5.0; }, "price@end",
                             1.0, 97.0, 5.0},
                    CostCase{"buyer_slips_up", [](FillModel& m) { m.slippage_bps = 100.0; },
                             "price@end", 1.0, 97.97, 0.0},
                    CostCase{"seller_slips_down", [](FillModel& m) { m.slippage_bps = 100.0; },
                             "price@end", -1.0, 96.03, 0.0},
                    // Volume of the window is 100: participation 0.25, its root 0.5.
                    CostCase{"impact_grows_with_the_root",
                             [](FillModel& m) { m.impact_bps = 200.0; }, "price@end", 25.0, 97.97,
                             0.0},
                    CostCase{"clamp_holds_the_price_in_the_bar",
                             [](FillModel& m) {
                               m.slippage_bps = 1000.0;
                               m.clamp_to_bar = true;
                             },
                             "price@end", 1.0, 99.0, 0.0},
                    CostCase{"latency_moves_the_window",
                             [](FillModel& m) { m.latency = minutes(3); }, "price@twap", 1.0, 97.5,
                             0.0}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(FillModel, ALimitHoldsUnderSlippage) {
  FillModel model;
  model.slippage_bps = 100.0;
  EXPECT_EQ(run(model, {limit_order(1.0, 100.25)}).fills.at(0).price, 100.25);
}

TEST(FillModel, AMakerPaysItsOwnFeeAndDoesNotSlip) {
  FillModel model;
  model.maker_fee_bps = -1.0;
  model.taker_fee_bps = 5.0;
  model.slippage_bps = 50.0;
  const Fill fill = run(model, {limit_order(2.0, 98.5)}).fills.at(0);
  EXPECT_EQ(fill.price, 98.5);
  EXPECT_DOUBLE_EQ(fill.fee, -2.0 * 98.5 * 1e-4) << "a rebate";
}

TEST(FillModel, WhatExceedsTheCapExpires) {
  FillModel model;
  model.participation_cap = 0.1;
  const auto collected = run(model, {order_of("price@end", -25.0)});
  ASSERT_EQ(collected.fills.size(), 1U);
  EXPECT_DOUBLE_EQ(collected.fills[0].num_shares, -10.0);
  ASSERT_EQ(collected.events.size(), 2U);
  EXPECT_EQ(collected.events[0].kind, Kind::kPartial);
  EXPECT_EQ(collected.events[1].kind, Kind::kExpired);
  EXPECT_DOUBLE_EQ(collected.events[0].num_shares + collected.events[1].num_shares, -25.0);
  EXPECT_THAT(to_text(collected.events[0]), HasSubstr("0.1 of a volume of 100.0"));
}

TEST(FillModel, WhatIsLeftIsCarriedAndThenExpires) {
  FillModel model;
  model.participation_cap = 0.5;
  model.carry_windows = 2;
  FakePrices prices = minute_bars();
  prices.add("close", kAsset, kOpen + minutes(10), 90.0);
  prices.add("volume", kAsset, kOpen + minutes(10), 20.0);
  PaperBroker broker({}, model);
  ASSERT_TRUE(broker.submit({order_of("price@end", 100.0)}, kOpen).ok());
  const Timestamp now = kOpen + minutes(60);
  const auto collected = broker.collect(now, {now}, prices).value();
  ASSERT_EQ(collected.fills.size(), 2U);
  EXPECT_DOUBLE_EQ(collected.fills[0].num_shares, 50.0);
  EXPECT_DOUBLE_EQ(collected.fills[1].num_shares, 10.0);
  EXPECT_EQ(collected.fills[1].timestamp, kOpen + minutes(10));
  EXPECT_EQ(collected.fills[1].order_id, collected.fills[0].order_id);
  ASSERT_FALSE(collected.events.empty());
  EXPECT_EQ(collected.events.back().kind, Kind::kExpired);
  EXPECT_DOUBLE_EQ(collected.events.back().num_shares, 40.0);
  EXPECT_EQ(broker.pending_count(), 0U);
}

TEST(FillModel, ANewerOrderReplacesWhatIsCarried) {
  FillModel model;
  model.participation_cap = 0.5;
  model.carry_windows = 9;
  FakePrices prices = minute_bars();
  PaperBroker broker({}, model);
  ASSERT_TRUE(broker.submit({order_of("price@end", 100.0)}, kOpen).ok());
  const Timestamp first = kOpen + minutes(5);
  ASSERT_EQ(broker.collect(first, {first}, prices).value().events.back().kind, Kind::kCarried);
  Order newer = order_of("price@end", 1.0, 7);
  newer.creation_timestamp = newer.start_timestamp = first;
  newer.end_timestamp = first + minutes(5);
  ASSERT_TRUE(broker.submit({newer}, first).ok());
  EXPECT_EQ(broker.pending_count(), 1U);
  const auto collected = broker.collect(first, {first}, prices).value();
  ASSERT_EQ(collected.events.size(), 1U);
  EXPECT_EQ(collected.events[0].kind, Kind::kReplaced);
  EXPECT_EQ(collected.events[0].order_id, 0);
  EXPECT_DOUBLE_EQ(collected.events[0].num_shares, 50.0);
}

/// What one order came to, window by window.
struct Worked {
  std::vector<double> parts;
  double ended = 0.0;  // replaced or expired
  std::vector<double> carried;
};
Worked work(double shares, double cap, int windows, std::optional<int> decimals) {
  FillModel model;
  model.participation_cap = cap;
  model.carry_windows = windows;
  std::map<AssetId, int> lots;
  if (decimals) {
    lots[kAsset] = *decimals;
  }
  FakePrices prices = minute_bars();
  for (int i = 5; i < 40; ++i) {
    const Timestamp end = kOpen + minutes(i + 1);
    prices.add("open", kAsset, end, 97.0);
    prices.add("high", kAsset, end, 98.0);
    prices.add("low", kAsset, end, 96.0);
    prices.add("close", kAsset, end, 97.0);
    prices.add("volume", kAsset, end, 10.0 + i);
  }
  PaperBroker broker({}, model, lots);
  EXPECT_TRUE(broker.submit({order_of("price@twap", shares)}, kOpen).ok());
  const Timestamp now = kOpen + minutes(40);
  const auto collected = broker.collect(now, {now}, prices).value();
  Worked worked;
  for (const Fill& fill : collected.fills) {
    worked.parts.push_back(fill.num_shares);
  }
  for (const OrderEvent& event : collected.events) {
    if (event.kind == Kind::kCarried) {
      worked.carried.push_back(event.num_shares);
    } else if (event.kind != Kind::kPartial) {
      worked.ended += event.num_shares;
    }
  }
  return worked;
}

/// Whether it is a decimal of so many places, to the bit.
bool is_whole_lots(double shares, int decimals) {
  return round_decimals(shares, decimals) == shares;
}

TEST(FillModel, PartsAreWholeLotsAndTheRestStaysOpen) {
  Random random(29);
  std::size_t parts = 0;
  for (int round = 0; round < 400; ++round) {
    const int decimals = static_cast<int>(random.uniform() * 5.0) - 1;  // lots of 10 to 0.001
    const double lot = std::pow(10.0, -decimals);
    const double shares = round_decimals(400.0 * (random.uniform() - 0.5), decimals);
    const double cap = 0.01 + 0.3 * random.uniform();
    const int windows = static_cast<int>(random.uniform() * 4.0);
    if (shares == 0.0) {
      continue;
    }
    SCOPED_TRACE(
        fmt::format("{} shares, {} decimals, cap {}, {} windows", shares, decimals, cap, windows));
    const Worked lots = work(shares, cap, windows, decimals);
    double filled = 0.0;
    for (const double part : lots.parts) {
      EXPECT_TRUE(is_whole_lots(part, decimals)) << part;
      EXPECT_GT(part * shares, 0.0) << "of the order's side";
      filled += part;
    }
    for (const double carried : lots.carried) {
      EXPECT_TRUE(is_whole_lots(carried, decimals)) << carried;
    }
    EXPECT_TRUE(is_whole_lots(lots.ended, decimals)) << lots.ended;
    EXPECT_NEAR(filled + lots.ended, shares, 1e-9 * std::abs(shares)) << "no share is lost";
    // A window fills at most a lot less than it would without lots, and never more.
    const Worked exact = work(shares, cap, 0, {});
    const Worked cut = work(shares, cap, 0, decimals);
    const double most = exact.parts.empty() ? 0.0 : std::abs(exact.parts[0]);
    const double part = cut.parts.empty() ? 0.0 : std::abs(cut.parts[0]);
    EXPECT_LE(part, most * (1.0 + 1e-12));
    EXPECT_GE(part, most - lot * (1.0 + 1e-9));
    parts += lots.parts.size();
  }
  EXPECT_GT(parts, 200U);
}

TEST(FillModel, TheConfiguredBrokerKnowsTheLots) {
  BrokerSettings settings;
  settings.fill_model.participation_cap = 0.055;  // 5.5 of a volume of 100
  settings.share_decimals[kAsset] = 0;
  FakePrices prices = minute_bars();
  const auto broker = make_broker(settings, {}).value();
  ASSERT_TRUE(broker->submit({order_of("price@twap", 50.0)}, kOpen).ok());
  const Timestamp now = kOpen + minutes(5);
  const auto collected = broker->collect(now, {now}, prices).value();
  ASSERT_EQ(collected.fills.size(), 1U);
  EXPECT_EQ(collected.fills[0].num_shares, 5.0);
}

TEST(FillModel, APartOfLessThanALotIsNotFilled) {
  const Worked worked = work(100.0, 0.05, 0, -1);  // 5 of a volume of 100, lots of 10
  EXPECT_TRUE(worked.parts.empty());
  EXPECT_EQ(worked.ended, 100.0);
}

TEST(FillModel, AnOrderThatIsNotOfWholeLotsKeepsItsResidue) {
  const Worked worked = work(80.07000000000001, 0.3, 0, 0);  // a liquidation: 30 of 100
  ASSERT_EQ(worked.parts.size(), 1U);
  EXPECT_EQ(worked.parts[0], 30.0);
  EXPECT_EQ(worked.ended, 80.07000000000001 - 30.0);
}

TEST(FillModel, WithoutVolumeACappedOrderExpires) {
  FillModel model;
  model.participation_cap = 0.5;
  Order order = late(order_of("price@twap", 1.0), minutes(3));
  order.end_timestamp = kOpen + minutes(4);
  const auto collected = run(model, {order});
  EXPECT_TRUE(collected.fills.empty());
  EXPECT_THAT(to_text(collected.events.at(0)), HasSubstr("the volume of its window is 0.0"));
}

TEST(FillModel, AnOrderThatArrivesAfterItsEndExpires) {
  FillModel model;
  model.latency = minutes(5);
  const auto collected = run(model, {order_of("price@end", 1.0)});
  EXPECT_TRUE(collected.fills.empty());
  EXPECT_THAT(to_text(collected.events.at(0)), HasSubstr("it arrived at"));
}

TEST(FillModel, DrawsDependOnSeedOrderAndPurposeAlone) {
  FillModel model;
  model.seed = 3;
  model.reject_probability = 0.5;
  model.latency_jitter = seconds(1);
  const auto rejected = [](const FillModel& m, const std::vector<std::int64_t>& ids) {
    std::vector<Order> orders;
    for (const std::int64_t id : ids) {
      orders.push_back(order_of("price@end", 1.0, id));
    }
    std::set<std::int64_t> result;
    for (const OrderEvent& event : run(m, orders).events) {
      EXPECT_EQ(event.kind, Kind::kRejected);
      EXPECT_EQ(event.num_shares, 1.0);
      result.insert(event.order_id);
    }
    return result;
  };
  const auto forward = rejected(model, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(forward, rejected(model, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
  EXPECT_GT(forward.size(), 0U);
  EXPECT_LT(forward.size(), 10U);
  for (std::int64_t id = 0; id < 10; ++id) {
    EXPECT_EQ(rejected(model, {id}).count(id), forward.count(id));
    EXPECT_GE(model.arrival(id, kOpen), kOpen);
    EXPECT_LT(model.arrival(id, kOpen), kOpen + seconds(1));
  }
  FillModel other = model;
  other.seed = 4;
  EXPECT_NE(forward, rejected(other, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_NE(model.arrival(0, kOpen), other.arrival(0, kOpen));
}

TEST(FillModel, ALimitOrderWithoutAUsableLimitIsRefused) {
  PaperBroker broker(PriceColumns{}, FillModel{});
  EXPECT_THAT(broker.submit({order_of("limit", 1.0)}, kOpen).error().message,
              HasSubstr("needed extra_params['limit_price']"));
  EXPECT_EQ(broker.submit({limit_order(1.0, -1.0)}, kOpen).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(broker.pending_count(), 0U);
}

TEST(FillModel, EveryKeyHasItsRange) {
  const std::pair<const char*, void (*)(FillModel&)> bad[] = {
      {"maker_fee_bps", [](FillModel& m) { m.maker_fee_bps = kNan; }},
      {"taker_fee_bps", [](FillModel& m) { m.taker_fee_bps = -1.0; }},
      {"minimum_fee", [](FillModel& m) { m.minimum_fee = -0.1; }},
      {"slippage_bps", [](FillModel& m) { m.slippage_bps = 5001.0; }},
      {"impact_bps", [](FillModel& m) { m.impact_bps = -1.0; }},
      {"latency_in_ms", [](FillModel& m) { m.latency = -seconds(1); }},
      {"latency_jitter_in_ms", [](FillModel& m) { m.latency_jitter = days(2); }},
      {"participation_cap", [](FillModel& m) { m.participation_cap = 0.0; }},
      {"carry_windows", [](FillModel& m) { m.carry_windows = -1; }},
      {"reject_probability", [](FillModel& m) { m.reject_probability = 1.5; }}};
  EXPECT_TRUE(check_fill_model({}).ok());
  for (const auto& [key, set] : bad) {
    FillModel model;
    set(model);
    const Status status = check_fill_model(model);
    ASSERT_FALSE(status.ok()) << key;
    EXPECT_THAT(status.error().message, HasSubstr(std::string("fill_model.") + key));
  }
}

}  // namespace
}  // namespace tieout::oms
