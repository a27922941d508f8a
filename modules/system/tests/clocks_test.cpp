#include "clocks.hpp"

#include <gtest/gtest.h>

namespace tieout::system {
namespace {

const StopPredicate kNever = [] { return false; };
const StopPredicate kAlways = [] { return true; };

TEST(PacedClock, StartsAtItsOriginAndRunsFasterThanReality) {
  const Timestamp origin = *parse_ts_name("20180123_000000");
  PacedClock clock(origin, 1e6, kNever);
  const Timestamp first = clock.now();
  EXPECT_GE(first, origin);
  ASSERT_TRUE(clock.sleep_until(origin + hours(1)));  // 3.6 ms of real time
  EXPECT_GE(clock.now(), origin + hours(1));
}

TEST(PacedClock, NeverGoesBack) {
  PacedClock clock(Timestamp{}, 1000.0, kNever);
  Timestamp last = clock.now();
  for (int i = 0; i < 1000; ++i) {
    const Timestamp now = clock.now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(PacedClock, AStopWakesTheSleeperBeforeTheDeadline) {
  PacedClock clock(Timestamp{}, 1.0, kAlways);
  EXPECT_FALSE(clock.sleep_until(Timestamp{} + days(365)));
}

TEST(FeedClock, WaitsForNothingOnceItIsFlushed) {
  PacedClock shared(Timestamp{}, 1.0, kNever);
  FeedClock feed(shared, kNever);
  feed.flush();
  const Timestamp deadline = Timestamp{} + days(365);
  EXPECT_TRUE(feed.sleep_until(deadline));
  EXPECT_GE(feed.now(), deadline) << "a flushed arrival is stamped with its planned time";
}

TEST(FeedClock, AStopEndsAFlushToo) {
  PacedClock shared(Timestamp{}, 1.0, kNever);
  FeedClock feed(shared, kAlways);
  feed.flush();
  EXPECT_FALSE(feed.sleep_until(Timestamp{} + days(1)));
}

}  // namespace
}  // namespace tieout::system
