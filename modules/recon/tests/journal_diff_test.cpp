#include "journal_diff.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tieout::recon {
namespace {

using runlog::JournalEntry;

const Timestamp kBar{Timestamp{} + days(19'000)};

JournalEntry status(const char* text) {
  JournalEntry entry;
  entry.kind = JournalEntry::Kind::kStatus;
  entry.bar = kBar;
  entry.time = kBar;
  entry.purpose = text;
  return entry;
}

JournalEntry funding(const char* rate, Timestamp instant) {
  JournalEntry entry;
  entry.kind = JournalEntry::Kind::kFunding;
  entry.bar = kBar;
  entry.time = instant;
  entry.laggards = {AssetId{101}};
  entry.purpose = rate;
  return entry;
}

TEST(JournalDiff, ABarThatBecameSomethingElseIsOneBreakThatSaysBoth) {
  const std::vector<JournalEntry> left{status("traded")};
  const std::vector<JournalEntry> right{status("too_late")};
  const JournalDiff diff = diff_journal(left, right);
  ASSERT_EQ(diff.breaks.size(), 1U);
  EXPECT_EQ(diff.breaks[0].part, "journal.status");
  EXPECT_EQ(diff.breaks[0].column, "status");
  EXPECT_EQ(diff.breaks[0].left, "traded");
  EXPECT_EQ(diff.breaks[0].right, "too_late");
  EXPECT_TRUE(diff_journal(left, left).breaks.empty());
}

TEST(JournalDiff, AFundingRateThatOneSideBookedIsABreak) {
  const std::vector<JournalEntry> left{funding("0.0001", kBar), status("traded")};
  const std::vector<JournalEntry> right{status("traded")};
  const JournalDiff diff = diff_journal(left, right);
  ASSERT_EQ(diff.breaks.size(), 1U);
  EXPECT_EQ(diff.breaks[0].part, "journal.funding");
  EXPECT_EQ(diff.breaks[0].kind, BreakKind::kMissingRight);
  const std::vector<JournalEntry> later{funding("0.0001", kBar + seconds(1)), status("traded")};
  ASSERT_EQ(diff_journal(left, later).breaks.size(), 1U);
  EXPECT_EQ(diff_journal(left, later).breaks[0].column, "rate");
}

}  // namespace
}  // namespace tieout::recon
