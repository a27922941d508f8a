#include "tieout/oms/twap_broker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/oms/make_broker.hpp"
#include "tieout/oms/process_forecasts.hpp"

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr AssetId kEth{1464553467};
constexpr AssetId kBtc{1467591036};
const Timestamp kBar = at("2023-08-15 10:35:00-04:00");
const Timestamp kEnd = kBar + minutes(5);

std::vector<std::int64_t> ids_of(const WavePlan& plan) {
  std::vector<std::int64_t> ids;
  for (const Wave& wave : plan.waves) {
    ids.push_back(wave.id);
  }
  return ids;
}

TEST(WavePlan, KeepsTheLastWaveForCollecting) {
  const WavePlan plan = plan_waves(kBar + milliseconds(100), kEnd, minutes(1));
  EXPECT_EQ(plan.wave_count, 5);
  ASSERT_EQ(plan.waves.size(), 4U);
  EXPECT_EQ(plan.waves[0], (Wave{0, kBar + milliseconds(100), kBar + minutes(1)}));
  EXPECT_EQ(plan.waves[3], (Wave{3, kBar + minutes(3), kBar + minutes(4)}));
  EXPECT_TRUE(plan.skipped.empty());
}

TEST(WavePlan, SkipsTheWavesThatHavePassed) {
  // 57 s into the minute: 3 s are left of wave 0.
  const WavePlan late = plan_waves(kBar + seconds(57), kEnd, minutes(1));
  EXPECT_THAT(ids_of(late), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(late.skipped, testing::ElementsAre(0));
  EXPECT_EQ(late.waves[0].start, kBar + minutes(1));
  // 44 s into the minute, waves of 10 s: 0 to 3 have passed, 6 s are left of wave 4.
  const WavePlan fine = plan_waves(kBar + seconds(44), kEnd, seconds(10));
  EXPECT_EQ(fine.wave_count, 30);
  EXPECT_EQ(fine.waves.front(), (Wave{4, kBar + seconds(44), kBar + seconds(50)}));
  EXPECT_EQ(fine.waves.back().id, 28);
  EXPECT_THAT(fine.skipped, testing::ElementsAre(0, 1, 2, 3));
}

TEST(WavePlan, AWindowOfOneWaveHasNone) {
  const WavePlan plan = plan_waves(kBar, kBar + minutes(1), minutes(1));
  EXPECT_TRUE(plan.waves.empty());
  EXPECT_EQ(plan.wave_count, 1);
  EXPECT_TRUE(plan.skipped.empty()) << "the one wave is for collecting";
}

TEST(WavePlan, NoWaveLeavesTheWindowAndIdsAscendByOne) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const Duration periods[] = {seconds(4), seconds(10), seconds(30), minutes(1), seconds(150)};
    const Duration period = periods[seed % 5];
    const Timestamp start = kBar + nanoseconds(static_cast<std::int64_t>(random.uniform() * 299e9));
    const WavePlan plan = plan_waves(start, kEnd, period);
    for (std::size_t i = 0; i < plan.waves.size(); ++i) {
      const Wave& wave = plan.waves[i];
      EXPECT_GE(wave.start, start);
      EXPECT_LE(wave.end, kEnd - period) << "the last wave is reserved";
      EXPECT_GE(wave.end - wave.start, kLeastWave);
      EXPECT_EQ(wave.id, plan.waves[0].id + static_cast<std::int64_t>(i));
      EXPECT_LT(wave.id, plan.wave_count - 1);
    }
    EXPECT_EQ(plan.waves.size() + plan.skipped.size(),
              static_cast<std::size_t>(std::max<std::int64_t>(plan.wave_count - 1, 0)));
  }
}

// Five bars from 10:31 and five from 10:36, all known at their end.
void add_bar(FakePrices& prices, AssetId asset, int minute, double open, double high, double low,
             double close) {
  const Timestamp end = kBar + minutes(minute);
  prices.add("open", asset, end, open);
  prices.add("high", asset, end, high);
  prices.add("low", asset, end, low);
  prices.add("close", asset, end, close);
}

FakePrices flat_market(AssetId asset, double price) {
  FakePrices prices;
  for (int minute = -5; minute <= 5; ++minute) {
    add_bar(prices, asset, minute, price, price, price, price);
  }
  return prices;
}

Order parent(double shares, AssetId asset = kEth, std::int64_t id = 7) {
  Order order;
  order.order_id = id;
  order.asset_id = asset;
  order.type = std::string(kLimitTwap);
  order.creation_timestamp = order.start_timestamp = kBar + milliseconds(100);
  order.end_timestamp = kEnd;
  order.curr_num_shares = 1.5;
  order.diff_num_shares = shares;
  return order;
}

TwapSettings settings_of(ChildQuantity quantity, double passivity = 0.5, int decimals = 3) {
  TwapSettings settings;
  settings.quantity = quantity;
  settings.limit_price = SpreadPriceOptions{.passivity_factor = passivity};
  settings.half_spread_bps = 10.0;
  settings.default_limits.share_decimals = decimals;
  settings.default_limits.price_decimals = 4;
  return settings;
}

Broker::Collected work(const TwapSettings& settings, const std::vector<Order>& parents,
                       FakePrices& prices) {
  TwapBroker broker(settings);
  EXPECT_TRUE(broker.begin(kBar).ok());
  EXPECT_TRUE(broker.submit(parents, kBar + milliseconds(100)).ok());
  EXPECT_TRUE(broker.commit().ok());
  EXPECT_TRUE(broker.begin(kEnd).ok());
  const Timestamp now = kEnd + milliseconds(100);
  Broker::Collected collected = broker.collect(now, {now}, prices).value();
  EXPECT_TRUE(broker.commit().ok());
  EXPECT_EQ(broker.pending_count(), 0U);
  return collected;
}

double filled(const Broker::Collected& collected) {
  double sum = 0.0;
  for (const Fill& fill : collected.fills) {
    sum += fill.num_shares;
  }
  return sum;
}

TEST(TwapBroker, AMarketThatStandsStillFillsNoPassiveChild) {
  FakePrices prices = flat_market(kEth, 100.0);
  // Half way between 99.9 and 100.1 is the close: the open is at the limit, and takes.
  const auto middle = work(settings_of(ChildQuantity::kStatic), {parent(10.0)}, prices);
  ASSERT_EQ(middle.child_orders.size(), 4U);
  EXPECT_EQ(middle.fills.size(), 4U);
  EXPECT_EQ(middle.fills[0].liquidity, Liquidity::kTaker);
  // At the bid nobody comes.
  const auto passive = work(settings_of(ChildQuantity::kStatic, 1.0), {parent(10.0)}, prices);
  EXPECT_TRUE(passive.fills.empty());
  ASSERT_EQ(passive.child_orders.size(), 4U);
  for (const ChildOrder& child : passive.child_orders) {
    EXPECT_EQ(child.status, ChildStatus::kCancelled);
    EXPECT_EQ(child.price.limit_price, 99.9);
    EXPECT_EQ(child.update_timestamp, child.order.end_timestamp);
  }
  ASSERT_EQ(passive.events.size(), 1U);
  EXPECT_EQ(passive.events[0].num_shares, 10.0);
}

TEST(TwapBroker, ATradeThroughTheLimitFillsAtItAndATouchDoesNot) {
  for (const double low : {99.9, 99.89}) {
    FakePrices prices = flat_market(kEth, 100.0);
    add_bar(prices, kEth, 2, 100.0, 100.0, low, 100.0);
    const auto collected = work(settings_of(ChildQuantity::kDynamic, 1.0), {parent(10.0)}, prices);
    if (low == 99.9) {
      EXPECT_TRUE(collected.fills.empty()) << "others may have been before it in the queue";
      continue;
    }
    ASSERT_EQ(collected.fills.size(), 1U);
    EXPECT_EQ(collected.fills[0].price, 99.9);
    EXPECT_EQ(collected.fills[0].num_shares, 10.0);
    EXPECT_EQ(collected.fills[0].order_id, 7) << "the books know the parent";
    EXPECT_EQ(collected.fills[0].timestamp, kBar + minutes(2));
    EXPECT_EQ(collected.fills[0].liquidity, Liquidity::kMaker);
    EXPECT_EQ(collected.child_orders.size(), 2U) << "nothing is left for later waves";
    EXPECT_TRUE(collected.events.empty());
  }
}

TEST(TwapBroker, ASellIsFilledAtItsLimitOrBetter) {
  FakePrices prices = flat_market(kEth, 100.0);
  add_bar(prices, kEth, 1, 100.3, 100.4, 100.2, 100.3);  // opens above the limit
  add_bar(prices, kEth, 2, 100.0, 100.45, 100.0, 100.0);
  const auto collected = work(settings_of(ChildQuantity::kStatic, 1.0), {parent(-10.0)}, prices);
  ASSERT_GE(collected.fills.size(), 2U);
  EXPECT_EQ(collected.child_orders[0].price.limit_price, 100.1);
  EXPECT_EQ(collected.fills[0].price, 100.3) << "better than the limit";
  EXPECT_EQ(collected.fills[0].num_shares, -2.0) << "10 over 5 waves";
  // The second limit is from the close of 100.3: 100.4003.
  EXPECT_EQ(collected.fills[1].price, collected.child_orders[1].price.limit_price);
}

TEST(TwapBroker, StaticLeavesTheLastWaveAndTheRoundingDynamicLeavesNothing) {
  FakePrices prices = flat_market(kEth, 100.0);
  const auto fixed = work(settings_of(ChildQuantity::kStatic, 0.0, 0), {parent(7.3)}, prices);
  EXPECT_EQ(filled(fixed), 4.0) << "floor(7.3 / 5) in 4 waves";
  ASSERT_EQ(fixed.events.size(), 1U);
  EXPECT_NEAR(fixed.events[0].num_shares, 3.3, 1e-12) << "the rest is told";
  const auto dynamic = work(settings_of(ChildQuantity::kDynamic, 0.0, 1), {parent(7.3)}, prices);
  EXPECT_EQ(filled(dynamic), 7.3);
  EXPECT_EQ(dynamic.child_orders.size(), 1U);
  EXPECT_TRUE(dynamic.events.empty());
}

TEST(TwapBroker, ALimitUsesWhatWasKnownAtItsCreationOnly) {
  FakePrices prices = flat_market(kEth, 100.0);
  const auto before = work(settings_of(ChildQuantity::kStatic, 1.0), {parent(10.0)}, prices);
  // A revision of the last bar that is known after wave 0 began, and before it is collected.
  prices.add("close", kEth, kBar, 500.0, kBar + seconds(1));
  const auto after = work(settings_of(ChildQuantity::kStatic, 1.0), {parent(10.0)}, prices);
  EXPECT_EQ(after.child_orders[0].price.exchange_timestamp, kBar - minutes(1));
  EXPECT_EQ(before.child_orders[0].price.exchange_timestamp, kBar);
  EXPECT_EQ(after.child_orders[0].price.latest_bid_price,
            before.child_orders[0].price.latest_bid_price);
  for (const ChildOrder& child : after.child_orders) {
    EXPECT_LE(child.price.knowledge_timestamp, child.order.creation_timestamp);
  }
}

TEST(TwapBroker, WithoutAUsableQuoteTheWaveIsSkippedAndSaysSo) {
  FakePrices prices = flat_market(kEth, 100.0);
  for (int minute = -5; minute <= 0; ++minute) {
    prices.add("close", kEth, kBar + minutes(minute), kNan);
  }
  const auto collected = work(settings_of(ChildQuantity::kStatic, 0.0), {parent(10.0)}, prices);
  ASSERT_EQ(collected.child_orders.size(), 4U);
  EXPECT_EQ(collected.child_orders[0].status, ChildStatus::kSkipped);
  EXPECT_THAT(collected.child_orders[0].error_msg, HasSubstr("no usable quote"));
  EXPECT_EQ(collected.child_orders[1].status, ChildStatus::kFilled);
  EXPECT_THAT(collected.notes, testing::Contains(HasSubstr("5 not a price")));
  // A stale quote is none: the market has stood still for longer than the lookback.
  TwapSettings settings = settings_of(ChildQuantity::kStatic, 0.0);
  settings.bid_ask_lookback = seconds(30);
  prices = flat_market(kEth, 100.0);
  const auto stale = work(settings, {parent(10.0)}, prices);
  EXPECT_EQ(stale.child_orders[0].status, ChildStatus::kFilled) << "10:35:00 is 0.1 s old";
  FakePrices gap;
  add_bar(gap, kEth, -1, 100.0, 100.0, 100.0, 100.0);
  EXPECT_EQ(work(settings, {parent(10.0)}, gap).child_orders[0].status, ChildStatus::kSkipped);
}

TEST(TwapBroker, AParentBelowTheMinimumHasNoChildAndSaysSo) {
  FakePrices prices = flat_market(kEth, 100.0);
  TwapSettings settings = settings_of(ChildQuantity::kDynamic, 0.0, 3);
  settings.limits[kEth] = {.min_amount = 0.5, .share_decimals = 3, .price_decimals = 2};
  for (const double shares : {0.4, -0.0004}) {
    const auto collected = work(settings, {parent(shares)}, prices);
    ASSERT_EQ(collected.child_orders.size(), 1U);
    EXPECT_EQ(collected.child_orders[0].status, ChildStatus::kSkipped);
    EXPECT_THAT(collected.child_orders[0].error_msg, HasSubstr("below the minimum"));
    EXPECT_TRUE(collected.fills.empty());
    ASSERT_EQ(collected.events.size(), 1U);
    EXPECT_EQ(collected.events[0].num_shares, shares);
  }
}

TEST(TwapBroker, TheVenueRejectsAChildThatIsTooSmallAsData) {
  FakePrices prices = flat_market(kEth, 100.0);
  TwapSettings settings = settings_of(ChildQuantity::kStatic, 0.0, 3);
  settings.limits[kEth] = {
      .min_amount = 0.5, .min_cost = 10.0, .share_decimals = 3, .price_decimals = 2};
  const auto collected = work(settings, {parent(2.0)}, prices);
  ASSERT_EQ(collected.child_orders.size(), 4U);
  for (const ChildOrder& child : collected.child_orders) {
    EXPECT_EQ(child.status, ChildStatus::kRejected) << "2 over 5 waves is 0.4";
    EXPECT_EQ(child.venue_id, -1);
    EXPECT_THAT(child.error_msg, HasSubstr("0.4 shares"));
    EXPECT_EQ(child.filled_shares, 0.0);
  }
}

TEST(TwapBroker, TheVenueRejectsAChildThatCostsTooLittle) {
  FakePrices prices = flat_market(kEth, 100.0);
  TwapSettings settings = settings_of(ChildQuantity::kStatic, 0.0, 3);
  settings.limits[kEth] = {
      .min_amount = 0.1, .min_cost = 50.0, .share_decimals = 3, .price_decimals = 2};
  const auto collected = work(settings, {parent(2.0)}, prices);
  ASSERT_EQ(collected.child_orders.size(), 4U);
  for (const ChildOrder& child : collected.child_orders) {
    EXPECT_EQ(child.status, ChildStatus::kRejected) << "0.4 shares at 100.1 cost 40.04";
  }
  settings.limits[kEth].min_cost = 40.0;
  EXPECT_EQ(work(settings, {parent(2.0)}, prices).child_orders[0].status, ChildStatus::kFilled);
}

TEST(TwapBroker, OnlyTheFirstBarOfAWaveIsTakenAtItsOpen) {
  FakePrices prices = flat_market(kEth, 100.0);
  add_bar(prices, kEth, 1, 101.0, 101.0, 100.5, 101.0);
  add_bar(prices, kEth, 2, 99.0, 99.0, 98.0, 99.0);
  TwapSettings settings = settings_of(ChildQuantity::kStatic, 0.5);
  settings.frequency = seconds(150);
  const auto collected = work(settings, {parent(10.0)}, prices);
  ASSERT_EQ(collected.fills.size(), 1U);
  EXPECT_EQ(collected.fills[0].price, 100.0) << "at its limit, whatever the second bar opened at";
  EXPECT_EQ(collected.child_orders[0].liquidity, Liquidity::kMaker);
}

TEST(TwapBroker, AFillWhoseBarEndedBeforeTheLastCallIsStampedWithTheEndOfItsWave) {
  FakePrices prices = flat_market(kEth, 100.0);
  TwapSettings settings = settings_of(ChildQuantity::kStatic, 0.0);
  settings.frequency = seconds(150);
  TwapBroker broker(settings);
  ASSERT_TRUE(broker.submit({parent(10.0)}, kBar).ok());
  const Timestamp early = kBar + seconds(90);
  EXPECT_TRUE(broker.collect(early, {early}, prices).value().fills.empty());
  const Timestamp now = kBar + seconds(151);
  const auto collected = broker.collect(now, {now}, prices).value();
  ASSERT_EQ(collected.fills.size(), 1U);
  EXPECT_EQ(collected.fills[0].timestamp, kBar + seconds(150)) << "its bar ended at 60 s";
}

TEST(TwapBroker, TellsTheWavesThatHadPassedAndWhatIsKeptWithEachChild) {
  FakePrices prices = flat_market(kEth, 100.0);
  Order late = parent(10.0);
  late.creation_timestamp = late.start_timestamp = kBar + seconds(57);
  const auto collected = work(settings_of(ChildQuantity::kStatic, 0.0), {late}, prices);
  ASSERT_EQ(collected.child_orders.size(), 4U);
  const ChildOrder& passed = collected.child_orders.front();
  EXPECT_EQ(passed.status, ChildStatus::kSkipped);
  EXPECT_EQ(passed.price.wave_id, 0);
  EXPECT_THAT(passed.error_msg, HasSubstr("had passed"));
  for (std::size_t i = 1; i < 4; ++i) {
    const ChildOrder& child = collected.child_orders[i];
    EXPECT_EQ(child.price.wave_id, static_cast<std::int64_t>(i));
    EXPECT_EQ(to_text(child.order.extra_params), to_text(extra_params_of(child)));
  }
}

TEST(TwapBroker, TakesFeesBySide) {
  FakePrices prices = flat_market(kEth, 100.0);
  add_bar(prices, kEth, 2, 100.0, 100.0, 50.0, 100.0);
  TwapSettings settings = settings_of(ChildQuantity::kStatic, 1.0);
  settings.maker_fee_bps = -1.0;
  settings.taker_fee_bps = 4.0;
  const auto maker = work(settings, {parent(10.0)}, prices);
  ASSERT_EQ(maker.fills.size(), 1U);
  EXPECT_DOUBLE_EQ(maker.fills[0].fee, -2.0 * 99.9 * 1e-4);
  EXPECT_EQ(maker.child_orders[1].fee, maker.fills[0].fee);
  settings.limit_price = SpreadPriceOptions{.passivity_factor = 0.0};
  const auto taker = work(settings, {parent(10.0)}, prices);
  EXPECT_DOUBLE_EQ(taker.fills[0].fee, 2.0 * 100.0 * 4e-4);
}

TEST(TwapBroker, WorksUpToNowOnlyAndNeverStampsAFillBeforeTheLastCall) {
  FakePrices prices = flat_market(kEth, 100.0);
  TwapBroker whole(settings_of(ChildQuantity::kStatic, 0.0));
  TwapBroker steps(settings_of(ChildQuantity::kStatic, 0.0));
  for (TwapBroker* broker : {&whole, &steps}) {
    ASSERT_TRUE(broker->submit({parent(10.0)}, kBar).ok());
  }
  const Timestamp last = kEnd + seconds(1);
  const auto expected = whole.collect(last, {last}, prices).value();
  std::vector<Fill> fills;
  Timestamp before = kBar;
  for (Timestamp now = kBar + seconds(30); now <= last; now = now + seconds(31)) {
    const auto collected = steps.collect(now, {now}, prices).value();
    for (const Fill& fill : collected.fills) {
      EXPECT_GT(fill.timestamp, before);
      EXPECT_LE(fill.timestamp, now);
      fills.push_back(fill);
    }
    before = now;
  }
  EXPECT_EQ(fills, expected.fills);
}

TEST(TwapBroker, AFailureLeavesItAsItWas) {
  FakePrices prices = flat_market(kEth, 100.0);
  TwapBroker broker(settings_of(ChildQuantity::kStatic, 0.0));
  ASSERT_TRUE(broker.submit({parent(10.0)}, kBar).ok());
  const Timestamp now = kEnd + seconds(1);
  prices.fail = true;
  EXPECT_FALSE(broker.collect(now, {now}, prices).ok());
  EXPECT_EQ(broker.pending_count(), 1U);
  prices.fail = false;
  ASSERT_TRUE(broker.begin(kEnd).ok());
  const auto first = broker.collect(now, {now}, prices).value();
  ASSERT_TRUE(broker.rollback().ok());
  EXPECT_EQ(broker.pending_count(), 1U);
  EXPECT_EQ(broker.collect(now, {now}, prices).value().fills, first.fills);
}

TEST(TwapBroker, RefusesWhatItCannotWork) {
  TwapBroker broker(settings_of(ChildQuantity::kStatic));
  Order other = parent(1.0, kBtc, 8);
  other.type = "price@twap";
  Order shifted = parent(1.0, kBtc, 8);
  shifted.end_timestamp = kEnd + minutes(5);
  for (const auto& orders : {std::vector{parent(1.0), other}, std::vector{parent(1.0), shifted},
                             std::vector{parent(1.0), parent(2.0, kEth, 8)}}) {
    EXPECT_EQ(broker.submit(orders, kBar).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(broker.pending_count(), 0U) << "none is taken";
  }
}

TEST(MakeBroker, WorksInWavesWithFeesAndRefusesTheRest) {
  BrokerSettings settings;
  settings.fill_model.taker_fee_bps = 4.0;
  const auto broker = make_broker(settings, {}, TwapSettings{});
  ASSERT_TRUE(broker.ok()) << broker.error().message;
  EXPECT_TRUE((*broker)->makes_child_orders());
  EXPECT_TRUE((*broker)->has_costs());
  EXPECT_FALSE((*make_broker(settings, {}))->makes_child_orders());
  settings.fill_model.slippage_bps = 1.0;
  EXPECT_THAT(make_broker(settings, {}, TwapSettings{}).error().message, HasSubstr("fill model"));
  settings.fill_model = {};
  settings.kind = BrokerSettings::Kind::kDatabase;
  EXPECT_THAT(make_broker(settings, {}, TwapSettings{}).error().message, HasSubstr("database"));
}

config::Config twap_config() {
  config::Config config;
  declare_trading_config(config);
  return config;
}

config::Path order_key(std::initializer_list<std::string> keys) {
  config::Path path{"process_forecasts_node_dict", "process_forecasts_dict", "order_config"};
  path.insert(path.end(), keys);
  return path;
}

TEST(TwapSettings, AreReadFromTheConfig) {
  config::Config config = twap_config();
  EXPECT_FALSE(read_trader_settings(config).value().twap.has_value());
  const auto set = [&config](const config::Path& path, config::Value value) {
    ASSERT_TRUE(config.set(path, std::move(value), "test").ok()) << config::to_string(path);
  };
  set(order_key({"limit_price_computer", "object_type"}), "LimitPriceComputerUsingVolatility");
  EXPECT_THAT(read_trader_settings(config).value().notes,
              testing::Contains(HasSubstr("has no effect")))
      << "without the order type";
  set(order_key({"order_type"}), "limit@twap");
  set(order_key({"execution_frequency"}), "10S");
  set(order_key({"child_order_quantity_computer", "object_type"}),
      "StaticSchedulingChildOrderQuantityComputer");
  set(order_key({"limit_price_computer", "volatility_multiple"}), 1.5);
  set(order_key({"bid_ask_lookback"}), "2T");
  set(order_key({"half_spread_bps"}), 3.0);
  const TwapSettings twap = *read_trader_settings(config).value().twap;
  EXPECT_EQ(twap.frequency, seconds(10));
  EXPECT_EQ(twap.quantity, ChildQuantity::kStatic);
  EXPECT_EQ(std::get<VolatilityPriceOptions>(twap.limit_price).multiples, std::vector{1.5});
  EXPECT_EQ(twap.bid_ask_lookback, minutes(2));
  EXPECT_EQ(twap.half_spread_bps, 3.0);
  set(order_key({"limit_price_computer", "object_type"}), "LimitPriceComputerByGuess");
  EXPECT_THAT(read_trader_settings(config).error().message, HasSubstr("ByGuess"));
}

TEST(TwapSettings, OutOfRangeIsRefusedByKey) {
  const Duration duration = minutes(5);
  EXPECT_TRUE(check_twap_settings({}, duration).ok());
  const auto refused = [&](auto change, const char* key) {
    TwapSettings settings;
    change(settings);
    const Status status = check_twap_settings(settings, duration);
    ASSERT_FALSE(status.ok()) << key;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidConfig);
    EXPECT_THAT(status.error().message, HasSubstr(key));
  };
  refused([](auto& s) { s.frequency = seconds(2); }, "execution_frequency");
  refused([](auto& s) { s.frequency = seconds(7); }, "execution_frequency");
  refused([](auto& s) { s.bid_ask_lookback = seconds(0); }, "bid_ask_lookback");
  refused([](auto& s) { s.half_spread_bps = -1.0; }, "half_spread_bps");
  refused([](auto& s) { s.half_spread_bps = kNan; }, "half_spread_bps");
  refused([](auto& s) { s.limit_price = SpreadPriceOptions{.passivity_factor = 2.0}; },
          "passivity_factor");
  refused(
      [](auto& s) {
        s.limit_price = VolatilityPriceOptions{{1.0, 2.0}};
      },
      "volatility_multiple");
}

// A market that walks, the same for one seed.
FakePrices walking_market(std::uint64_t seed) {
  Random random(seed);
  FakePrices prices;
  for (const AssetId asset : {kEth, kBtc}) {
    double price = 100.0;
    for (int minute = -5; minute <= 5; ++minute) {
      const double open = price;
      price *= 1.0 + (random.uniform() - 0.5) * 0.01;
      const double high = std::max(open, price) * (1.0 + random.uniform() * 0.002);
      const double low = std::min(open, price) * (1.0 - random.uniform() * 0.002);
      add_bar(prices, asset, minute, open, high, low, price);
    }
  }
  return prices;
}

TEST(TwapProperties, HoldOnRandomMarkets) {
  std::size_t fills_seen = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed * 31);
    const auto quantity = seed % 2 == 0 ? ChildQuantity::kStatic : ChildQuantity::kDynamic;
    TwapSettings settings =
        settings_of(quantity, random.uniform(), static_cast<int>(random.uniform() * 5));
    if (seed % 3 == 0) {
      settings.limit_price = VolatilityPriceOptions{{random.uniform()}};
    }
    settings.half_spread_bps = random.uniform() * 20.0;
    std::vector<Order> parents = {parent((random.uniform() - 0.5) * 40.0, kEth, 7),
                                  parent((random.uniform() - 0.5) * 40.0, kBtc, 8)};
    FakePrices prices = walking_market(seed);
    const auto collected = work(settings, parents, prices);
    fills_seen += collected.fills.size();
    for (const Order& order : parents) {
      double ordered = 0.0;
      double done = 0.0;
      for (const ChildOrder& child : collected.child_orders) {
        if (child.parent_order_id != order.order_id) {
          continue;
        }
        EXPECT_GE(child.order.start_timestamp, order.start_timestamp);
        EXPECT_LE(child.order.end_timestamp, order.end_timestamp);
        EXPECT_GE(child.order.diff_num_shares * order.diff_num_shares, 0.0) << "one side";
        ordered += child.order.diff_num_shares;
        done += child.filled_shares;
        if (child.status == ChildStatus::kFilled) {
          const bool buys = child.order.diff_num_shares > 0.0;
          EXPECT_TRUE(buys ? child.average_price <= child.price.limit_price
                           : child.average_price >= child.price.limit_price);
        }
      }
      EXPECT_LE(std::abs(done), std::abs(order.diff_num_shares) + 1e-9) << "no overshoot";
      if (quantity == ChildQuantity::kStatic) {
        EXPECT_LE(std::abs(ordered), std::abs(order.diff_num_shares) + 1e-9);
      }
      double rest = 0.0;
      for (const OrderEvent& event : collected.events) {
        rest += event.order_id == order.order_id ? event.num_shares : 0.0;
      }
      EXPECT_NEAR(done + rest, order.diff_num_shares, 1e-9) << "filled and told is the parent";
    }
    // Replay and another order of the parents give the same bytes.
    const auto again = work(settings, parents, prices);
    EXPECT_EQ(hash_table(child_order_table(again.child_orders)),
              hash_table(child_order_table(collected.child_orders)));
    std::swap(parents[0], parents[1]);
    auto swapped = work(settings, parents, prices);
    EXPECT_EQ(swapped.fills, collected.fills);
    const auto by_creation = [](const ChildOrder& a, const ChildOrder& b) {
      return std::pair(a.order.creation_timestamp, a.order.order_id) <
             std::pair(b.order.creation_timestamp, b.order.order_id);
    };
    EXPECT_TRUE(std::ranges::is_sorted(collected.child_orders, by_creation));
    EXPECT_EQ(hash_table(child_order_table(swapped.child_orders)),
              hash_table(child_order_table(collected.child_orders)));
  }
  EXPECT_GT(fills_seen, 300U) << "the property must see fills";
}

}  // namespace
}  // namespace tieout::oms
