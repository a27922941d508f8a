#include "tieout/core/numbers.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tieout/core/random.hpp"

namespace tieout {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::uint64_t bits_of(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

struct FormatCase {
  double value;
  const char* text;
};

TEST(FormatDouble, IsPythonsRepr) {
  // Source: repr() of CPython 3.
  const FormatCase cases[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {100.0, "100.0"},
      {-2.5, "-2.5"},
      {0.1, "0.1"},
      {1.0 / 3.0, "0.3333333333333333"},
      {1e-4, "0.0001"},
      {1e-5, "1e-05"},
      {-1e-7, "-1e-07"},
      {1e15, "1000000000000000.0"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {123456789012345680.0, "1.2345678901234568e+17"},
      {1e22, "1e+22"},
      {1e100, "1e+100"},
      {123456.789, "123456.789"},
      {5e-324, "5e-324"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {kInf, "inf"},
      {-kInf, "-inf"},
      {kNaN, "nan"},
      {-kNaN, "nan"},
  };
  for (const FormatCase& c : cases) {
    EXPECT_EQ(format_double(c.value), c.text);
  }
}

TEST(FormatDouble, EveryTextReadsBackToTheSameBits) {
  constexpr std::uint64_t kSeed = 11;
  const CounterRng rng(kSeed, 0);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto words = rng.block(i);
    const auto value = std::bit_cast<double>((std::uint64_t{words[0]} << 32) | words[1]);
    const auto read = parse_double(format_double(value));
    ASSERT_TRUE(read.has_value()) << format_double(value);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(*read));
    } else {
      ASSERT_EQ(bits_of(*read), bits_of(value)) << "seed " << kSeed << " draw " << i;
    }
  }
}

TEST(ParseDouble, AcceptsDecimalForms) {
  EXPECT_EQ(parse_double("1"), 1.0);
  EXPECT_EQ(parse_double("+1.5"), 1.5);
  EXPECT_EQ(parse_double("-1.5e3"), -1500.0);
  EXPECT_EQ(parse_double("1E-2"), 0.01);
  EXPECT_EQ(parse_double(".5"), 0.5);
  EXPECT_EQ(parse_double("5."), 5.0);
  EXPECT_EQ(bits_of(parse_double("-0").value()), bits_of(-0.0));
  EXPECT_EQ(parse_double("5e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(parse_double("INF"), kInf);
  EXPECT_EQ(parse_double("-Infinity"), -kInf);
  EXPECT_TRUE(std::isnan(parse_double("NaN").value()));
  EXPECT_TRUE(std::isnan(parse_double("-nan").value()));
}

TEST(ParseDouble, RefusesEverythingElse) {
  for (const char* text : {"",     "+",     "-",   ".",     "e5",  "+-1",  "-+1", "++1",
                           " 1",   "1 ",    "1,5", "1e",    "1e+", "0x10", "1_0", "nan(123)",
                           "nan(", "infin", "one", "1.2.3", "--1", "1f",   "-.",  "-nan(1)"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << '\'' << text << '\'';
  }
}

TEST(ParseDouble, OutOfRangeIsInfinityOrZeroOfTheRightSign) {
  EXPECT_EQ(parse_double("1e400"), kInf);
  EXPECT_EQ(parse_double("-1e400"), -kInf);
  EXPECT_EQ(parse_double("1e-400"), 0.0);
  EXPECT_EQ(bits_of(parse_double("-1e-400").value()), bits_of(-0.0));
  EXPECT_EQ(parse_double("0.1e400"), kInf) << "a leading 0. does not make it tiny";
  EXPECT_EQ(parse_double("1" + std::string(500, '0') + "e-100"), kInf)
      << "a negative exponent does not make it tiny";
  EXPECT_EQ(parse_double("0." + std::string(500, '0') + "1e+100"), 0.0);
  EXPECT_EQ(parse_double("1e99999999999999999999"), kInf);
  EXPECT_EQ(parse_double("1e-99999999999999999999"), 0.0);
  EXPECT_EQ(parse_double("0e99999999999999999999"), 0.0);
}

TEST(ParseInt, ReadsWholeSigned64BitNumbersOnly) {
  EXPECT_EQ(parse_int("0"), 0);
  EXPECT_EQ(parse_int("+7"), 7);
  EXPECT_EQ(parse_int("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_int("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "+", "-", "9223372036854775808", "-9223372036854775809", "1.0",
                           "1e3", " 1", "1 ", "+-1", "++1", "0x1", "1_000"}) {
    EXPECT_EQ(parse_int(text), std::nullopt) << '\'' << text << '\'';
  }
}

TEST(UlpDistance, CountsRepresentableNumbers) {
  EXPECT_EQ(ulp_distance(1.0, 1.0), 0U);
  EXPECT_EQ(ulp_distance(1.0, 1.0000000000000002), 1U);
  EXPECT_EQ(ulp_distance(0.0, -0.0), 0U);
  EXPECT_EQ(ulp_distance(5e-324, -5e-324), 2U) << "through zero";
  EXPECT_EQ(ulp_distance(-1.0, 1.0), 2 * ulp_distance(0.0, 1.0));
  EXPECT_EQ(ulp_distance(0.0, 1.0), 0x3FF0'0000'0000'0000U);
  const double largest = std::numeric_limits<double>::max();
  EXPECT_EQ(ulp_distance(-largest, largest), 2 * bits_of(largest));
}

TEST(UlpDistance, IsSymmetricAndSaturatesAtTheSpecials) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(ulp_distance(kNaN, 1.0), kMax);
  EXPECT_EQ(ulp_distance(1.0, kNaN), kMax);
  EXPECT_EQ(ulp_distance(kInf, std::numeric_limits<double>::max()), kMax);
  EXPECT_EQ(ulp_distance(kInf, -kInf), kMax);
  EXPECT_EQ(ulp_distance(kNaN, kInf), kMax);
  EXPECT_EQ(ulp_distance(kNaN, -kNaN), 0U);
  EXPECT_EQ(ulp_distance(kInf, kInf), 0U);
  EXPECT_EQ(ulp_distance(3.0, 5.0), ulp_distance(5.0, 3.0));
}

TEST(RoundDecimals, IsTheRuleOfNumpy) {
  // Source: oms.md 3.4.
  EXPECT_EQ(round_decimals(0.5, 0), 0.0);
  EXPECT_EQ(round_decimals(1.5, 0), 2.0);
  EXPECT_EQ(round_decimals(2.5, 0), 2.0);
  EXPECT_EQ(round_decimals(2.675, 2), 2.68);
  EXPECT_EQ(round_decimals(1.005, 2), 1.0);
  EXPECT_EQ(round_decimals(1990.09900990099, 30), 1990.0990099009903);
  EXPECT_EQ(round_decimals(-0.5, 0), 0.0);
  EXPECT_TRUE(std::signbit(round_decimals(-0.5, 0)));
  EXPECT_EQ(round_decimals(1250.0, -2), 1200.0) << "half goes to even";
  EXPECT_EQ(round_decimals(1350.0, -2), 1400.0);
  EXPECT_EQ(round_decimals(49.0, -2), 0.0);
  EXPECT_TRUE(std::isnan(round_decimals(kNaN, 3)));
  EXPECT_EQ(round_decimals(-kInf, 3), -kInf);
}

}  // namespace
}  // namespace tieout
