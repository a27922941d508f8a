#include "tieout/oms/targets.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TargetInput input_of(std::int64_t asset, double prediction, double price = 10.0,
                     double shares = 0.0) {
  return {.asset_id = AssetId{asset},
          .holdings_shares = shares,
          .price = price,
          .holdings_notional = shares * price,
          .prediction = prediction,
          .volatility = 0.01};
}

TargetOptions options_of(double gmv, int decimals) {
  analytics::CrossSectionalOptions cross;
  cross.target_gmv = gmv;
  return {.optimizer = cross, .share_quantization = decimals, .market_info = {}};
}

TEST(DecideTargets, TradesAreRoundedAndHoldingsAreNot) {
  const auto decision = decide_targets(
      options_of(100.0, 0), {input_of(1, -1, 7.0, 0.25), input_of(2, 1, 7.0)}, Liquidation::kNo);
  const TargetAmounts& first = decision.value().targets[0].target;
  EXPECT_EQ(first.trades_shares, -7.0);  // (-50 - 1.75) / 7 = -7.39
  EXPECT_EQ(first.holdings_shares, -6.75);
  EXPECT_EQ(first.trades_notional, -49.0);
  EXPECT_EQ(first.holdings_notional, -47.25);
  EXPECT_TRUE(decision.value().notes.empty());
}

TEST(DecideTargets, NegativeDecimalsTradeInLots) {
  const auto decision =
      decide_targets(options_of(2500.0, -1), {input_of(1, -1), input_of(2, 1)}, Liquidation::kNo);
  EXPECT_EQ(decision.value().targets[1].target.trades_shares,
            120.0);  // 125 / 10 = 12.5, half to even
}

class BadForecast : public testing::TestWithParam<std::pair<double, double>> {};

TEST_P(BadForecast, KeepsThePositionAndLeavesTheOthersToThemselves) {
  TargetInput bad = input_of(3, GetParam().first, 10.0, 5.0);
  bad.volatility = GetParam().second;
  const auto with =
      decide_targets(options_of(100.0, 8), {input_of(1, -1), input_of(2, 1), bad}, Liquidation::kNo)
          .value();
  const auto without =
      decide_targets(options_of(100.0, 8), {input_of(1, -1), input_of(2, 1)}, Liquidation::kNo)
          .value();
  EXPECT_EQ(with.targets[0].target.trades_shares, without.targets[0].target.trades_shares);
  EXPECT_EQ(with.targets[1].target.trades_shares, without.targets[1].target.trades_shares);
  EXPECT_EQ(with.targets[2].target.trades_shares, 0.0);
  EXPECT_EQ(with.targets[2].target.holdings_shares, 5.0);
  ASSERT_EQ(with.notes.size(), 1U);
  EXPECT_THAT(with.notes[0], testing::StartsWith("asset 3: prediction is "));
}

INSTANTIATE_TEST_SUITE_P(Cases, BadForecast,
                         testing::Values(std::pair(kNan, 0.01), std::pair(kInf, 0.01),
                                         std::pair(0.5, kNan), std::pair(0.5, kInf),
                                         std::pair(0.5, -0.01)));

TEST(DecideTargets, AnAssetWithoutAPriceIsSizedButDoesNotTrade) {
  const auto priced =
      decide_targets(options_of(100.0, 8), {input_of(1, -1), input_of(2, 1), input_of(3, 2)},
                     Liquidation::kNo)
          .value();
  const auto unpriced =
      decide_targets(options_of(100.0, 8),
                     {input_of(1, -1), input_of(2, 1), input_of(3, 2, kNan, 4.0)}, Liquidation::kNo)
          .value();
  EXPECT_EQ(unpriced.targets[0].target.trades_shares, priced.targets[0].target.trades_shares);
  EXPECT_EQ(unpriced.targets[2].target.trades_shares, 0.0);
  EXPECT_EQ(unpriced.targets[2].target.holdings_shares, 4.0);
  EXPECT_THAT(unpriced.notes, testing::ElementsAre("asset 3: no price: position kept"));
}

TEST(DecideTargets, NoForecastsAtAllKeepEverything) {
  const auto decision =
      decide_targets(options_of(100.0, 8), {input_of(1, kNan, 10.0, 2.0)}, Liquidation::kNo)
          .value();
  EXPECT_EQ(decision.targets[0].target.holdings_shares, 2.0);
}

TEST(DecideTargets, ALoneForecastIsNoted) {
  const auto decision =
      decide_targets(options_of(100.0, 8), {input_of(1, 0.0, 10.0, 2.0)}, Liquidation::kNo).value();
  EXPECT_EQ(decision.targets[0].target.trades_shares, 0.0);
  EXPECT_EQ(decision.notes.size(), 2U) << "not ranked; no target";
}

TEST(DecideTargets, LiquidationClosesEverythingUnrounded) {
  TargetInput bad = input_of(3, kNan, kNan, 0.123456789);
  const auto decision =
      decide_targets(options_of(100.0, 0),
                     {input_of(1, -1, 10.0, 80.07000000000001), input_of(2, 1), bad},
                     Liquidation::kYes)
          .value();
  EXPECT_EQ(decision.targets[0].target.trades_shares, -80.07000000000001);
  EXPECT_EQ(decision.targets[0].target.holdings_shares, 0.0);
  EXPECT_EQ(decision.targets[2].target.trades_shares, -0.123456789);
}

// oms.md 3.5: below min_amount, or a cost not above min_cost, there is no trade.
TEST(DecideTargets, ExchangeLimitsDropSmallTrades) {
  TargetOptions options = options_of(100.0, 8);  // 50 dollars each
  for (std::int64_t asset = 1; asset <= 2; ++asset) {
    options.market_info[AssetId{asset}] = {
        .min_amount = 1.0, .min_cost = 10.0, .amount_precision = 2};
  }
  const auto trade = [&options](double price, double shares) {
    return decide_targets(options, {input_of(1, 1, price, shares), input_of(2, -1, price)},
                          Liquidation::kNo)
        .value()
        .targets[0];
  };
  EXPECT_EQ(trade(20.0, 0.0).target.trades_shares, 2.5);
  EXPECT_EQ(trade(30.0, 0.0).target.trades_shares, 1.67) << "rounded to the asset's decimals";
  const Target small_amount = trade(51.0, 0.0);  // 0.98 shares for 49.98 dollars
  EXPECT_EQ(small_amount.target.trades_shares, 0.0);
  EXPECT_EQ(small_amount.target.holdings_notional, 0.0);
  EXPECT_EQ(small_amount.before_limits.trades_shares, 0.98);
  EXPECT_EQ(trade(5.0, 8.0).target.trades_shares, 0.0)
      << "2 shares for exactly 10 dollars is not above the minimum";
  EXPECT_EQ(trade(5.0, 7.0).target.trades_shares, 3.0);
}

TEST(DecideTargets, ContradictingInputIsFound) {
  TargetInput broken = input_of(1, 1, 10.0, 5.0);
  broken.holdings_notional = 51.0;
  const auto decision =
      decide_targets(options_of(100.0, 8), {broken, input_of(2, -1)}, Liquidation::kNo);
  ASSERT_FALSE(decision.ok());
  EXPECT_EQ(decision.error().code, ErrorCode::kIdentityBroken);
  EXPECT_THAT(decision.error().message,
              testing::HasSubstr("holdings_notional of asset 1 is 51.0, needed 50.0"));
}

}  // namespace
}  // namespace tieout::oms
