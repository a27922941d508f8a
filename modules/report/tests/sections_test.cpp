#include "sections.hpp"

#include <set>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/runlog/writer.hpp"

#include "fixture.hpp"

namespace tieout::report {
namespace {

using testing::bumped_sim_spec;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Pair;
using testing::prod_spec;
using testing::RunSpec;
using testing::sim_spec;

/// The section as text, with one blank where columns are padded: how wide columns are is
/// document_test's matter.
std::string text_of_section(const ReportInput& input, std::string_view id) {
  const Facts facts(input);
  for (const SectionSpec& spec : section_specs()) {
    if (spec.id != id) continue;
    std::string out;
    for (const char c : text_of(compute_section(spec, facts))) {
      if (c == ' ' && (out.empty() || out.back() == ' ' || out.back() == '\n')) continue;
      out += c;
    }
    return out;
  }
  return "no such section";
}

TEST(Sections, IdsAreUnique) {
  std::set<std::string> ids;
  for (const SectionSpec& spec : section_specs())
    EXPECT_TRUE(ids.insert(spec.id).second) << spec.id;
}

TEST(Sections, OneThatFailsLeavesTheOthersAlone) {
  RunSpec prod = prod_spec();
  prod.statistics = false;
  const Pair pair(prod, sim_spec());
  const Facts facts(pair.input);
  std::set<std::string> failed;
  for (const Section& section : compute_sections(facts)) {
    // Without a price column in the config there is no research portfolio either.
    if (!section.ok && section.id != "fast.10" && section.id != "fast.17") {
      failed.insert(section.id);
      EXPECT_THAT(section.lacks, HasSubstr("wrote portfolio statistics, needed one"));
    }
  }
  EXPECT_EQ(failed,
            (std::set<std::string>{"fast.11", "fast.13", "fast.15", "gap", "returns", "tracking"}));
}

TEST(Sections, AnExceptionIsHeldInItsSection) {
  const ReportInput input;
  const Facts facts(input);
  const SectionSpec spec{"x", "X", [](const Facts&) -> Result<Blocks> {
                           throw std::runtime_error("a library threw");
                         }};
  const Section section = compute_section(spec, facts);
  EXPECT_FALSE(section.ok);
  EXPECT_EQ(section.lacks, "a library threw");
}

TEST(Sections, FirstDivergenceShowsBothValuesTheirDistanceAndTheEvidence) {
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.input.evidence = {
      {"market data of the bar", {"version 1 known 00:40:10", "version 2 known 00:42:03"}}};
  const std::string text = text_of_section(pair.input, "first");
  EXPECT_THAT(text, HasSubstr("prod 104.0\n"));
  EXPECT_THAT(text, HasSubstr("sim 104.01\n"));
  EXPECT_THAT(text, HasSubstr("absolute difference 0.01\n"));
  EXPECT_THAT(text, HasSubstr("column close, asset binance::BTC_USDT, row 2018-01-23 00:40:00"));
  EXPECT_THAT(text, HasSubstr("Evidence: market data of the bar\n- version 1 known 00:40:10\n- "
                              "version 2 known 00:42:03\n"));
}

TEST(Sections, FirstDivergenceOfNothingComparedIsNotAgreement) {
  Pair pair(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(pair.input, "first"), HasSubstr("None: every compared cell agrees."));
  pair.comparison.cells = {};
  EXPECT_THAT(text_of_section(pair.input, "first"), HasSubstr("Nothing was compared"));
}

TEST(Sections, InputsThatDifferAreListedUnderTheNode) {
  Pair pair(prod_spec(), bumped_sim_spec());
  recon::Finding input = pair.comparison.first->finding;
  input.part = "predict.0.some_input";
  pair.comparison.first->inputs = {input};
  EXPECT_THAT(text_of_section(pair.input, "first"), HasSubstr("predict.0.some_input"));
  pair.comparison.first->inputs.clear();
  pair.comparison.first->inputs_equal = true;
  EXPECT_THAT(text_of_section(pair.input, "first"),
              HasSubstr("Its inputs are equal on both sides: the code or the parameters differ."));
}

TEST(Sections, ConfigDiffTellsExpectedLeavesFromOthers) {
  RunSpec sim = sim_spec();
  sim.passivity = 0.5;
  const Pair pair(prod_spec(), sim);
  const std::string text = text_of_section(pair.input, "fast.3");
  EXPECT_THAT(text, HasSubstr("1 leaf difference not expected, 1 expected"));
  EXPECT_THAT(text, HasSubstr("process_forecasts_node_dict.process_forecasts_dict.order_config."
                              "passivity_factor 0.55"));
  EXPECT_LT(text.find("passivity_factor"), text.find("\nrun_mode"))
      << "what is not expected comes first";
}

TEST(Sections, LayersCarryTheirNotesBelowTheTable) {
  Pair pair(prod_spec(), sim_spec());
  for (recon::LayerResult& layer : pair.comparison.layers) {
    layer.note = layer.layer == recon::Layer::kOrders ? "why it is so" : "";
  }
  EXPECT_THAT(text_of_section(pair.input, "layers"), HasSubstr("- orders: why it is so\n"));
  EXPECT_THAT(text_of_section(pair.input, "layers"),
              HasSubstr("\ntarget_positions IDENTICAL 72 72 72 0 0 0 0 0 0\n"));
}

TEST(Sections, JournalCountsOutcomesLaggardsAndDelays) {
  const Pair pair(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(pair.input, "journal"), HasSubstr(R"(
bars decided with every asset ready 11 11
bars decided without late assets (partial) 1 1
bars skipped as too late 0 0
late assets, summed over bars 1 1
decision after bar end, p50 10.5 s 10.5 s
decision after bar end, p95 11.1 s 11.1 s
decision after bar end, max 11.1 s 11.1 s
market data reads 0 0
clock reads 0 0
> 1 asset late at least once
Late assets
asset bars in prod bars in sim
binance::ETH_USDT 1 1
)"));
}

TEST(Sections, StatisticsTableGivesTotalsWithTheirFormulas) {
  // pnl of the fixture: bar 0 NaN, bar i is (i % 3) - 0.5; sums by hand over 11 bars: 4 x 0.5 + 4
  // x 1.5 + 3 x -0.5 = 6.5 - 1.
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string text = text_of_section(pair.input, "fast.13");
  EXPECT_THAT(text, HasSubstr("total pnl 6.50 7.75 -1.25"));
  EXPECT_THAT(text, HasSubstr("gmv_mean 3,000.00 3,000.00 0 mean of gmv over bars\n"));
  EXPECT_THAT(text, HasSubstr("max_drawdown 0.50"));
}

TEST(Sections, StatisticsTableHasTheReferencesRowsWithTheirConventions) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string text = text_of_section(pair.input, "fast.13");
  EXPECT_THAT(text, HasSubstr("12 bins of 5T, N = 105156.125 a year"));
  // 6.5 and 7.75 over the 11 bars that have a PnL.
  EXPECT_THAT(text,
              HasSubstr("dollar pnl_mean 0.590909 0.704545 -0.113636 $/bin mean PnL of the bins"));
  EXPECT_THAT(text, HasSubstr("dollar gmv_mean 3000 3000 0 $ mean over bins"));
  EXPECT_THAT(text, HasSubstr("profit_factor"));
}

TEST(Sections, TrackingNamesTheGapItsIntervalAndItsSeed) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string text = text_of_section(pair.input, "tracking");
  EXPECT_THAT(text, HasSubstr("pnl_gap -1.25 $"));
  EXPECT_THAT(text, HasSubstr("2000 replicates, mean block 3 bins, seed 1"));
  EXPECT_THAT(text, HasSubstr("dtw_annualized"));
  const Pair equal(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(equal.input, "tracking"), HasSubstr("tracking_error 0 %"));
}

TEST(Sections, EqualityCountsTheCellsOfEachLayer) {
  const Pair equal(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(equal.input, "equality"), HasSubstr("\nrows_broken 0 0 0 0 rows"));
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string text = text_of_section(pair.input, "equality");
  EXPECT_THAT(text, Not(HasSubstr("\nrows_broken 0 0 0 0 rows")));
  EXPECT_THAT(text, HasSubstr("(2018-01-23 00:40:00)")) << "the first break is at bar 7";
}

TEST(Sections, PairwiseDiffUsesTheReferenceRuleAndCountsPairs) {
  const Pair equal(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(equal.input, "fast.14"), HasSubstr("holdings_notional 24 0 0 0 %\n"));
  const Pair pair(prod_spec(), bumped_sim_spec());
  // Bar 7: 7 x 104.0 against 7 x 104.01.
  EXPECT_THAT(text_of_section(pair.input, "fast.14"),
              HasSubstr("holdings_notional 24 0.07 0 0.00961446 %\n"));
}

TEST(Sections, CorrelationsOfEqualRunsAreOne) {
  const Pair pair(prod_spec(), sim_spec());
  const std::string text = text_of_section(pair.input, "fast.15");
  EXPECT_THAT(text, HasSubstr("pnl 11 1.000000\n"));
  EXPECT_THAT(text, HasSubstr("gmv 12 not defined (needs two bars that differ)\n"));
}

TEST(Sections, SelfConsistencyThatWasNotCheckedIsNotSaidToHold) {
  Pair pair(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(pair.input, "fast.5"), HasSubstr("no node peeks"));
  pair.input.self_consistency_checked = false;
  EXPECT_THAT(text_of_section(pair.input, "fast.5"), HasSubstr("Not available: not asked for"));
}

TEST(Sections, TargetsThatWereExecutedInFullHaveNoGap) {
  const Pair pair(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(pair.input, "fast.16"),
              HasSubstr("Every target was executed in full."));
}

TEST(Sections, OrdersAndFillsAreCountedAndMatched) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string orders = text_of_section(pair.input, "fast.18");
  EXPECT_THAT(orders, HasSubstr("orders 24 24\n"));
  EXPECT_THAT(
      orders,
      HasSubstr("Matched by order_id: 23 equal, 1 different, 0 in prod only, 0 in sim only."));
  const std::string fills = text_of_section(pair.input, "fast.19");
  EXPECT_THAT(fills, HasSubstr("Matched by fill_id: 24; 1 at another price (at most 0.961 bps of "
                               "the sim price), 0 of another quantity"));
  EXPECT_THAT(text_of_section(pair.input, "fast.8"), HasSubstr("Max order execution time=10 s"));
}

TEST(Sections, OrdersAndFillsAreMatchedWhateverTheirIds) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string text = text_of_section(pair.input, "matching");
  EXPECT_THAT(text, HasSubstr("24 fills of prod and 24 fills of sim: match rate 100 % (ready), 0 "
                              "without a counterpart, 1 pairing that differs."));
  EXPECT_THAT(text, HasSubstr("pairings 1:1 24 24\n"));
  EXPECT_THAT(text, HasSubstr("identical 23 23\n"));
  // The first asset was bought one cent of 104.01 higher in sim: worse.
  EXPECT_THAT(text, HasSubstr("fills: price (bps) 24 0.0400"));
  EXPECT_THAT(text, HasSubstr("0.961"));
}

TEST(Sections, WhatOneRunAloneTradedIsListedWithTheReason) {
  RunSpec shorter = sim_spec();
  shorter.bars = 11;
  const Pair pair(prod_spec(), shorter);
  const std::string text = text_of_section(pair.input, "matching");
  EXPECT_THAT(text, HasSubstr("24 orders of prod and 22 orders of sim: match rate 95.65 % (ready), "
                              "2 without a counterpart"));
  EXPECT_THAT(text, HasSubstr("Only prod: 2 orders"));
  EXPECT_THAT(text, Not(HasSubstr("Only sim: 0")));
  EXPECT_THAT(text, HasSubstr("no order of this asset and side within 60 s: the nearest is 300 s "
                              "earlier, paired with another"));
}

TEST(Sections, MatchingNeedsBothRuns) {
  const Pair pair(prod_spec(), sim_spec());
  ReportInput input = pair.input;
  input.sim = nullptr;
  EXPECT_THAT(text_of_section(input, "matching"), HasSubstr("there is no run log of this side"));
}

TEST(Sections, ExecutionTimesAreSummarisedPerNode) {
  const Pair pair(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(pair.input, "fast.7"),
              HasSubstr("prod predict.0.read_data 12 6 ms 5.5 ms 11.5 ms 11.5 ms\n"));
}

TEST(Sections, DagSizeIsTheWindowOfTheLastBar) {
  const Pair pair(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(pair.input, "fast.9"),
              HasSubstr("predict.1.process_forecasts sim 12 2\n"));
}

TEST(Sections, IdentitiesSayEqualOrDiffers) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string text = text_of_section(pair.input, "identities");
  std::map<std::string, std::string> last_word;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    for (const char* name :
         {"constructor", "run mode", "start state", "content hash", "environment: compiler"}) {
      if (line.rfind(name, 0) == 0) last_word[name] = line.substr(line.rfind(' ') + 1);
    }
    at = end + 1;
  }
  EXPECT_EQ(last_word["constructor"], "equal");
  EXPECT_EQ(last_word["run mode"], "differs");
  EXPECT_EQ(last_word["start state"], "equal");
  EXPECT_EQ(last_word["content hash"], "differs");
  EXPECT_EQ(last_word["environment: compiler"], "equal");
}

TEST(Sections, FindingsAreCutAtAHundredAndTheRestIsCounted) {
  Pair pair(prod_spec(), bumped_sim_spec());
  const recon::Finding finding = pair.comparison.findings.front();
  pair.comparison.findings.assign(300, finding);
  pair.comparison.distinct_breaks = 1'234'567;
  pair.comparison.findings_truncated = true;
  const std::string text = text_of_section(pair.input, "findings");
  EXPECT_THAT(
      text,
      HasSubstr("100 shown of 300 findings kept; 1,234,567 distinct breaks counted in total."));
  EXPECT_THAT(text, HasSubstr("The rest was counted but not kept."));
  std::size_t rows = 0;
  const std::string id = break_id(finding);
  for (std::size_t at = text.find(id); at != std::string::npos; at = text.find(id, at + 1)) ++rows;
  EXPECT_EQ(rows, 100U);
}

}  // namespace
}  // namespace tieout::report
