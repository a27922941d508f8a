#include "tieout/system/check_strategy.hpp"

#include <atomic>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/feed.hpp"

namespace tieout::system {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kC1b = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
constexpr const char* kMock1 = "dataflow_amp.pipelines.mock1.mock1_pipeline.Mock1_DagBuilder";
constexpr const char* kMock2 = "dataflow_amp.pipelines.mock2.mock2_pipeline.Mock2_DagBuilder";

class CheckStrategyTest : public ::testing::Test {
 protected:
  CheckStrategyTest() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    dir_ = std::filesystem::path(::testing::TempDir()) /
           fmt::format("check_strategy.{}.{}", test->name(), ::getpid());
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    register_builtin_pipelines(registry_);
  }
  ~CheckStrategyTest() override { std::filesystem::remove_all(dir_); }

  Result<StrategyCheck> run(const CheckStrategyOptions& options) const {
    return check_strategy(options, registry_, stop_);
  }

  std::filesystem::path dir_;
  dataflow::DagBuilderRegistry registry_;
  std::atomic<bool> stop_{false};
};

TEST_F(CheckStrategyTest, TheBuiltInStrategiesAreCleanOverADayOfGeneratedData) {
  for (const char* constructor : {kC1b, kMock1, kMock2}) {
    CheckStrategyOptions options;
    options.constructor = constructor;
    options.asset_count = 3;
    const auto check = run(options);
    ASSERT_TRUE(check.ok()) << check.error().message;
    EXPECT_TRUE(check->is_generated);
    EXPECT_EQ(check->report.bars, 288U);
    EXPECT_EQ(to_iso(check->start), "2023-11-08 14:30:00+00:00");
    EXPECT_TRUE(check->report.clean()) << constructor;
    EXPECT_TRUE(check->report.complete()) << constructor;
    for (const dataflow::NodeCheck& node : check->report.nodes) {
      EXPECT_EQ(node.outcome, dataflow::NodeOutcome::kClean) << node.name << node.sentence;
    }
  }
}

TEST_F(CheckStrategyTest, AFieldThatMarketDataLackIsGeneratedAndSaid) {
  CheckStrategyOptions options;
  options.constructor = kMock1;
  options.asset_count = 1;
  options.overrides = {R"(("market_data_config","history_lookback"),(pd.Timedelta("1D")))"};
  options.end = Timestamp{1'699'453'800'000'000'000} + hours(1);
  const auto check = run(options);
  ASSERT_TRUE(check.ok()) << check.error().message;
  EXPECT_THAT(check->warnings, ElementsAre(HasSubstr("no column 'feature1'")));
  EXPECT_EQ(check->report.bars, 13U);
}

TEST_F(CheckStrategyTest, ADumpIsCheckedFromTheFirstBarThatHasItsHistory) {
  marketdata::GeneratorOptions generator;
  generator.asset_count = 2;
  generator.start = Timestamp{} + days(19'000);
  generator.minutes = 30 * 60;
  const auto path = dir_ / "test_data.csv.gz";
  ASSERT_TRUE(marketdata::write_dump(path, marketdata::generate_bars(generator)).ok());
  CheckStrategyOptions options;
  options.constructor = kC1b;
  options.market_data = path;
  const auto check = run(options);
  ASSERT_TRUE(check.ok()) << check.error().message;
  EXPECT_FALSE(check->is_generated);
  EXPECT_EQ(check->universe.size(), 2U);
  EXPECT_GE(check->start, generator.start + days(1));
  EXPECT_EQ(check->end, generator.start + hours(30));
  EXPECT_TRUE(check->warnings.empty());
  EXPECT_TRUE(check->report.clean());

  options.start = generator.start + hours(40);
  options.end = *options.start + hours(1);
  const auto outside = run(options);
  ASSERT_FALSE(outside.ok());
  EXPECT_EQ(outside.error().code, ErrorCode::kMissingData);
  options.start = generator.start + seconds(7);
  EXPECT_EQ(run(options).error().code, ErrorCode::kInvalidInterval);
}

TEST_F(CheckStrategyTest, OneBarIsNotComplete) {
  CheckStrategyOptions options;
  options.constructor = kC1b;
  options.asset_count = 1;
  options.start = options.end = Timestamp{1'699'453'800'000'000'000};
  const auto check = run(options);
  ASSERT_TRUE(check.ok()) << check.error().message;
  EXPECT_EQ(check->report.truncations, 0U);
  EXPECT_FALSE(check->report.complete());
}

TEST_F(CheckStrategyTest, WhatIsWrongIsAnError) {
  CheckStrategyOptions options;
  options.constructor = "no.Such_DagBuilder";
  EXPECT_EQ(run(options).error().code, ErrorCode::kUnknownName);
  options.constructor = kC1b;
  options.market_data = dir_ / "none.csv.gz";
  EXPECT_EQ(run(options).error().code, ErrorCode::kFileNotFound);
}

}  // namespace
}  // namespace tieout::system
