#include <gtest/gtest.h>

#include "mutants/campaign.hpp"

// The first 300 mutants of the campaign that `make mutants` runs over 10,000.
namespace tieout::recon {
namespace {

TEST(Mutants, EveryOneGetsTheVerdictThatItMustHave) {
  constexpr std::uint64_t kFirstSeed = 1;
  const mutants::CampaignResult result = mutants::run_campaign(kFirstSeed, 300);
  EXPECT_EQ(result.total.mutants, 300U);
  EXPECT_EQ(result.total.escapes, 0U);
  EXPECT_EQ(result.total.false_alarms, 0U);
  EXPECT_TRUE(result.failures.empty()) << render(result, kFirstSeed);
}

TEST(Mutants, ASeedMakesOneMutant) {
  const auto first = mutants::run_campaign(40, 60);
  const auto again = mutants::run_campaign(40, 60);
  EXPECT_EQ(render(first, 40), render(again, 40));
}

}  // namespace
}  // namespace tieout::recon
