#include <map>
#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drill_down.hpp"
#include "fixture.hpp"
#include "many_breaks.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using testing::bumped_sim_spec;
using ::testing::HasSubstr;
using testing::ManyBreaksSpec;
using ::testing::Not;
using testing::Pair;
using testing::prod_spec;
using testing::sim_spec;

MarketLookup revised_at_ten_seconds() {
  return [](const recon::Finding& finding) -> Result<MarketRows> {
    MarketRows out;
    const Timestamp row = finding.row.value_or(finding.bar);
    out.rows = {{row, row + seconds(1), finding.asset, 1, true, true, 1, 2, 3, 104, 5},
                {row, row + seconds(30), finding.asset, 2, false, true, 1, 2, 3, 104.01, 5}};
    out.left_decision = "decided as of " + to_iso(finding.bar + seconds(10));
    out.right_decision = "nominal replay: the last version of every row";
    if (finding.part == "predict.0.read_data") out.cause = "revised, version 2 replaced version 1";
    return out;
  };
}

Section section_of(const ReportInput& input, const std::string& id) {
  const Facts facts(input);
  for (const SectionSpec& spec : section_specs()) {
    if (spec.id == id) return compute_section(spec, facts);
  }
  ADD_FAILURE() << "no section " << id;
  return {};
}

std::vector<std::string> all_matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> out;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it)
    out.push_back((*it)[1]);
  return out;
}

/// The element with this id, up to the end of its fold.
std::string place(const std::string& html, const std::string& id) {
  const std::size_t begin = html.find("id=\"" + id + "\"");
  if (begin == std::string::npos) return "";
  return html.substr(begin, html.find("</details>", begin) - begin);
}

void expect_whole_links(const std::string& page) {
  const std::vector<std::string> ids = all_matches(page, " id=\"([^\"]*)\"");
  const std::set<std::string> places(ids.begin(), ids.end());
  EXPECT_EQ(ids.size(), places.size()) << "an id stands twice";
  const std::vector<std::string> links = all_matches(page, " href=\"#([^\"]*)\"");
  EXPECT_GT(links.size(), 10U);
  for (const std::string& link : links) EXPECT_TRUE(places.contains(link)) << "#" << link;
}

TEST(CellsSection, EveryLinkOfAPageLeadsToAPlaceOfItAndNoPlaceIsThereTwice) {
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.input.market = revised_at_ten_seconds();
  for (const ReportKind kind : {ReportKind::kFast, ReportKind::kSlow}) {
    pair.input.kind = kind;
    expect_whole_links(render_html(pair.input));
  }
  const Pair equal(prod_spec(), sim_spec());
  expect_whole_links(render_html(equal.input));
}

TEST(CellsSection, TheFirstScreenIsThreeClicksFromTheValuesTheInputsAndTheMarketData) {
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.input.market = revised_at_ten_seconds();
  const std::string page = render_html(pair.input);
  const std::string header = page.substr(0, page.find("</header>"));
  ASSERT_THAT(header, HasSubstr("href=\"#first\""));
  const std::size_t first = page.find("<section id=\"first\"");
  const std::string section = page.substr(first, page.find("</section>", first) - first);
  const auto cells = all_matches(section, "href=\"#(cell-[0-9a-f]{12})\"");
  ASSERT_FALSE(cells.empty());
  const std::string cell = place(page, cells.front());
  EXPECT_THAT(cell, HasSubstr("104.0</td>"));
  EXPECT_THAT(cell, HasSubstr("104.01</td>"));
  EXPECT_THAT(cell, HasSubstr("Difference: 0.01 absolute"));
  EXPECT_THAT(cell, HasSubstr("Rule: exact"));
  EXPECT_THAT(cell, HasSubstr("Cause: revised, version 2 replaced version 1"));
  EXPECT_THAT(cell, HasSubstr("What it is computed from"));
  EXPECT_THAT(cell, HasSubstr("journal.decision"));
  EXPECT_THAT(cell, HasSubstr("2018-01-23 00:40:30</td><td class=\"warn\">no</td><td>yes</td>"));
  EXPECT_THAT(cell, HasSubstr("tieout explain "));
  EXPECT_THAT(cell, HasSubstr("--break " + cells.front().substr(5)));
  EXPECT_THAT(cell, HasSubstr("tieout debug_run "));
  EXPECT_THAT(cell, HasSubstr("--node predict.0.read_data --bar 20180123_004000"));
}

TEST(CellsSection, AConsequenceNamesItsRootAndShowsTheInputThatDiffers) {
  Pair pair(prod_spec(), bumped_sim_spec());
  const Section section = section_of(pair.input, "cells");
  ASSERT_TRUE(section.ok) << section.lacks;
  const std::string html = html_of(section);
  const auto found = std::ranges::find_if(pair.comparison.findings, [](const recon::Finding& f) {
    return f.part == "predict.1.process_forecasts" && !f.remark;
  });
  ASSERT_NE(found, pair.comparison.findings.end());
  ASSERT_FALSE(found->is_root);
  const std::string cell = place(html, "cell-" + break_id(*found));
  EXPECT_THAT(cell, HasSubstr("<a href=\"#cell-" + found->parent + "\">Consequence of root"));
  EXPECT_THAT(cell, HasSubstr("predict.0.read_data"));
  EXPECT_THAT(cell, HasSubstr("differs</td>"));
  EXPECT_THAT(html, HasSubstr("There is no market data beside the logs"));
}

TEST(CellsSection, AMarkOfAMapLeadsToItsBreaksAndTheseToTheirCells) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string page = render_html(pair.input);
  std::size_t ways = 0;
  for (const std::string& mark : all_matches(page, "href=\"#(at-[a-z0-9-]*)\"")) {
    const std::string list = place(page, mark);
    EXPECT_THAT(list, HasSubstr("href=\"#cell-")) << mark;
    ++ways;
  }
  EXPECT_GE(ways, 6U) << "parts and assets that break";
}

TEST(CellsSection, RunsThatAgreeHaveNoCell) {
  const Pair pair(prod_spec(), sim_spec());
  EXPECT_EQ(text_of(section_of(pair.input, "cells")),
            "Breaks, cell by cell (cells)\nNo cell breaks.\n");
  ReportInput nothing;
  EXPECT_FALSE(section_of(nothing, "cells").ok);
}

TEST(CellsSection, IsBoundedWhateverTheNumberOfBreaksAndCountsWhatIsLeftOut) {
  const testing::TempDir dir;
  const auto few = testing::make_many_breaks(dir.path() / "few", {60, 3, 4, 2, 4, 30});
  const auto many = testing::make_many_breaks(dir.path() / "many", {60, 4, 50, 3, 4, 1});
  ASSERT_TRUE(few.ok() && many.ok());
  ASSERT_GT(many->comparison.distinct_breaks, 20'000U);
  const ReportInput input = input_of(*many, ReportKind::kFast);
  const Facts facts(input);
  EXPECT_EQ(facts.drill_down().cells().size(), 40U);
  EXPECT_LE(facts.drill_down().by_part().lists.size(), 90U);
  EXPECT_LE(facts.drill_down().by_asset().lists.size(), 90U);
  EXPECT_EQ(facts.drill_down().by_asset().rows.size(), 40U);
  EXPECT_EQ(facts.drill_down().by_asset().rows_left_out, 10U);
  const std::string text = text_of(section_of(input, "cells"));
  EXPECT_THAT(text, HasSubstr("10 assets with fewer breaks left out."));
  std::size_t breaks = 0;
  for (const recon::Finding& finding : many->comparison.findings) breaks += finding.remark ? 0 : 1;
  EXPECT_THAT(text, HasSubstr(fmt::format("40 of {} explained here", plural(breaks, "break"))));
  EXPECT_THAT(text, HasSubstr(count_text(breaks - 40) + " left out"));
  expect_whole_links(render_html(input));
  // Ten times the breaks, hardly a larger page.
  const std::size_t small = render_html(input_of(*few, ReportKind::kFast)).size();
  EXPECT_LT(render_html(input).size(), 3 * small);
}

TEST(CellsSection, EveryPartAndEveryListedAssetHasACell) {
  const testing::TempDir dir;
  const auto many = testing::make_many_breaks(dir.path(), {40, 5, 10, 3, 4, 1});
  ASSERT_TRUE(many.ok());
  const ReportInput input = input_of(*many, ReportKind::kFast);
  const Facts facts(input);
  std::set<std::string> parts, explained;
  for (const recon::Finding& finding : many->comparison.findings)
    if (is_break_of_data(finding)) parts.insert(finding.part);
  for (const recon::Finding* finding : facts.drill_down().cells()) explained.insert(finding->part);
  EXPECT_EQ(parts, explained);
}

TEST(SlowSections, EqualBarsAreOneRowAndEveryBarIsInARow) {
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.input.kind = ReportKind::kSlow;
  const std::string text = text_of(section_of(pair.input, "slow.6"));
  // Windows only grow here: from bar 7 on each differs.
  EXPECT_THAT(text, HasSubstr("2018-01-23 00:05:00 to 2018-01-23 00:35:00 (7 bars)  equal"));
  for (const char* bar : {"00:40:00", "00:50:00", "01:00:00"})
    EXPECT_THAT(text, HasSubstr(fmt::format("  2018-01-23 {:<40}  differs  ", bar)));
}

TEST(SlowSections, TooManyBarsThatDifferAreCountedInOneRow) {
  const testing::TempDir dir;
  const auto many = testing::make_many_breaks(dir.path(), {800, 3, 1, 1, 4, 1});
  ASSERT_TRUE(many.ok());
  const std::string text = text_of(section_of(input_of(*many, ReportKind::kSlow), "slow.6"));
  EXPECT_THAT(text, HasSubstr("differs at 799 of 800 bars"));
  EXPECT_THAT(text, HasSubstr("(701 bars)  differs"));  // 1 + 98 rows of one, and these
}

TEST(DataSection, NamesWhatTheRunsReadDifferentlyAndWhy) {
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.input.market = revised_at_ten_seconds();
  const std::string text = text_of(section_of(pair.input, "data"));
  EXPECT_THAT(text, HasSubstr("104.01"));
  EXPECT_THAT(text, HasSubstr("revised, version 2 replaced version 1"));
  const Pair equal(prod_spec(), sim_spec());
  EXPECT_THAT(text_of(section_of(equal.input, "data")), HasSubstr("Both runs read the same data"));
}

TEST(PolicySection, TellsWaiversThatDidSomethingFromThoseThatDidNot) {
  Pair pair(prod_spec(), bumped_sim_spec());
  EXPECT_THAT(text_of(section_of(pair.input, "policy")), HasSubstr("No policy was given"));
  recon::PolicyResult& policy = pair.comparison.policy;
  policy.name = "paper";
  policy.hash = std::string(64, 'a');
  policy.rules = {{"rel(1e-06)", 3, true, 0, {}, 0}, {"ignore", 7, false, 0, {}, 0}};
  const Timestamp last = pair.comparison.bars.back().bar;
  policy.waivers = {{"ann", "late feed", 9, last + days(30), 4, 0, {}},
                    {"bob", "old", 12, last - days(1), 0, 5, {}},
                    {"cid", "typo", 15, last + days(30), 0, 0, {}},
                    {"dan", "soon", 18, last + days(2), 1, 0, {}}};
  const std::string text = text_of(section_of(pair.input, "policy"));
  EXPECT_THAT(text, HasSubstr("selects nothing"));
  const auto line_of = [&text](const std::string& owner) {
    const std::size_t at = text.find("\n  " + owner);
    return text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  };
  EXPECT_THAT(line_of("ann"), HasSubstr("  used  "));
  EXPECT_THAT(line_of("bob"), HasSubstr("expired, and its breaks count"));
  EXPECT_THAT(line_of("cid"), HasSubstr("unused"));
  EXPECT_THAT(line_of("dan"), HasSubstr("used, expires within 7 days"));
}

}  // namespace
}  // namespace tieout::report
