#include "map_plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "facts.hpp"
#include "fixture.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

HeatMap map_with(std::size_t bars) {
  HeatMap map{"breaks", {"a<b"}, {}, {std::vector<std::uint64_t>(bars, 0)}};
  for (std::size_t i = 0; i < bars; ++i) map.bars.push_back(testing::bar_at(i));
  return map;
}

TEST(HeatMapTest, ACellIsTheDarkerTheMoreBreaks) {
  HeatMap map = map_with(5);
  map.counts[0] = {0, 1, 10, 100, 101};
  const std::string svg = heat_map_svg(map);
  // Each class once in the map and once in the legend; what has no break is drawn by the row alone.
  for (const char* css : {"\"heat1\"", "\"heat2\"", "\"heat3\"", "\"heat4\""}) {
    EXPECT_EQ(count_of(svg, css), 2U) << css;
  }
  EXPECT_THAT(svg, HasSubstr("a&lt;b"));
}

TEST(HeatMapTest, EqualNeighboursAreOneMark) {
  HeatMap map = map_with(5);
  map.counts[0] = {7, 8, 0, 9, 1};
  const std::string svg = heat_map_svg(map);
  const std::size_t path = svg.find("<path class=\"heat2\"");
  ASSERT_NE(path, std::string::npos);
  EXPECT_EQ(count_of(svg.substr(path, svg.find("/>", path) - path), "M"), 2U);
}

TEST(HeatMapTest, ALinkCoversItsMarksAndSaysWhatIsBehind) {
  HeatMap map = map_with(4);
  map.counts[0] = {0, 1, 1, 0};
  EXPECT_THAT(heat_map_svg(map), HasSubstr("role=\"img\""));
  map.links = {{0, 1, 3, "at-part-0-1", "a<b, 00:10: 2 breaks"}};
  const std::string svg = heat_map_svg(map);
  EXPECT_THAT(svg, HasSubstr("role=\"group\"")) << "what an image contains cannot be reached";
  EXPECT_THAT(svg, HasSubstr("<a href=\"#at-part-0-1\" aria-label=\"a&lt;b, 00:10: 2 breaks\">"
                             "<title>a&lt;b, 00:10: 2 breaks</title><rect class=\"way\" "
                             "x=\"410.5\" y=\"4\" width=\"361.0\" height=\"16\"/></a>"));
}

TEST(HeatMapTest, ARunWithoutBarsIsAnEmptyGrid) {
  EXPECT_THAT(heat_map_svg(map_with(0)), HasSubstr("</svg>"));
}

TEST(GraphTest, APartIsBelowAllOfItsInputsAndBreaksTravelBetweenBrokenOnes) {
  const std::string svg = graph_svg("graph", {{"read", "equal", false, {}},
                                              {"left", "1 break", true, {0}},
                                              {"right", "equal", false, {0}},
                                              {"join", "2 breaks", true, {1, 2, 0}}});
  EXPECT_EQ(count_of(svg, "\"edge carries\""), 1U);  // left to join
  EXPECT_EQ(count_of(svg, "class=\"edge\""), 4U);
  EXPECT_EQ(count_of(svg, "\"part broken\""), 2U);
  // Three levels: the join is two steps down although the source is one of its inputs.
  EXPECT_THAT(svg, HasSubstr("viewBox=\"0 0 960 148\""));
}

TEST(HistogramTest, AnEmptyBinKeepsItsPlace) {
  const std::string svg = histogram_svg({"h", {"1e-3", "1e-2", "1e-1"}, {4, 0, 1}});
  EXPECT_EQ(count_of(svg, "\"hit\""), 2U);
  EXPECT_EQ(count_of(svg, "\"calm\""), 1U);
}

Section maps_of(const testing::Pair& pair) {
  const Facts facts(pair.input);
  for (const SectionSpec& spec : section_specs()) {
    if (std::string(spec.id) == "maps") return compute_section(spec, facts);
  }
  return {};
}

TEST(MapsSectionTest, ShowsWhereTheBreaksAreInCausalOrder) {
  const testing::Pair pair(testing::prod_spec(), testing::bumped_sim_spec());
  const Section section = maps_of(pair);
  ASSERT_TRUE(section.ok) << section.lacks;
  const std::string text = text_of(section);
  EXPECT_LT(text.find("predict.0.read_data: from "), text.find("target_positions: from "));
  EXPECT_THAT(text, HasSubstr("binance::BTC_USDT"));
  EXPECT_THAT(text, HasSubstr("Relative distance"));
  // The fixture differs from bar 7 on: no part breaks before.
  EXPECT_THAT(text, Not(HasSubstr("from 00:35")));
  EXPECT_THAT(text, HasSubstr("from 00:40"));
}

TEST(MapsSectionTest, RunsThatAgreeHaveAGraphAndNoMap) {
  const testing::Pair pair(testing::prod_spec(), testing::sim_spec());
  const Section section = maps_of(pair);
  ASSERT_TRUE(section.ok) << section.lacks;
  EXPECT_THAT(text_of(section), HasSubstr("No cell differs at any bar."));
  EXPECT_THAT(html_of(section), Not(HasSubstr("broken")));
  EXPECT_THAT(html_of(section), HasSubstr("\"part equal\""));
}

}  // namespace
}  // namespace tieout::report
