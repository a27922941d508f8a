#include "tieout/report/multiday.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

#include "document.hpp"
#include "fixture.hpp"
#include "multiday_facts.hpp"
#include "plot_days.hpp"
#include "sections_multiday.hpp"

namespace tieout::report {
namespace {

using recon::Verdict;
using testing::bar_at;
using testing::bumped_sim_spec;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Pair;
using testing::prod_spec;
using testing::RunSpec;
using testing::sim_spec;

MultidayRun run_of(const Pair& pair) {
  MultidayRun run;
  run.name = "20180123_000500.20180123_010000";
  run.mode = "scheduled";
  run.start = bar_at(0);
  run.end = bar_at(11);
  run.prod = &pair.prod;
  run.sim = &pair.sim;
  run.comparison = &pair.comparison;
  run.exit = recon::exit_code_of(pair.comparison.verdict);
  return run;
}

/// A run whose logs were not read.
MultidayRun unread(int exit) {
  MultidayRun run;
  run.name = "20180124_000500.20180124_010000";
  run.start = bar_at(288);
  run.end = bar_at(299);
  run.problem = "prod: a frame fails its checksum";
  run.exit = exit;
  return run;
}

const Section& section(const std::vector<Section>& sections, std::string_view id) {
  for (const Section& item : sections)
    if (item.id == id) return item;
  ADD_FAILURE() << "no section " << id;
  return sections.front();
}

struct VerdictCase {
  const char* name;
  std::vector<std::pair<Verdict, int>> runs;  // INCONCLUSIVE stands for a run that was not read
  bool missing_day;
  Verdict verdict;
  int exit;
};
const VerdictCase kVerdicts[] = {
    {"all_equal",
     {{Verdict::kIdentical, 0}, {Verdict::kIdentical, 0}},
     false,
     Verdict::kIdentical,
     0},
    {"explained_is_worse_than_identical",
     {{Verdict::kExplained, 0}, {Verdict::kIdentical, 0}},
     false,
     Verdict::kExplained,
     0},
    {"a_missing_day_is_no_agreement", {{Verdict::kIdentical, 0}}, true, Verdict::kInconclusive, 3},
    {"diverged_is_worse_than_a_missing_day",
     {{Verdict::kIdentical, 0}, {Verdict::kDiverged, 1}},
     true,
     Verdict::kDiverged,
     1},
    {"a_damaged_log_is_the_worst_exit",
     {{Verdict::kDiverged, 1}, {Verdict::kInconclusive, 4}},
     false,
     Verdict::kDiverged,
     4},
    {"a_run_without_a_simulation_is_inconclusive",
     {{Verdict::kIdentical, 0}, {Verdict::kInconclusive, 3}},
     false,
     Verdict::kInconclusive,
     3},
    {"no_run_is_no_agreement", {}, false, Verdict::kInconclusive, 3},
};

TEST(MultidayReportTest, TheWindowIsAsBadAsItsWorstRun) {
  for (const VerdictCase& c : kVerdicts) {
    std::vector<recon::Comparison> comparisons(c.runs.size());
    MultidayInput input;
    for (std::size_t i = 0; i < c.runs.size(); ++i) {
      comparisons[i].verdict = c.runs[i].first;
      MultidayRun run = unread(c.runs[i].second);
      if (c.runs[i].first != Verdict::kInconclusive) run.comparison = &comparisons[i];
      input.runs.push_back(run);
    }
    if (c.missing_day) input.missing_days.push_back(bar_at(0));
    const MultidayVerdict verdict = multiday_verdict(input);
    EXPECT_EQ(verdict.verdict, c.verdict) << c.name;
    EXPECT_EQ(verdict.exit, c.exit) << c.name;
  }
}

TEST(MultidayReportTest, ARunThatCouldNotBeReadHasItsRowAndTheOthersTheirs) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  MultidayInput input;
  input.runs = {run_of(pair), unread(4)};
  input.missing_days = {bar_at(576)};
  const MultidayFacts facts(input);
  const auto sections = compute_multiday_sections(facts);
  const std::string days = text_of(section(sections, "multiday.days"));
  EXPECT_THAT(days, HasSubstr("DIVERGED"));
  EXPECT_THAT(days, HasSubstr("CORRUPT"));
  EXPECT_THAT(days, HasSubstr("a frame fails its checksum"));
  EXPECT_THAT(days, HasSubstr("MISSING"));
  EXPECT_THAT(text_of(section(sections, "multiday.coverage")), HasSubstr("33.3333 %"));
  EXPECT_TRUE(section(sections, "multiday.pnl").ok);
  EXPECT_THAT(text_of(section(sections, "multiday.pnl")),
              HasSubstr("prod of 20180124_000500.20180124_010000: there is no run log"));
  EXPECT_TRUE(section(sections, "multiday.statistics").ok);
}

TEST(MultidayReportTest, ABarThatTwoRunsShareIsTheEarlierRuns) {
  const Pair pair(prod_spec(), sim_spec());
  MultidayInput once;
  once.runs = {run_of(pair)};
  MultidayInput twice;
  twice.runs = {run_of(pair), run_of(pair)};
  const MultidayFacts one(once);
  const MultidayFacts two(twice);
  ASSERT_EQ(one.stitched[0].bars.size(), 11U) << "the first bar burns in";
  EXPECT_EQ(two.stitched[0].bars, one.stitched[0].bars);
  EXPECT_EQ(two.stitched[1].values, one.stitched[1].values);
  EXPECT_EQ(total_of(two.days[1].legs[0], "pnl"), 0.0);
}

TEST(MultidayReportTest, BurnInLeavesOutTheFirstBarsOfEachRun) {
  const Pair pair(prod_spec(), sim_spec());
  MultidayInput input;
  input.runs = {run_of(pair)};
  input.burn_in_bars = 0;
  EXPECT_EQ(MultidayFacts(input).stitched[0].bars.size(), 12U);
  input.burn_in_bars = 100;
  EXPECT_TRUE(MultidayFacts(input).stitched[0].bars.empty());
}

TEST(MultidayReportTest, RunsThatAgreeSucceedAndEqualInputsGiveEqualBytes) {
  const Pair pair(prod_spec(), sim_spec());
  MultidayInput input;
  input.title = "C1b paper_trading";
  input.runs = {run_of(pair)};
  input.stamp = bar_at(0);
  const testing::TempDir out;
  const auto files = write_multiday_report(out.path() / "w", input);
  ASSERT_TRUE(files.ok()) << to_string(files.error());
  EXPECT_EQ(files->verdict.exit, 0) << files->verdict.sentence;
  EXPECT_TRUE(std::filesystem::exists(files->json.parent_path() / "success.txt"));
  const std::string page = read_file(files->html).value();
  const auto again = write_multiday_report(out.path() / "w", input);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(read_file(again->html).value(), page);
  EXPECT_EQ(again->published_html, files->published_html);
}

TEST(MultidayReportTest, ReportJsonSaysTheVerdictOfEachRunAndLayer) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  MultidayInput input;
  input.runs = {run_of(pair)};
  const testing::TempDir out;
  const auto files = write_multiday_report(out.path() / "w", input);
  ASSERT_TRUE(files.ok()) << to_string(files.error());
  const auto json = nlohmann::json::parse(read_file(files->json).value());
  EXPECT_EQ(json.at("verdict"), "DIVERGED");
  EXPECT_EQ(json.at("exit"), 1);
  const auto& run = json.at("runs").at(0);
  EXPECT_EQ(run.at("verdict"), "DIVERGED");
  EXPECT_EQ(run.at("distinct_breaks"), pair.comparison.distinct_breaks);
  EXPECT_EQ(run.at("layers").size(), pair.comparison.layers.size());
  EXPECT_THAT(json.at("check").at("message").get<std::string>(), HasSubstr("Failed assertion"));
  EXPECT_FALSE(std::filesystem::exists(files->json.parent_path() / "success.txt"));
}

TEST(MultidayReportTest, NoLineIsDrawnBetweenRunsAndTheirAbsenceIsShaded) {
  DaysPlot plot;
  plot.curves = {{"prod",
                  "line left",
                  {{{bar_at(0), bar_at(1)}, {0, 1}}, {{bar_at(288), bar_at(289)}, {1, 2}}}}};
  plot.starts = {bar_at(0), bar_at(288)};
  plot.absent = {{bar_at(1), bar_at(288)}};
  const std::string svg = days_svg(plot);
  const std::size_t curve = svg.rfind("<path class=\"line left\"");
  const std::string path = svg.substr(curve, svg.find("/>", curve) - curve);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2);
  EXPECT_THAT(svg, HasSubstr("class=\"absent\""));
}

struct LinkCase {
  const char* target;
  bool is_link;
};
constexpr LinkCase kLinks[] = {
    {"../a/page.html", true},
    {"page.html", true},
    {"javascript:alert(1)", false},
    {"https://x/page.html", false},
    {"/etc/passwd", false},
    {"//host/page.html", false},
    {"", false},
};

TEST(MultidayReportTest, OnlyRelativePathsBecomeLinks) {
  for (const LinkCase& c : kLinks) {
    TableBlock table;
    table.columns = {{"run"}, {"pages"}};
    Cell cell{""};
    cell.links.emplace_back("fast", Link{c.target, ""});
    table.rows = {{"x", cell}};
    EXPECT_EQ(html_of(Blocks{table}).find("<a href=") != std::string::npos, c.is_link) << c.target;
    EXPECT_THAT(html_of(Blocks{table}, Place::kPublished), Not(HasSubstr("<a href=")));
  }
}

}  // namespace
}  // namespace tieout::report
