#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixture.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Pair;
using testing::RunSpec;

RunSpec research_spec(bool simulation, std::size_t bars = 12) {
  RunSpec spec;
  spec.simulation = simulation;
  spec.bars = bars;
  spec.research = true;
  return spec;
}

/// The section as text, with one blank where columns are padded.
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

TEST(ResearchSections, TheThirdLegHasTheArgumentsOfTheRunsConfig) {
  const Pair pair(research_spec(false), research_spec(true));
  const std::string text = text_of_section(pair.input, "fast.10");
  EXPECT_THAT(text, HasSubstr("last outputs of prod"));
  EXPECT_THAT(text, HasSubstr("cross_sectional, target_gmv 3000; price vwap, prediction "
                              "prediction, volatility vol; burn_in_bars 1"));
  EXPECT_THAT(text, HasSubstr("gpc npc wnl"));
  EXPECT_THAT(text, HasSubstr("first and last 5 of 11 bars"));
}

TEST(ResearchSections, TargetsAreHeldAgainstResearchFieldByField) {
  const Pair pair(research_spec(false), research_spec(true));
  const std::string text = text_of_section(pair.input, "fast.17");
  // The fixture decides upon the DAG's own numbers and holds shares of its own.
  EXPECT_THAT(text, HasSubstr("price price 24 0 % 0"));
  EXPECT_THAT(text, HasSubstr("volatility volatility 24 0 % 0"));
  EXPECT_THAT(text, HasSubstr("prediction prediction 24 0 % 0"));
  EXPECT_THAT(text, HasSubstr("holdings_shares holdings_shares 22"));
  EXPECT_THAT(text, HasSubstr("target_holdings_shares.shift(1) holdings_shares 22"));
}

TEST(ResearchSections, ResearchStandsBesideBothSides) {
  const Pair pair(research_spec(false), research_spec(true));
  EXPECT_THAT(text_of_section(pair.input, "fast.11"), HasSubstr("pnl prod pnl sim pnl research"));
  const std::string pnl = text_of_section(pair.input, "fast.12");
  EXPECT_THAT(pnl, HasSubstr("prod 11 "));
  EXPECT_THAT(pnl, HasSubstr("research 11 ")) << pnl;
  EXPECT_THAT(text_of_section(pair.input, "fast.13"),
              HasSubstr("statistic prod sim research prod - sim prod - research unit convention"));
  EXPECT_THAT(text_of_section(pair.input, "fast.13"),
              HasSubstr("statistic prod sim research prod - sim prod - research formula"));
  const std::string pairs = text_of_section(pair.input, "fast.14");
  EXPECT_THAT(pairs,
              HasSubstr("field pairs max abs on one side only prod_research_diff prod_sim_diff "
                        "research_sim_diff"));
  EXPECT_THAT(pairs, HasSubstr("holdings_shares"));
  EXPECT_THAT(text_of_section(pair.input, "fast.15"), HasSubstr("Correlation with research"));
}

TEST(ResearchSections, TooFewBarsAreSaidInWords) {
  const Pair pair(research_spec(false, 2), research_spec(true, 2));
  EXPECT_THAT(text_of_section(pair.input, "fast.10"),
              HasSubstr("research not available: 1 bar after burn-in, needs >= 2 bars"));
  const std::string pnl = text_of_section(pair.input, "fast.12");
  EXPECT_THAT(pnl, HasSubstr("Cumulative PnL of prod and sim"));
  EXPECT_THAT(pnl, HasSubstr("research not available: 1 bar after burn-in, needs >= 2 bars"));
  EXPECT_THAT(pnl, Not(HasSubstr("research 1 "))) << "no entry without a curve";
}

TEST(ResearchSections, AConfigWithoutForecastColumnsIsSaidInWords) {
  const Pair pair(testing::prod_spec(), testing::sim_spec());
  EXPECT_THAT(text_of_section(pair.input, "fast.10"), HasSubstr("research not available: "));
  EXPECT_THAT(text_of_section(pair.input, "fast.10"), HasSubstr("prediction_col"));
  EXPECT_THAT(text_of_section(pair.input, "fast.15"), HasSubstr("research not available"));
}

TEST(ResearchSections, WithoutProductionTheSimulationsOutputsServe) {
  const Pair pair(research_spec(false), research_spec(true));
  ReportInput input = pair.input;
  input.prod = nullptr;
  input.comparison = nullptr;
  EXPECT_THAT(text_of_section(input, "fast.10"), HasSubstr("last outputs of sim"));
  EXPECT_THAT(text_of_section(input, "fast.17"), HasSubstr("there is no run log of this side"));
}

}  // namespace
}  // namespace tieout::report
