#include "tieout/flow/noise_floor.hpp"

#include <clocale>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_log.hpp"
#include "scratch_dir.hpp"
#include "variation.hpp"

namespace tieout::flow {
namespace {

using ::testing::HasSubstr;

class NoiseFloorTest : public ::testing::Test {
 protected:
  Error error_of(const NoiseFloorOptions& options) {
    const auto result = measure_noise_floor(options, registry_, stop_);
    EXPECT_FALSE(result.ok());
    return result.ok() ? Error{ErrorCode::kInternal, ""} : result.error();
  }

  ScratchDir scratch_;
  dataflow::DagBuilderRegistry registry_;
  std::atomic<bool> stop_{false};
};

TEST_F(NoiseFloorTest, OneSimulationHasNothingToDifferFrom) {
  for (const std::uint64_t k : {0U, 1U, 1'001U}) {
    const Error error = error_of({.run = scratch_.path(), .repetitions = k});
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.message, HasSubstr("-k is " + std::to_string(k)));
  }
}

TEST_F(NoiseFloorTest, WhatIsNoRunIsSaidToBeNone) {
  EXPECT_EQ(error_of({.run = scratch_.path() / "nowhere"}).code, ErrorCode::kFileNotFound);
  const Error error = error_of({.run = scratch_.path()});
  EXPECT_EQ(error.code, ErrorCode::kNotARunLog);
  EXPECT_THAT(error.message, HasSubstr("neither a run log"));
}

TEST_F(NoiseFloorTest, AReconciliationWithoutOneLogOfProductionIsRefused) {
  std::filesystem::create_directories(scratch_.path() / "prod");
  EXPECT_EQ(error_of({.run = scratch_.path()}).code, ErrorCode::kFileNotFound);
  std::filesystem::create_directories(scratch_.path() / "prod" / "system_log_dir.scheduled");
  std::filesystem::create_directories(scratch_.path() / "prod" / "system_log_dir.manual");
  EXPECT_EQ(error_of({.run = scratch_.path()}).code, ErrorCode::kDuplicateId);
}

TEST_F(NoiseFloorTest, ALogThatDoesNotNameItsMarketDataNeedsThem) {
  SampleLog{}.write(scratch_.path() / "log");
  EXPECT_THAT(error_of({.run = scratch_.path() / "log"}).message, HasSubstr("--market-data"));
  const Error error =
      error_of({.run = scratch_.path() / "log", .market_data = scratch_.path() / "none.csv.gz"});
  EXPECT_EQ(error.code, ErrorCode::kFileNotFound);
  EXPECT_THAT(error.message, HasSubstr("none.csv.gz"));
}

TEST(VariationTest, EveryRepetitionVariesSomethingAndTheFirstSimulationNothing) {
  EXPECT_EQ(VariedProcess(variation_of(0)).text(), "recompute=incremental");
  EXPECT_THAT(VariedProcess(variation_of(1)).text(), HasSubstr("recompute=full"));
  for (std::uint64_t i = 1; i < 8; ++i) {
    EXPECT_THAT(VariedProcess(variation_of(i)).text(), HasSubstr("TZ=")) << i;
  }
}

TEST(VariationTest, TheProcessIsAsBeforeAfterwards) {
  const std::string locale = std::setlocale(LC_ALL, nullptr);
  for (const char* zone : {"Asia/Tokyo", static_cast<const char*>(nullptr)}) {
    zone == nullptr ? unsetenv("TZ") : setenv("TZ", zone, 1);
    {
      const VariedProcess varied(variation_of(2));
      EXPECT_STREQ(std::getenv("TZ"), "America/New_York");
    }
    EXPECT_STREQ(std::getenv("TZ"), zone);
    EXPECT_EQ(std::setlocale(LC_ALL, nullptr), locale);
  }
}

}  // namespace
}  // namespace tieout::flow
