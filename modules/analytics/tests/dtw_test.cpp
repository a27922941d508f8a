#include "tieout/analytics/dtw.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "golden_support.hpp"
#include "long_double.hpp"

namespace tieout::analytics {
namespace {

std::vector<double> draws(std::size_t n, std::uint64_t stream) {
  const CounterRng rng(11, stream);
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = rng.normal(i);
  }
  return values;
}

TEST(Dtw, WaitsInsteadOfComparingByHand) {
  // The second series repeats its 2: every point has an equal partner.
  EXPECT_EQ(dtw_distance(std::vector<double>{1, 2, 3}, std::vector<double>{1, 2, 2, 3}), 0.0);
  // Best path pairs (0,0), (0,1), (1,1): 1 + 1 + 0.
  EXPECT_EQ(dtw_distance(std::vector<double>{0, 2}, std::vector<double>{1, 1}), std::sqrt(2.0));
  EXPECT_EQ(dtw_distance(std::vector<double>{5}, std::vector<double>{1, 2}), 5.0);  // 16 + 9
}

TEST(Dtw, IsThePlainMatrixToTheBitForAllShapesAndBands) {
  for (const std::size_t n : {1U, 2U, 3U, 7U, 31U, 64U}) {
    for (const std::size_t m : {1U, 2U, 5U, 31U, 65U}) {
      const auto x = draws(n, n);
      const auto y = draws(m, 100 + m);
      EXPECT_EQ(dtw_distance(x, y), oracle::dtw(x, y, n + m)) << n << " " << m;
      const std::size_t apart = n > m ? n - m : m - n;
      for (const std::size_t band : {0U, 1U, 2U, 9U, 40U}) {
        EXPECT_EQ(dtw_distance(x, y, band), oracle::dtw(x, y, std::max<std::size_t>(band, apart)))
            << n << " " << m << " band " << band;
      }
    }
  }
}

TEST(Dtw, IsSymmetricAndNeverMoreThanTheStraightDistance) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto x = draws(50, seed);
    const auto y = draws(50, 1000 + seed);
    EXPECT_EQ(dtw_distance(x, y), dtw_distance(y, x)) << seed;
    EXPECT_EQ(dtw_distance(x, x), 0.0) << seed;
    EXPECT_LE(dtw_distance(x, y), dtw_distance(x, y, 3)) << seed;
    double squares = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      squares += (x[i] - y[i]) * (x[i] - y[i]);
    }
    EXPECT_LE(dtw_distance(x, y), std::sqrt(squares)) << seed;
    EXPECT_NEAR(dtw_distance(x, y, 0), std::sqrt(squares), 1e-12) << seed;
  }
}

TEST(Dtw, EmptyOrNotFiniteIsNan) {
  const std::vector<double> one{1.0};
  EXPECT_TRUE(std::isnan(dtw_distance({}, one)));
  EXPECT_TRUE(std::isnan(dtw_distance(one, {})));
  EXPECT_TRUE(
      std::isnan(dtw_distance(one, std::vector<double>{std::numeric_limits<double>::quiet_NaN()})));
  EXPECT_TRUE(
      std::isnan(dtw_distance(std::vector<double>{std::numeric_limits<double>::infinity()}, one)));
}

}  // namespace
}  // namespace tieout::analytics
