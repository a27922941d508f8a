#include "tieout/analytics/equality.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tieout/analytics/series_stats.hpp"

#include "golden_support.hpp"
#include "long_double.hpp"

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Panel series(const std::vector<double>& values, std::int64_t first = 0) {
  Panel panel({{"x"}});
  for (const double x : values) {
    panel.append_row(Timestamp{} + seconds(first + static_cast<std::int64_t>(panel.row_count())));
    panel.set(panel.row_count() - 1, 0, x);
  }
  return panel;
}

std::vector<double> draws(std::size_t n, std::uint64_t stream) {
  const CounterRng rng(21, stream);
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = rng.normal(i);
  }
  return values;
}

double value_of(const std::vector<Statistic>& statistics, std::string_view name) {
  const Statistic* found = find_statistic(statistics, "equality", name);
  return found == nullptr ? -12345.0 : found->value;
}

TEST(Equality, AFrameIsEqualToItself) {
  const Panel x = series({1, kNan, -3, kInf, 0});
  const auto got = compute_equality(x, x);
  EXPECT_EQ(value_of(got, "cells_equal"), 5);
  EXPECT_EQ(value_of(got, "break_rate"), 0);
  EXPECT_EQ(value_of(got, "rows_broken"), 0);
  EXPECT_EQ(value_of(got, "longest_clean"), 5);
  EXPECT_EQ(value_of(got, "max_abs"), 0);
  EXPECT_EQ(value_of(got, "max_ulp"), 0);
  EXPECT_EQ(value_of(got, "rmse"), 0);
  EXPECT_EQ(value_of(got, "pearson"), 1);
  EXPECT_EQ(value_of(got, "ccc"), 1);
  EXPECT_EQ(value_of(got, "slope"), 1);
  EXPECT_EQ(value_of(got, "intercept"), 0);
  EXPECT_EQ(value_of(got, "lag"), 0);
  EXPECT_TRUE(std::isnan(value_of(got, "first_break")));
}

TEST(Equality, CountsEveryKindOfCellOnce) {
  // Rows 0..4 against 1..5; NaN, infinity and value breaks.
  const Panel left = series({9, 1, kNan, kInf, 5}, 0);
  const Panel right = series({1, 2, -kInf, 5.5, 7}, 1);
  const auto got = compute_equality(left, right);
  EXPECT_EQ(value_of(got, "rows_matched"), 4);
  EXPECT_EQ(value_of(got, "rows_left_only"), 1);
  EXPECT_EQ(value_of(got, "rows_right_only"), 1);
  EXPECT_EQ(value_of(got, "cells_equal"), 1);
  EXPECT_EQ(value_of(got, "cells_nan_mismatch"), 2);
  EXPECT_EQ(value_of(got, "cells_differing"), 1);
  EXPECT_EQ(value_of(got, "cells_one_sided"), 2);
  EXPECT_DOUBLE_EQ(value_of(got, "break_rate"), 5e6 / 6);
  EXPECT_EQ(value_of(got, "max_abs"), 0.5);
  EXPECT_DOUBLE_EQ(value_of(got, "max_rel"), 0.5 / 5.5);
  EXPECT_EQ(value_of(got, "mae"), 0.25);
  EXPECT_EQ(value_of(got, "bias"), -0.25);
  EXPECT_DOUBLE_EQ(value_of(got, "rmse"), std::sqrt(0.125));
  EXPECT_EQ(value_of(got, "rows_broken"), 5);
  EXPECT_EQ(value_of(got, "longest_clean"), 1);
  EXPECT_EQ(value_of(got, "first_break"), 0);
  EXPECT_EQ(find_statistic(got, "equality", "last_break")->at, Timestamp{} + seconds(5));
}

TEST(Equality, ColumnsAreMatchedByNameAndAsset) {
  Panel left({{"b", AssetId{1}}, {"a", AssetId{1}}, {"only", AssetId{1}}});
  Panel right({{"a", AssetId{1}}, {"b", AssetId{1}}, {"a", AssetId{2}}});
  for (Panel* panel : {&left, &right}) {
    panel->append_row(Timestamp{});
  }
  left.set(0, 0, 2);
  left.set(0, 1, 1);
  right.set(0, 0, 1);
  right.set(0, 1, 2);
  const auto got = compute_equality(left, right);
  EXPECT_EQ(value_of(got, "columns_matched"), 2);
  EXPECT_EQ(value_of(got, "columns_left_only"), 1);
  EXPECT_EQ(value_of(got, "columns_right_only"), 1);
  EXPECT_EQ(value_of(got, "cells_equal"), 2);
  EXPECT_EQ(value_of(got, "cells_one_sided"), 2);
}

TEST(Equality, MomentsAgreeWithLongDoubles) {
  const std::vector<double> x = draws(500, 1);
  std::vector<double> y = draws(500, 2);
  for (std::size_t i = 0; i < y.size(); ++i) {
    y[i] = 1000.0 + 3.0 * x[i] + y[i];
  }
  std::vector<double> gap(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    gap[i] = y[i] - x[i];
  }
  const auto got = compute_equality(series(y), series(x));
  const auto near = [&](const char* name, long double want) {
    EXPECT_LE(std::abs(value_of(got, name) - want), 1e-12L * std::abs(want)) << name;
  };
  const long double r = oracle::correlation(y, x);
  const long double slope = r * oracle::deviation(y) / oracle::deviation(x);
  near("bias", oracle::mean(gap));
  near("rmse", std::sqrt(oracle::moment(gap, 2) + oracle::mean(gap) * oracle::mean(gap)));
  near("bias_t", oracle::mean(gap) / oracle::deviation(gap) * std::sqrt(500.0L));
  near("pearson", r);
  near("slope", slope);
  near("intercept", oracle::mean(y) - slope * oracle::mean(x));
  const long double shift = oracle::mean(y) - oracle::mean(x);
  near("ccc", 2 * r * std::sqrt(oracle::moment(x, 2) * oracle::moment(y, 2)) /
                  (oracle::moment(x, 2) + oracle::moment(y, 2) + shift * shift));
  EXPECT_EQ(value_of(got, "spearman"), rank_correlation(y, x));
}

TEST(Equality, LagIsPositiveWhenTheLeftIsLate) {
  const std::vector<double> x = draws(100, 5);
  std::vector<double> late(x.size(), kNan);
  for (std::size_t i = 3; i < x.size(); ++i) {
    late[i] = x[i - 3];
  }
  EXPECT_EQ(value_of(compute_equality(series(late), series(x)), "lag"), 3);
  EXPECT_EQ(value_of(compute_equality(series(x), series(late)), "lag"), -3);
  EqualityOptions near;
  near.max_lag = 2;
  EXPECT_LE(std::abs(value_of(compute_equality(series(late), series(x), near), "lag")), 2);
}

TEST(Equality, SignsUlpsAndPercentilesByHand) {
  const Panel left = series({1.0, -1, 0, 2, 3});
  const Panel right = series({std::nextafter(1.0, 2.0), 1, 0, 0, 3});
  const auto got = compute_equality(left, right);
  // Pairs: +/+, -/+, 0/0 (left out), +/0, +/+.
  EXPECT_EQ(value_of(got, "sign_agreement"), 50);
  EXPECT_GT(value_of(got, "max_ulp"), 1e18) << "from -1 to 1";
  EXPECT_EQ(value_of(got, "abs_p50"), 0x1p-52);
  EXPECT_EQ(
      value_of(compute_equality(series({1.0}), series({std::nextafter(1.0, 2.0)})), "max_ulp"), 1);
  EXPECT_EQ(value_of(compute_equality(series({0.0}), series({-0.0})), "cells_equal"), 1);
}

TEST(Equality, ConcordanceIsNeverMoreThanCorrelationInSize) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const std::vector<double> x = draws(40, seed);
    std::vector<double> y = draws(40, 100 + seed);
    for (std::size_t i = 0; i < y.size(); ++i) {
      y[i] = 0.5 * y[i] + static_cast<double>(seed % 3) * x[i] - 0.2;
    }
    const double ccc = concordance(x, y);
    EXPECT_LE(std::abs(ccc), std::abs(correlation(x, y)) + 1e-12) << seed;
    EXPECT_EQ(ccc, concordance(y, x)) << seed;
    EXPECT_NEAR(concordance(x, x), 1.0, 1e-15) << seed;
  }
  EXPECT_EQ(concordance(std::vector<double>{2, 2}, std::vector<double>{2, 2}), 1.0);
  EXPECT_EQ(concordance(std::vector<double>{2, 2}, std::vector<double>{3, 3}), 0.0);
  EXPECT_TRUE(std::isnan(concordance(std::vector<double>{2}, std::vector<double>{2})));
}

TEST(Equality, NothingAgainstNothingIsNan) {
  const auto got = compute_equality(Panel(), Panel());
  EXPECT_EQ(value_of(got, "rows_matched"), 0);
  for (const char* name : {"break_rate", "max_abs", "rmse", "pearson", "ccc", "lag", "slope",
                           "sign_agreement", "bias_t", "abs_p99.9"}) {
    EXPECT_TRUE(std::isnan(value_of(got, name))) << name;
  }
}

TEST(Equality, LargeFramesAreThinnedInRanksNotInCounts) {
  const std::vector<double> x = draws(1000, 1);
  std::vector<double> y = x;
  y[777] += 1.0;
  EqualityOptions few;
  few.max_sampled_cells = 10;
  const auto got = compute_equality(series(x), series(y), few);
  EXPECT_EQ(value_of(got, "cells_differing"), 1);
  EXPECT_NEAR(value_of(got, "max_abs"), 1.0, 1e-12);
  EXPECT_EQ(find_statistic(got, "equality", "abs_p50")->sample, "10 cells");
}

}  // namespace
}  // namespace tieout::analytics
