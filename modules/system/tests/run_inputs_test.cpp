#include "run_inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/marketdata/stores.hpp"

#include "market_prices.hpp"

namespace tieout::system {
namespace {

using marketdata::BarVersion;
using runlog::BarOutcome;
using runlog::JournalEntry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Timestamp kBar{Timestamp{} + hours(12)};
constexpr AssetId kFirst{101}, kSecond{202};
constexpr ReadinessRule kRule{minutes(5), milliseconds(100), seconds(60)};

/// Sleeping sets the time; stops at an instant if asked to.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Timestamp now, Timestamp stop_at = Timestamp{INT64_MAX})
      : now_(now), stop_at_(stop_at) {}
  Timestamp now() override { return now_; }
  bool sleep_until(Timestamp deadline) override {
    now_ = std::max(now_, std::min(deadline, stop_at_));
    return now_ < stop_at_;
  }

 private:
  Timestamp now_, stop_at_;
};

BarVersion bar_of(AssetId asset, Timestamp end, Timestamp knowledge, double close = 1.0) {
  BarVersion bar;
  bar.asset = asset;
  bar.full_symbol = "id::" + std::to_string(asset.value);
  bar.start = end - minutes(1);
  bar.end = end;
  bar.open = bar.high = bar.low = bar.close = close;
  bar.volume = 1;
  bar.end_download = bar.knowledge = knowledge;
  return bar;
}

std::unique_ptr<marketdata::BarStore> store_of(std::vector<BarVersion> bars) {
  auto store = marketdata::make_memory_store();
  EXPECT_TRUE(store->append(bars).ok());
  return store;
}

TEST(LiveInputs, DecideAsSoonAsEveryAssetIsThere) {
  const auto store =
      store_of({bar_of(kFirst, kBar, kBar + seconds(3)), bar_of(kSecond, kBar, kBar + seconds(7))});
  FakeClock clock(kBar - minutes(1));
  LiveInputs inputs(clock, nullptr, *store, {kFirst, kSecond}, kRule);
  const auto decision = inputs.next_decision(kBar);
  ASSERT_TRUE(decision.ok() && decision->has_value());
  EXPECT_EQ((*decision)->outcome, BarOutcome::kOk);
  EXPECT_GE((*decision)->time, kBar + seconds(7));
  EXPECT_LE((*decision)->time, kBar + seconds(7) + kRule.poll);
  EXPECT_EQ((*decision)->as_of.max_seq, 2);
}

TEST(LiveInputs, GoOnWithoutTheLaggardAtTheTimeOutAndNameIt) {
  const auto store = store_of({bar_of(kFirst, kBar, kBar + seconds(3))});
  FakeClock clock(kBar - minutes(1));
  LiveInputs inputs(clock, nullptr, *store, {kFirst, kSecond}, kRule);
  const auto decision = inputs.next_decision(kBar);
  ASSERT_TRUE(decision.ok() && decision->has_value());
  EXPECT_EQ((*decision)->outcome, BarOutcome::kPartial);
  EXPECT_THAT((*decision)->laggards, ElementsAre(kSecond));
  EXPECT_EQ((*decision)->time, kBar + kRule.time_out);
}

TEST(LiveInputs, ABarThatIsOverIsSkipped) {
  const auto store = store_of({bar_of(kFirst, kBar, kBar)});
  FakeClock clock(kBar + minutes(6));
  LiveInputs inputs(clock, nullptr, *store, {kFirst}, kRule);
  const auto decision = inputs.next_decision(kBar);
  ASSERT_TRUE(decision.ok() && decision->has_value());
  EXPECT_EQ((*decision)->outcome, BarOutcome::kSkipped);
}

TEST(LiveInputs, AStopWhileWaitingGivesNoDecision) {
  const auto store = store_of({});
  FakeClock clock(kBar - minutes(1), kBar + seconds(5));
  LiveInputs inputs(clock, nullptr, *store, {kFirst}, kRule);
  const auto decision = inputs.next_decision(kBar);
  ASSERT_TRUE(decision.ok());
  EXPECT_FALSE(decision->has_value());
}

TEST(LiveInputs, TheMachinesOwnWorkIsNotAccelerated) {
  const auto store = store_of({bar_of(kFirst, kBar, kBar + seconds(3))});
  PacedClock clock(kBar - seconds(1), 1e6, [] { return false; });
  LiveInputs inputs(clock, &clock, *store, {kFirst}, kRule);
  const auto decision = inputs.next_decision(kBar);
  ASSERT_TRUE(decision.ok() && decision->has_value());
  Stopwatch stopwatch;
  const Timestamp work_began = stopwatch.now();
  while (stopwatch.now() - work_began < milliseconds(2)) {
  }
  const Timestamp dated = inputs.order_time(kBar).value();
  // Accelerated, two milliseconds would be more than half an hour.
  EXPECT_LT(dated, (*decision)->time + minutes(30));
}

std::vector<JournalEntry> journal_of_one_bar() {
  JournalEntry decision;
  decision.kind = JournalEntry::Kind::kDecision;
  decision.bar = kBar;
  decision.time = kBar + seconds(10);
  decision.as_of = {kBar + seconds(10), 17};
  decision.outcome = BarOutcome::kPartial;
  decision.laggards = {kSecond};
  JournalEntry read;
  read.kind = JournalEntry::Kind::kMarketRead;
  read.bar = kBar;
  read.purpose = "source";
  read.row_count = 1;
  read.content = hash_bars(std::vector{bar_of(kFirst, kBar, kBar)});
  JournalEntry clock;
  clock.kind = JournalEntry::Kind::kClockRead;
  clock.bar = kBar;
  clock.time = kBar + seconds(11);
  clock.purpose = "order";
  return {decision, read, clock};
}

TEST(JournalInputs, RepeatWhatProductionDecided) {
  const auto store = store_of({});
  JournalInputs inputs(journal_of_one_bar(), *store);
  const auto decision = inputs.next_decision(kBar);
  ASSERT_TRUE(decision.ok() && decision->has_value());
  EXPECT_EQ((*decision)->time, kBar + seconds(10));
  EXPECT_EQ((*decision)->as_of, (AsOf{kBar + seconds(10), 17}));
  EXPECT_EQ((*decision)->outcome, BarOutcome::kPartial);
  EXPECT_THAT((*decision)->laggards, ElementsAre(kSecond));
  EXPECT_EQ(*inputs.order_time(kBar), kBar + seconds(11));
}

TEST(JournalInputs, ABarThatIsNotInTheJournalIsIncompleteEvidence) {
  const auto store = store_of({});
  JournalInputs inputs(journal_of_one_bar(), *store);
  const auto decision = inputs.next_decision(kBar + minutes(5));
  ASSERT_FALSE(decision.ok());
  EXPECT_EQ(decision.error().code, ErrorCode::kIncompleteEvidence);
}

TEST(JournalInputs, AReadThatProductionDidNotMakeIsToldApart) {
  const auto store = store_of({});
  JournalInputs inputs(journal_of_one_bar(), *store);
  JournalEntry same = journal_of_one_bar()[1];
  EXPECT_EQ(inputs.check(same), "");
  EXPECT_THAT(inputs.check(same), HasSubstr("no counterpart"));

  JournalInputs other_content(journal_of_one_bar(), *store);
  same.content = hash_bars(std::vector{bar_of(kFirst, kBar, kBar, 2.0)});
  EXPECT_THAT(other_content.check(same), HasSubstr("of other content"));
}

TEST(HashBars, SeesValuesButNotWhenTheyBecameKnown) {
  const auto hash = [](BarVersion bar) { return hash_bars(std::vector{std::move(bar)}); };
  const BarVersion bar = bar_of(kFirst, kBar, kBar);
  EXPECT_EQ(hash(bar), hash(bar_of(kFirst, kBar, kBar + seconds(10))));
  EXPECT_NE(hash(bar), hash(bar_of(kFirst, kBar, kBar, 1.5)));
  EXPECT_NE(hash(bar), hash(bar_of(kSecond, kBar, kBar)));
}

TEST(NominalInputs, DecideAFlatDelayAfterTheBarWithTheLaggardsNamed) {
  const auto store = store_of({bar_of(kFirst, kBar, kBar + seconds(10))});
  NominalInputs inputs(seconds(10), *store, {kFirst, kSecond});
  const auto decision = inputs.next_decision(kBar);
  ASSERT_TRUE(decision.ok() && decision->has_value());
  EXPECT_EQ((*decision)->time, kBar + seconds(10));
  EXPECT_THAT((*decision)->laggards, ElementsAre(kSecond));
  EXPECT_EQ((*decision)->outcome, BarOutcome::kPartial);
  EXPECT_EQ(*inputs.order_time(kBar), kBar + seconds(10));
}

MarketPrices prices_of(marketdata::MarketDataSource& source, int* reads = nullptr) {
  return {source, minutes(15), [reads](std::string_view, const AsOf&, std::span<const BarVersion>) {
            if (reads != nullptr) {
              ++*reads;
            }
            return Status();
          }};
}

TEST(MarketPrices, TheTwapIsTheMeanOfTheRowsThatWereKnown) {
  const auto store = store_of(
      {bar_of(kFirst, kBar - minutes(1), kBar, 10), bar_of(kFirst, kBar, kBar, 20),
       bar_of(kFirst, kBar + minutes(1), kBar + hours(1), 99), bar_of(kSecond, kBar, kBar, 7)});
  int reads = 0;
  MarketPrices prices = prices_of(*store, &reads);
  const std::vector<AssetId> assets = {kSecond, kFirst, AssetId{303}};
  const auto twap = prices.twap("close", kBar - minutes(5), kBar + minutes(5), assets, AsOf{kBar});
  ASSERT_TRUE(twap.ok());
  EXPECT_EQ((*twap)[0], 7.0);
  EXPECT_EQ((*twap)[1], 15.0);
  EXPECT_TRUE(std::isnan((*twap)[2]));
  EXPECT_EQ(reads, 1);
}

TEST(MarketPrices, AtEndReadsOneInstantOnly) {
  const auto store =
      store_of({bar_of(kFirst, kBar - minutes(1), kBar, 10), bar_of(kFirst, kBar, kBar, 20)});
  MarketPrices prices = prices_of(*store);
  const auto price = prices.at_end("close", kBar, std::vector{kFirst}, AsOf{kBar});
  ASSERT_TRUE(price.ok());
  EXPECT_EQ((*price)[0], 20.0);
}

TEST(MarketPrices, LastEndIsTheNewestBarThatWasKnown) {
  const auto store =
      store_of({bar_of(kFirst, kBar - minutes(2), kBar), bar_of(kSecond, kBar - minutes(1), kBar),
                bar_of(kFirst, kBar, kBar + seconds(9))});
  MarketPrices prices = prices_of(*store);
  const std::vector<AssetId> assets = {kFirst, kSecond};
  EXPECT_EQ(prices.last_end(assets, AsOf{kBar}).value(), kBar - minutes(1));
  EXPECT_EQ(prices.last_end(assets, AsOf{kBar + seconds(9)}).value(), kBar);
}

TEST(MarketPrices, AnUnknownColumnIsAnErrorThatNamesIt) {
  const auto store = store_of({});
  MarketPrices prices = prices_of(*store);
  const auto price = prices.at_end("mid", kBar, std::vector{kFirst}, AsOf{kBar});
  ASSERT_FALSE(price.ok());
  EXPECT_THAT(price.error().message, HasSubstr("'mid'"));
}

}  // namespace
}  // namespace tieout::system
