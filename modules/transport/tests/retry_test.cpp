#include "tieout/transport/retry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::transport {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Calls that fail as the list says, then succeed.
struct Script {
  std::vector<Error> failures;
  std::size_t calls = 0;
  std::vector<std::int64_t> waits_ms = {};

  Result<int> run(const RetryPolicy& policy) {
    return with_retries(
        policy, [&](Duration wait) { waits_ms.push_back(wait.ns / 1'000'000); },
        [&]() -> Result<int> {
          const std::size_t call = calls++;
          return call < failures.size() ? Result<int>(failures[call]) : Result<int>(7);
        });
  }
};

const Error kPasses{ErrorCode::kRemoteFailed, "HTTP 500"};

TEST(RetryTest, ATransientFailureIsTriedAgainAtGrowingDistances) {
  Script script{{kPasses, {ErrorCode::kTimeout, "slow"}, kPasses}};
  EXPECT_EQ(script.run({4, milliseconds(500), seconds(20)}).value(), 7);
  EXPECT_THAT(script.waits_ms, ElementsAre(500, 1000, 2000));
}

TEST(RetryTest, ARefusalIsNotTriedAgain) {
  Script script{{{ErrorCode::kRemoteRefused, "HTTP 403"}}};
  const auto result = script.run({});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(script.calls, 1U);
  EXPECT_EQ(result.error().message, "HTTP 403");
}

TEST(RetryTest, TheLastErrorSaysHowOftenAndWhatTheFirstOneWas) {
  Script script{{{ErrorCode::kTimeout, "slow"}, kPasses, kPasses, kPasses}};
  const auto result = script.run({2, milliseconds(1), seconds(1)});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kRemoteFailed);
  EXPECT_EQ(result.error().message, "HTTP 500 (2 attempts; the first: slow)");
}

TEST(RetryTest, EqualErrorsAreToldOnce) {
  Script script{{kPasses, kPasses}};
  EXPECT_EQ(script.run({2, milliseconds(1), seconds(1)}).error().message, "HTTP 500 (2 attempts)");
}

TEST(RetryTest, WaitsGrowToTheLongest) {
  const RetryPolicy policy{9, milliseconds(500), seconds(3)};
  EXPECT_EQ(wait_after(policy, 3), seconds(2));
  EXPECT_EQ(wait_after(policy, 4), seconds(3));
  EXPECT_EQ(wait_after(policy, 60), seconds(3));
}

}  // namespace
}  // namespace tieout::transport
