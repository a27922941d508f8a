#include "tieout/config/value.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tieout/core/random.hpp"
#include "tieout/core/utf8.hpp"

#include "duration_text.hpp"
#include "quote.hpp"

namespace tieout::config {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Value, KnowsItsTypeAndText) {
  struct Case {
    Value value;
    ValueType type;
    const char* name;
    const char* text;
  };
  const Case cases[] = {
      {Value(), ValueType::kNull, "null", "None"},
      {Value(true), ValueType::kBool, "bool", "True"},
      {Value(3), ValueType::kInt, "int", "3"},
      {Value(0.55), ValueType::kFloat, "float", "0.55"},
      {Value(3000.0), ValueType::kFloat, "float", "3000.0"},
      {Value("a \"b\"\n"), ValueType::kString, "str", "\"a \\\"b\\\"\\n\""},
      {Value(Timestamp{0}), ValueType::kTimestamp, "timestamp", "1970-01-01 00:00:00+00:00"},
      {Value(minutes(121)), ValueType::kDuration, "timedelta", "P0DT2H1M0S"},
      {Value(TimeOfDay{hours(9) + minutes(30)}), ValueType::kTimeOfDay, "time", "09:30:00"},
      {Value(List{1, 2.0, "x"}), ValueType::kList, "list", "[1, 2.0, \"x\"]"},
      {Value(List{}), ValueType::kList, "list", "[]"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(c.value.type(), c.type);
    EXPECT_EQ(to_string(c.type), c.name);
    EXPECT_EQ(to_text(c.value), c.text);
  }
}

TEST(Value, EqualityIsOfTypeAndBits) {
  EXPECT_FALSE(Value(3000) == Value(3000.0));
  EXPECT_FALSE(Value(true) == Value(1));
  EXPECT_FALSE(Value(0.0) == Value(-0.0));
  EXPECT_FALSE(Value("5T") == Value(minutes(5)));
  EXPECT_FALSE(Value(Timestamp{5}) == Value(Duration{5}));
  EXPECT_TRUE(Value(kNaN) == Value(-kNaN));
  EXPECT_TRUE(Value() == Value());
  EXPECT_TRUE(Value(List{1, kNaN}) == Value(List{1, kNaN}));
  EXPECT_FALSE(Value(List{1, 0.0}) == Value(List{1, -0.0}));
  EXPECT_FALSE(Value(List{1}) == Value(List{1, 1}));
}

TEST(DurationText, ReadsPeriodsIsoAndTheFormOfPandas) {
  EXPECT_EQ(parse_duration("121T"), minutes(121));
  EXPECT_EQ(parse_duration("1D"), days(1));
  EXPECT_EQ(parse_duration("P0DT2H1M0S"), minutes(121));
  EXPECT_EQ(parse_duration("-P1DT0H0M0.000000001S"), -(days(1) + nanoseconds(1)));
  EXPECT_EQ(parse_duration("PT5M"), minutes(5));
  EXPECT_EQ(parse_duration("P7D"), days(7));
  EXPECT_EQ(parse_duration("PT0.5S"), milliseconds(500));
  EXPECT_EQ(parse_duration("1 days 02:00:00"), days(1) + hours(2));
  EXPECT_EQ(parse_duration("0 days 00:00:00.250000"), milliseconds(250));
  EXPECT_EQ(parse_duration("02:30:00"), hours(2) + minutes(30));
}

TEST(DurationText, RefusesEverythingElse) {
  for (const char* text : {"",
                           "P",
                           "PT",
                           "5",
                           "-5T",
                           "P5",
                           "PT5D",
                           "P5H",
                           "PT1.5H",
                           "PT1M1H",
                           "P1DT",
                           "PT1S ",
                           "1 dayz 02:00:00",
                           "1 days",
                           "25:00:00",
                           "00:60:00",
                           "1:2",
                           "P999999999999D",
                           "PTxS",
                           "PT1.1234567890S",
                           "P1D1D",
                           "T",
                           "--P1D"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << '\'' << text << '\'';
  }
}

TEST(DurationText, WhatIsWrittenIsReadBack) {
  constexpr std::uint64_t kSeed = 5;
  const CounterRng rng(kSeed, 0);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const auto words = rng.block(i);
    const auto bits = (std::uint64_t{words[0]} << 32) | words[1];
    const Duration d{static_cast<std::int64_t>(bits) >> (words[2] % 64)};
    ASSERT_EQ(parse_duration(to_iso_duration(d)), d) << "seed " << kSeed << " draw " << i;
  }
  for (const Duration d : {Duration{0}, Duration{std::numeric_limits<std::int64_t>::min()},
                           Duration{std::numeric_limits<std::int64_t>::max()}}) {
    EXPECT_EQ(parse_duration(to_iso_duration(d)), d);
  }
}

TEST(ClockText, ReadsAndWritesTimesOfOneDay) {
  EXPECT_EQ(to_clock_text({hours(15) + minutes(55)}), "15:55:00");
  EXPECT_EQ(to_clock_text({milliseconds(1)}), "00:00:00.001000");
  EXPECT_EQ(parse_clock_text("09:30:00"), TimeOfDay{hours(9) + minutes(30)});
  EXPECT_EQ(parse_clock_text("23:59:59.999999999"), TimeOfDay{days(1) - nanoseconds(1)});
  for (const char* text :
       {"", "24:00:00", "09:30", "09:60:00", "09:30:60", "09:30:00Z", "-1:00:00"}) {
    EXPECT_EQ(parse_clock_text(text), std::nullopt) << text;
  }
}

TEST(Utf8, TellsValidFromInvalid) {
  for (const char* text : {"", "plain", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x7f"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
  for (const char* text : {"\xC3", "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xFF",
                           "\xF4\x90\x80\x80", "\xE2\x82", "a\xC3z"}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

}  // namespace
}  // namespace tieout::config
