#include "tieout/analytics/gaussian_rank.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "golden_support.hpp"

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLower = -5.199337582605575;
constexpr double kUpper = 5.19933758270342;

// Source: Python 3.11 statistics.NormalDist().inv_cdf(p).
struct Quantile {
  double p;
  double deviate;
};
constexpr Quantile kQuantiles[] = {
    {1e-300, -37.0470962993612},      {1e-20, -9.262340089798405},
    {1e-07, -5.199337582192817},      {9.99999997779554e-08, -5.199337582605575},
    {0.0001, -3.71901648545568},      {0.01, -2.3263478740408408},
    {0.0749, -1.4402382675279632},    {0.075, -1.4395314709384557},
    {0.0751, -1.4388253927525398},    {0.25, -0.6744897501960817},
    {0.4999, -0.0002506628300880075}, {0.6666666666666666, 0.43072729929545733},
    {0.75, 0.6744897501960817},       {0.9, 1.2815515655446008},
    {0.925, 1.439531470938456},       {0.99, 2.3263478740408408},
    {0.9999, 3.7190164854557084},     {0.9999999, 5.199337582290662},
};

TEST(InverseNormalCdf, MatchesPythonWithinRounding) {
  for (const Quantile& q : kQuantiles) {
    EXPECT_NEAR(inverse_normal_cdf(q.p), q.deviate, 1e-14 * std::abs(q.deviate)) << q.p;
  }
}

TEST(InverseNormalCdf, EndsAreInfiniteAndOutsideIsNaN) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(inverse_normal_cdf(0.5), 0.0);
  EXPECT_EQ(inverse_normal_cdf(0.0), -kInf);
  EXPECT_EQ(inverse_normal_cdf(1.0), kInf);
  EXPECT_TRUE(std::isnan(inverse_normal_cdf(-0.1)));
  EXPECT_TRUE(std::isnan(inverse_normal_cdf(1.1)));
  EXPECT_TRUE(std::isnan(inverse_normal_cdf(kNan)));
}

void expect_ranks(const std::vector<double>& row, const std::vector<double>& expected) {
  const std::vector<double> ranks = gaussian_rank(row);
  ASSERT_EQ(ranks.size(), expected.size());
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(ranks[i])) << i;
    } else {
      EXPECT_NEAR(ranks[i], expected[i], 1e-12) << i;
    }
  }
}

TEST(GaussianRank, ReproducesTheProbeValues) {
  expect_ranks({1, 2, 3, 4}, {kLower, -0.43072729929545744, 0.4307272992954577, kUpper});
  expect_ranks({1, 1, 2, 3, 3}, {kLower, kLower, 0, kUpper, kUpper});
  expect_ranks({}, {});
  expect_ranks({kNan, kNan}, {kNan, kNan});
}

TEST(GaussianRank, MedianOfAnOddRowIsZero) {
  EXPECT_EQ(gaussian_rank(std::vector<double>{3, 1, 2})[2], 0.0);
}

TEST(GaussianRank, EqualValuesAreAllTheLowerBound) {
  expect_ranks({1, 1, 1}, {kLower, kLower, kLower});
  expect_ranks({1e-8, 2e-8, 3e-8}, {kLower, kLower, kLower});
}

TEST(GaussianRank, LargeRowsUseThousandAndOneQuantiles) {
  std::vector<double> row(2003);
  for (std::size_t i = 0; i < row.size(); ++i) {
    row[i] = static_cast<double>(i);
  }
  const std::vector<double> ranks = gaussian_rank(row);
  EXPECT_EQ(ranks.front(), kLower);
  EXPECT_EQ(ranks.back(), kUpper);
  for (std::size_t i = 1; i < row.size(); ++i) {
    EXPECT_LE(ranks[i - 1], ranks[i]);
    EXPECT_NEAR(ranks[i], -ranks[row.size() - 1 - i], 1e-9) << i;
  }
}

// Source: dataflow.md 5.6. k / (n - 1) is not exactly one half for n = 99 and n = 197, so that the
// median is a hair below zero, and its sign a position, when its quantile rounds to itself.
TEST(GaussianRank, MedianOfNinetyNineCarriesTheReferencesRoundingNoise) {
  for (const std::size_t n : {std::size_t{99}, std::size_t{197}}) {
    std::vector<double> row(n);
    for (std::size_t i = 0; i < n; ++i) {
      row[i] = 1000.0 + 0.01 * static_cast<double>(i);
    }
    EXPECT_NEAR(gaussian_rank(row)[n / 2], -1.39e-16, 1e-18) << n;
  }
}

TEST(GaussianRank, MatchesTheGoldenKernels) {
  const auto path = golden_dir() / "dataflow" / "kernels.json";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  std::string text = read_file(path).value();
  for (std::size_t at_nan = text.find("NaN"); at_nan != std::string::npos;
       at_nan = text.find("NaN", at_nan)) {
    text.replace(at_nan, 3, "null");  // Python writes NaN, which JSON has not.
  }
  const auto numbers = [](const nlohmann::json& list) {
    std::vector<double> values;
    for (const auto& item : list) {
      values.push_back(item.is_null() ? kNan : item.get<double>());
    }
    return values;
  };
  const auto cases = nlohmann::json::parse(text).at("gaussian_rank");
  EXPECT_GE(cases.size(), 6U);
  for (const auto& item : cases.items()) {
    SCOPED_TRACE(item.key());
    expect_ranks(numbers(item.value().at("x")), numbers(item.value().at("rank")));
  }
}

}  // namespace
}  // namespace tieout::analytics
