#include "tieout/analytics/series_stats.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tieout/analytics/bar_metrics.hpp"

#include "golden_panel.hpp"
#include "long_double.hpp"

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr auto kZero = DrawdownStart::kZero;
constexpr auto kFirst = DrawdownStart::kFirstValue;

std::vector<double> draws(std::size_t n, std::uint64_t seed, double level, double scale) {
  const CounterRng rng(seed, 7);
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = level + scale * rng.normal(i);
  }
  return values;
}

void expect_relative(double got, long double want, const char* what) {
  EXPECT_LE(std::abs(static_cast<long double>(got) - want), 1e-12L * std::abs(want))
      << what << ": " << got << " for " << static_cast<double>(want);
}

TEST(SeriesStats, AgreeWithLongDoublesTo1e12) {
  const double points = 105156.125;
  for (const std::size_t n : {2U, 3U, 10U, 288U, 20000U}) {
    for (const double level : {0.3, -2.0, 50.0}) {
      SCOPED_TRACE(std::to_string(n) + " values about " + std::to_string(level));
      const std::vector<double> x = draws(n, n, level, 7.0);
      const long double count = static_cast<long double>(n);
      const long double s = oracle::mean(x) / oracle::deviation(x);
      expect_relative(mean(x), oracle::mean(x), "mean");
      expect_relative(standard_deviation(x), oracle::deviation(x), "deviation");
      expect_relative(sharpe_ratio(x, points), s * std::sqrt(105156.125L), "Sharpe");
      expect_relative(sharpe_standard_error(x, points),
                      std::sqrt((1 + s * s / 2) / (count - 1) * 105156.125L), "its error");
      expect_relative(annualized_mean(x, points), oracle::mean(x) * 105156.125L, "annual mean");
      expect_relative(annualized_volatility(x, points),
                      oracle::deviation(x) * std::sqrt(105156.125L), "annual volatility");
      const TTest test = t_test(x);
      expect_relative(test.statistic, s * std::sqrt(count), "t");
      if (std::abs(test.statistic) < 5) {
        expect_relative(test.p_value,
                        oracle::student_t_two_sided(s * std::sqrt(count), static_cast<int>(n) - 1),
                        "p");
      }
      if (n > 2) {
        expect_relative(skewness(x), oracle::moment(x, 3) / std::pow(oracle::moment(x, 2), 1.5L),
                        "skewness");
      }
      expect_relative(kurtosis(x), oracle::moment(x, 4) / std::pow(oracle::moment(x, 2), 2.0L),
                      "kurtosis");
      if (n >= 3) {
        expect_relative(k_ratio(x, points), oracle::k_ratio(x, 105156.125L), "k-ratio");
      }
      if (n >= 10) {
        const std::vector<double> y = draws(n, n + 1, 1.0, 3.0);
        expect_relative(correlation(x, y), oracle::correlation(x, y), "correlation");
      }
    }
  }
}

TEST(SeriesStats, MatchGoldenSeries) {
  std::size_t seen = 0;
  for (const auto& folder : golden_cases("stats_")) {
    if (!std::filesystem::exists(folder / "expected_drawdown.csv")) {
      continue;
    }
    SCOPED_TRACE(folder.filename().string());
    ++seen;
    const Panel input = read_golden_panel(folder / "input.csv");
    const std::vector<double> pnl(input.column(0).begin(), input.column(0).end());
    const double points = points_per_year(parse_frequency(golden_param(folder, "freq")).value());
    const TTest test = t_test(pnl);
    const HitRate hits = hit_rate(pnl);
    const std::pair<const char*, double> values[] = {
        {"sharpe_ratio", sharpe_ratio(pnl, points)},
        {"sharpe_ratio_standard_error", sharpe_standard_error(pnl, points)},
        {"sr.tval", test.statistic},
        {"sr.pval", test.p_value},
        {"kratio", k_ratio(pnl, points)},
        {"annualized_mean_return", annualized_mean(pnl, points)},
        {"annualized_volatility", annualized_volatility(pnl, points)},
        {"max_drawdown", max_drawdown(pnl, kFirst)},
        {"hit_rate_point_est_(%)", hits.percent},
        {"hit_rate_97.50%CI_lower_bound_(%)", hits.lower},
        {"hit_rate_97.50%CI_upper_bound_(%)", hits.upper},
    };
    const std::string text = read_file(folder / "expected.csv").value();
    CsvReader reader(text);
    ASSERT_TRUE(reader.next().value());
    std::size_t rows = 0;
    while (reader.next().value()) {
      const auto* found = std::ranges::find_if(
          values, [&](const auto& value) { return reader.fields()[0] == value.first; });
      ASSERT_NE(found, std::end(values)) << reader.fields()[0];
      const double want = parse_double(reader.fields()[1]).value();
      EXPECT_NEAR(found->second, want, 1e-12 * std::abs(want)) << found->first;
      ++rows;
    }
    EXPECT_EQ(rows, std::size(values));
    const Panel depth = read_golden_panel(folder / "expected_drawdown.csv");
    const std::vector<double> got = drawdown(pnl, kFirst);
    ASSERT_EQ(got.size(), depth.row_count());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i], depth.at(i, 0), 1e-12);
    }
  }
  if (seen == 0) {
    GTEST_SKIP() << "skipped: no shared data";
  }
}

TEST(Drawdown, AFirstLossCountsUnlessTheReferenceIsFollowed) {
  const std::vector<double> losses{-3, -1, 2, -5};  // cumulative -3, -4, -2, -7
  EXPECT_EQ(drawdown(losses, kZero), (std::vector<double>{3, 4, 2, 7}));
  EXPECT_EQ(drawdown(losses, kFirst), (std::vector<double>{0, 1, 0, 5}));
  EXPECT_EQ(max_drawdown(losses, kZero), 7);
  EXPECT_EQ(max_drawdown(losses, kFirst), 5);
  EXPECT_EQ(longest_drawdown(losses, kZero), 4U);
  EXPECT_EQ(longest_drawdown(losses, kFirst), 1U);
  EXPECT_EQ(max_drawdown(std::vector<double>{1, kNan, 1}, kZero), 0);
}

TEST(SeriesStats, ZeroVariationGivesInfinityAndZeroOverZeroGivesNan) {
  const std::vector<double> constant(4, 600.0);
  EXPECT_EQ(sharpe_ratio(constant, 260.875), kInf);
  EXPECT_EQ(sharpe_standard_error(constant, 260.875), kInf);
  EXPECT_EQ(t_test(constant).statistic, kInf);
  EXPECT_EQ(t_test(constant).p_value, 0.0);
  EXPECT_EQ(annualized_volatility(constant, 260.875), 0.0);
  const std::vector<double> zeros(4, 0.0);
  EXPECT_TRUE(std::isnan(sharpe_ratio(zeros, 1)));
  EXPECT_TRUE(std::isnan(t_test(zeros).p_value));
  EXPECT_TRUE(std::isnan(skewness(constant)));
  EXPECT_TRUE(std::isnan(autocorrelation(constant)));
  EXPECT_TRUE(std::isnan(correlation(constant, constant)));
}

TEST(SeriesStats, EmptyAndSingleSeriesAreNanNotACrash) {
  for (const std::vector<double>& x :
       {std::vector<double>{}, std::vector<double>{kNan}, std::vector<double>{1.0}}) {
    EXPECT_TRUE(std::isnan(standard_deviation(x)));
    EXPECT_TRUE(std::isnan(sharpe_ratio(x, 1)));
    EXPECT_TRUE(std::isnan(t_test(x).statistic));
    EXPECT_TRUE(std::isnan(k_ratio(x, 1)));
    EXPECT_TRUE(std::isnan(skewness(x)));
    EXPECT_TRUE(std::isnan(autocorrelation(x)));
    EXPECT_TRUE(std::isnan(probabilistic_sharpe(x)));
    EXPECT_TRUE(std::isnan(correlation(x, x)));
    EXPECT_TRUE(std::isnan(rank_correlation(x, x)));
  }
  const std::vector<double> none;
  EXPECT_TRUE(std::isnan(mean(none)));
  EXPECT_TRUE(std::isnan(max_drawdown(none, kZero)));
  EXPECT_TRUE(std::isnan(quantile(none, 0.5)));
  EXPECT_TRUE(std::isnan(expected_shortfall(none, 0.95)));
  EXPECT_TRUE(std::isnan(sortino_ratio(none, 1)));
  EXPECT_TRUE(std::isnan(hit_rate(none).percent));
  EXPECT_EQ(longest_drawdown(none, kZero), 0U);
}

TEST(SeriesStats, NanIsZeroWhereTheYearCountsAndLeftOutWhereItDoesNot) {
  const std::vector<double> gaps{kNan, 3, kNan, 1};
  EXPECT_EQ(annualized_mean(gaps, 4), 4.0);
  EXPECT_EQ(mean(gaps), 2.0);
  EXPECT_EQ(standard_deviation(gaps), std::sqrt(2.0));
  EXPECT_EQ(t_test(gaps).statistic, 2.0);
  EXPECT_EQ(sharpe_ratio(gaps, 1), sharpe_ratio(std::vector<double>{0, 3, 0, 1}, 1));
}

TEST(SeriesStats, SharpeDoesNotFeelScaleAndVolatilityDoesNotFeelShift) {
  const std::vector<double> x = draws(100, 3, 0.2, 1.0);
  std::vector<double> scaled = x;
  std::vector<double> shifted = x;
  for (std::size_t i = 0; i < x.size(); ++i) {
    scaled[i] *= 1e6;
    shifted[i] += 10.0;
  }
  EXPECT_NEAR(sharpe_ratio(scaled, 252), sharpe_ratio(x, 252), 1e-12);
  EXPECT_NEAR(probabilistic_sharpe(scaled), probabilistic_sharpe(x), 1e-12);
  EXPECT_NEAR(sortino_ratio(scaled, 252), sortino_ratio(x, 252), 1e-12);
  EXPECT_NEAR(k_ratio(scaled, 252), k_ratio(x, 252), 1e-11);
  EXPECT_NEAR(annualized_volatility(shifted, 252), annualized_volatility(x, 252), 1e-12);
  EXPECT_NEAR(skewness(shifted), skewness(x), 1e-12);
  EXPECT_NEAR(correlation(x, shifted), 1.0, 1e-15);
}

TEST(HitRate, CountsWinsAmongWhatMoved) {
  // 3 of 4: Beta(3.5, 1.5). Source: the beta distribution's quantiles hold I_x(3.5, 1.5) = 0.025
  // and 0.975 (checked in distributions_test).
  const HitRate hits = hit_rate(std::vector<double>{1, 2, 0, kNan, kInf, -1, 5});
  EXPECT_EQ(hits.percent, 75.0);
  EXPECT_GT(hits.lower, 20.0);
  EXPECT_LT(hits.lower, hits.percent);
  EXPECT_GT(hits.upper, hits.percent);
  EXPECT_LT(hits.upper, 100.0);
}

TEST(Risk, QuantilesAndShortfallsByHand) {
  std::vector<double> x;  // -10, -9, ..., 10
  for (int i = -10; i <= 10; ++i) {
    x.push_back(i);
  }
  // Position of the 5 % quantile: 0.05 * 20 = 1, the second smallest.
  EXPECT_NEAR(value_at_risk(x, 0.95), 9.0, 1e-12);
  EXPECT_NEAR(expected_shortfall(x, 0.95), 9.5, 1e-12);
  EXPECT_EQ(quantile(x, 0.5), 0.0);
  EXPECT_NEAR(quantile(x, 0.525), 0.5, 1e-12);
  EXPECT_EQ(quantile(x, 1.0), 10.0);
}

TEST(Ratios, SortinoPsrAndImpliedCorrelationByHand) {
  // mean 1, downside sqrt((1 + 0 + 0 + 0) / 4) = 1/2.
  EXPECT_DOUBLE_EQ(sortino_ratio(std::vector<double>{-1, 3, 2, 0}, 4), 1.0 / 0.5 * 2.0);
  // A symmetric series about 0 has a Sharpe ratio of 0: the probability is one half.
  EXPECT_DOUBLE_EQ(probabilistic_sharpe(std::vector<double>{-1, 1, -2, 2}), 0.5);
  EXPECT_DOUBLE_EQ(implied_correlation(0.6 * std::sqrt(252.0), 252.0), 0.75);
  EXPECT_TRUE(std::isnan(implied_correlation(20.0, 252.0)));
  // (-1)(1) + (1)(-1) + (-1)(1) over 4.
  EXPECT_DOUBLE_EQ(autocorrelation(std::vector<double>{-1, 1, -1, 1}), -0.75);
}

TEST(Correlation, RanksFeelOrderAloneAndTiesShareTheirRank) {
  const std::vector<double> x{1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(rank_correlation(x, std::vector<double>{1, 8, 27, 1e9}), 1.0);
  EXPECT_DOUBLE_EQ(rank_correlation(x, std::vector<double>{5, 4, 3, -9}), -1.0);
  // Ranks 1, 2.5, 2.5, 4 against 1..4: 4.5 / sqrt(5 * 4.5).
  EXPECT_NEAR(rank_correlation(x, std::vector<double>{0, 7, 7, 9}), 4.5 / std::sqrt(22.5), 1e-15);
  EXPECT_NEAR(correlation(std::vector<double>{1, kNan, 2, 3}, std::vector<double>{2, 5, 4, 6}), 1.0,
              1e-15);
}

}  // namespace
}  // namespace tieout::analytics
