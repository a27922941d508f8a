#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "chart_data.hpp"
#include "fixture.hpp"
#include "gap_plot.hpp"
#include "json_report.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using testing::bumped_sim_spec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Pair;
using testing::prod_spec;
using testing::RunSpec;
using testing::sim_spec;

Section section_of(const ReportInput& input, std::string_view id) {
  const Facts facts(input);
  for (const SectionSpec& spec : section_specs()) {
    if (spec.id == id) return compute_section(spec, facts);
  }
  return {};
}

std::string squeezed(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  }
  return out;
}

std::string text_of_section(const ReportInput& input, std::string_view id) {
  return squeezed(text_of(section_of(input, id)));
}

/// The chart of this caption, in words and numbers.
std::string chart_text_of(const Section& section, std::string_view caption) {
  for (const Chart* chart : charts_of(section.blocks)) {
    if (chart->caption == caption) return squeezed(chart_text(*chart));
  }
  return "no such chart";
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

RunSpec research_spec(bool simulation) {
  RunSpec spec;
  spec.simulation = simulation;
  spec.research = true;
  return spec;
}

TEST(PanelsSection, ShowsTheTwelvePanelsOfTheReferenceInItsOrder) {
  const Pair pair(research_spec(false), research_spec(true));
  std::vector<std::string> captions;
  const Section section = section_of(pair.input, "fast.12");
  for (const Chart* chart : charts_of(section.blocks)) {
    captions.push_back(chart->caption);
    ASSERT_EQ(chart->series.size(), 3U) << chart->caption;
    EXPECT_EQ(chart->series[0].role, ChartRole::kProd);
    EXPECT_EQ(chart->series[1].role, ChartRole::kSim);
    EXPECT_EQ(chart->series[2].role, ChartRole::kResearch);
  }
  EXPECT_THAT(captions, ElementsAre("Bar PnL", "Bar PnL/Gross Volume", "Cumulative PnL",
                                    "Cumulative PnL/GMV", "Cumulative Gross Volume", "Bar Turnover",
                                    "Cumulative Net Volume", "Bar Net Volume", "GMV",
                                    "GMV deviation from expanding mean", "NMV", "NMV, % of GMV"));
}

// The fixture earns NaN, then 0.5, 1.5, -0.5 over and over, at 12 bars of 3000 of GMV: 4 (0.5
// + 1.5)
// - 3 * 0.5 = 6.5.
TEST(PanelsSection, NumbersOfTheFixtureByHand) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const Section section = section_of(pair.input, "fast.12");
  EXPECT_THAT(chart_text_of(section, "Cumulative PnL"),
              HasSubstr("prod 11 0.5 6.5 0.5 2018-01-23 00:10:00"));
  EXPECT_THAT(chart_text_of(section, "Cumulative PnL"), HasSubstr("sim 11 0.5 7.75 "));
  EXPECT_THAT(chart_text_of(section, "GMV deviation from expanding mean"),
              HasSubstr("prod 12 1 1 1 "));
  EXPECT_THAT(chart_text_of(section, "Cumulative PnL/GMV"), HasSubstr("prod 11 0.0166667 "));
  EXPECT_THAT(squeezed(text_of(section)),
              HasSubstr("Cumulative PnL of prod and sim: widest gap 1.25 USDT at "
                        "2018-01-23 01:00:00."));
}

TEST(PanelsSection, WithoutASimulationTheRunIsShownAlone) {
  const Pair pair(prod_spec(), sim_spec());
  ReportInput input = pair.input;
  input.sim = nullptr;
  input.comparison = nullptr;
  const Section section = section_of(input, "fast.12");
  ASSERT_TRUE(section.ok) << section.lacks;
  EXPECT_THAT(text_of(section), HasSubstr("sim is not shown: "));
  EXPECT_THAT(text_of(section), HasSubstr("research not available: "));
  ASSERT_EQ(charts_of(section.blocks).size(), 12U);
  EXPECT_EQ(charts_of(section.blocks)[0]->series.size(), 1U) << "no entry without a curve";
}

// Bars 7 to 11 of the simulation earn 0.25 more: the gap is -0.25 at each, -1.25 at the end.
TEST(GapSection, FindsWhereTheGapBegins) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const Section section = section_of(pair.input, "gap");
  ASSERT_TRUE(section.ok) << section.lacks;
  const std::string gap = chart_text_of(section, "Gap of the cumulative PnL");
  EXPECT_THAT(gap, HasSubstr("The mean gap changes most at 2018-01-23 00:40:00"));
  EXPECT_THAT(gap, HasSubstr("gap 11 0 -1.25 -1.25 2018-01-23 01:00:00 0 "));
  const std::vector<const Chart*> charts = charts_of(section.blocks);
  ASSERT_EQ(charts[0]->marks.size(), 1U);
  EXPECT_EQ(charts[0]->marks[0].at, charts[0]->x.values[6]) << "00:40, the first row is 00:10";
}

TEST(GapSection, ThePartsAddUpAtEveryPlace) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const Section section = section_of(pair.input, "gap");
  EXPECT_THAT(text_of(section), HasSubstr("The parts add up to the gap of "));
  bool found = false;
  for (const Chart* chart : charts_of(section.blocks)) {
    if (chart->caption != "Parts of the PnL gap over time") continue;
    found = true;
    ASSERT_EQ(chart->x.values.size(), 11U) << "all bars behind the first";
    ASSERT_GE(chart->series.size(), 2U);
    for (std::size_t i = 0; i < chart->x.values.size(); ++i) {
      double sum = 0;
      for (std::size_t s = 1; s < chart->series.size(); ++s) sum += chart->series[s].values[i];
      EXPECT_NEAR(sum, chart->series[0].values[i], 1e-9) << i;
    }
  }
  EXPECT_TRUE(found) << text_of(section);
  EXPECT_THAT(html_of(section), HasSubstr("role=\"img\" aria-label=\"From the PnL of sim to"));
}

// Bars are labelled by their ends: all of 00:05 to 01:00 are of the hour from 00:00.
TEST(GapSection, ABarBelongsToTheHourThatItEnds) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string text = text_of(section_of(pair.input, "gap"));
  EXPECT_THAT(text, HasSubstr("binance::BTC_USDT: -0.07, worst at 01-23 00:00: -0.07\n"));
  EXPECT_THAT(squeezed(text), HasSubstr("asset gap 01-23 00:00\n")) << "one hour";
}

TEST(GapSection, OfEqualRunsSaysSo) {
  const Pair pair(prod_spec(), sim_spec());
  const std::string text = text_of_section(pair.input, "gap");
  EXPECT_THAT(text, HasSubstr("There is no gap to split: both runs earned the same."));
  EXPECT_THAT(text, HasSubstr("No asset has another PnL in any bar."));
  EXPECT_THAT(text, HasSubstr("No change point"));
  EXPECT_THAT(text, Not(HasSubstr("Mark:")));
}

TEST(ReturnsSection, OfEqualRunsLiesOnTheLine) {
  const Pair pair(prod_spec(), sim_spec());
  const Section section = section_of(pair.input, "returns");
  ASSERT_TRUE(section.ok) << section.lacks;
  EXPECT_THAT(chart_text_of(section, "Bar PnL against bar PnL"),
              HasSubstr("Lin's concordance (CCC) 1; regression of sim on prod: slope 1, "
                        "intercept 0"));
  EXPECT_THAT(chart_text_of(section, "Rolling tracking error"), HasSubstr(" 0 0 0 "));
  for (const Chart* chart : charts_of(section.blocks)) {
    if (chart->caption != "Quantiles of returns against quantiles (Q-Q)") continue;
    EXPECT_EQ(chart->series[0].values, chart->x.values);
    EXPECT_EQ(chart->series[1].values, chart->x.values);
  }
}

// PnL 0.5 1.5 -0.5 over and over: the only way down is the -0.5.
TEST(ReturnsSection, DrawdownByHand) {
  const Pair pair(prod_spec(), sim_spec());
  EXPECT_THAT(chart_text_of(section_of(pair.input, "returns"), "Drawdown"),
              HasSubstr("prod 12 0 0 -0.5 2018-01-23 00:20:00 0 "));
}

TEST(ReturnsSection, CountsOfTheDistributionAreAllBars) {
  const Pair pair(prod_spec(), sim_spec());
  const Section section = section_of(pair.input, "returns");
  for (const Chart* chart : charts_of(section.blocks)) {
    if (chart->kind != ChartKind::kBars) continue;
    double sum = 0;
    for (const double count : chart->series[0].values) sum += count;
    EXPECT_EQ(sum, 11) << "the first bar has no return";
  }
}

TEST(AssetsSection, ShowsPriceTradesAndPositionsOfTheLargestGaps) {
  RunSpec sim = research_spec(true);
  sim.bump_at = 7;
  const Pair pair(research_spec(false), sim);
  const Section section = section_of(pair.input, "assets");
  ASSERT_TRUE(section.ok) << section.lacks;
  const std::string text = squeezed(text_of(section));
  EXPECT_THAT(text, HasSubstr("2 of 2 assets"));
  // The bump is in the first asset: 7 shares a cent dearer.
  EXPECT_LT(text.find("binance::BTC_USDT 0.07 "), text.find("binance::ETH_USDT 0.00 "));
  EXPECT_THAT(text, HasSubstr("Price and trades of binance::BTC_USDT"));
  EXPECT_THAT(text, HasSubstr("price of sim 12 ")) << "its price differs";
  EXPECT_THAT(text, HasSubstr("prod buys 11 "));
  EXPECT_THAT(text, Not(HasSubstr("prod sells")));
  // Held i at bar i, wanted i + 1 for the next: every target of the bar before was reached.
  const std::string position = chart_text_of(section, "Position in binance::BTC_USDT");
  EXPECT_THAT(position, HasSubstr("prod 12 0 11 0 2018-01-23 00:05:00 11 2018-01-23 01:00:00"));
  EXPECT_THAT(position, Not(HasSubstr("target of prod ")));
}

TEST(AssetsSection, OfALongRunShowsTheBarsAroundTheFirstDifference) {
  RunSpec prod = prod_spec();
  RunSpec sim = sim_spec();
  prod.bars = sim.bars = 120;
  const Pair pair(prod, sim);
  const Section section = section_of(pair.input, "assets");
  ASSERT_TRUE(section.ok) << section.lacks;
  EXPECT_THAT(text_of(section), HasSubstr("96 of 120 bars from 2018-01-23 00:05:00"));
  for (const Chart* chart : charts_of(section.blocks)) EXPECT_EQ(chart->x.values.size(), 96U);
}

TEST(TimingSection, ShowsDelaysTheDeadlineAndTheOrdersThatDiffer) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const Section section = section_of(pair.input, "timing");
  ASSERT_TRUE(section.ok) << section.lacks;
  EXPECT_THAT(chart_text_of(section, "Order delay by bar"),
              HasSubstr("prod 12 10 10 10 2018-01-23 00:05:00 10 "));
  EXPECT_THAT(chart_text_of(section, "Order delay by bar"), HasSubstr("Mark: deadline: 1 minute"));
  EXPECT_THAT(chart_text_of(section, "Latency: bar to order"), HasSubstr("prod 1 100 100 100 10 "));
  // The bumped order has another price at bar 7, and no other differs.
  EXPECT_THAT(text_of(section), HasSubstr("the first 1 of 1 order"));
  EXPECT_THAT(text_of(section), HasSubstr("binance::BTC_USDT buy: prod 1.5 shares, created "
                                          "2018-01-23 00:40:10"));
}

TEST(TimingSection, OfEqualOrdersHasNoTimeline) {
  const Pair pair(prod_spec(), sim_spec());
  EXPECT_THAT(text_of_section(pair.input, "timing"),
              HasSubstr("Every order is the same in both runs"));
}

// Both nodes take 0.5 + i ms at bar i of production, 0.25 + i of the simulation; 'wait' is no node.
TEST(ExecutionTimeSection, AddsTheNodesOfABarUp) {
  const Pair pair(prod_spec(), sim_spec());
  const std::string text = chart_text_of(section_of(pair.input, "fast.7"), "Compute time of a bar");
  EXPECT_THAT(text, HasSubstr("prod 12 1 23 1 2018-01-23 00:05:00 23 2018-01-23 01:00:00"));
  EXPECT_THAT(text, HasSubstr("sim 12 0.5 22.5 "));
}

TEST(MapsSection, HoldsDistancesAgainstWhatIsAllowed) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string text =
      chart_text_of(section_of(pair.input, "maps"), "Relative distance of the breaks");
  EXPECT_THAT(text, HasSubstr("the noise floor was not measured"));
  EXPECT_THAT(text, HasSubstr("no break was judged by a relative tolerance"));
  EXPECT_THAT(text, HasSubstr("breaks "));
}

TEST(ChartSections, StandInTheJsonReport) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const Facts facts(pair.input);
  const std::vector<Section> sections{section_of(pair.input, "fast.12")};
  const auto json = nlohmann::json::parse(json_report(facts, sections, {}));
  const auto& charts = json["sections"][0]["charts"];
  ASSERT_EQ(charts.size(), 12U);
  EXPECT_EQ(charts[2]["caption"], "Cumulative PnL");
  EXPECT_EQ(charts[2]["series"][0]["values"][11], 6.5);
  EXPECT_EQ(charts[2]["unit"], "USDT");
}

TEST(ChartSections, SymbolsFromOutsideAreEscaped) {
  RunSpec prod = prod_spec();
  RunSpec sim = bumped_sim_spec();
  prod.first_symbol = sim.first_symbol = "binance::</script><b>_USDT";
  const Pair pair(prod, sim);
  for (const char* id : {"gap", "assets", "timing", "fast.12"}) {
    const std::string html = html_of(section_of(pair.input, id));
    EXPECT_THAT(html, Not(HasSubstr("<b>"))) << id;
    EXPECT_EQ(occurrences(html, "</script"), occurrences(html, "<script")) << id;
  }
}

TEST(GapPlot, AWaterfallGoesFromOneSumToTheOther) {
  const std::string svg =
      waterfall_svg({"<label>", {"sim", 10}, {"prod", 7}, {{"prices", -5}, {"fees", 2}}});
  EXPECT_THAT(svg, HasSubstr("aria-label=\"&lt;label&gt;\""));
  // 680 units for 10: from 0 to 10, down to 5, up to 7, and 7 from 0.
  EXPECT_THAT(svg, HasSubstr("class=\"calm\" x=\"170\" y=\"7\" width=\"680\""));
  EXPECT_THAT(svg, HasSubstr("class=\"loss\" x=\"510\" y=\"33\" width=\"340\""));
  EXPECT_THAT(svg, HasSubstr("class=\"gain\" x=\"510\" y=\"59\" width=\"136\""));
  EXPECT_THAT(svg, HasSubstr("class=\"calm\" x=\"170\" y=\"85\" width=\"476\""));
  EXPECT_THAT(svg, HasSubstr(">+2.00</text>"));
}

TEST(GapPlot, ASignedMapShowsTheSignInWordsToo) {
  const std::string svg = signed_map_svg({"m", {"a"}, {"h0", "h1", "h2"}, {{-4, 0, 1}}});
  EXPECT_EQ(occurrences(svg, "class=\"heat4\""), 1U);
  EXPECT_EQ(occurrences(svg, "class=\"calm\""), 1U);
  EXPECT_EQ(occurrences(svg, "class=\"more1\""), 1U);
  // Columns of 251 units from 200 on: signs stand in the middle of the first and of the third.
  EXPECT_THAT(svg, HasSubstr("<text class=\"sign\" x=\"322 824\" y=\"16\">-+</text>"));
}

TEST(GapPlot, ATimelineHasOneRunAboveTheOther) {
  Timeline timeline{"t", "prod", "sim", {}};
  const Timestamp t = testing::bar_at(0);
  timeline.rows.push_back(
      {"order", {{t, t + seconds(10), "a"}}, {{t + seconds(5), t + seconds(20), "b"}}});
  const std::string svg = timeline_svg(timeline);
  EXPECT_THAT(svg, HasSubstr("<title>a</title>"));
  EXPECT_THAT(svg, HasSubstr("class=\"span left\" x=\"250\" y=\"24\" width=\"349\""));
  EXPECT_THAT(svg, HasSubstr("class=\"span right\" x=\"424\" y=\"37\" width=\"524\""));
  EXPECT_THAT(svg, HasSubstr(">+20 s</text>"));
}

}  // namespace
}  // namespace tieout::report
