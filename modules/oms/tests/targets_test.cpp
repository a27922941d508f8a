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
  TargetOptions options;
  options.optimizer = cross;
  options.share_quantization = decimals;
  return options;
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

// oms.md 1.3: a liquidation is sent as it is, whatever the exchange takes.
TEST(DecideTargets, ALiquidationKeepsToNoLimit) {
  TargetOptions options = options_of(100.0, 8);
  options.market_info[AssetId{1}] = {.min_amount = 1.0, .min_cost = 1000.0, .amount_precision = 0};
  const TargetInput input = input_of(1, 1, 10.0, 80.07000000000001);
  const auto decision = decide_targets(options, {input}, Liquidation::kYes).value();
  EXPECT_EQ(decision.targets[0].order_shares, -80.07000000000001);
  EXPECT_EQ(decision.targets[0].target.holdings_shares, 0.0);
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

TEST(DecideTargets, RestrictionsForbidTheOrderAndLeaveTheTarget) {
  TargetOptions options = options_of(100.0, 8);
  options.restrictions[AssetId{1}].is_sell_short_restricted = true;
  const auto decision =
      decide_targets(options, {input_of(1, -1), input_of(2, 1)}, Liquidation::kNo).value();
  EXPECT_EQ(decision.targets[0].target.trades_shares, -5.0);
  EXPECT_EQ(decision.targets[0].order_shares, 0.0);
  EXPECT_EQ(decision.targets[1].order_shares, 5.0);
  EXPECT_THAT(decision.notes,
              testing::ElementsAre("asset 1: selling is restricted: no order of -5.0 shares"));
  // What is long may still be sold.
  const auto held =
      decide_targets(options, {input_of(1, -1, 10.0, 3.0), input_of(2, 1)}, Liquidation::kNo)
          .value();
  EXPECT_EQ(held.targets[0].order_shares, -8.0);
}

TEST(DecideTargets, RestrictionsForbidTheOrdersOfALiquidationToo) {
  TargetOptions options = options_of(100.0, 8);
  options.restrictions[AssetId{1}].is_restricted = true;
  const auto decision = decide_targets(
      options, {input_of(1, -1, 10.0, 3.0), input_of(2, 1, 10.0, 4.0)}, Liquidation::kYes);
  EXPECT_EQ(decision.value().targets[0].order_shares, 0.0);
  EXPECT_EQ(decision.value().targets[1].order_shares, -4.0);
}

TEST(DecideTargets, TheFilterDropsTradesOfDearAndThinAssets) {
  TargetOptions options = options_of(100.0, 8);
  TargetInput dear = input_of(1, -1);
  dear.spread = 0.002;  // 20 bps
  dear.traded_notional = 1e6;
  TargetInput thin = input_of(2, 1, 10.0, 1.0);
  thin.traded_notional = 499.0;
  const auto orders = [&] {
    const auto decision = decide_targets(options, {dear, thin}, Liquidation::kNo).value();
    return std::pair(decision.targets[0].order_shares, decision.targets[1].order_shares);
  };
  EXPECT_EQ(orders(), std::pair(-5.0, 4.0)) << "off by default";
  options.filter.max_spread_in_bps = 19.0;
  EXPECT_EQ(orders(), std::pair(0.0, 4.0));
  options.filter.max_spread_in_bps = 21.0;
  options.filter.min_traded_notional = 500.0;
  EXPECT_EQ(orders(), std::pair(-5.0, 0.0));
  options.filter.min_traded_notional.reset();
  options.filter.max_frac_of_traded_notional = 0.05;
  EXPECT_EQ(orders(), std::pair(-5.0, 0.0)) << "40 dollars of 499";
  options.filter.max_frac_of_traded_notional = 0.1;
  EXPECT_EQ(orders(), std::pair(-5.0, 4.0));
  thin.traded_notional = kNan;
  EXPECT_EQ(orders(), std::pair(-5.0, 0.0)) << "not known is no reason to trade";
  const auto decision = decide_targets(options, {dear, thin}, Liquidation::kYes).value();
  EXPECT_EQ(decision.targets[1].order_shares, -1.0) << "liquidation is not filtered";
}

TEST(DecideTargets, ASpreadThatIsNoNumberKeepsThePosition) {
  TargetInput bad = input_of(1, 1, 10.0, 2.0);
  bad.spread = kNan;
  const auto decision =
      decide_targets(options_of(100.0, 8), {bad, input_of(2, 1)}, Liquidation::kNo).value();
  EXPECT_EQ(decision.targets[0].target.trades_shares, 0.0);
  EXPECT_THAT(decision.notes[0], testing::HasSubstr("spread is nan: position kept"));
}

TEST(DecideTargets, TheLongitudinalMaskSeesTheSpreadUnlessTheReferencesQuirkIsAskedFor) {
  TargetOptions options = options_of(100.0, 8);
  analytics::LongitudinalOptions names;
  names.target_dollar_risk_per_name = 1.0;
  names.volatility_to_spread_threshold = 50.0;
  options.optimizer = names;
  TargetInput input = input_of(1, 1);  // volatility 0.01: 100 spread lower bounds
  input.spread = 0.001;                // volatility is 10 spreads
  EXPECT_EQ(decide_targets(options, {input}, Liquidation::kNo).value().targets[0].order_shares, 0);
  options.ignore_spread = true;
  EXPECT_EQ(decide_targets(options, {input}, Liquidation::kNo).value().targets[0].order_shares, 10);
}

TEST(DecideTargets, DecimalsMayBeOfEachAsset) {
  TargetOptions options = options_of(100.0, 8);
  options.share_decimals = {{AssetId{1}, 0}, {AssetId{2}, 1}};
  const auto decision =
      decide_targets(options, {input_of(1, -1, 7.0), input_of(2, 1, 7.0)}, Liquidation::kNo);
  EXPECT_EQ(decision.value().targets[0].order_shares, -7.0);
  EXPECT_EQ(decision.value().targets[1].order_shares, 7.1);
  EXPECT_EQ(decide_targets(options, {input_of(3, 1)}, Liquidation::kNo).error().code,
            ErrorCode::kInvalidConfig);
}

// The three assets of the reference's optimizer tests (oms.md 8.1), price 1.
std::vector<TargetInput> batch_inputs() {
  const struct {
    double holdings, prediction, volatility;
  } rows[] = {{1000.0, 0.05, 0.05}, {1500.0, 0.09, 0.07}, {-500.0, 0.03, 0.08}};
  std::vector<TargetInput> inputs;
  for (const auto& row : rows) {
    inputs.push_back({.asset_id = AssetId{static_cast<std::int64_t>(inputs.size()) + 1},
                      .holdings_shares = row.holdings,
                      .price = 1.0,
                      .holdings_notional = row.holdings,
                      .prediction = row.prediction,
                      .volatility = row.volatility});
  }
  return inputs;
}

TargetOptions batch_options() {
  analytics::SinglePeriodOptions optimizer;
  optimizer.target_gmv = 3000.0;
  optimizer.dollar_neutrality_penalty = 0.1;
  optimizer.constant_correlation = 0.5;
  optimizer.constant_correlation_penalty = 0.25;
  optimizer.target_gmv_hard_upper_bound_multiple = 1.01;
  TargetOptions options;
  options.optimizer = optimizer;
  options.share_quantization = 0;
  return options;
}

std::vector<double> holdings_of(const TargetDecision& decision) {
  std::vector<double> holdings;
  for (const Target& target : decision.targets) {
    holdings.push_back(target.target.holdings_shares);
  }
  return holdings;
}

TEST(BatchOptimizer, MeetsTheReferencesHoldings) {
  const auto decision = decide_targets(batch_options(), batch_inputs(), Liquidation::kNo).value();
  EXPECT_EQ(holdings_of(decision), (std::vector<double>{-995.0, 1515.0, -520.0}));
  EXPECT_EQ(decision.targets[0].order_shares, -1995.0);
  EXPECT_THAT(
      decision.notes,
      testing::ElementsAre(testing::HasSubstr("batch optimizer: optimal, objective 0.0038")));
}

TEST(BatchOptimizer, RestrictionsAreConstraints) {
  TargetOptions options = batch_options();
  options.restrictions[AssetId{3}].is_sell_short_restricted = true;
  const auto decision = decide_targets(options, batch_inputs(), Liquidation::kNo).value();
  EXPECT_EQ(holdings_of(decision), (std::vector<double>{-1015.0, 1515.0, -500.0}));
}

TEST(BatchOptimizer, WhatIsNotTradedIsHeldAndCounts) {
  const struct {
    const char* name;
    double TargetInput::*member;
    double value;
  } cases[] = {{"no prediction", &TargetInput::prediction, kNan},
               {"infinite prediction", &TargetInput::prediction, kInf},
               {"no volatility", &TargetInput::volatility, kNan},
               {"zero volatility", &TargetInput::volatility, 0.0},
               {"wide spread", &TargetInput::spread, 0.01}};
  for (const auto& c : cases) {
    TargetOptions options = batch_options();
    options.filter.max_spread_in_bps = 50.0;
    std::vector<TargetInput> inputs = batch_inputs();
    inputs[1].*c.member = c.value;
    const auto decision = decide_targets(options, inputs, Liquidation::kNo).value();
    EXPECT_EQ(decision.targets[1].target.holdings_shares, 1500.0) << c.name;
    EXPECT_EQ(decision.targets[1].order_shares, 0.0) << c.name;
    EXPECT_NE(decision.targets[0].order_shares, 0.0) << c.name;
    double gmv = 0.0;
    for (const double holding : holdings_of(decision)) {
      gmv += std::abs(holding);
    }
    EXPECT_LE(gmv, 3031.0) << c.name;
    EXPECT_THAT(decision.notes, testing::Contains(testing::StartsWith("asset 2: "))) << c.name;
  }
}

TEST(BatchOptimizer, AnAssetWithoutAPriceIsKeptOutOfTheProblem) {
  std::vector<TargetInput> inputs = batch_inputs();
  inputs[1].price = inputs[1].holdings_notional = kNan;
  const auto decision = decide_targets(batch_options(), inputs, Liquidation::kNo).value();
  EXPECT_EQ(decision.targets[1].target.holdings_shares, 1500.0);
  EXPECT_EQ(decision.targets[1].order_shares, 0.0);
  EXPECT_NE(decision.targets[0].order_shares, 0.0);
}

TEST(BatchOptimizer, AnInfeasibleBarKeepsEverythingAndSaysSo) {
  TargetOptions options = batch_options();
  for (std::int64_t asset = 1; asset <= 3; ++asset) {
    options.restrictions[AssetId{asset}].is_restricted = true;
  }
  std::vector<TargetInput> inputs = batch_inputs();
  inputs[0].holdings_shares = inputs[0].holdings_notional = 2500.0;
  const auto decision = decide_targets(options, inputs, Liquidation::kNo).value();
  EXPECT_EQ(holdings_of(decision), (std::vector<double>{2500.0, 1500.0, -500.0}));
  EXPECT_THAT(decision.notes, testing::ElementsAre(testing::HasSubstr(
                                  "batch optimizer: infeasible: no holdings keep the bounds")));
}

TEST(BatchOptimizer, LiquidationGoesToNothing) {
  const auto decision = decide_targets(batch_options(), batch_inputs(), Liquidation::kYes).value();
  EXPECT_EQ(holdings_of(decision), (std::vector<double>{0.0, 0.0, 0.0}));
  EXPECT_EQ(decision.targets[2].order_shares, 500.0);
}

TEST(BatchOptimizer, VerboseNotesTheStatistics) {
  TargetOptions options = batch_options();
  options.note_sizing_stats = true;
  const auto decision = decide_targets(options, batch_inputs(), Liquidation::kNo).value();
  EXPECT_THAT(decision.notes,
              testing::Contains(testing::HasSubstr("gmv 3030.00 (101.00 %), nmv 0.00 (0.00 %)")));
}

TEST(BatchOptimizer, APositionThatIsNotInWholeStepsStaysConsistent) {
  std::vector<TargetInput> inputs = batch_inputs();
  inputs[1].holdings_shares = inputs[1].holdings_notional = 1499.75;
  const auto decision = decide_targets(batch_options(), inputs, Liquidation::kNo);
  ASSERT_TRUE(decision.ok()) << decision.error().message;
  EXPECT_EQ(decision->targets[1].target.trades_shares, 15.0);
  EXPECT_EQ(decision->targets[1].target.holdings_shares, 1514.75);
}

}  // namespace
}  // namespace tieout::oms
