#include "tieout/analytics/curves.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/analytics/rolling.hpp"

namespace tieout::analytics {
namespace {

using ::testing::ElementsAre;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Curves, ShareOfASampleThatIsAtMostX) {
  const std::vector<double> sorted{1, 2, 2, 4};
  EXPECT_EQ(share_at_most(sorted, 0.5), 0.0);
  EXPECT_EQ(share_at_most(sorted, 1), 0.25);
  EXPECT_EQ(share_at_most(sorted, 2), 0.75);
  EXPECT_EQ(share_at_most(sorted, 9), 1.0);
  EXPECT_TRUE(std::isnan(share_at_most({}, 1)));
}

TEST(Curves, PlacesReachFromTheLeastToTheLargestOfAllSamples) {
  const std::vector<std::vector<double>> samples{{5, kNan, 1, kInf}, {3, 3, 2, 4}, {}};
  EXPECT_THAT(pooled_quantiles(samples, 100), ElementsAre(1, 2, 3, 4, 5));
  // Of 1 2 3 3 4 5 the first, the third and the last.
  EXPECT_THAT(pooled_quantiles(samples, 3), ElementsAre(1, 3, 5));
  EXPECT_THAT(pooled_quantiles(samples, 1), ElementsAre(1));
  EXPECT_TRUE(pooled_quantiles({}, 3).empty());
}

// Type 7: the quantile q of n values lies at (n - 1) q. Two pairs are at 1/4 and 3/4: of 0 10 20 30
// 40 at the places 1 and 3, of 0 1 at the places 0.25 and 0.75.
TEST(Curves, QuantilesOfTwoSamplesByHand) {
  const QuantilePairs pairs =
      quantile_pairs(std::vector<double>{40, 10, kNan, 0, 30, 20}, std::vector<double>{1, 0}, 50);
  EXPECT_THAT(pairs.left, ElementsAre(10, 30));
  EXPECT_THAT(pairs.right, ElementsAre(0.25, 0.75));
  EXPECT_TRUE(quantile_pairs({}, std::vector<double>{1}, 5).left.empty());
}

// x 1 2 3, y 2 2 5: means 2 and 3, sum of squares 2, of products 3.
TEST(Curves, RegressionByHand) {
  const Regression got =
      regression(std::vector<double>{1, 2, 3, kNan, 7}, std::vector<double>{2, 2, 5, 9, kInf});
  EXPECT_DOUBLE_EQ(got.slope, 1.5);
  EXPECT_DOUBLE_EQ(got.intercept, 0.0);
  EXPECT_TRUE(std::isnan(regression(std::vector<double>{1, 1}, std::vector<double>{2, 3}).slope));
  EXPECT_TRUE(std::isnan(regression(std::vector<double>{1}, std::vector<double>{2}).intercept));
}

void expect_near(const std::vector<double>& got, const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << i;
    } else {
      EXPECT_NEAR(got[i], expected[i], 1e-15) << i;
    }
  }
}

// Windows of three: 1 2 3 with 2 4 6 agree; 2 3 5 with 4 6 1: deviations from the means 10/3 and
// 11/3 give products (-4 - 7 - 40) / 9, squares 42/9 and 114/9.
TEST(Rolling, CorrelationByHand) {
  const std::vector<double> left{1, 2, 3, 5};
  const std::vector<double> right{2, 4, 6, 1};
  expect_near(rolling_correlation(left, right, 3),
              {kNan, kNan, 1.0, -51.0 / std::sqrt(42.0 * 114.0)});
  expect_near(rolling_correlation(left, right, 5), {kNan, kNan, kNan, kNan});
  expect_near(rolling_correlation(left, right, 0), {kNan, kNan, kNan, kNan});
}

// Of two values the deviation is |a - b| / sqrt(2).
TEST(Rolling, DeviationByHand) {
  expect_near(rolling_deviation(std::vector<double>{1, 4, 4, kNan}, 2),
              {kNan, 3 / std::sqrt(2.0), 0.0, kNan});
}

}  // namespace
}  // namespace tieout::analytics
