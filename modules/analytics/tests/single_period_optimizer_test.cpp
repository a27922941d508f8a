#include "tieout/analytics/single_period_optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/random.hpp"

#include "interior_point.hpp"
#include "sizing_enumeration.hpp"
#include "sizing_program.hpp"

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// One bar's assets with their columns owned.
struct Bar {
  std::vector<double> holdings;
  std::vector<double> predictions;
  std::vector<double> volatilities;
  std::vector<double> spreads;
  std::vector<TradePermission> permissions;

  std::size_t size() const { return holdings.size(); }
  SinglePeriodInputs inputs() const {
    return {.holdings_notional = holdings,
            .predictions = predictions,
            .volatilities = volatilities,
            .spreads = spreads,
            .permissions = permissions};
  }
};

// The three assets of the reference's own tests (oms.md 8.1).
Bar three_assets() {
  return {.holdings = {1000.0, 1500.0, -500.0},
          .predictions = {0.05, 0.09, 0.03},
          .volatilities = {0.05, 0.07, 0.08},
          .spreads = {},
          .permissions = std::vector<TradePermission>(3)};
}

SinglePeriodOptions mixed(double correlation, double penalty) {
  SinglePeriodOptions options;
  options.target_gmv = 3000.0;
  options.dollar_neutrality_penalty = 0.1;
  options.constant_correlation = correlation;
  options.constant_correlation_penalty = penalty;
  options.target_gmv_hard_upper_bound_multiple = 1.01;
  return options;
}

SinglePeriodSolution solve(const SinglePeriodOptions& options, const Bar& bar) {
  return optimize_single_period(options, bar.inputs()).value();
}

void expect_targets(const SinglePeriodSolution& solution, const std::vector<double>& needed,
                    double tolerance) {
  ASSERT_EQ(solution.status, SolveStatus::kOptimal) << solution.reason;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    EXPECT_NEAR(solution.target_notionals[i], needed[i], tolerance) << "asset number " << i;
  }
}

// oms.md 8.1; the reference prints whole dollars.
TEST(SinglePeriodOptimizer, GmvAloneGoesIntoTheBestAsset) {
  SinglePeriodOptions options;
  options.target_gmv = 3000.0;
  expect_targets(solve(options, three_assets()), {0.0, 3000.0, 0.0}, 1e-9);
}

TEST(SinglePeriodOptimizer, AForbiddenAssetKeepsItsHoldingAndItsShareOfTheGmv) {
  SinglePeriodOptions options;
  options.target_gmv = 3000.0;
  Bar bar = three_assets();
  bar.permissions[1] = {.may_buy = false, .may_sell = false};
  expect_targets(solve(options, bar), {1500.0, 1500.0, 0.0}, 1e-9);
}

TEST(SinglePeriodOptimizer, MixedTermsMeetTheReferencesNumbers) {
  expect_targets(solve(mixed(0.5, 0.25), three_assets()), {-995.0, 1515.0, -520.0}, 0.5);
  expect_targets(solve(mixed(0.8, 0.5), three_assets()), {-881.12, 1515.0, -633.88}, 1e-6);
}

TEST(SinglePeriodOptimizer, NoShortSellingStopsAtTheHolding) {
  Bar bar = three_assets();
  bar.permissions[2].may_sell = false;
  expect_targets(solve(mixed(0.5, 0.25), bar), {-1015.0, 1515.0, -500.0}, 1e-6);
  EXPECT_EQ(solve(mixed(0.5, 0.25), bar).target_notionals[2], -500.0);
}

/// A random problem: each term is present in about half of them.
struct RandomProblem {
  SinglePeriodOptions options;
  Bar bar;
};

RandomProblem random_problem(std::size_t n, std::uint64_t seed) {
  const CounterRng random(seed, n);
  std::uint64_t next = 0;
  const auto uniform = [&] { return random.uniform(next++); };
  const auto half_the_time = [&](double value) {
    return uniform() < 0.5 ? value * uniform() : 0.0;
  };
  RandomProblem problem;
  SinglePeriodOptions& o = problem.options;
  o.target_gmv = 3000.0;
  o.dollar_neutrality_penalty = half_the_time(0.01);
  if (uniform() < 0.5) {
    o.constant_correlation = uniform();
    o.constant_correlation_penalty = 50.0 * uniform();
  }
  o.relative_holding_penalty = half_the_time(0.01);
  o.relative_holding_max_frac_of_gmv =
      uniform() < 0.5 ? 1.0 : std::min(1.0, 10.0 * uniform() / static_cast<double>(n));
  o.target_gmv_upper_bound_penalty = half_the_time(0.01);
  o.target_gmv_hard_upper_bound_multiple = 1.0 + 0.2 * uniform();
  o.transaction_cost_penalty = half_the_time(1.0);
  o.volatility_risk_penalty = half_the_time(10.0);
  o.spread_cost_penalty = half_the_time(1.0);
  o.turnover_penalty = half_the_time(1e-4);
  o.dollar_neutral = uniform() < 0.1;
  for (std::size_t i = 0; i < n; ++i) {
    const double holding = 3000.0 / static_cast<double>(n) * random.normal(next++);
    problem.bar.holdings.push_back(uniform() < 0.3 ? 0.0 : holding);
    problem.bar.predictions.push_back(random.normal(next++));
    problem.bar.volatilities.push_back(0.001 + 0.004 * uniform());
    problem.bar.spreads.push_back(0.001 * uniform());
    problem.bar.permissions.push_back({.may_buy = uniform() > 0.15, .may_sell = uniform() > 0.15});
  }
  return problem;
}

// The same program as the optimizer's, written down from oms.md 3.3 a second time.
SizingProgram program_of(const RandomProblem& problem) {
  const SinglePeriodOptions& o = problem.options;
  const Bar& bar = problem.bar;
  const auto n = static_cast<double>(bar.size());
  SizingProgram p;
  const double ccp = o.constant_correlation ? o.constant_correlation_penalty : 0.0;
  const double rho = o.constant_correlation.value_or(0.0);
  const double box = n * o.relative_holding_max_frac_of_gmv;
  for (std::size_t i = 0; i < bar.size(); ++i) {
    const double v = bar.volatilities[i];
    const double w0 = bar.holdings[i] / o.target_gmv * n;
    p.edge.push_back(bar.predictions[i] * v);
    p.curvature.push_back(2.0 * v * v * (ccp * (1.0 - rho) + o.volatility_risk_penalty));
    p.exposure.push_back(v);
    p.trade_cost.push_back(o.transaction_cost_penalty * v + o.turnover_penalty +
                           o.spread_cost_penalty * bar.spreads[i] / 2.0);
    p.current.push_back(w0);
    double lower = bar.permissions[i].may_sell ? -box : std::max(w0, -box);
    double upper = bar.permissions[i].may_buy ? box : std::min(w0, box);
    if (lower > upper || (!bar.permissions[i].may_buy && !bar.permissions[i].may_sell)) {
      lower = upper = w0;
    }
    p.lower.push_back(lower);
    p.upper.push_back(upper);
  }
  p.factor_penalty = 2.0 * ccp * rho;
  p.gross_free = n;
  p.gross_penalty = o.target_gmv_upper_bound_penalty;
  p.gross_bound = n * o.target_gmv_hard_upper_bound_multiple;
  p.net_penalty = o.dollar_neutrality_penalty;
  p.net_zero = o.dollar_neutral;
  p.peak_penalty = o.relative_holding_penalty;
  return p;
}

class SmallProblem : public testing::TestWithParam<std::pair<std::size_t, std::uint64_t>> {};

TEST_P(SmallProblem, IsAsGoodAsTheBestOfAllFaces) {
  const auto [n, count] = GetParam();
  int optimal = 0;
  int infeasible = 0;
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    const RandomProblem problem = random_problem(n, seed);
    const SinglePeriodSolution solution = solve(problem.options, problem.bar);
    const double needed = enumerated_optimum(program_of(problem));
    if (std::isinf(needed)) {
      EXPECT_EQ(solution.status, SolveStatus::kInfeasible) << "n " << n << " seed " << seed;
      ++infeasible;
      continue;
    }
    ++optimal;
    ASSERT_EQ(solution.status, SolveStatus::kOptimal)
        << "n " << n << " seed " << seed << ": " << solution.reason;
    EXPECT_NEAR(-solution.certificate.objective, needed, 1e-8 * std::abs(needed) + 1e-13)
        << "n " << n << " seed " << seed;
  }
  EXPECT_GT(optimal, infeasible);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SmallProblem,
                         testing::Values(std::pair<std::size_t, std::uint64_t>{1, 300},
                                         std::pair<std::size_t, std::uint64_t>{2, 80},
                                         std::pair<std::size_t, std::uint64_t>{3, 3}),
                         [](const auto& test) { return fmt::format("n{}", test.param.first); });

class RandomSize : public testing::TestWithParam<std::size_t> {};

TEST_P(RandomSize, EverySolutionIsProvedAndKeepsItsBounds) {
  const std::size_t n = GetParam();
  int infeasible = 0;
  constexpr std::uint64_t kSeeds = 40;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const RandomProblem problem = random_problem(n, seed);
    const SinglePeriodSolution solution = solve(problem.options, problem.bar);
    if (solution.status == SolveStatus::kInfeasible) {
      ++infeasible;
      EXPECT_EQ(solution.target_notionals, problem.bar.holdings);
      continue;
    }
    ASSERT_EQ(solution.status, SolveStatus::kOptimal)
        << "n " << n << " seed " << seed << ": " << solution.reason;
    EXPECT_LE(solution.certificate.gap, kOptimalityTolerance);
    double gmv = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const double target = solution.target_notionals[i];
      const double trade = target - problem.bar.holdings[i];
      const TradePermission permission = problem.bar.permissions[i];
      gmv += std::abs(target);
      EXPECT_TRUE(permission.may_buy || trade <= 0.0) << "seed " << seed << " asset " << i;
      EXPECT_TRUE(permission.may_sell || trade >= 0.0) << "seed " << seed << " asset " << i;
      const double largest =
          problem.options.target_gmv * problem.options.relative_holding_max_frac_of_gmv;
      EXPECT_LE(std::abs(target),
                std::max(largest * (1 + 1e-12), std::abs(trade) == 0.0 ? kInf : 0))
          << "seed " << seed << " asset " << i;
    }
    EXPECT_LE(gmv, problem.options.target_gmv *
                       problem.options.target_gmv_hard_upper_bound_multiple * (1.0 + 1e-11))
        << "seed " << seed;
    // Same numbers, same bits.
    EXPECT_EQ(solve(problem.options, problem.bar).target_notionals, solution.target_notionals);
  }
  EXPECT_LT(infeasible, 20);
}

TEST_P(RandomSize, TheOrderOfTheAssetsDoesNotMatter) {
  const std::size_t n = GetParam();
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const RandomProblem problem = random_problem(n, seed);
    RandomProblem turned = problem;
    const auto turn = [](auto& column) { std::reverse(column.begin(), column.end()); };
    turn(turned.bar.holdings);
    turn(turned.bar.predictions);
    turn(turned.bar.volatilities);
    turn(turned.bar.spreads);
    turn(turned.bar.permissions);
    const SinglePeriodSolution left = solve(problem.options, problem.bar);
    const SinglePeriodSolution right = solve(turned.options, turned.bar);
    ASSERT_EQ(left.status, right.status) << "seed " << seed;
    EXPECT_NEAR(left.certificate.objective, right.certificate.objective,
                2e-8 * std::abs(left.certificate.objective) + 1e-12)
        << "seed " << seed;
  }
}

TEST_P(RandomSize, DollarsAreOnlyAScale) {
  const std::size_t n = GetParam();
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const RandomProblem problem = random_problem(n, seed);
    RandomProblem larger = problem;
    larger.options.target_gmv *= 1024.0;
    for (double& holding : larger.bar.holdings) {
      holding *= 1024.0;
    }
    const SinglePeriodSolution left = solve(problem.options, problem.bar);
    const SinglePeriodSolution right = solve(larger.options, larger.bar);
    ASSERT_EQ(left.status, right.status);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(1024.0 * left.target_notionals[i], right.target_notionals[i]) << "seed " << seed;
    }
  }
}

TEST_P(RandomSize, ShortIsTheMirrorOfLong) {
  const std::size_t n = GetParam();
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const RandomProblem problem = random_problem(n, seed);
    RandomProblem mirrored = problem;
    for (std::size_t i = 0; i < n; ++i) {
      mirrored.bar.holdings[i] = -problem.bar.holdings[i];
      mirrored.bar.predictions[i] = -problem.bar.predictions[i];
      mirrored.bar.permissions[i] = {.may_buy = problem.bar.permissions[i].may_sell,
                                     .may_sell = problem.bar.permissions[i].may_buy};
    }
    const SinglePeriodSolution left = solve(problem.options, problem.bar);
    const SinglePeriodSolution right = solve(mirrored.options, mirrored.bar);
    ASSERT_EQ(left.status, right.status);
    EXPECT_NEAR(left.certificate.objective, right.certificate.objective,
                2e-8 * std::abs(left.certificate.objective) + 1e-12);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, RandomSize, testing::Values(4U, 25U, 130U),
                         [](const auto& test) { return fmt::format("n{}", test.param); });

// Weak duality: whatever the multipliers are, no weights that keep the constraints cost less than
// the bound. This is what makes the certificate a proof.
TEST(SizingProgram, NoWeightsGoBelowTheBoundOfAnyMultipliers) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::size_t n = 1 + seed % 6;
    const SizingProgram program = program_of(random_problem(n, seed));
    const CounterRng random(seed, 1000);
    std::uint64_t next = 0;
    SizingMultipliers multipliers{.gross = 0.02 * random.normal(next++),
                                  .gross_bound = 0.02 * random.normal(next++),
                                  .net = 0.02 * random.normal(next++),
                                  .factor = 0.1 * random.normal(next++),
                                  .peak = {}};
    for (std::size_t i = 0; i < n; ++i) {
      multipliers.peak.push_back(0.02 * random.normal(next++));
    }
    const double bound = lower_bound_of(program, multipliers);
    for (int attempt = 0; attempt < 50; ++attempt) {
      std::vector<double> weights;
      for (std::size_t i = 0; i < n; ++i) {
        const double share = random.uniform(next++);
        weights.push_back(program.lower[i] + share * (program.upper[i] - program.lower[i]));
      }
      if (violation_of(program, weights) <= 0.0) {
        ASSERT_GE(cost_of(program, weights).value, bound - 1e-14) << "seed " << seed;
      }
    }
  }
}

TEST(SinglePeriodOptimizer, WhatGainsNothingDoesNotTrade) {
  Bar bar = three_assets();
  bar.predictions = {0.0, 0.0, 0.0};
  SinglePeriodOptions options;
  options.target_gmv = 3000.0;
  const SinglePeriodSolution solution = solve(options, bar);
  EXPECT_EQ(solution.status, SolveStatus::kOptimal);
  EXPECT_EQ(solution.target_notionals, bar.holdings);
}

TEST(SinglePeriodOptimizer, CostsAboveTheGainKeepTheHoldingsToTheBit) {
  Bar bar = three_assets();
  bar.holdings = {1000.1, 700.3, -333.7};
  SinglePeriodOptions options = mixed(0.5, 0.25);
  options.dollar_neutrality_penalty = 0.0;
  options.transaction_cost_penalty = 0.2;
  const SinglePeriodSolution solution = solve(options, bar);
  EXPECT_EQ(solution.status, SolveStatus::kOptimal);
  EXPECT_EQ(solution.target_notionals, bar.holdings);
  options.transaction_cost_penalty = 0.0;
  EXPECT_NE(solve(options, bar).target_notionals, bar.holdings);
}

TEST(SinglePeriodOptimizer, BoundsThatCannotBeKeptAreInfeasible) {
  Bar bar = three_assets();
  bar.holdings = {2500.0, 1500.0, -500.0};
  for (TradePermission& permission : bar.permissions) {
    permission = {.may_buy = false, .may_sell = false};
  }
  const SinglePeriodSolution solution = solve(mixed(0.5, 0.25), bar);
  EXPECT_EQ(solution.status, SolveStatus::kInfeasible);
  EXPECT_EQ(solution.target_notionals, bar.holdings);
  EXPECT_THAT(solution.reason, testing::HasSubstr("need a gmv of 4500.0, the bound is 3030.0"));
}

TEST(SinglePeriodOptimizer, ANeutralBookThatNobodyMayBalanceIsInfeasible) {
  Bar bar = three_assets();
  bar.permissions = {{false, false}, {true, false}, {true, false}};
  SinglePeriodOptions options = mixed(0.5, 0.25);
  options.dollar_neutral = true;
  EXPECT_EQ(solve(options, bar).status, SolveStatus::kInfeasible);
}

TEST(SinglePeriodOptimizer, AnAnswerThatCannotBeProvedIsNotUsed) {
  Bar bar = three_assets();
  bar.predictions[0] = 1e300;  // Finite, and beyond what the arithmetic can carry.
  bar.volatilities[0] = 1e200;
  const SinglePeriodSolution solution = solve(mixed(0.5, 0.25), bar);
  EXPECT_EQ(solution.status, SolveStatus::kNotConverged);
  EXPECT_EQ(solution.target_notionals, bar.holdings);
  EXPECT_THAT(solution.reason, testing::HasSubstr("no proof of optimality"));
}

TEST(SinglePeriodOptimizer, NoAssetsNeedNoTargets) {
  const SinglePeriodSolution solution = solve(mixed(0.5, 0.25), Bar{});
  EXPECT_EQ(solution.status, SolveStatus::kOptimal);
  EXPECT_TRUE(solution.target_notionals.empty());
}

TEST(SinglePeriodOptimizer, InputsThatAreNoNumbersAreRefused) {
  const struct {
    double holdings;
    double prediction;
    double volatility;
    double spread;
    const char* name;
  } cases[] = {{kNan, 0.1, 0.1, 0.0, "holdings_notional"},
               {0.0, kNan, 0.1, 0.0, "prediction"},
               {0.0, kInf, 0.1, 0.0, "prediction"},
               {0.0, 0.1, kNan, 0.0, "volatility"},
               {0.0, 0.1, 0.0, 0.0, "volatility"},
               {0.0, 0.1, -0.1, 0.0, "volatility"},
               {0.0, 0.1, 0.1, -1.0, "spread"},
               {0.0, 0.1, 0.1, kNan, "spread"}};
  for (const auto& c : cases) {
    const Bar bar{{c.holdings}, {c.prediction}, {c.volatility}, {c.spread}, {}};
    const auto solution = optimize_single_period({}, bar.inputs());
    ASSERT_FALSE(solution.ok()) << c.name;
    EXPECT_EQ(solution.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(solution.error().message, testing::HasSubstr(c.name));
  }
  const Bar uneven{{0.0, 0.0}, {0.1}, {0.1, 0.1}, {}, {}};
  EXPECT_EQ(optimize_single_period({}, uneven.inputs()).error().code, ErrorCode::kInvalidArgument);
}

TEST(SinglePeriodOptimizer, OptionsOutOfRangeAreRefusedByName) {
  const auto refused = [](double SinglePeriodOptions::*member, double value) {
    SinglePeriodOptions options;
    options.*member = value;
    const Status status = check_options(options);
    return status.ok() ? std::string() : status.error().message;
  };
  using O = SinglePeriodOptions;
  EXPECT_THAT(refused(&O::target_gmv, 0.0), testing::HasSubstr("target_gmv is 0.0"));
  EXPECT_THAT(refused(&O::target_gmv, kInf), testing::HasSubstr("target_gmv"));
  EXPECT_THAT(refused(&O::target_gmv_hard_upper_bound_multiple, 0.99),
              testing::HasSubstr("hard_upper_bound_multiple is 0.99, needed"));
  EXPECT_THAT(refused(&O::relative_holding_max_frac_of_gmv, 1.1),
              testing::HasSubstr("max_frac_of_gmv is 1.1, needed a number in [0, 1]"));
  for (const auto member : {&O::dollar_neutrality_penalty, &O::constant_correlation_penalty,
                            &O::relative_holding_penalty, &O::target_gmv_upper_bound_penalty,
                            &O::transaction_cost_penalty, &O::volatility_risk_penalty,
                            &O::spread_cost_penalty, &O::turnover_penalty}) {
    EXPECT_THAT(refused(member, -1.0), testing::HasSubstr("needed a finite number of at least 0"));
    EXPECT_THAT(refused(member, kNan), testing::HasSubstr("nan"));
    EXPECT_EQ(refused(member, 0.0), "");
  }
  SinglePeriodOptions options;
  options.constant_correlation = 1.5;
  EXPECT_EQ(check_options(options).error().code, ErrorCode::kInvalidConfig);
}

TEST(QuantizeHoldings, RoundsTheHoldingsAndThenTheTrade) {
  // 0.56 - 0.14 is 0.42000000000000004 in doubles (oms.md 3.3).
  const std::vector<double> notionals{56.0, 104.9, kNan, 50.0};
  const std::vector<double> holdings{0.14, -1.0, 3.0, 2.0};
  const std::vector<double> prices{100.0, 10.0, 10.0, kNan};
  const std::vector<int> decimals{2, 0, 0, 0};
  const SharesAndNotionals result = quantize_holdings(notionals, holdings, prices, decimals);
  EXPECT_EQ(result.target_trades_shares, (std::vector<double>{0.42, 11.0, 0.0, 0.0}));
  EXPECT_EQ(result.target_holdings_shares[0], 0.56);
  EXPECT_EQ(result.target_holdings_shares[1], 10.0);
  EXPECT_EQ(result.target_holdings_notional[1], 100.0);
  EXPECT_EQ(result.target_trades_notional[1], 110.0);
  EXPECT_EQ(result.target_holdings_shares[3], 2.0);
}

TEST(ComputeStats, AreAbsoluteAndSignedSums) {
  const std::vector<double> holdings{1000.0, -500.0, kNan};
  const std::vector<double> trades{-200.0, 300.0, kNan};
  const SinglePeriodStats stats = compute_stats(holdings, trades, 2000.0);
  EXPECT_EQ(stats.gmv, 1500.0);
  EXPECT_EQ(stats.nmv, 500.0);
  EXPECT_EQ(stats.gross_volume, 500.0);
  EXPECT_EQ(stats.net_volume, 100.0);
  EXPECT_EQ(stats.gmv_pct, 75.0);
  EXPECT_EQ(stats.nmv_pct, 25.0);
  EXPECT_EQ(stats.gross_volume_pct, 25.0);
  EXPECT_EQ(stats.net_volume_pct, 5.0);
}

// oms.md 3.3 and 3.6.
TEST(TradingRestriction, TheSignOfTheHoldingsDecidesWhichFlagCounts) {
  const TradePermission all{};
  const TradePermission no_buy{.may_buy = false, .may_sell = true};
  const TradePermission no_sell{.may_buy = true, .may_sell = false};
  const TradePermission none{.may_buy = false, .may_sell = false};
  const struct {
    TradingRestriction restriction;
    TradePermission when_short;
    TradePermission when_flat;
    TradePermission when_long;
  } cases[] = {
      {{}, all, all, all},
      {{.is_restricted = true}, none, none, none},
      {{.is_buy_restricted = true}, all, no_buy, no_buy},
      {{.is_buy_cover_restricted = true}, no_buy, all, all},
      {{.is_sell_short_restricted = true}, no_sell, no_sell, all},
      {{.is_sell_long_restricted = true}, all, all, no_sell},
      {{.is_restricted = true, .is_sell_long_restricted = true}, all, all, no_sell},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(permission_of(c.restriction, -1.0), c.when_short);
    EXPECT_EQ(permission_of(c.restriction, 0.0), c.when_flat);
    EXPECT_EQ(permission_of(c.restriction, 1.0), c.when_long);
  }
}

}  // namespace
}  // namespace tieout::analytics
