#include "tieout/marketdata/bar.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tieout/marketdata/replay.hpp"

#include "bars_for_tests.hpp"
#include "decimal_ticks.hpp"

namespace tieout::marketdata {
namespace {

TEST(BarTest, ABarWithoutVolumeEqualsItselfBitwise) {
  BarVersion bar = make_bar(1, 1, 100);
  bar.volume = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(bitwise_equal(bar, bar));
  EXPECT_FALSE(bar == bar) << "the IEEE comparison is another one";
}

TEST(BarTest, MinusZeroIsNotZero) {
  BarVersion left = make_bar(1, 1, 100), right = left;
  left.volume = 0.0;
  right.volume = -0.0;
  EXPECT_FALSE(same_values(left, right));
}

TEST(BarTest, EveryFieldCounts) {
  const BarVersion bar = make_bar(1, 1, 100);
  const auto differs = [&](auto change) {
    BarVersion other = bar;
    change(other);
    return !bitwise_equal(bar, other);
  };
  EXPECT_TRUE(differs([](BarVersion& b) { b.seq = 9; }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.asset = AssetId{2}; }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.full_symbol = "test::B"; }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.start.ns += 1; }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.end.ns += 1; }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.open = std::nextafter(b.open, 1e9); }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.high = std::nextafter(b.high, 1e9); }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.low = std::nextafter(b.low, 1e9); }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.close = std::nextafter(b.close, 1e9); }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.volume = std::nextafter(b.volume, 1e9); }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.end_download.ns += 1; }));
  EXPECT_TRUE(differs([](BarVersion& b) { b.knowledge.ns += 1; }));
}

TEST(DecimalTicksTest, TheGridIsThatOfTheFinestPrice) {
  const double prices[] = {0.029931, 0.03, 0.02995009};
  const auto grid = common_grid(prices);
  ASSERT_TRUE(grid.has_value());
  EXPECT_EQ(grid->decimals, 8);
  for (const double price : prices) {
    EXPECT_EQ(grid->from_ticks(grid->to_ticks(price)), price);
  }
}

TEST(DecimalTicksTest, PricesThatAreNotDecimalHaveNoGrid) {
  const double third[] = {1.0 / 3.0};
  const double infinite[] = {1.0, std::numeric_limits<double>::infinity()};
  const double wide[] = {1e12, 0.00001};
  EXPECT_FALSE(common_grid(third).has_value());
  EXPECT_FALSE(common_grid(infinite).has_value());
  EXPECT_FALSE(common_grid(wide).has_value());
}

TEST(NominalVersionsTest, TheLastVersionOfEachBarIsKnownAFlatDelayAfterItsEnd) {
  std::vector<BarVersion> all{make_bar(2, 1, 201, 10), make_bar(1, 1, 101, 70),
                              make_bar(1, 1, 100, 10), make_bar(1, 2, 102, 500)};
  all[0].seq = 2;
  all[1].seq = 3;
  all[2].seq = 1;
  all[3].seq = 4;
  const auto nominal = nominal_versions(all, seconds(10));
  ASSERT_EQ(nominal.size(), 3U);
  EXPECT_EQ(nominal[0].close, 101) << "the version with the largest knowledge";
  EXPECT_EQ(nominal[0].seq, 3);
  EXPECT_EQ(nominal[1].close, 201);
  EXPECT_EQ(nominal[2].close, 102);
  for (const BarVersion& bar : nominal) {
    EXPECT_EQ(bar.knowledge, bar.end + seconds(10));
  }
}

TEST(NominalVersionsTest, AmongVersionsKnownAtOnceTheLargestSeqIsTheLast) {
  std::vector<BarVersion> all{make_bar(1, 1, 101), make_bar(1, 1, 100)};
  all[0].seq = 8;
  all[1].seq = 7;
  const auto nominal = nominal_versions(all, seconds(10));
  ASSERT_EQ(nominal.size(), 1U);
  EXPECT_EQ(nominal[0].close, 101);
}

}  // namespace
}  // namespace tieout::marketdata
