#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixture.hpp"
#include "sections.hpp"
#include "wave_run.hpp"

namespace tieout::report {
namespace {

using testing::bar_at;
using testing::fills_of;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::two_waves;
using testing::wave_run;

/// The section with one blank between its words; "" when the report does not have it.
std::string text_of_section(const ReportInput& input) {
  const Facts facts(input);
  for (const Section& section : compute_sections(facts)) {
    if (section.id != "child_orders") continue;
    std::string out;
    for (const char c : text_of(section)) {
      if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
    }
    return out;
  }
  return "";
}

TEST(ChildOrdersSection, ShowsWavesTimesToFillAndEachChildThatDiffers) {
  const testing::TempDir dir;
  const Table left = two_waves(101, true);
  const Table right = two_waves(101, false);
  const Table left_fills = fills_of(left);
  const Table right_fills = fills_of(right);
  const auto prod = wave_run(dir.path() / "prod", &left, &left_fills);
  const auto sim = wave_run(dir.path() / "sim", &right, &right_fills);
  ReportInput input;
  input.prod = &prod;
  input.sim = &sim;
  const std::string text = text_of_section(input);
  EXPECT_THAT(text, HasSubstr("1 child orders equal, 1 different, 0 in prod only, 0 in sim only"));
  EXPECT_THAT(text, HasSubstr("Child orders of prod add up to the fills of 1 of 1 orders."));
  EXPECT_THAT(text, HasSubstr("4.0 at 101.0"));
  EXPECT_THAT(text, HasSubstr("not filled"));
  EXPECT_THAT(text, HasSubstr("0 prod 1 0 0 1 1.0000 20.000 20.000"));
  EXPECT_THAT(text, HasSubstr("1 sim 1 0 0 0 0.0000 - 60.000"));
  EXPECT_THAT(text, HasSubstr("all prod 2 0 0 2 1.0000 25.000 25.000"));
  // Of two orders production filled one within 20 s and both within 30 s, the simulation one.
  EXPECT_THAT(text, HasSubstr("prod 2 50 100 50 20 100 30"));
  EXPECT_THAT(text, HasSubstr("sim 2 50 50 50 20 50 20"));
}

TEST(ChildOrdersSection, OfEqualRunsSaysSoAndNamesADifferenceFromTheFills) {
  const testing::TempDir dir;
  const Table children = two_waves(101, true);
  const Table fills = fills_of(children);
  Table other = fills;
  std::get<std::vector<double>>(other.columns[4].values)[1] = 3;
  const auto prod = wave_run(dir.path() / "prod", &children, &fills);
  const auto sim = wave_run(dir.path() / "sim", &children, &other);
  ReportInput input;
  input.prod = &prod;
  input.sim = &sim;
  const std::string text = text_of_section(input);
  EXPECT_THAT(text, HasSubstr("2 child orders equal, 0 different"));
  EXPECT_THAT(text, Not(HasSubstr("that differ")));
  EXPECT_THAT(text, HasSubstr("Child orders of sim add up to the fills of 0 of 1 orders."));
}

TEST(ChildOrdersSection, IsThereOnlyForRunsThatMakeThemAndSaysWhichRunDoesNot) {
  const testing::TempDir dir;
  const Table children = two_waves(101, true);
  const Table fills = fills_of(children);
  const auto prod = wave_run(dir.path() / "prod", &children, &fills);
  const auto sim = wave_run(dir.path() / "sim", nullptr, nullptr);
  ReportInput input;
  input.prod = &prod;
  EXPECT_THAT(text_of_section(input), HasSubstr("Not available: "));
  input.sim = &sim;
  EXPECT_THAT(text_of_section(input), HasSubstr("sim makes no child orders."));
  input.prod = &sim;
  EXPECT_EQ(text_of_section(input), "");
}

}  // namespace
}  // namespace tieout::report
