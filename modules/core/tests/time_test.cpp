#include "tieout/core/time.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/random.hpp"

namespace tieout {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// 2023-11-08 13:10:00 UTC, `date -u -d ... +%s`.
constexpr Timestamp kRunStart{1'699'449'000'000'000'000};

TEST(TsName, ReadsAndWritesUtc) {
  EXPECT_EQ(*parse_ts_name("20231108_131000"), kRunStart);
  EXPECT_EQ(to_ts_name(kRunStart), "20231108_131000");
  EXPECT_EQ(to_ts_name(kRunStart + nanoseconds(999'999'999)), "20231108_131000");
  EXPECT_EQ(to_ts_name(Timestamp{-1}), "19691231_235959") << "before the epoch too";
  EXPECT_EQ(parse_ts_name("19700101_000000")->ns, 0);
  EXPECT_EQ(*parse_ts_name("20240229_235959") + seconds(1), *parse_ts_name("20240301_000000"));
}

TEST(TsName, RefusesWhatIsNotAnInstant) {
  for (const char* text :
       {"", "20231108", "20231108-131000", "20231108_1310", "20231108_131000 ", " 20231108_131000",
        "20231308_131000", "20231100_131000", "20230229_000000", "20231108_240000",
        "20231108_136000", "20231108_131060", "2023110a_131000", "20231108_13100x",
        "+2023110_131000", "00000000_000000", "16770101_000000", "22620101_000000",
        "20231108_131000.20231109_130500"}) {
    const auto parsed = parse_ts_name(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformedTimestamp);
    EXPECT_THAT(parsed.error().message, HasSubstr(std::string("'") + text + "'"));
    EXPECT_THAT(parsed.error().message, HasSubstr("YYYYMMDD_HHMMSS"));
  }
}

struct IsoCase {
  const char* text;
  std::int64_t after_start_ns;
};

TEST(Iso, ReadsEveryFormOfOffsetAndFraction) {
  const IsoCase cases[] = {
      {"2023-11-08 13:10:00+00:00", 0},
      {"2023-11-08T13:10:00Z", 0},
      {"2023-11-08 13:10:00Z", 0},
      {"2023-11-08 13:10:00+0000", 0},
      {"2023-11-08 08:10:00-05:00", 0},
      {"2023-11-08 18:40:00+05:30", 0},
      {"2023-11-09 00:10:00+1100", 0},
      {"2023-11-08 13:10:00.5Z", 500'000'000},
      {"2023-11-08 13:10:00.000001Z", 1'000},
      {"2023-11-08 13:10:00.123456789+00:00", 123'456'789},
  };
  for (const IsoCase& c : cases) {
    const auto parsed = parse_iso(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text;
    EXPECT_EQ(*parsed, kRunStart + nanoseconds(c.after_start_ns)) << c.text;
  }
}

TEST(Iso, RefusesMissingZonesAndMalformedTexts) {
  for (const char* text : {"",
                           "2023-11-08",
                           "2023-11-08 13:10:00",
                           "2023-11-08 13:10:00.5",
                           "2023-11-08_13:10:00Z",
                           "2023-11-08 13:10Z",
                           "2023/11/08 13:10:00Z",
                           "2023-11-08 13:10:00.Z",
                           "2023-11-08 13:10:00.1234567890Z",
                           "2023-11-08 13:10:00 Z",
                           "2023-11-08 13:10:00z",
                           "2023-11-08 13:10:00+5:00",
                           "2023-11-08 13:10:00+24:00",
                           "2023-11-08 13:10:00+00:60",
                           "2023-11-08 13:10:00+00:00x",
                           "2023-02-30 13:10:00Z",
                           "2023-11-08 24:00:00Z",
                           "2023-11-08 13:10:60Z",
                           "2023-11-08 13:10:00+-1:00",
                           "2023-11-08 1a:10:00Z"}) {
    const auto parsed = parse_iso(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformedTimestamp);
  }
}

TEST(Iso, WritesTheShortestExactFraction) {
  EXPECT_EQ(to_iso(kRunStart), "2023-11-08 13:10:00+00:00");
  EXPECT_EQ(to_iso(kRunStart + milliseconds(100)), "2023-11-08 13:10:00.100000+00:00");
  EXPECT_EQ(to_iso(kRunStart + nanoseconds(1)), "2023-11-08 13:10:00.000000001+00:00");
  EXPECT_EQ(to_iso(Timestamp{-1}), "1969-12-31 23:59:59.999999999+00:00");
}

TEST(Iso, WhatIsWrittenIsReadBack) {
  constexpr std::uint64_t kSeed = 17;
  const CounterRng rng(kSeed, 0);
  const Timestamp first = *parse_ts_name("16780101_000000");
  const Timestamp last = *parse_ts_name("22611231_235959");
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const double span = static_cast<double>(last.ns) / 2 - static_cast<double>(first.ns) / 2;
    const auto half = static_cast<std::int64_t>(rng.uniform(i) * span);
    std::int64_t ns = first.ns + half + half;
    ns -= i % 3 == 0 ? ns % 1'000'000'000 : i % 3 == 1 ? ns % 1000 : 0;
    const Timestamp t{ns};
    ASSERT_EQ(*parse_iso(to_iso(t)), t) << "seed " << kSeed << " draw " << i << " " << to_iso(t);
    ASSERT_EQ(*parse_ts_name(to_ts_name(t)), floor_to(t, seconds(1))) << "seed " << kSeed;
  }
  EXPECT_EQ(*parse_iso(to_iso(first)), first);
  EXPECT_EQ(*parse_iso(to_iso(last)), last);
}

TEST(Period, ReadsThePandasUnits) {
  EXPECT_EQ(*parse_period("5T"), minutes(5));
  EXPECT_EQ(*parse_period("5min"), minutes(5));
  EXPECT_EQ(*parse_period("1S"), seconds(1));
  EXPECT_EQ(*parse_period("10s"), seconds(10));
  EXPECT_EQ(*parse_period("1H"), hours(1));
  EXPECT_EQ(*parse_period("2h"), hours(2));
  EXPECT_EQ(*parse_period("1D"), days(1));
  EXPECT_EQ(*parse_period("100ms"), milliseconds(100));
  EXPECT_EQ(*parse_period("3us"), nanoseconds(3000));
  EXPECT_EQ(*parse_period("7ns"), nanoseconds(7));
  EXPECT_EQ(*parse_period("510T"), minutes(510));
}

TEST(Period, RefusesEverythingElse) {
  for (const char* text : {"", "5", "T", "0T", "-5T", "5 T", "5X", "1.5H", "5TT", " 5T",
                           "99999999999999999999T", "106752D", "5m", "+5T"}) {
    const auto parsed = parse_period(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(parse_period("106751D").ok()) << "the largest number of days that fits";
}

TEST(Period, WritesTheLargestExactUnit) {
  EXPECT_EQ(to_period(days(1)), "1D");
  EXPECT_EQ(to_period(hours(2)), "120T");
  EXPECT_EQ(to_period(minutes(5)), "5T");
  EXPECT_EQ(to_period(seconds(10)), "10S");
  EXPECT_EQ(to_period(milliseconds(250)), "250ms");
  EXPECT_EQ(to_period(nanoseconds(7)), "7ns");
  for (const Duration d : {days(3), minutes(7), seconds(61), milliseconds(1), nanoseconds(1001)}) {
    EXPECT_EQ(*parse_period(to_period(d)), d);
  }
}

TEST(Rounding, FloorsCeilsAndRoundsToMultiplesSinceTheEpoch) {
  const Duration ten{10};
  EXPECT_EQ(floor_to({19}, ten).ns, 10);
  EXPECT_EQ(floor_to({20}, ten).ns, 20);
  EXPECT_EQ(floor_to({-1}, ten).ns, -10);
  EXPECT_EQ(ceil_to({11}, ten).ns, 20);
  EXPECT_EQ(ceil_to({20}, ten).ns, 20);
  EXPECT_EQ(ceil_to({-1}, ten).ns, 0);
  EXPECT_EQ(round_to({14}, ten).ns, 10);
  EXPECT_EQ(round_to({16}, ten).ns, 20);
}

TEST(Rounding, ATieGoesToTheEvenMultiple) {
  const Duration ten{10};
  EXPECT_EQ(round_to({5}, ten).ns, 0);
  EXPECT_EQ(round_to({15}, ten).ns, 20);
  EXPECT_EQ(round_to({25}, ten).ns, 20);
  EXPECT_EQ(round_to({-5}, ten).ns, 0);
  EXPECT_EQ(round_to({-15}, ten).ns, -20);
  const Duration three{3};  // An odd period has no ties.
  EXPECT_EQ(round_to({1}, three).ns, 0);
  EXPECT_EQ(round_to({2}, three).ns, 3);
}

TEST(RoundingDeathTest, APeriodThatIsNotPositiveIsAProgrammerError) {
  EXPECT_DEATH(static_cast<void>(floor_to({1}, {0})), "programmer error");
  EXPECT_DEATH(static_cast<void>(ceil_to({1}, {-1})), "programmer error");
}

// Source: recon_flow.md 11.1, G10.
TEST(TimeGrid, AlignsUpAsTheSchedulerDoes) {
  const auto up = [](const char* name, std::int64_t bar) {
    return to_ts_name(ceil_to(*parse_ts_name(std::string("20231108_") + name), minutes(bar)))
        .substr(9);
  };
  EXPECT_EQ(up("155300", 5), "155500");
  EXPECT_EQ(up("154200", 30), "160000");
  EXPECT_EQ(up("155300", 12), "160000");
  EXPECT_EQ(up("154200", 12), "154800");
  EXPECT_EQ(up("154500", 5), "154500");
}

TEST(TimeGrid, IntervalsAreClosedOnBothEnds) {
  const TimeGrid grid{minutes(5)};
  const Timestamp t = kRunStart;
  EXPECT_THAT(grid.bars_between(t, t + minutes(10)),
              ElementsAre(t, t + minutes(5), t + minutes(10)));
  EXPECT_THAT(grid.bars_between(t + seconds(1), t + minutes(10) - nanoseconds(1)),
              ElementsAre(t + minutes(5)));
  EXPECT_THAT(grid.bars_between(t, t), ElementsAre(t));
  EXPECT_THAT(grid.bars_between(t + seconds(1), t + seconds(2)), IsEmpty());
  EXPECT_THAT(grid.bars_between(t + minutes(5), t), IsEmpty());
  EXPECT_TRUE(grid.contains(t));
  EXPECT_FALSE(grid.contains(t + seconds(1)));
  EXPECT_EQ(grid.count_between(t, *parse_ts_name("20231109_130500")), 288U);
}

TEST(TimeGrid, TheCountIsTheNumberOfBars) {
  const TimeGrid grid{{7}};
  for (std::int64_t first = -20; first <= 20; ++first) {
    for (std::int64_t last = -20; last <= 20; ++last) {
      ASSERT_EQ(grid.count_between({first}, {last}), grid.bars_between({first}, {last}).size())
          << first << " " << last;
    }
  }
}

TEST(Duration, ArithmeticIsExact) {
  static_assert(hours(1) == minutes(60) && days(1) == hours(24));
  static_assert(Timestamp{5} - Timestamp{3} == Duration{2});
  static_assert(-minutes(1) + seconds(60) == Duration{});
  static_assert(minutes(2) * 3 == minutes(6));
  EXPECT_EQ(to_seconds(milliseconds(1500)), 1.5);
}

}  // namespace
}  // namespace tieout
