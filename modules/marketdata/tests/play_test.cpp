#include <algorithm>

#include <gtest/gtest.h>

#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/stores.hpp"

#include "bars_for_tests.hpp"

namespace tieout::marketdata {
namespace {

using Bars = std::vector<BarVersion>;

/// Remembers the transactions and the time at which each was committed.
class RecordingStore : public BarStore {
 public:
  explicit RecordingStore(Clock& clock) : clock_(clock) {}
  Result<std::size_t> append(std::span<const BarVersion> versions) override {
    if (static_cast<int>(batches.size()) == fail_at) {
      return Error{ErrorCode::kDiskFull, "full"};
    }
    batches.emplace_back(versions.begin(), versions.end());
    committed.push_back(clock_.now());
    return versions.size();
  }
  Result<Bars> read(const BarWindow&, std::span<const AssetId>, const AsOf&) override {
    return Bars{};
  }
  Result<Bars> read_changes(const BarWindow&, std::span<const AssetId>, const AsOf&,
                            const AsOf&) override {
    return Bars{};
  }
  Result<Bars> read_all_versions(const BarWindow&, std::span<const AssetId>) override {
    return Bars{};
  }
  Result<Readiness> readiness(Timestamp bar_end, std::span<const AssetId>, const AsOf&) override {
    return Readiness{bar_end, {}};
  }
  Result<std::int64_t> max_seq() override { return 0; }
  Result<std::vector<Asset>> assets() override { return std::vector<Asset>{}; }

  std::vector<Bars> batches;
  std::vector<Timestamp> committed;
  int fail_at = -1;

 private:
  Clock& clock_;
};

std::vector<Arrival> three_minutes() {
  return {
      {make_bar(1, 1, 100)}, {make_bar(2, 1, 200)}, {make_bar(1, 2, 101)}, {make_bar(1, 3, 102)}};
}

TEST(PlayTest, AClockInTimeStampsThePlannedTimes) {
  FakeClock clock(kDay);
  RecordingStore store(clock);
  ASSERT_TRUE(play_arrivals(three_minutes(), store, clock).ok());
  ASSERT_EQ(store.batches.size(), 3U) << "rows of one instant share a transaction";
  EXPECT_EQ(store.batches[0].size(), 2U);
  for (const Bars& batch : store.batches) {
    for (const BarVersion& bar : batch) {
      EXPECT_EQ(bar.knowledge, bar.end + seconds(10));
    }
  }
}

TEST(PlayTest, AClockThatIsLateStampsItsOwnTimeAndTakesAllThatIsDue) {
  FakeClock clock(kDay);
  clock.oversleep = seconds(70);
  RecordingStore store(clock);
  ASSERT_TRUE(play_arrivals(three_minutes(), store, clock).ok());
  ASSERT_EQ(store.batches.size(), 2U);
  ASSERT_EQ(store.batches[0].size(), 3U) << "the second minute is due by then";
  for (const BarVersion& bar : store.batches[0]) {
    EXPECT_EQ(bar.knowledge, kDay + minutes(1) + seconds(80));
  }
  EXPECT_EQ(store.batches[0][0].end_download, make_bar(1, 1, 100).end_download)
      << "when it was downloaded stays";
}

TEST(PlayTest, NoRowIsKnownAfterItIsCommittedOrBeforeItWasPlanned) {
  const Bars bars = generate_bars({.seed = 2, .asset_count = 10, .start = kDay, .minutes = 120});
  const auto arrivals = plan_arrivals(bars, *arrival_model("hostile", 9));
  FakeClock clock(kDay);
  clock.cost_of_a_look = milliseconds(7);
  clock.oversleep = milliseconds(150);
  RecordingStore store(clock);
  ASSERT_TRUE(play_arrivals(arrivals, store, clock).ok());
  std::size_t played = 0;
  for (std::size_t i = 0; i < store.batches.size(); ++i) {
    for (const BarVersion& bar : store.batches[i]) {
      ASSERT_EQ(bar.end, arrivals[played].version.end) << "in the order of the plan";
      ASSERT_GE(bar.knowledge, arrivals[played].version.knowledge);
      ASSERT_LE(bar.knowledge, store.committed[i]);
      ASSERT_EQ(bar.knowledge, store.batches[i].front().knowledge) << "one stamp for a batch";
      ++played;
    }
  }
  EXPECT_EQ(played, arrivals.size());
}

TEST(PlayTest, HistoryThatIsDueAtTheStartComesInBoundedBatches) {
  std::vector<Arrival> arrivals(100'000, Arrival{make_bar(1, 1, 100)});
  FakeClock clock(kDay + days(1));
  RecordingStore store(clock);
  ASSERT_TRUE(play_arrivals(arrivals, store, clock).ok());
  EXPECT_EQ(store.batches.size(), 4U);
  EXPECT_EQ(store.batches[0].size(), 32'768U);
}

TEST(PlayTest, ItEndsWhenTheClockSaysStop) {
  FakeClock clock(kDay);
  clock.stop_at = kDay + minutes(2);
  RecordingStore store(clock);
  ASSERT_TRUE(play_arrivals(three_minutes(), store, clock).ok());
  EXPECT_EQ(store.batches.size(), 1U);
}

TEST(PlayTest, AnErrorOfTheStoreEndsItAndIsTold) {
  FakeClock clock(kDay);
  RecordingStore store(clock);
  store.fail_at = 1;
  const Status status = play_arrivals(three_minutes(), store, clock);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(store.batches.size(), 1U);
}

TEST(PlayTest, ARunIntoSqliteReadsBackAsItsPlan) {
  const TestDirectory directory;
  const Bars bars = generate_bars({.seed = 2, .asset_count = 10, .start = kDay, .minutes = 60});
  const auto arrivals = plan_arrivals(bars, *arrival_model("hostile", 9));
  auto store = open_sqlite_store(directory / "bars.sqlite", OpenMode::kCreate);
  ASSERT_TRUE(store.ok());
  FakeClock clock(kDay);
  ASSERT_TRUE(play_arrivals(arrivals, **store, clock).ok());
  std::vector<AssetId> assets;
  Bars planned;
  for (const Arrival& arrival : arrivals) {
    planned.push_back(arrival.version);
    assets.push_back(arrival.version.asset);
  }
  const auto memory = make_memory_store();
  ASSERT_TRUE(memory->append(planned).ok());
  const BarWindow all{Timestamp{0}, kForever};
  for (std::int64_t minute = 0; minute < 90; ++minute) {
    const AsOf as_of{kDay + minutes(minute)};
    ASSERT_TRUE(same_bars((*store)->read(all, assets, as_of).value_or({}),
                          memory->read(all, assets, as_of).value_or({make_bar(1, 1, 1)})));
  }
}

}  // namespace
}  // namespace tieout::marketdata
