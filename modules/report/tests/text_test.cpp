#include "text.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tieout::report {
namespace {

TEST(EscapeHtml, EveryCharacterThatCouldEndTextOrAnAttributeBecomesAnEntity) {
  EXPECT_EQ(escape_html("<script>alert(\"x\" & 'y')</script>"),
            "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)&lt;/script&gt;");
}

TEST(ShareText, IsOneHundredOnlyWhenNothingIsMissing) {
  EXPECT_EQ(share_text(10, 10), "100 %");
  EXPECT_EQ(share_text(999'999'999, 1'000'000'000), "99.9999 %");
  EXPECT_EQ(share_text(1, 3), "33.3333 %");
  EXPECT_EQ(share_text(0, 3), "0 %");
  EXPECT_EQ(share_text(0, 0), "nothing to compare");
}

TEST(NumberText, IsShortAndNamesWhatIsNoNumber) {
  EXPECT_EQ(number_text(0.0951), "0.0951");
  EXPECT_EQ(number_text(1.25e-16), "1.25e-16");
  EXPECT_EQ(number_text(-12'393'904.4), "-12,393,904");
  EXPECT_EQ(number_text(999'999.4), "999999");
  EXPECT_EQ(number_text(999'999.6), "1,000,000");
  EXPECT_EQ(number_text(1.5e15), "1.5e+15");
  EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(MoneyText, GroupsThousandsAndNeverHidesASmallGap) {
  EXPECT_EQ(money_text(1204.11), "1,204.11");
  EXPECT_EQ(money_text(-1234567.891), "-1,234,567.89");
  EXPECT_EQ(money_text(0), "0.00");
  EXPECT_EQ(money_text(-1.5e-9), "-1.5e-09") << "0.00 would read as no gap";
}

TEST(CountText, GroupsThousands) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(648'112'004), "648,112,004");
}

TEST(DurationText, PicksTheUnit) {
  EXPECT_EQ(duration_text({}), "0 s");
  EXPECT_EQ(duration_text({1'500}), "1.5 us");
  EXPECT_EQ(duration_text({250'000}), "250 us");
  EXPECT_EQ(duration_text(milliseconds(12)), "12 ms");
  EXPECT_EQ(duration_text(milliseconds(10'100)), "10.1 s");
  EXPECT_EQ(duration_text(seconds(123)), "2 min 3 s");
  EXPECT_EQ(duration_text(hours(24)), "24 h");
  EXPECT_EQ(duration_text(-seconds(5)), "-5 s");
}

TEST(BytesText, UsesPowersOfAThousand) {
  EXPECT_EQ(bytes_text(312), "312 B");
  EXPECT_EQ(bytes_text(4'100), "4.1 kB");
  EXPECT_EQ(bytes_text(2'050'000), "2.05 MB");
  EXPECT_EQ(bytes_text(999'900), "1 MB");
}

TEST(StampText, IsNewYorkTimeAsInTheGuide) {
  EXPECT_EQ(stamp_text({1'699'631'856'000'000'000}), "20231110-105736");
}

TEST(SpreadOf, TakesNearestRanks) {
  std::vector<double> sample;
  for (int i = 100; i >= 1; --i) sample.push_back(i);
  const Spread spread = spread_of(sample);
  EXPECT_EQ(spread.count, 100U);
  EXPECT_EQ(spread.mean, 50.5);
  EXPECT_EQ(spread.p50, 50);
  EXPECT_EQ(spread.p95, 95);
  EXPECT_EQ(spread.max, 100);
  EXPECT_TRUE(std::isnan(spread_of({}).max));
  EXPECT_EQ(spread_of({7}).p50, 7);
}

}  // namespace
}  // namespace tieout::report
