#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/report/debug.hpp"

#include "fixture.hpp"
#include "sections_debug.hpp"

namespace tieout::report {
namespace {

using testing::bar_at;
using ::testing::HasSubstr;
using testing::Pair;

DebugInput debug_input(const Pair& pair, std::size_t bar) {
  DebugInput input;
  recon::SliceSelection selection;
  selection.node = "process_forecasts";
  selection.bar = bar_at(bar);
  input.slice = recon::slice_node(pair.prod, pair.sim, selection).value();
  input.journal = recon::journal_at(pair.prod, pair.sim, bar_at(bar)).value();
  input.title = input.slice.node;
  input.nodes = {{"predict.0.read_data", bar_at(7)}, {"predict.1.process_forecasts", bar_at(7)}};
  input.universe = pair.prod.manifest().universe;
  input.stamp = bar_at(bar);
  return input;
}

std::string text_of_section(const DebugInput& input, std::string_view id) {
  for (const Section& section : compute_debug_sections(input))
    if (section.id == id) return text_of(section);
  return "no such section";
}

TEST(DebugReport, ShowsBothSidesOfANodeAndWhereTheNodesBeforeItDiffer) {
  const Pair pair(testing::prod_spec(), testing::bumped_sim_spec());
  const DebugInput input = debug_input(pair, 7);
  const std::string slice = text_of_section(input, "debug.slice");
  EXPECT_THAT(slice,
              HasSubstr("predict.1.process_forecasts at bar 2018-01-23 00:40:00, the last 3"));
  EXPECT_THAT(slice, HasSubstr("0.104"));
  EXPECT_THAT(slice, HasSubstr("0.10401"));
  EXPECT_THAT(slice, HasSubstr("differs"));
  EXPECT_THAT(text_of_section(input, "debug.lineage"),
              HasSubstr("The furthest that differs is where to look: predict.0.read_data."));
  EXPECT_THAT(text_of_section(input, "debug.nodes"), HasSubstr("this one"));
  EXPECT_THAT(text_of_section(input, "debug.journal"), HasSubstr("decision"));
}

TEST(DebugReport, SaysWhatItLacks) {
  const Pair pair(testing::prod_spec(), testing::bumped_sim_spec());
  DebugInput input = debug_input(pair, 3);
  EXPECT_THAT(text_of_section(input, "debug.market"), HasSubstr("Not available: no market data"));
  EXPECT_THAT(text_of_section(input, "debug.lineage"), HasSubstr("Nothing differs at this bar."));
  input.market = MarketRows{};
  EXPECT_THAT(text_of_section(input, "debug.market"), HasSubstr("No row of market data ends"));
  input.journal.clear();
  EXPECT_THAT(text_of_section(input, "debug.journal"), HasSubstr("neither log has a journal"));
}

TEST(DebugReport, IsAPageOfTheBar) {
  const Pair pair(testing::prod_spec(), testing::bumped_sim_spec());
  const testing::TempDir out;
  const auto file = write_debug_report(out.path() / "debug", debug_input(pair, 7));
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->filename(), "Master_system_run_debugger.0.20180122-194000.html");
  const std::string page = read_file(*file).value();
  EXPECT_THAT(page, HasSubstr("DIFFERENT"));
  EXPECT_THAT(page, HasSubstr("id=\"debug.slice\""));
  EXPECT_EQ(read_file(out.path() / "debug/result_0/complete.txt").value(), "DIFFERENT\n");
}

}  // namespace
}  // namespace tieout::report
