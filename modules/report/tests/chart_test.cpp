#include "chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chart_curves.hpp"
#include "chart_data.hpp"
#include "chart_path.hpp"
#include "chart_scale.hpp"
#include "chart_svg.hpp"
#include "document.hpp"

namespace tieout::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

std::vector<Timestamp> bars(std::size_t count) {
  std::vector<Timestamp> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(Timestamp{} + minutes(5) * static_cast<std::int64_t>(i));
  return out;
}

Chart small() {
  Chart chart;
  chart.caption = "PnL";
  chart.note = "sum of pnl";
  chart.unit = "USDT";
  chart.x = time_axis_of(bars(4));
  chart.series = {{"prod", ChartRole::kProd, {0, kNaN, 10, 10}},
                  {"sim", ChartRole::kSim, {0, 5, 10, 1.0 / 3}}};
  return chart;
}

std::string svg_path(const std::string& svg, const std::string& css) {
  const std::size_t legend = svg.find("<path class=\"" + css + "\"");
  const std::size_t at = svg.find("<path class=\"" + css + "\"", legend + 1);
  return at == std::string::npos ? "" : svg.substr(at, svg.find("/>", at) - at);
}

TEST(Chart, NumbersForScripts) {
  EXPECT_EQ(chart_json(small()), R"({"kind":"lines","unit":"USDT","x":{"kind":"time","name":"bar",)"
                                 R"("values":[0,300,600,900]},"series":[)"
                                 R"({"name":"prod","role":"prod","values":[0,null,10,10]},)"
                                 R"({"name":"sim","role":"sim","values":[0,5,10,0.333333]}]})");
}

TEST(Chart, NumbersOfMarksAndOfSeriesThatAreDrawnOtherwise) {
  Chart chart;
  chart.kind = ChartKind::kScatter;
  chart.x = {ChartAxisKind::kNumber, "lag", {-0.0, 1.5e9}};
  chart.series = {
      {"a", ChartRole::kGap, {1e-9, std::numeric_limits<double>::infinity()}, SeriesDraw::kUp}};
  chart.marks = {{ChartMark::Across::kY, 0.25, "limit"}};
  EXPECT_EQ(
      chart_json(chart),
      R"({"kind":"scatter","unit":"","x":{"kind":"number","name":"lag","values":[0,1500000000]},)"
      R"("series":[{"name":"a","role":"gap","draw":"up","values":[1e-09,null]}],)"
      R"("marks":[{"axis":"y","at":0.25,"label":"limit"}]})");
}

TEST(Chart, NamesFromOutsideBreakNeitherTheScriptNorThePicture) {
  Chart chart = small();
  chart.caption = "<b>";
  chart.series[0].name = "</script><!--\"\x80";
  const std::string html = html_of(Blocks{chart});
  EXPECT_EQ(occurrences(html, "</script"), 1U);
  EXPECT_THAT(html, Not(HasSubstr("<!--")));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  EXPECT_THAT(html, HasSubstr(R"(\u003c/script>\u003c!--\")"));
  EXPECT_THAT(html, HasSubstr("&lt;/script&gt;&lt;!--&quot;\xEF\xBF\xBD</text>"));
}

TEST(Chart, StandsOnThePageAsPictureNumbersAndTable) {
  const std::string html = html_of(Blocks{small()});
  EXPECT_EQ(html.find("<figure class=\"chart\">\n<figcaption>PnL <small>sum of pnl</small>"), 0U);
  const std::size_t svg = html.find("<svg viewBox=");
  const std::size_t script = html.find("<script type=\"application/json\" class=\"chart-data\">{");
  const std::size_t table =
      html.find("<details class=\"chart-table\"><summary>Data table</summary>");
  ASSERT_NE(svg, std::string::npos);
  EXPECT_LT(svg, script);
  EXPECT_LT(script, table);
  ASSERT_NE(table, std::string::npos);
  EXPECT_THAT(html.substr(table),
              HasSubstr("<th scope=\"row\" class=\"time\">1970-01-01 00:15:00</th>"
                        "<td class=\"num\">10</td>"
                        "<td class=\"num\">0.333333</td>"));
  EXPECT_TRUE(html.ends_with("</details>\n</figure>\n"));
}

TEST(Chart, InWords) {
  EXPECT_EQ(text_of(Blocks{small()}), R"(PnL
sum of pnl
In numbers (USDT)
  series  values  first      last  least  at                   largest  at
  prod         3      0        10      0  1970-01-01 00:00:00       10  1970-01-01 00:10:00
  sim          4      0  0.333333      0  1970-01-01 00:00:00       10  1970-01-01 00:10:00
)");
}

TEST(Chart, AMissingValueIsAHoleInTheLineAndAValueAloneIsADot) {
  const std::string svg = chart_svg(small());
  // prod has one value, a hole, and two values; x runs over 1,060 units.
  EXPECT_THAT(svg_path(svg, "line left"), HasSubstr("d=\"M124 "));
  EXPECT_EQ(occurrences(svg_path(svg, "line left"), "M"), 2U);
  EXPECT_THAT(svg_path(svg, "line left"), HasSubstr("l1 0M831 "));
  EXPECT_EQ(occurrences(svg_path(svg, "line right"), "M"), 1U);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(Chart, TheLegendNamesEverySeriesAndWraps) {
  Chart chart = small();
  for (int i = 0; i < 12; ++i) {
    chart.series.push_back({"a series " + std::to_string(i), ChartRole::kOther, {1, 2, 3, 4}});
  }
  const std::string svg = chart_svg(chart);
  for (int i = 0; i < 12; ++i) {
    EXPECT_THAT(svg, HasSubstr(">a series " + std::to_string(i) + "</text>"));
  }
  // Six patterns in turn: each in the legend and in the picture, twice.
  EXPECT_EQ(occurrences(svg, "\"line o1\""), 4U);
  EXPECT_EQ(occurrences(svg, "\"line o6\""), 4U);
  EXPECT_GT(svg.find("viewBox=\"0 0 1200 "), 0U);
  EXPECT_THAT(chart_svg(small()), HasSubstr("viewBox=\"0 0 1200 396\""));
  EXPECT_THAT(svg, HasSubstr("viewBox=\"0 0 1200 456\"")) << "two more lines of names";
}

TEST(Chart, BarsStandOnZeroSideBySide) {
  Chart chart = small();
  chart.kind = ChartKind::kBars;
  chart.series = {{"prod", ChartRole::kProd, {1, 1, 1, 1}}, {"sim", ChartRole::kSim, {1, 1, 1, 1}}};
  const std::string svg = chart_svg(chart);
  // Four places of 265 units, of which 80 % are for two bars.
  EXPECT_EQ(occurrences(svg_path(svg, "bar left"), "z"), 4U);
  EXPECT_THAT(svg_path(svg, "bar left"), HasSubstr(" 106 0"));
  EXPECT_THAT(svg, HasSubstr(">0</text>"));
}

TEST(Chart, StepsHoldTheirValue) {
  Chart chart = small();
  chart.kind = ChartKind::kSteps;
  chart.series = {{"prod", ChartRole::kProd, {0, 10, 10, 10}}};
  // Right, up, right to the end: what goes on in the same direction is one line.
  EXPECT_THAT(svg_path(chart_svg(chart), "line left"), HasSubstr("l353 0 0-286 707 0\""));
}

TEST(Chart, AMarkIsALineWithItsName) {
  Chart chart = small();
  chart.marks = {{ChartMark::Across::kX, 450, "change <1>"}, {ChartMark::Across::kY, 100, "limit"}};
  const std::string svg = chart_svg(chart);
  EXPECT_EQ(occurrences(svg, "class=\"limit\""), 2U);
  EXPECT_THAT(svg, HasSubstr("d=\"M654 "));
  EXPECT_THAT(svg, HasSubstr(">change &lt;1&gt;</text>"));
  EXPECT_THAT(svg, HasSubstr(">100</text>")) << "the axis reaches to the limit";
}

TEST(Chart, LongSeriesKeepTheirExtremesAndTheirGaps) {
  Chart chart;
  chart.x = time_axis_of(bars(10'000));
  chart.series = {{"prod", ChartRole::kProd, std::vector<double>(10'000, 1.0)},
                  {"sim", ChartRole::kSim, std::vector<double>(10'000, 1.0)}};
  chart.series[0].values[4321] = 7;
  chart.series[1].values[8765] = -7;
  chart.series[1].values[1234] = kNaN;
  const std::vector<std::size_t> rows = drawn_rows(chart);
  EXPECT_LE(rows.size(), 610U);
  for (const std::size_t row : {0U, 1234U, 4321U, 8765U, 9999U}) {
    EXPECT_TRUE(std::ranges::binary_search(rows, row)) << row;
  }
  EXPECT_EQ(occurrences(svg_path(chart_svg(chart), "line right"), "M"), 2U);
  const TableBlock table = chart_table(chart);
  EXPECT_EQ(table.caption, "Values: 8 of 10,000 rows, evenly spread");
  ASSERT_EQ(table.rows.size(), 8U);
  EXPECT_EQ(table.rows.front()[0].text, "1970-01-01 00:00:00");
  EXPECT_EQ(table.rows.back()[0].text, "1970-02-04 17:15:00") << "9,999 times five minutes";
}

TEST(Chart, WithoutValuesIsAnEmptyPicture) {
  EXPECT_THAT(chart_svg({}), HasSubstr("</svg>"));
  EXPECT_THAT(chart_json({}), HasSubstr(R"("values":[]},"series":[]})"));
  Chart chart = small();
  chart.series = {{"prod", ChartRole::kProd, {kNaN, kNaN, kNaN, kNaN}}};
  EXPECT_EQ(svg_path(chart_svg(chart), "line left"), "");
  EXPECT_THAT(text_of(Blocks{chart}),
              HasSubstr("prod         0      -     -      -  -         -  -\n"));
}

TEST(Chart, AreFoundInsideFolds) {
  const Blocks blocks{Paragraph{"text"}, Fold{"more", {small(), Fold{"even more", {small()}}}}};
  EXPECT_EQ(charts_of(blocks).size(), 2U);
}

TEST(Chart, ADistributionStepsAtItsValuesAndEndsAtItsShareOfTheTotal) {
  const std::vector<Sample> samples{{"prod", ChartRole::kProd, {2, kNaN, 1}, 4},
                                    {"sim", ChartRole::kSim, {3, 1}},
                                    {"none", ChartRole::kOther, {}}};
  const Chart chart = ecdf_chart("c", "n", "s", samples);
  EXPECT_THAT(chart.x.values, ElementsAre(1, 2, 3));
  ASSERT_EQ(chart.series.size(), 2U) << "no entry without a curve";
  EXPECT_THAT(chart.series[0].values, ElementsAre(25, 50, 50)) << "two of four";
  EXPECT_THAT(chart.series[1].values, ElementsAre(50, 50, 100));
}

TEST(Chart, CurvesStandOnTheUnionOfTheirBars) {
  const std::vector<Timestamp> all = bars(3);
  const std::vector<Curve> curves{{"a", ChartRole::kProd, {all[0], all[2]}, {1, 3}},
                                  {"b", ChartRole::kSim, {all[1]}, {2}}};
  const Chart chart = chart_of({"c", "n", "u"}, curves);
  EXPECT_THAT(chart.x.values, ElementsAre(0, 300, 600));
  EXPECT_EQ(chart.series[0].values[0], 1);
  EXPECT_TRUE(std::isnan(chart.series[0].values[1]));
  EXPECT_EQ(chart.series[0].values[2], 3);
  EXPECT_EQ(chart.series[1].values[1], 2);
}

std::string labels(const Scale& scale) {
  std::string out;
  for (const Tick& tick : scale.ticks) out += (out.empty() ? "" : " | ") + tick.label;
  return out;
}

Extent between(double low, double high) {
  Extent extent;
  extent.include(low);
  extent.include(high);
  return extent;
}

TEST(ChartScale, RoundNumbers) {
  EXPECT_EQ(labels(number_scale(between(0, 10))), "0 | 2 | 4 | 6 | 8 | 10");
  EXPECT_EQ(labels(number_scale(between(-0.3, 0.2))), "-0.3 | -0.2 | -0.1 | 0 | 0.1 | 0.2");
  EXPECT_EQ(labels(number_scale(between(100'001.2, 100'001.4))),
            "100001.20 | 100001.25 | 100001.30 | 100001.35 | 100001.40");
  EXPECT_EQ(labels(number_scale(between(0, 3e9))), "0 | 1e+09 | 2e+09 | 3e+09");
  EXPECT_EQ(labels(number_scale(between(0, 0))), "0");
  EXPECT_EQ(labels(number_scale(between(5, 5))), "5");
  EXPECT_EQ(labels(number_scale({})), "");
}

TEST(ChartScale, HugeNumbersStayFinite) {
  const Scale scale = number_scale(between(-1e308, 1e308));
  EXPECT_TRUE(std::isfinite(scale.high - scale.low));
  EXPECT_LE(scale.ticks.size(), 8U);
}

TEST(ChartScale, RoundTimes) {
  constexpr double kDay = 1'516'665'600;  // 2018-01-23 00:00:00 UTC
  EXPECT_EQ(labels(time_scale(between(kDay + 300, kDay + 3600))),
            "2018-01-23 00:10 | 00:20 | 00:30 | 00:40 | 00:50 | 01:00");
  EXPECT_EQ(labels(time_scale(between(kDay - 7200, kDay + 14'400))),
            "2018-01-22 22:00 | 23:00 | 2018-01-23 | 01:00 | 02:00 | 03:00 | 04:00");
  EXPECT_EQ(labels(time_scale(between(kDay, kDay + 4 * 86'400))),
            "2018-01-23 | 2018-01-24 | 2018-01-25 | 2018-01-26 | 2018-01-27");
  EXPECT_EQ(labels(time_scale(between(kDay, kDay))), "2018-01-23 00:00");
}

TEST(ChartPath, IsShort) {
  PathWriter path;
  path.move_to(10, 10);
  path.line_to(12, 10);
  path.line_to(15, 10);
  path.line_to(20, 8);
  path.line_to(20, 9);
  path.line_to(18, 9);
  path.move_to(5, 5);
  path.line_to(5, 5);
  path.line_to(9, 5);
  path.close();
  EXPECT_EQ(path.take(), "M10 10l5 0 5-2 0 1-2 0M5 5l4 0z");
}

}  // namespace
}  // namespace tieout::report
