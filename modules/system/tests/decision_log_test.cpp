#include "decision_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::system {
namespace {

const Timestamp kBar = parse_iso("2023-11-08 13:10:00+00:00").value();
const oms::FundingRate kRate{kBar - minutes(2), AssetId{101}, -0.00012345678901234567};

TEST(DecisionLog, AFundingRateIsReadBackToTheBit) {
  const auto rate = funding_of(funding_entry(kBar, kRate));
  ASSERT_TRUE(rate.ok()) << rate.error().message;
  EXPECT_EQ(rate->timestamp, kRate.timestamp);
  EXPECT_EQ(rate->asset_id, kRate.asset_id);
  EXPECT_EQ(rate->rate, kRate.rate);
}

TEST(DecisionLog, AFundingEntryThatIsNoRateOfOneAssetIsCorrupt) {
  runlog::JournalEntry no_number = funding_entry(kBar, kRate);
  no_number.purpose = "x";
  runlog::JournalEntry no_asset = funding_entry(kBar, kRate);
  no_asset.laggards.clear();
  for (const auto& entry : {no_number, no_asset}) {
    const auto rate = funding_of(entry);
    ASSERT_FALSE(rate.ok());
    EXPECT_EQ(rate.error().code, ErrorCode::kCorruptEvidence);
    EXPECT_THAT(rate.error().message, testing::HasSubstr("needed a number and one asset"));
  }
}

}  // namespace
}  // namespace tieout::system
