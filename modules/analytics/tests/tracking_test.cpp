#include "tieout/analytics/tracking.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tieout/analytics/distributions.hpp"
#include "tieout/analytics/two_samples.hpp"

#include "golden_support.hpp"

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Bars of five minutes from midnight with this PnL, a GMV of 200 and a volume of 10; with wealth
/// of 1000 before the first when `wealth`.
Panel metrics_of(const std::vector<double>& pnl, bool wealth = false, Duration bar = minutes(5)) {
  std::vector<ColumnKey> columns{{"pnl"}, {"gross_volume"}, {"net_volume"}, {"gmv"}, {"nmv"}};
  if (wealth) {
    columns.push_back({"net_wealth"});
  }
  Panel panel(std::move(columns));
  double level = 1000.0;
  for (const double x : pnl) {
    panel.append_row(Timestamp{} + bar * static_cast<std::int64_t>(panel.row_count()));
    const std::size_t row = panel.row_count() - 1;
    level += std::isnan(x) ? 0.0 : x;
    panel.set(row, 0, x);
    panel.set(row, 1, 10);
    panel.set(row, 2, 2);
    panel.set(row, 3, 200);
    panel.set(row, 4, 20);
    if (wealth) {
      panel.set(row, 5, level);
    }
  }
  return panel;
}

TrackingOptions options_of(const std::string& frequency) {
  TrackingOptions options;
  options.portfolio.frequency = parse_frequency(frequency).value();
  return options;
}

double value_of(const std::vector<Statistic>& statistics, std::string_view name) {
  const Statistic* found = find_statistic(statistics, "difference", name);
  return found == nullptr ? -12345.0 : found->value;
}

TEST(Tracking, EqualRunsAreEqualInEveryStatistic) {
  const Panel x = metrics_of({1, -2, 3, 0.5, -1});
  const auto got = compute_tracking({"a", x}, {"b", x}, options_of("5T")).value();
  for (const char* name :
       {"pnl_gap", "mean_gap", "mean_gap_lower", "mean_gap_upper", "max_equity_gap",
        "tracking_error", "active_return", "ks_distance", "dtw", "dtw_annualized"}) {
    EXPECT_EQ(value_of(got, name), 0.0) << name;
  }
  for (const char* name : {"equity_overlap", "ks_p"}) {
    EXPECT_EQ(value_of(got, name), 1.0) << name;
  }
  EXPECT_NEAR(value_of(got, "returns_correlation"), 1.0, 1e-15);
  EXPECT_NEAR(value_of(got, "beta"), 1.0, 1e-15);
  EXPECT_EQ(value_of(got, "retention"), 100.0);
  EXPECT_TRUE(std::isnan(value_of(got, "mean_gap_t"))) << "no gap varies";
  EXPECT_TRUE(std::isnan(value_of(got, "cusum")));
  EXPECT_FALSE(find_statistic(got, "difference", "cusum")->at.has_value());
}

TEST(Tracking, NumbersByHand) {
  // Gaps 1, 1, -4; cumulative 1, 2, -2: the widest is 2 at the second bar, as first of equals.
  const Panel left = metrics_of({2, 3, -3});
  const Panel right = metrics_of({1, 2, 1});
  const auto got = compute_tracking({"a", left}, {"b", right}, options_of("5T")).value();
  EXPECT_EQ(value_of(got, "pnl_gap"), -2.0);
  EXPECT_DOUBLE_EQ(value_of(got, "mean_gap"), -2.0 / 3.0);
  EXPECT_EQ(value_of(got, "max_equity_gap"), 2.0);
  EXPECT_EQ(find_statistic(got, "difference", "max_equity_gap")->at, Timestamp{} + minutes(5));
  EXPECT_EQ(value_of(got, "retention"), 50.0);
  // Levels 2, 5, 2 and 1, 3, 4: both 1 + 3 + 2, either 2 + 5 + 4.
  EXPECT_DOUBLE_EQ(value_of(got, "equity_overlap"), 6.0 / 11.0);
  const double deviation = std::sqrt(25.0 / 3.0);  // of 1, 1, -4
  EXPECT_NEAR(value_of(got, "mean_gap_t"), -2.0 / 3.0 / (deviation / std::sqrt(3.0)), 1e-14);
  EXPECT_NEAR(value_of(got, "tracking_error"), 100.0 * deviation / 200.0 * std::sqrt(105156.125),
              1e-11);
  // Deviations from the mean gap 5/3, 5/3, -10/3: the sum is largest after the second.
  EXPECT_NEAR(value_of(got, "cusum"), 10.0 / 3.0 / (deviation * std::sqrt(3.0)), 1e-14);
  EXPECT_EQ(find_statistic(got, "difference", "cusum")->at, Timestamp{} + minutes(10));
  // Warping 2, 3, -3 on 1, 2, 1: (2,1) (2,2) (3,2) (-3,1) costs 1 + 0 + 1 + 16.
  EXPECT_NEAR(value_of(got, "dtw"), std::sqrt(18.0) / 200.0, 1e-15);
  EXPECT_NEAR(value_of(got, "dtw_annualized"),
              std::sqrt(18.0) / 200.0 * std::sqrt(105156.125 / 3.0), 1e-12);
}

TEST(Tracking, EquityOnOppositeSidesOfZeroDoesNotOverlap) {
  // Levels 1, -1 against 1, 1: both 1 + 0, either 1 + 2.
  const auto got =
      compute_tracking({"a", metrics_of({1, -2})}, {"b", metrics_of({1, 0})}, options_of("5T"));
  EXPECT_DOUBLE_EQ(value_of(got.value(), "equity_overlap"), 1.0 / 3.0);
}

TEST(Tracking, ReturnsAreOnNetWealthWhereBothKnowItElseOnGmv) {
  const Panel a = metrics_of({10, 20}, true);
  const Panel b = metrics_of({0, 0}, true);
  const auto rich = compute_tracking({"a", a}, {"b", b}, options_of("5T")).value();
  // 10 / 1000 and 20 / 1010.
  EXPECT_NEAR(value_of(rich, "active_return"), 100.0 * 0.5 * (0.01 + 20.0 / 1010.0) * 105156.125,
              1e-8);
  const auto plain =
      compute_tracking({"a", a}, {"b", metrics_of({0, 0})}, options_of("5T")).value();
  EXPECT_NEAR(value_of(plain, "active_return"), 100.0 * 0.5 * 30.0 / 200.0 * 105156.125, 1e-8);
}

TEST(Tracking, ScoreIsOfDaysWhenThereAreTwo) {
  // Bars of twelve hours: days earn 3 and 7 against 0 and 0.
  const Panel a = metrics_of({1, 2, 3, 4}, false, hours(12));
  const Panel b = metrics_of({0, 0, 0, 0}, false, hours(12));
  const auto got = compute_tracking({"a", a}, {"b", b}, options_of("12H")).value();
  EXPECT_NEAR(value_of(got, "dtw"), std::sqrt(9.0 + 49.0) / 200.0, 1e-15);
  EXPECT_NEAR(value_of(got, "dtw_annualized"), std::sqrt(58.0) / 200.0 * std::sqrt(365.25 / 2.0),
              1e-14);
}

TEST(Tracking, RetentionIsNotDefinedWhereThereWasNothingToKeep) {
  const Panel left = metrics_of({1, 1});
  // Gross volume 20: at 1000 bps the floor is 2 dollars.
  TrackingOptions options = options_of("5T");
  options.retention_floor_bps = 1000;
  const auto kept = [&](double pnl) {
    return value_of(compute_tracking({"a", left}, {"b", metrics_of({pnl, 0})}, options).value(),
                    "retention");
  };
  EXPECT_TRUE(std::isnan(kept(1.99)));
  EXPECT_EQ(kept(2.0), 100.0);
  EXPECT_EQ(kept(-2.0), -100.0);
  EXPECT_TRUE(std::isnan(kept(0.0)));
}

TEST(Tracking, BarsOfOneSideCountWholeAndBarsOfNeitherNot) {
  const Panel left = metrics_of({kNan, 5, kNan});
  const Panel right = metrics_of({kNan, 1});
  const auto got = compute_tracking({"a", left}, {"b", right}, options_of("5T")).value();
  EXPECT_EQ(value_of(got, "pnl_gap"), 4.0);
  EXPECT_EQ(value_of(got, "mean_gap"), 4.0) << "one bin has a PnL";
}

TEST(Tracking, AMissingColumnAndNoBarsAreErrors) {
  const auto missing =
      compute_tracking({"prod", Panel({{"pnl"}})}, {"sim", metrics_of({1})}, options_of("5T"));
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("prod has no column gross_volume"), std::string::npos);
  EXPECT_FALSE(
      compute_tracking({"a", metrics_of({})}, {"b", metrics_of({})}, options_of("5T")).ok());
}

TEST(Bootstrap, IsAFunctionOfTheSeedAndPrintsItsBlock) {
  const CounterRng rng(5, 0);
  std::vector<double> x(100);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = rng.normal(i);
  }
  const MeanInterval one = bootstrap_mean(x, {});
  const MeanInterval again = bootstrap_mean(x, {});
  EXPECT_EQ(one.lower, again.lower);
  EXPECT_EQ(one.upper, again.upper);
  EXPECT_EQ(one.block_length, 5U) << "the cube root of 100, rounded up";
  EXPECT_EQ(bootstrap_mean(std::vector<double>(27, 1.0), {}).block_length, 3U);
  BootstrapOptions other;
  other.seed = 2;
  EXPECT_NE(bootstrap_mean(x, other).lower, one.lower);
  // Blocks of one are the ordinary bootstrap: about mean +- 1.96 deviation / sqrt(n).
  BootstrapOptions single;
  single.block_length = 1;
  const MeanInterval plain = bootstrap_mean(x, single);
  const double width = 2 * 1.96 * standard_deviation(x) / 10.0;
  EXPECT_NEAR(plain.upper - plain.lower, width, 0.1 * width);
  EXPECT_LT(plain.lower, mean(x));
  EXPECT_GT(plain.upper, mean(x));
}

TEST(Bootstrap, BlocksWrapAroundTheEndWithoutLosingASample) {
  const MeanInterval ones = bootstrap_mean(std::vector<double>(50, 1.0), {});
  EXPECT_EQ(ones.lower, 1.0);
  EXPECT_EQ(ones.upper, 1.0);
}

TEST(Bootstrap, CoversTheMeanOfDependentSeriesNineTimesOfTen) {
  // x_t = 0.4 x_{t-1} + noise, mean 0: the plain interval would be too narrow by a third.
  constexpr int kExperiments = 200;
  int blocks = 0;
  int singles = 0;
  for (int experiment = 0; experiment < kExperiments; ++experiment) {
    const CounterRng rng(2024, static_cast<std::uint64_t>(experiment));
    std::vector<double> x(150);
    double level = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      level = 0.4 * level + rng.normal(i);
      x[i] = level;
    }
    BootstrapOptions options;
    options.replicates = 200;
    options.block_length = 12;
    const MeanInterval wide = bootstrap_mean(x, options);
    blocks += wide.lower <= 0.0 && 0.0 <= wide.upper ? 1 : 0;
    options.block_length = 1;
    const MeanInterval narrow = bootstrap_mean(x, options);
    singles += narrow.lower <= 0.0 && 0.0 <= narrow.upper ? 1 : 0;
  }
  EXPECT_GE(blocks, 176) << "88 % of " << kExperiments;
  EXPECT_LE(blocks, 198);
  EXPECT_LT(singles, blocks) << "dependence must matter";
}

TEST(Bootstrap, FewerThanTwoValuesHaveNoInterval) {
  EXPECT_TRUE(std::isnan(bootstrap_mean(std::vector<double>{1.0, kNan}, {}).lower));
  EXPECT_TRUE(std::isnan(bootstrap_mean({}, {}).upper));
}

TEST(TwoSamples, KolmogorovSmirnovByHand) {
  // F of 1,2,3,4 is 1/2 at 2 where G of 3,4,5,6 is 0.
  const auto got =
      kolmogorov_smirnov(std::vector<double>{1, 2, 3, 4}, std::vector<double>{3, kNan, 4, 5, 6});
  EXPECT_EQ(got.distance, 0.5);
  EXPECT_EQ(got.p_value, kolmogorov_survival(0.5 * std::sqrt(2.0)));
  EXPECT_TRUE(std::isnan(kolmogorov_smirnov({}, std::vector<double>{1}).distance));
  EXPECT_EQ(kolmogorov_smirnov(std::vector<double>{1, 1, 1}, std::vector<double>{1}).distance, 0.0);
}

/// The statistic and its variance as Scholz and Stephens write them, with double sums.
long double anderson_darling_oracle(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<double> pooled = x;
  pooled.insert(pooled.end(), y.begin(), y.end());
  std::vector<double> values = pooled;
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  const auto n = static_cast<long double>(pooled.size());
  const auto below = [](const std::vector<double>& sample, double z) {
    long double count = 0;
    for (const double v : sample) count += v < z ? 1.0L : (v == z ? 0.5L : 0.0L);
    return count;
  };
  long double statistic = 0;
  for (const std::vector<double>* sample : {&x, &y}) {
    const auto ni = static_cast<long double>(sample->size());
    for (const double z : values) {
      const auto l = static_cast<long double>(std::count(pooled.begin(), pooled.end(), z));
      const long double m = below(*sample, z);
      const long double b = below(pooled, z);
      statistic += l / n * (n * m - ni * b) * (n * m - ni * b) / (b * (n - b) - n * l / 4) / ni;
    }
  }
  statistic *= (n - 1) / n;
  long double h = 0, g = 0;
  const auto big_h =
      1.0L / static_cast<long double>(x.size()) + 1.0L / static_cast<long double>(y.size());
  const auto count = static_cast<int>(pooled.size());
  for (int i = 1; i < count; ++i) h += 1.0L / i;
  for (int i = 1; i <= count - 2; ++i) {
    for (int j = i + 1; j <= count - 1; ++j) g += 1.0L / ((n - i) * j);
  }
  const long double a = (4 * g - 6) + (10 - 6 * g) * big_h;
  const long double b = (2 * g - 4) * 4 + 16 * h + (2 * g - 14 * h - 4) * big_h - 8 * h + 4 * g - 6;
  const long double c =
      (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * big_h + 4 * h;
  const long double d = (2 * h + 6) * 4 - 8 * h;
  const long double variance =
      (a * n * n * n + b * n * n + c * n + d) / ((n - 1) * (n - 2) * (n - 3));
  return (statistic - 1) / std::sqrt(variance);
}

TEST(TwoSamples, AndersonDarlingIsItsDefinition) {
  const std::vector<double> x{1.1, 2.0, 2.0, 3.5, -1.0, 7.0};
  const std::vector<double> y{2.0, 4.0, 9.5, 8.0, 7.0, 10.0, 11.0};
  EXPECT_NEAR(anderson_darling(x, y), static_cast<double>(anderson_darling_oracle(x, y)), 1e-12);
  EXPECT_NEAR(anderson_darling(y, x), anderson_darling(x, y), 1e-12);
  EXPECT_TRUE(std::isnan(anderson_darling(x, {})));
  EXPECT_TRUE(
      std::isnan(anderson_darling(std::vector<double>(5, 1.0), std::vector<double>(5, 1.0))));
}

// Source: the tabulated 5 % point of two samples is 1.961.
TEST(TwoSamples, AndersonDarlingRejectsOneInTwentyEqualSamples) {
  int rejected = 0;
  for (std::uint64_t experiment = 0; experiment < 400; ++experiment) {
    const CounterRng rng(99, experiment);
    std::vector<double> x(40);
    std::vector<double> y(50);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = rng.normal(i);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = rng.normal(100 + i);
    rejected += anderson_darling(x, y) > 1.961 ? 1 : 0;
  }
  EXPECT_GE(rejected, 8);
  EXPECT_LE(rejected, 34);
}

TEST(TwoSamples, CusumFindsTheBreakAndAStraightSeriesHasNone) {
  std::vector<double> x(60, 0.0);
  const CounterRng rng(3, 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = 0.1 * rng.normal(i) + (i >= 25 ? 1.0 : 0.0);
  }
  const ChangePoint change = cusum_change_point(x);
  EXPECT_EQ(change.last_before, 24U);
  EXPECT_LT(change.p_value, 0.01);
  EXPECT_TRUE(std::isnan(cusum_change_point(std::vector<double>(5, 2.0)).statistic));
  EXPECT_TRUE(std::isnan(cusum_change_point({}).statistic));
}

}  // namespace
}  // namespace tieout::analytics
