#include "tieout/oms/paper_broker.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

constexpr AssetId kAsset{101};
const Timestamp kOpen = at("2000-01-01 09:30:00-05:00");

// Source: oms.md 3.8, the bars 9:31 to 9:35 of the reference's test.
FakePrices reference_prices() {
  FakePrices prices;
  const double closes[] = {998.93, 998.18, 997.415, 997.70, 997.425};
  for (int i = 0; i < 5; ++i) {
    prices.add("close", kAsset, kOpen + minutes(i + 1), closes[i]);
  }
  prices.add("bid", kAsset, kOpen + minutes(5), 998.03);
  prices.add("ask", kAsset, kOpen + minutes(5), 998.0575);
  prices.add("midpoint", kAsset, kOpen + minutes(5), 998.04375);
  return prices;
}

Order order_of(std::string type, double shares) {
  Order order;
  order.asset_id = kAsset;
  order.type = std::move(type);
  order.creation_timestamp = order.start_timestamp = kOpen;
  order.end_timestamp = kOpen + minutes(5);
  order.diff_num_shares = shares;
  return order;
}

struct FillCase {
  const char* name;
  const char* type;
  double shares;
  Duration start_after_open;
  double price;
};
class FillPrice : public testing::TestWithParam<FillCase> {};

TEST_P(FillPrice, IsThatOfTheReference) {
  FakePrices prices = reference_prices();
  PaperBroker broker{PriceColumns{}};
  Order order = order_of(GetParam().type, GetParam().shares);
  order.creation_timestamp = order.start_timestamp = kOpen + GetParam().start_after_open;
  ASSERT_TRUE(broker.submit({order}, kOpen).ok());
  const Timestamp now = kOpen + minutes(5) + milliseconds(100);
  const auto collected = broker.collect(now, {now}, prices).value();
  ASSERT_EQ(collected.fills.size(), 1U);
  EXPECT_DOUBLE_EQ(collected.fills[0].price, GetParam().price);
  EXPECT_EQ(collected.fills[0].num_shares, GetParam().shares);
  EXPECT_EQ(collected.fills[0].timestamp, order.end_timestamp);
  EXPECT_TRUE(collected.notes.empty());
  EXPECT_EQ(broker.pending_count(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, FillPrice,
    testing::Values(
        FillCase{"twap", "price@twap", 100.0, {}, 997.93},
        FillCase{"end", "price@end", 100.0, {}, 997.425},
        FillCase{"start_is_cut_to_the_minute", "price@start", 100.0, seconds(70), 998.93},
        FillCase{"twap_leaves_out_the_bar_of_the_start", "price@twap", -1.0, minutes(1),
                 (998.18 + 997.415 + 997.70 + 997.425) / 4},
        FillCase{"midpoint", "midpoint@end", 1.0, {}, 998.04375},
        FillCase{"buyer_collects_the_spread", "partial_spread_0@end", 1.0, {}, 998.03},
        FillCase{"buyer_crosses_the_spread", "partial_spread_1@end", 1.0, {}, 998.0575},
        FillCase{"seller_collects_the_spread", "partial_spread_0@end", -1.0, {}, 998.0575},
        FillCase{"half_is_the_midpoint", "partial_spread_0.5@twap", -1.0, {}, 998.04375},
        FillCase{"buyer_three_quarters", "partial_spread_0.75@end", 1.0, {}, 998.0506250000001},
        FillCase{"seller_three_quarters", "partial_spread_0.75@end", -1.0, {}, 998.036875}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(MeanPrice, SkipsNanAndCompensates) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(mean_price({})));
  EXPECT_TRUE(std::isnan(mean_price(std::vector<double>{kNan})));
  EXPECT_EQ(mean_price(std::vector<double>{kNan, 1.0, kNan, 2.0}), 1.5);
  EXPECT_TRUE(std::isinf(
      mean_price(std::vector<double>{1.0, std::numeric_limits<double>::infinity(), 2.0})));
  EXPECT_EQ(mean_price(std::vector<double>(10, 0.1)), 0.1)
      << "a plain sum gives 0.09999999999999999";
}

TEST(PaperBroker, NothingIsFilledBeforeTheDeadline) {
  FakePrices prices = reference_prices();
  PaperBroker broker{PriceColumns{}};
  ASSERT_TRUE(broker.submit({order_of("price@twap", 1.0)}, kOpen).ok());
  const Timestamp early = kOpen + minutes(5) - nanoseconds(1);
  EXPECT_TRUE(broker.collect(early, {early}, prices).value().fills.empty());
  EXPECT_EQ(broker.pending_count(), 1U);
  const Timestamp due = kOpen + minutes(5);
  EXPECT_EQ(broker.collect(due, {due}, prices).value().fills.size(), 1U);
}

TEST(PaperBroker, SeveralDeadlinesAreCollectedAtOnceInTheirOrder) {
  FakePrices prices = reference_prices();
  prices.add("close", kAsset, kOpen + minutes(10), 990.0);
  PaperBroker broker{PriceColumns{}};
  Order later = order_of("price@end", -3.0);
  later.order_id = 7;
  later.end_timestamp = kOpen + minutes(10);
  ASSERT_TRUE(broker.submit({later}, kOpen).ok());
  ASSERT_TRUE(broker.submit({order_of("price@twap", 1.0), order_of("price@end", 2.0)}, kOpen).ok());
  const Timestamp now = kOpen + minutes(60);
  const auto fills = broker.collect(now, {now}, prices).value().fills;
  ASSERT_EQ(fills.size(), 3U);
  EXPECT_EQ(fills[0].num_shares, 1.0);
  EXPECT_EQ(fills[1].num_shares, 2.0);
  EXPECT_EQ(fills[2], (Fill{2, 7, kAsset, kOpen + minutes(10), -3.0, 990.0}));
  EXPECT_EQ(fills[0].fill_id, 0);
  EXPECT_EQ(fills[1].fill_id, 1);
}

TEST(PaperBroker, AnOrderWithoutAUsablePriceExpiresWithANote) {
  for (const double price : {std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity(), 0.0, -1.0}) {
    FakePrices prices;
    prices.add("close", kAsset, kOpen + minutes(5), price);
    PaperBroker broker{PriceColumns{}};
    ASSERT_TRUE(broker.submit({order_of("price@end", 1.0)}, kOpen).ok());
    const Timestamp now = kOpen + minutes(5);
    const auto collected = broker.collect(now, {now}, prices).value();
    EXPECT_TRUE(collected.fills.empty()) << price;
    ASSERT_EQ(collected.events.size(), 1U) << price;
    EXPECT_EQ(collected.events[0].kind, OrderEvent::Kind::kExpired);
    EXPECT_THAT(to_text(collected.events[0]),
                testing::HasSubstr("order 0 of asset 101 expired with 1.0 shares unfilled"));
    EXPECT_EQ(broker.pending_count(), 0U);
  }
}

TEST(PaperBroker, PricesAreReadAsKnownWhenCollected) {
  FakePrices prices;
  prices.add("close", kAsset, kOpen + minutes(5), 990.0, kOpen + minutes(6));
  PaperBroker broker{PriceColumns{}};
  ASSERT_TRUE(broker.submit({order_of("price@end", 1.0)}, kOpen).ok());
  const Timestamp now = kOpen + minutes(5);
  EXPECT_TRUE(broker.collect(now, {now}, prices).value().fills.empty()) << "not yet known";
}

TEST(PaperBroker, AFailedReadKeepsTheOrders) {
  FakePrices prices = reference_prices();
  PaperBroker broker{PriceColumns{}};
  ASSERT_TRUE(broker.submit({order_of("price@end", 1.0)}, kOpen).ok());
  const Timestamp now = kOpen + minutes(5);
  prices.fail = true;
  EXPECT_EQ(broker.collect(now, {now}, prices).error().code, ErrorCode::kStoreFailed);
  prices.fail = false;
  EXPECT_EQ(broker.collect(now, {now}, prices).value().fills.at(0).fill_id, 0);
}

TEST(PaperBroker, ABadOrderIsRefusedWithAllOfItsList) {
  PaperBroker broker{PriceColumns{}};
  EXPECT_EQ(
      broker.submit({order_of("price@end", 1.0), order_of("price@end", 0.0)}, kOpen).error().code,
      ErrorCode::kInvalidArgument);
  EXPECT_EQ(broker.submit({order_of("full_spread@noon", 1.0)}, kOpen).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(broker.pending_count(), 0U);
}

}  // namespace
}  // namespace tieout::oms
