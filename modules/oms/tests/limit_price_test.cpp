#include "tieout/oms/limit_price.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/oms/child_quantity.hpp"

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
const Timestamp kStart = at("2022-01-10 14:00:00+00:00");

TopOfBook quote(Duration after, double bid, double ask) {
  return {.timestamp = kStart + after,
          .knowledge = kStart + after,
          .end_download = kStart + after,
          .bid_price = bid,
          .ask_price = ask,
          .bid_size = 30.0,
          .ask_size = 40.0};
}

// Source: oms.md 3.11, bid 50 to 51 and ask 60 to 61 one second apart.
std::vector<TopOfBook> reference_book() {
  return {quote({}, 50.0, 60.0), quote(seconds(1), 51.0, 61.0)};
}

LimitPrice price_of(const LimitPriceOptions& options, Side side, int decimals,
                    std::int64_t wave = 0) {
  return compute_limit_price(
             options, reference_book(),
             {.side = side, .wave_id = wave, .frequency = minutes(1), .price_decimals = decimals})
      .value();
}

TEST(LimitPriceByVolatility, HasEveryNumberOfTheReference) {
  const LimitPrice price = price_of(VolatilityPriceOptions{{0.1}}, Side::kBuy, 2);
  EXPECT_EQ(price.limit_price, 60.23);
  EXPECT_EQ(price.num_data_points, 2);
  EXPECT_EQ(price.num_data_points_resampled, 11);
  EXPECT_DOUBLE_EQ(price.scaling_multiplier, 24.49489742783178);
  EXPECT_DOUBLE_EQ(price.bid_vol, 7.745966692414834);
  EXPECT_DOUBLE_EQ(price.ask_vol, 7.745966692414834);
  EXPECT_DOUBLE_EQ(price.total_vol, 7.745966692414834);
  EXPECT_DOUBLE_EQ(price.bid_vol_bps, 1518.8169985127126);
  EXPECT_DOUBLE_EQ(price.ask_vol_bps, 1269.8306053139074);
  EXPECT_DOUBLE_EQ(price.total_vol_bps, 1383.2083379312205);
  EXPECT_DOUBLE_EQ(price.spread, 10.0);
  EXPECT_DOUBLE_EQ(price.spread_bps, 1785.7142857142858);
  EXPECT_DOUBLE_EQ(price.total_vol_to_spread_bps, 0.7745966692414834);
  EXPECT_EQ(price.latest_mid_price, 56.0);
  EXPECT_EQ(price.latest_bid_price, 51.0);
  EXPECT_EQ(price.latest_ask_size, 40.0);
  EXPECT_EQ(price.exchange_timestamp, kStart + seconds(1));
  EXPECT_TRUE(std::isnan(price.passivity_factor)) << "a key of the other computer";
}

TEST(LimitPriceByVolatility, TakesTheMultipleOfTheWave) {
  EXPECT_EQ(price_of(VolatilityPriceOptions{{0.5}}, Side::kSell, 3).limit_price, 54.873);
  // Source: oms.md 3.11, the list.
  const double expected[] = {51.775, 54.873, 58.746, 62.619, 66.492};
  const VolatilityPriceOptions list{{0.1, 0.5, 1.0, 1.5, 2.0}};
  for (std::int64_t wave = 0; wave < 5; ++wave) {
    EXPECT_EQ(price_of(list, Side::kSell, 3, wave).limit_price, expected[wave]) << wave;
  }
  const WaveOfAsset beyond{.wave_id = 5, .frequency = minutes(1)};
  EXPECT_THAT(compute_limit_price(list, reference_book(), beyond).error().message,
              testing::HasSubstr("none for wave 5"));
}

TEST(LimitPriceByVolatility, OneStepHasNoVolatility) {
  const std::vector<TopOfBook> one = {quote({}, 50.0, 60.0), quote(milliseconds(50), 51.0, 61.0)};
  const auto price = compute_limit_price(VolatilityPriceOptions{}, one, {.frequency = minutes(1)});
  EXPECT_TRUE(std::isnan(price->limit_price));
  EXPECT_EQ(price->num_data_points_resampled, 1);
  EXPECT_EQ(price->latest_ask_price, 61.0) << "the last quote of a step stands for it";
}

TEST(LimitPriceBySpread, IsThatOfTheReference) {
  const LimitPrice buy = price_of(SpreadPriceOptions{.passivity_factor = 0.1}, Side::kBuy, 8);
  EXPECT_EQ(buy.limit_price, 60.0);
  EXPECT_EQ(buy.bid_price_mean, 50.5);
  EXPECT_EQ(buy.used_ask_price, 61.0);
  EXPECT_EQ(price_of(SpreadPriceOptions{.passivity_factor = 0.5}, Side::kSell, 8).limit_price,
            56.0);
}

TEST(LimitPriceBySpread, AnOutlierIsReplacedByTheMeanOfItsSideAlone) {
  const std::vector<TopOfBook> book = {quote({}, 100.0, 101.0), quote(seconds(1), 100.0, 101.0),
                                       quote(seconds(2), 103.0, 103.5)};
  const auto price = compute_limit_price(SpreadPriceOptions{}, book, {.frequency = minutes(1)});
  EXPECT_EQ(price->used_bid_price, 101.0) << "|103 - 101| / 103 is above 0.01";
  EXPECT_EQ(price->used_ask_price, price->ask_price_mean) << "|103.5 - 101.83| / 103.5 too";
  const SpreadPriceOptions loose{.passivity_factor = 0.55, .max_deviation = 0.02};
  EXPECT_EQ(compute_limit_price(loose, book, {.frequency = minutes(1)})->used_bid_price, 103.0);
}

TEST(LimitPriceOptions, OutOfRangeIsRefused) {
  EXPECT_TRUE(check_limit_price(SpreadPriceOptions{}).ok());
  EXPECT_TRUE(check_limit_price(VolatilityPriceOptions{}).ok());
  for (const LimitPriceOptions& bad :
       {LimitPriceOptions{SpreadPriceOptions{.passivity_factor = 1.5}},
        LimitPriceOptions{SpreadPriceOptions{.passivity_factor = kNan}},
        LimitPriceOptions{SpreadPriceOptions{.max_deviation = 0.0}},
        LimitPriceOptions{SpreadPriceOptions{.max_deviation = 1.0}},
        LimitPriceOptions{VolatilityPriceOptions{{}}},
        LimitPriceOptions{VolatilityPriceOptions{{1.0, -0.1}}},
        LimitPriceOptions{VolatilityPriceOptions{{kInf}}}}) {
    EXPECT_EQ(check_limit_price(bad).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(CleanQuotes, KeepsTheLastOfDuplicates) {
  // The row that was known last wins, wherever it stands.
  TopOfBook late = quote(seconds(1), 51.5, 61.5);
  late.knowledge = kStart + seconds(9);
  const CleanQuotes clean =
      clean_quotes({late, quote(seconds(1), 51.0, 61.0), quote({}, 50.0, 60.0)});
  ASSERT_EQ(clean.quotes.size(), 2U);
  EXPECT_EQ(clean.quotes[0].bid_price, 50.0);
  EXPECT_EQ(clean.quotes[1].bid_price, 51.5);
  EXPECT_EQ(clean.duplicate_count, 1U);
  EXPECT_EQ(clean.complaint(), "") << "one duplicate is usual";
}

TEST(CleanQuotes, LeavesOutWhatIsNoMarket) {
  const CleanQuotes clean = clean_quotes(
      {quote(seconds(1), 50.0, 49.0), quote(seconds(2), kNan, 51.0), quote(seconds(3), 50.0, 0.0),
       quote(seconds(4), -1.0, 51.0), quote(seconds(5), 50.0, kInf), quote(seconds(6), 50.0, 50.0),
       quote(seconds(7), 50.0, 51.0)});
  ASSERT_EQ(clean.quotes.size(), 2U) << "a locked market stays";
  EXPECT_EQ(clean.complaint(), "1 crossed, 4 not a price");
}

TEST(BarQuotes, AreTheCloseAndHalfASpreadAsKnown) {
  FakePrices prices;
  prices.add("close", AssetId{1}, kStart + minutes(1), 100.0);
  prices.add("close", AssetId{1}, kStart + minutes(2), 200.0, kStart + minutes(5));
  const AssetId assets[] = {AssetId{1}, AssetId{2}};
  BarQuotes source(prices, 10.0);
  const auto quotes =
      source.quotes(kStart, kStart + minutes(3), assets, {kStart + minutes(4)}).value();
  ASSERT_EQ(quotes.size(), 2U);
  ASSERT_EQ(quotes[0].size(), 1U) << "the second bar was not known";
  EXPECT_DOUBLE_EQ(quotes[0][0].bid_price, 99.9);
  EXPECT_DOUBLE_EQ(quotes[0][0].ask_price, 100.1);
  EXPECT_TRUE(quotes[1].empty());
}

TEST(ChildQuantity, IsThatOfTheReference) {
  // Source: oms.md 3.12.
  EXPECT_EQ(static_quantity(7.3, 2, 0), 3.0);
  EXPECT_EQ(static_quantity(2.5, 2, 1), 1.2);
  EXPECT_EQ(static_quantity(1.2, 2, 1), 0.6);
  const double eth[] = {0.0, 2.0, 3.0, 3.0};
  const double eth_quantities[] = {4.0, 2.0, 1.0, 1.0};
  const double btc[] = {0.0, 0.0, -1.0, -1.0};
  const double btc_quantities[] = {-1.0, -1.0, 0.0, 0.0};
  for (int wave = 0; wave < 4; ++wave) {
    EXPECT_EQ(dynamic_quantity(4.0, eth[wave], 0), eth_quantities[wave]);
    EXPECT_EQ(dynamic_quantity(-1.0, btc[wave], 0), btc_quantities[wave]);
  }
  EXPECT_EQ(dynamic_quantity(3.0, 0.0, 0), 3.0);
}

TEST(ChildQuantity, IsCutTowardZero) {
  EXPECT_EQ(floor_decimals(-2.59, 1), -2.5);
  EXPECT_EQ(floor_decimals(1999.0, -2), 1900.0);
  EXPECT_EQ(static_quantity(-0.9, 2, 0), 0.0);
  EXPECT_EQ(dynamic_quantity(0.3, 0.2, 1), 0.1) << "0.3 - 0.2 is 0.09999999999999998";
  EXPECT_EQ(dynamic_quantity(0.39, 0.2, 1), 0.1);
}

}  // namespace
}  // namespace tieout::oms
