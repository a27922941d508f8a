#include "tieout/dataflow/kernels.hpp"

#include <cmath>
#include <filesystem>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

namespace tieout::dataflow {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void expect_near_relative(double found, double wanted) {
  if (std::isnan(wanted)) {
    EXPECT_TRUE(std::isnan(found)) << found;
  } else {
    EXPECT_LE(std::abs(found - wanted), 1e-12 * std::abs(wanted)) << found << " wanted " << wanted;
  }
}

/// The output of the reference, dataflow.md 8.9.
class GoldenKernels : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto path = std::filesystem::path(TIEOUT_SHARED_DIR) / "golden/dataflow/kernels.json";
    if (!std::filesystem::exists(path)) {
      GTEST_SKIP() << "skipped: no shared data";
    }
    // Python writes NaN, which is not JSON.
    std::string text = read_file(path).value();
    for (std::size_t at = text.find("NaN"); at != std::string::npos; at = text.find("NaN", at)) {
      text.replace(at, 3, "null");
    }
    golden_ = nlohmann::json::parse(text);
    x_ = numbers(golden_["ema"]["x"]);
    spec_.tau = golden_["ema"]["tau"];
  }

  static std::vector<double> numbers(const nlohmann::json& list) {
    std::vector<double> values;
    for (const auto& item : list) {
      values.push_back(item.is_null() ? kNaN : item.get<double>());
    }
    return values;
  }

  static void expect_golden(const std::vector<double>& found, const nlohmann::json& wanted) {
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      SCOPED_TRACE(i);
      expect_near_relative(found[i], numbers(wanted)[i]);
    }
  }

  nlohmann::json golden_;
  std::vector<double> x_;
  SmoothSpec spec_;
};

TEST_F(GoldenKernels, Ema) {
  expect_golden(ema(x_, spec_.tau), golden_["ema"]["compute_ema"]);
}

TEST_F(GoldenKernels, RollingNorm) {
  expect_golden(rolling_norm(x_, spec_), golden_["ema"]["rolling_norm"]);
  expect_golden(rolling_norm(x_, spec_, 2, 1), golden_["ema"]["rolling_norm_delay1"]);
  spec_.min_periods = 3;
  expect_golden(rolling_norm(x_, spec_), golden_["ema"]["min_periods3"]);
}

TEST_F(GoldenKernels, SmoothMovingAverageOfSeveralDepths) {
  spec_.max_depth = 3;
  expect_golden(smooth_moving_average(x_, spec_), golden_["ema"]["sma_depth1_3"]);
}

TEST_F(GoldenKernels, ZScore) {
  expect_golden(rolling_zscore(x_, spec_), golden_["ema"]["zscore"]);
}

TEST_F(GoldenKernels, SwtVolatility) {
  const auto& golden = golden_["swt_vol_depth1"];
  expect_golden(swt_volatility(numbers(golden["x"])), golden["vol"]);
}

TEST_F(GoldenKernels, CompressTails) {
  for (const auto& pair : golden_["compress_tails_4"]) {
    expect_near_relative(compress_tails(pair[0], 4.0), pair[1]);
  }
}

TEST_F(GoldenKernels, VolatilityEstimators) {
  const auto& golden = golden_["vol"];
  for (std::size_t i = 0; i < 2; ++i) {
    const std::vector<double> bar = numbers(golden["ohlc"][i]);
    expect_near_relative(garman_klass_variance(bar[0], bar[1], bar[2], bar[3]),
                         golden["garman_klass_var"][i]);
    expect_near_relative(parkinson_variance(bar[1], bar[2]), golden["parkinson_var"][i]);
  }
  expect_near_relative(close_variance(golden["ohlc"][0][3], golden["ohlc"][1][3]),
                       golden["close_var"][1]);
}

TEST(Kernels, ANormOfAnotherMomentIsTheRootOfThatMoment) {
  const std::vector<double> x = {-2.0, -2.0};
  EXPECT_NEAR(rolling_norm(x, {.tau = 5}, 3)[1], 2.0, 1e-15);
}

TEST(Kernels, AZScoreAtItsToleranceIsMissing) {
  const std::vector<double> x = {1.0, 1.0, 1.0};
  for (const double z : rolling_zscore(x, {.tau = 5})) {
    EXPECT_TRUE(std::isnan(z));
  }
}

}  // namespace
}  // namespace tieout::dataflow
