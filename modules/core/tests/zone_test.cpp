#include "tieout/core/zone.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout {
namespace {

using ::testing::HasSubstr;

Timestamp utc(std::string_view name) {
  return parse_ts_name(name).value();
}

Result<Timestamp> new_york(std::string_view name,
                           AmbiguousLocal ambiguous = AmbiguousLocal::kEarlier) {
  return parse_local_ts_name(name, Zone::kNewYork, ambiguous);
}

TEST(Zone, OffsetFollowsDaylightSavingTime) {
  EXPECT_EQ(utc_offset(utc("20240115_120000"), Zone::kNewYork), hours(-5));
  EXPECT_EQ(utc_offset(utc("20240715_120000"), Zone::kNewYork), hours(-4));
  EXPECT_EQ(utc_offset(utc("20240715_120000"), Zone::kUtc), Duration{});
  // The switch of 2023-11-05 is at 06:00 UTC, that of 2024-03-10 at 07:00 UTC.
  EXPECT_EQ(utc_offset(utc("20231105_055959"), Zone::kNewYork), hours(-4));
  EXPECT_EQ(utc_offset(utc("20231105_060000"), Zone::kNewYork), hours(-5));
  EXPECT_EQ(utc_offset(utc("20240310_065959"), Zone::kNewYork), hours(-5));
  EXPECT_EQ(utc_offset(utc("20240310_070000"), Zone::kNewYork), hours(-4));
}

TEST(Zone, WritesTheNamesOfTheReferenceLayout) {
  EXPECT_EQ(to_local_ts_name(utc("20231108_131000"), Zone::kNewYork), "20231108_081000");
  EXPECT_EQ(to_local_ts_name(utc("20230802_131000"), Zone::kNewYork), "20230802_091000");
  EXPECT_EQ(to_local_ts_name(utc("20240101_030000"), Zone::kNewYork), "20231231_220000");
  EXPECT_EQ(to_local_iso(utc("20000101_143500") + milliseconds(100), Zone::kNewYork),
            "2000-01-01 09:35:00.100000-05:00");
  EXPECT_EQ(to_local_iso(utc("20000701_143500"), Zone::kNewYork), "2000-07-01 10:35:00-04:00");
  EXPECT_EQ(to_local_iso(utc("20000101_143500"), Zone::kUtc), "2000-01-01 14:35:00+00:00");
  EXPECT_EQ(zone_name(Zone::kNewYork), "America/New_York");
  EXPECT_EQ(zone_name(Zone::kUtc), "UTC");
}

TEST(Zone, TheRepeatedHourIsEarlierOrLaterAsAsked) {
  EXPECT_EQ(*new_york("20231105_013000", AmbiguousLocal::kEarlier), utc("20231105_053000"));
  EXPECT_EQ(*new_york("20231105_013000", AmbiguousLocal::kLater), utc("20231105_063000"));
  // Both instants have one name: that is why a reader must be told.
  EXPECT_EQ(to_local_ts_name(utc("20231105_053000"), Zone::kNewYork), "20231105_013000");
  EXPECT_EQ(to_local_ts_name(utc("20231105_063000"), Zone::kNewYork), "20231105_013000");
  // The hours around it are not ambiguous.
  for (const AmbiguousLocal ambiguous : {AmbiguousLocal::kEarlier, AmbiguousLocal::kLater}) {
    EXPECT_EQ(*new_york("20231105_005959", ambiguous), utc("20231105_045959"));
    EXPECT_EQ(*new_york("20231105_020000", ambiguous), utc("20231105_070000"));
  }
}

TEST(Zone, TheSkippedHourIsAnError) {
  for (const char* name : {"20240310_020000", "20240310_023000", "20240310_025959"}) {
    const auto parsed = new_york(name);
    ASSERT_FALSE(parsed.ok()) << name;
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformedTimestamp);
    EXPECT_THAT(parsed.error().message, HasSubstr(name));
    EXPECT_THAT(parsed.error().message, HasSubstr("America/New_York"));
  }
  EXPECT_EQ(*new_york("20240310_015959"), utc("20240310_065959"));
  EXPECT_EQ(*new_york("20240310_030000"), utc("20240310_070000"));
  EXPECT_FALSE(new_york("20240310").ok());
  EXPECT_EQ(*parse_local_ts_name("20240310_023000", Zone::kUtc, AmbiguousLocal::kEarlier),
            utc("20240310_023000"));
}

TEST(Zone, EveryHourOfAYearReadsBack) {
  const Timestamp first = utc("20230101_000000");
  for (std::int64_t hour = 0; hour < 24 * 366; ++hour) {
    const Timestamp t = first + hours(hour);
    const AmbiguousLocal ambiguous =
        t == utc("20231105_060000") ? AmbiguousLocal::kLater : AmbiguousLocal::kEarlier;
    ASSERT_EQ(*new_york(to_local_ts_name(t, Zone::kNewYork), ambiguous), t) << to_iso(t);
  }
}

TEST(Zone, LocalMidnightHoldsOnDaysOf23And25Hours) {
  const auto midnight = [](std::string_view name) {
    return local_midnight(utc(name), Zone::kNewYork);
  };
  EXPECT_EQ(midnight("20231108_131000"), utc("20231108_050000"));
  EXPECT_EQ(midnight("20231108_045959"), utc("20231107_050000"));
  EXPECT_EQ(midnight("20231108_050000"), utc("20231108_050000"));
  // 25 hours: midnight is still at -04:00, the next one at -05:00.
  EXPECT_EQ(midnight("20231105_235959"), utc("20231105_040000"));
  EXPECT_EQ(midnight("20231106_045959"), utc("20231105_040000"));
  EXPECT_EQ(midnight("20231106_050000"), utc("20231106_050000"));
  // 23 hours.
  EXPECT_EQ(midnight("20240310_120000"), utc("20240310_050000"));
  EXPECT_EQ(midnight("20240311_035959"), utc("20240310_050000"));
  EXPECT_EQ(midnight("20240311_040000"), utc("20240311_040000"));
  EXPECT_EQ(local_midnight(utc("20231108_045959"), Zone::kUtc), utc("20231108_000000"));
}

TEST(Zone, TimeOfDayAndWeekdayAreLocal) {
  EXPECT_EQ(local_time_of_day(utc("20231108_143000"), Zone::kNewYork), hours(9) + minutes(30));
  EXPECT_EQ(local_time_of_day(utc("20240715_133000"), Zone::kNewYork), hours(9) + minutes(30));
  // After the switch the clock, not the time since midnight, is meant.
  EXPECT_EQ(local_time_of_day(utc("20231105_143000"), Zone::kNewYork), hours(9) + minutes(30));
  EXPECT_EQ(local_time_of_day(utc("20231108_143000"), Zone::kUtc), hours(14) + minutes(30));
  EXPECT_EQ(local_weekday(utc("20231108_120000"), Zone::kUtc), 2) << "a Wednesday";
  EXPECT_EQ(local_weekday(utc("20231106_030000"), Zone::kUtc), 0);
  EXPECT_EQ(local_weekday(utc("20231106_030000"), Zone::kNewYork), 6) << "still Sunday there";
  EXPECT_EQ(local_weekday(Timestamp{-1}, Zone::kUtc), 2) << "1969-12-31";
}

}  // namespace
}  // namespace tieout
