#include "page.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assets.hpp"
#include "content_policy.hpp"
#include "fixture.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using testing::bumped_sim_spec;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Pair;
using testing::prod_spec;
using testing::RunSpec;
using testing::sim_spec;

/// Element ids and the targets of local links.
std::vector<std::string> between(const std::string& text, const std::string& open, char close) {
  std::vector<std::string> out;
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const std::size_t first = at + open.size();
    out.push_back(text.substr(first, text.find(close, first) - first));
  }
  return out;
}

TEST(Page, EqualRunsGiveAPassingVerdictFirst) {
  const Pair pair(prod_spec(), sim_spec());
  const std::string page = render_html(pair.input);
  EXPECT_THAT(page, HasSubstr("<title>IDENTICAL: Mock1 paper_trading"));
  EXPECT_THAT(page, HasSubstr("<header class=\"verdict good\">"));
  EXPECT_THAT(page, HasSubstr("<dt>Coverage</dt><dd>100 %<small>"));
  EXPECT_THAT(page, HasSubstr("<dt>Breaks</dt><dd>0<small>no cell differs</small>"));
  EXPECT_THAT(page, HasSubstr("<dt>PnL gap</dt><dd>0 USDT<small>prod 6.50, sim 6.50</small>"));
  EXPECT_THAT(
      page,
      HasSubstr(
          "<dt>Bars with equal content hash</dt><dd>12 of 12<small>proved by hashes</small>"));
  EXPECT_LT(page.find("<h1>"), page.find("<h2"));
}

TEST(Page, ADifferenceIsNamedOnTheFirstScreenWithBothValues) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string page = render_html(pair.input);
  const std::string first_screen = page.substr(0, page.find("<nav"));
  EXPECT_THAT(first_screen, HasSubstr("DIVERGED</h1>"));
  EXPECT_THAT(first_screen, HasSubstr("<header class=\"verdict bad\">"));
  EXPECT_THAT(
      first_screen,
      HasSubstr("2018-01-23 00:40:00 in predict.0.read_data, close of binance::BTC_USDT</a>: prod "
                "<strong>104.0</strong>, sim <strong>104.01</strong>"));
  EXPECT_THAT(
      first_screen,
      HasSubstr("<dt>PnL gap</dt><dd>-1.25 USDT<small>prod 6.50, sim 7.75; by the fills -0.07: "
                "unexplained -0.08, other prices 0.02</small>"));
  EXPECT_THAT(first_screen, HasSubstr("7 of 12"));
}

/// What stands between each `open` and the next `close`.
std::vector<std::string> all_between(const std::string& text, const std::string& open,
                                     const std::string& close) {
  std::vector<std::string> out;
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const std::size_t first = at + open.size();
    out.push_back(text.substr(first, text.find(close, first) - first));
  }
  return out;
}

TEST(Page, IsOneFileWithoutNetwork) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string page = render_html(pair.input);
  for (const char* source : {"<link rel=\"stylesheet", " src=\"", " srcset=", "@import", "url("})
    EXPECT_THAT(page, Not(HasSubstr(source))) << source;
  for (const std::string& target : between(page, "href=\"", '"'))
    EXPECT_TRUE(target.starts_with("#") || target.starts_with("data:image/svg+xml,")) << target;
}

TEST(Page, ItsPolicyLetsItsOwnScriptsAndStylesWorkAndNoOther) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string page = render_html(pair.input);
  const std::vector<std::string> scripts = all_between(page, "<script>", "</script>");
  const std::vector<std::string> styles = all_between(page, "<style>", "</style>");
  ASSERT_FALSE(scripts.empty());
  EXPECT_THAT(page, HasSubstr("content=\"" + content_policy(styles, scripts) + "\""));
  // What such a policy forbids would be lost without a word.
  for (const char* inline_code : {" style=\"", " onclick=", " onload=", "javascript:"})
    EXPECT_THAT(page, Not(HasSubstr(inline_code))) << inline_code;
}

TEST(Page, CarriesTheChartLibraryOnlyWhereThereIsAChart) {
  const std::string without = render_document("t", "<p>no chart</p>", "now");
  EXPECT_THAT(without, Not(HasSubstr("uPlot")));
  EXPECT_THAT(without, HasSubstr(std::string(page_script())));
  const std::string with = render_document(
      "t", "<script type=\"application/json\" class=\"chart-data\">{}</script>", "now");
  EXPECT_THAT(with, HasSubstr(std::string(chart_script())));
  EXPECT_THAT(with, HasSubstr("Leon Sorokin")) << "the licence asks to be in every copy";
  EXPECT_THAT(with, HasSubstr(content_policy(all_between(with, "<style>", "</style>"),
                                             all_between(with, "<script>", "</script>"))));
}

TEST(Page, EveryLocalLinkHasItsTargetAndIdsAreUnique) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const std::string page = render_html(pair.input);
  std::vector<std::string> ids = between(page, " id=\"", '"');
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
  const std::vector<std::string> targets = between(page, "href=\"#", '"');
  EXPECT_GT(targets.size(), 20U);
  for (const std::string& target : targets)
    EXPECT_TRUE(std::binary_search(ids.begin(), ids.end(), target)) << target;
}

TEST(Page, NamesFromALogCannotBreakOutOfTheirText) {
  RunSpec prod = prod_spec();
  prod.first_symbol = "<script>alert(1)</script>";
  RunSpec sim = bumped_sim_spec();
  sim.first_symbol = prod.first_symbol;
  Pair pair(prod, sim);
  pair.input.title = "</title><img src=x onerror=alert(1)>";
  pair.input.evidence = {{"<b>bar</b>", {"\"><svg onload=alert(1)>"}}};
  pair.comparison.sentence = "<i>because</i>";
  pair.comparison.breaks_by_column["<u>column</u>"] = 3;
  const std::string page = render_html(pair.input);
  for (const char* markup : {"<script>alert", "<img", "<svg onload", "<b>", "<i>", "<u>"})
    EXPECT_THAT(page, Not(HasSubstr(markup))) << markup;
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;")) << "shown, but as text";
}

TEST(Page, TheSameInputsGiveTheSameBytes) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  EXPECT_EQ(render_html(pair.input), render_html(pair.input));
}

TEST(Page, ReopenedLogsGiveTheSameBytes) {
  Pair pair(prod_spec(), bumped_sim_spec());
  const std::string page = render_html(pair.input);
  const Result<runlog::RunReader> prod = runlog::RunReader::open(pair.prod.directory());
  const Result<runlog::RunReader> sim = runlog::RunReader::open(pair.sim.directory());
  ASSERT_TRUE(prod.ok() && sim.ok());
  pair.input.prod = &*prod;
  pair.input.sim = &*sim;
  EXPECT_EQ(render_html(pair.input), page);
}

TEST(Page, WithoutASimulationItIsInconclusiveAndShowsProduction) {
  Pair pair(prod_spec(), sim_spec());
  pair.input.sim = nullptr;
  pair.input.comparison = nullptr;
  const std::string page = render_html(pair.input);
  EXPECT_THAT(page, HasSubstr("INCONCLUSIVE</h1>"));
  EXPECT_THAT(page, HasSubstr("<header class=\"verdict warn\">"));
  EXPECT_THAT(page, HasSubstr("There is no simulation run log: nothing could be compared."));
  EXPECT_THAT(page, HasSubstr("Max order execution time=10 s"))
      << "what production alone can tell is told";
}

TEST(Page, WithNothingAtAllItStillRenders) {
  ReportInput input;
  input.title = "nothing";
  const std::string page = render_html(input);
  EXPECT_THAT(page, HasSubstr("INCONCLUSIVE</h1>"));
  EXPECT_THAT(page, HasSubstr("</html>"));
}

TEST(Page, TheSlowReportAddsEveryNodeAtEveryBar) {
  Pair pair(prod_spec(), bumped_sim_spec());
  EXPECT_THAT(render_html(pair.input), Not(HasSubstr("id=\"slow.6\"")));
  pair.input.kind = ReportKind::kSlow;
  const std::string page = render_html(pair.input);
  EXPECT_THAT(page, HasSubstr("<summary>predict.0.read_data: differs at 5 of 12 bars</summary>"));
  EXPECT_THAT(page, HasSubstr("prod: no bar rewrote a row of the bar before, at any node."));
}

}  // namespace
}  // namespace tieout::report
