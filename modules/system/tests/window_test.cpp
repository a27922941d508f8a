#include "window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::system {
namespace {

using ::testing::HasSubstr;

Timestamp at(std::string_view name) {
  return *parse_ts_name(name);
}

marketdata::BarVersion row_ending(Timestamp end) {
  marketdata::BarVersion row;
  row.end = end;
  row.start = end - minutes(1);
  return row;
}

TEST(ExpectedBars, AreClosedOnBothEnds) {
  const auto bars = expected_bars("test", at("20180123_000000"), at("20180123_001000"), minutes(5));
  ASSERT_TRUE(bars.ok());
  EXPECT_EQ(bars->size(), 3U);
  EXPECT_EQ(bars->front(), at("20180123_000000"));
  EXPECT_EQ(bars->back(), at("20180123_001000"));
}

TEST(ExpectedBars, AnEndOffTheGridIsNamedWithItsNeighbours) {
  const auto bars = expected_bars("test", at("20180123_000000"), at("20180123_000700"), minutes(5));
  ASSERT_FALSE(bars.ok());
  EXPECT_EQ(bars.error().code, ErrorCode::kInvalidInterval);
  EXPECT_THAT(bars.error().message, HasSubstr("end 20180123_000700 is off the grid of 5T bars"));
  EXPECT_THAT(bars.error().message, HasSubstr("20180123_000500 or 20180123_001000"));
}

TEST(ExpectedBars, StartAfterEndIsAnError) {
  const auto bars = expected_bars("test", at("20180123_001000"), at("20180123_000500"), minutes(5));
  ASSERT_FALSE(bars.ok());
  EXPECT_EQ(bars.error().code, ErrorCode::kInvalidInterval);
}

TEST(LastBar, IsOneBarBeforeTheEndOfTheDuration) {
  // recon_flow.md 6.4: 86400 s from 13:10 in 5-minute bars end with the bar 13:05.
  const auto last = last_bar(at("20231108_131000"), seconds(86400), minutes(5));
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(to_ts_name(*last), "20231109_130500");
}

TEST(LastBar, ADurationOffTheGridOrNotPositiveIsAnError) {
  EXPECT_FALSE(last_bar(at("20231108_131000"), seconds(301), minutes(5)).ok());
  EXPECT_FALSE(last_bar(at("20231108_131000"), seconds(0), minutes(5)).ok());
  EXPECT_FALSE(last_bar(at("20231108_131000"), seconds(-300), minutes(5)).ok());
}

TEST(CheckCoverage, AHoleInsideIsAWarning) {
  const std::vector<Timestamp> bars = {at("20180123_000500"), at("20180123_001000"),
                                       at("20180123_001500")};
  const std::vector<marketdata::BarVersion> rows = {row_ending(at("20180123_000300")),
                                                    row_ending(at("20180123_001200"))};
  const auto warning = check_coverage("test", rows, bars, minutes(5));
  ASSERT_TRUE(warning.ok());
  EXPECT_THAT(*warning,
              HasSubstr("no row for 1 bars inside the window, first 2018-01-23 00:10:00"));
}

TEST(CheckCoverage, AWindowThatTheDataDoNotReachIsAnError) {
  const std::vector<Timestamp> bars = {at("20180123_000500"), at("20180123_001000")};
  const std::vector<marketdata::BarVersion> rows = {row_ending(at("20180123_000300"))};
  const auto covered = check_coverage("test", rows, bars, minutes(5));
  ASSERT_FALSE(covered.ok());
  EXPECT_EQ(covered.error().code, ErrorCode::kMissingData);
  EXPECT_THAT(covered.error().message, HasSubstr("2018-01-23 00:10:00"));
}

TEST(CheckCoverage, NoRowsAtAllIsAnError) {
  const std::vector<Timestamp> bars = {at("20180123_000500")};
  const auto covered = check_coverage("test", {}, bars, minutes(5));
  ASSERT_FALSE(covered.ok());
  EXPECT_THAT(covered.error().message, HasSubstr("they cover nothing"));
}

}  // namespace
}  // namespace tieout::system
