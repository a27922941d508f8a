#include "tieout/flow/evidence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using ::testing::HasSubstr;

const Timestamp kBar = parse_ts_name("20230828_130500").value();

marketdata::BarVersion known_after(Duration delay, double close, std::int64_t seq) {
  marketdata::BarVersion version;
  version.seq = seq;
  version.asset = kBtc;
  version.full_symbol = "binance::BTC_USDT";
  version.start = kBar - minutes(1);
  version.end = kBar;
  version.open = version.high = version.low = version.close = close;
  version.knowledge = kBar + delay;
  return version;
}

const AsOf kDecision{kBar + seconds(12)};

TEST(ClassifyTest, NoVersionIsMissing) {
  EXPECT_EQ(classify({}, kDecision), DataCause::kMissing);
}

TEST(ClassifyTest, AFirstVersionAfterTheDecisionIsLate) {
  EXPECT_EQ(classify({known_after(seconds(13), 1, 1)}, kDecision), DataCause::kLate);
}

TEST(ClassifyTest, AVersionAfterTheOneThatWasUsedIsARevision) {
  EXPECT_EQ(classify({known_after(seconds(10), 1, 1), known_after(seconds(120), 2, 2)}, kDecision),
            DataCause::kRevised);
}

TEST(ClassifyTest, ARevisionBeforeTheDecisionIsNoCause) {
  EXPECT_EQ(classify({known_after(seconds(10), 1, 1), known_after(seconds(11), 2, 2)}, kDecision),
            DataCause::kNone);
}

TEST(ClassifyTest, AVersionCommittedAfterTheReadIsLateWhateverItsKnowledgeTime) {
  AsOf decision = kDecision;
  decision.max_seq = 6;
  EXPECT_EQ(classify({known_after(seconds(10), 1, 7)}, decision), DataCause::kLate);
}

class ExplainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SampleLog{}.write(scratch_.path() / "prod");
    SampleLog{.delay = minutes(10)}.write(scratch_.path() / "sim");
    comparison_.left_name = "prod";
    comparison_.right_name = "sim";
    recon::FirstDivergence first;
    first.finding.part = "predict.0.read_data";
    first.finding.bar = kBar;
    first.finding.asset = kBtc;
    first.finding.row = kBar;
    first.finding.column = "close";
    comparison_.first = first;
  }
  std::vector<report::Evidence> explain(const std::vector<marketdata::BarVersion>& dump) const {
    const auto prod = runlog::RunReader::open(scratch_.path() / "prod");
    const auto sim = runlog::RunReader::open(scratch_.path() / "sim");
    return explain_first_divergence(comparison_, *prod, *sim, dump).value();
  }

  ScratchDir scratch_;
  recon::Comparison comparison_;
};

TEST_F(ExplainTest, ARevisionIsShownWithTheVersionThatEachSideUsed) {
  const auto evidence =
      explain({known_after(seconds(10), 101.25, 1), known_after(seconds(120), 102.5, 2)});
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_THAT(evidence[0].title, HasSubstr("binance::BTC_USDT"));
  EXPECT_THAT(evidence[0].title, HasSubstr("revised"));
  const std::string lines = ::testing::PrintToString(evidence[0].lines);
  EXPECT_THAT(lines,
              HasSubstr("version 1 known 2023-08-28 13:05:10+00:00 (+10.000 s after its end)"));
  EXPECT_THAT(lines, HasSubstr("close=102.5"));
  EXPECT_THAT(lines, HasSubstr("prod: decided as of 2023-08-28 13:05:12+00:00, used version 1"));
  EXPECT_THAT(lines, HasSubstr("sim: decided as of 2023-08-28 13:15:00+00:00, used version 2"));
  EXPECT_THAT(lines, HasSubstr("version 2 replaced what production used 108.000 s after"));
}

TEST_F(ExplainTest, ANominalReplayUsesTheLastVersionWhateverItsTime) {
  SampleLog log;
  log.replay = "nominal";
  std::filesystem::remove_all(scratch_.path() / "sim");
  log.write(scratch_.path() / "sim");
  const auto evidence =
      explain({known_after(seconds(10), 101.25, 1), known_after(seconds(120), 102.5, 2)});
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_THAT(::testing::PrintToString(evidence[0].lines),
              HasSubstr("sim: nominal replay, used version 2, the last one"));
}

TEST_F(ExplainTest, ALateBarSaysByHowMuch) {
  const auto evidence = explain({known_after(seconds(100), 101.25, 1)});
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_THAT(evidence[0].title, HasSubstr("late"));
  EXPECT_THAT(::testing::PrintToString(evidence[0].lines), HasSubstr("88.000 s after production"));
}

TEST_F(ExplainTest, AVersionThatWasCommittedAfterTheReadIsSaidToBe) {
  // Stamped before the decision of 13:05:12, but with a seq beyond what production saw.
  SampleLog log;
  log.max_seq = 6;
  std::filesystem::remove_all(scratch_.path() / "prod");
  log.write(scratch_.path() / "prod");
  const auto evidence = explain({known_after(seconds(10), 101.25, 7)});
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_THAT(
      ::testing::PrintToString(evidence[0].lines),
      HasSubstr("did not see (seq 7, it saw up to 6), although it is stamped 2.000 s before"));
}

TEST_F(ExplainTest, BehindAConfigLeafTheFirstSourceCellIsExplained) {
  comparison_.findings = {comparison_.first->finding};
  comparison_.first->finding = recon::Finding{};
  comparison_.first->finding.layer = recon::Layer::kConfig;
  comparison_.first->finding.part = "trading_period";
  EXPECT_EQ(explain({known_after(seconds(100), 101.25, 1)}).size(), 1U);
}

TEST_F(ExplainTest, ADivergenceOutsideTheMarketDataHasNoSuchEvidence) {
  comparison_.first->finding.part = "predict.3.compute_vol";
  EXPECT_TRUE(explain({known_after(seconds(100), 101.25, 1)}).empty());
  recon::Finding input;
  input.part = "predict.0.read_data";
  input.bar = kBar;
  input.asset = kBtc;
  input.row = kBar;
  comparison_.first->inputs = {input};
  EXPECT_EQ(explain({known_after(seconds(100), 101.25, 1)}).size(), 1U)
      << "a node whose input is the market data is explained by it";
}

TEST_F(ExplainTest, TheRowsBehindAnyFindingCarryWhoKnewThemAndTheCauseOfASource) {
  const auto prod = runlog::RunReader::open(scratch_.path() / "prod");
  const auto sim = runlog::RunReader::open(scratch_.path() / "sim");
  const report::MarketLookup lookup = market_lookup(
      *prod, *sim, {known_after(seconds(10), 101.25, 1), known_after(seconds(120), 102.5, 2)});
  const auto of_source = lookup(comparison_.first->finding);
  ASSERT_TRUE(of_source.ok()) << of_source.error().message;
  ASSERT_EQ(of_source->rows.size(), 2U);
  EXPECT_TRUE(of_source->rows[0].left && of_source->rows[0].right);
  EXPECT_FALSE(of_source->rows[1].left) << "production decided before the revision";
  EXPECT_TRUE(of_source->rows[1].right);
  EXPECT_EQ(of_source->rows[1].close, 102.5);
  EXPECT_EQ(of_source->left_decision, "decided as of 2023-08-28 13:05:12+00:00");
  EXPECT_THAT(of_source->cause, HasSubstr("revised, version 2 replaced what production used"));

  recon::Finding other = comparison_.first->finding;
  other.part = "predict.3.compute_vol";
  EXPECT_EQ(lookup(other)->cause, "") << "only a source reads market data";
  EXPECT_EQ(lookup(other)->rows.size(), 2U);
  other.row = kBar - minutes(30);
  EXPECT_TRUE(lookup(other)->rows.empty()) << "the rows are those of the cell's row";
}

}  // namespace
}  // namespace tieout::flow
