// One suite for every implementation of BarStore, against an oracle that scans all versions.
#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "tieout/marketdata/stores.hpp"

#include "bars_for_tests.hpp"

namespace tieout::marketdata {
namespace {

constexpr std::uint64_t kSeed = 20240103;
constexpr BarWindow kAll{Timestamp{0}, kForever};
constexpr AsOf kNow{kForever};

using Bars = std::vector<BarVersion>;

/// The rule of the contract, word by word, over all versions with their seq.
class Oracle {
 public:
  explicit Oracle(Bars versions) : versions_(std::move(versions)) {}

  static bool visible(const BarVersion& v, const AsOf& as_of) {
    return v.knowledge <= as_of.knowledge && v.seq <= as_of.max_seq;
  }
  Bars read(const BarWindow& window, const std::vector<AssetId>& assets, const AsOf& as_of) const {
    std::map<std::pair<Timestamp, AssetId>, const BarVersion*> winners;
    for (const BarVersion& v : versions_) {
      const bool asked = std::find(assets.begin(), assets.end(), v.asset) != assets.end();
      if (!asked || v.end <= window.first || v.end > window.last || !visible(v, as_of)) {
        continue;
      }
      const BarVersion*& winner = winners[{v.end, v.asset}];
      if (winner == nullptr ||
          std::tie(winner->knowledge, winner->seq) < std::tie(v.knowledge, v.seq)) {
        winner = &v;
      }
    }
    Bars out;
    for (const auto& entry : winners) {
      out.push_back(*entry.second);
    }
    return out;
  }
  /// Bars of the second read that the first did not have in the same version.
  Bars changes(const BarWindow& window, const std::vector<AssetId>& assets, const AsOf& since,
               const AsOf& as_of) const {
    const Bars before = read(window, assets, since);
    Bars out;
    for (const BarVersion& bar : read(window, assets, as_of)) {
      const bool known = std::any_of(before.begin(), before.end(), [&](const BarVersion& old) {
        return bitwise_equal(old, bar);
      });
      if (!known) {
        out.push_back(bar);
      }
    }
    return out;
  }
  std::vector<AssetId> laggards(Timestamp bar_end, const std::vector<AssetId>& expected,
                                const AsOf& as_of) const {
    std::vector<AssetId> late;
    for (const AssetId id : expected) {
      const bool ready = std::any_of(versions_.begin(), versions_.end(), [&](const BarVersion& v) {
        return v.asset == id && v.end >= bar_end && visible(v, as_of);
      });
      if (!ready) {
        late.push_back(id);
      }
    }
    return late;
  }

 private:
  Bars versions_;
};

/// Makes stores of one kind; a SQLite store lives in the directory of the test.
struct StoreKind {
  const char* name;
  std::unique_ptr<BarStore> (*make)(const TestDirectory&);
};

std::unique_ptr<BarStore> make_sqlite(const TestDirectory& directory) {
  auto store = open_sqlite_store(directory / "bars.sqlite", OpenMode::kCreate);
  EXPECT_TRUE(store.ok()) << to_string(store.error());
  return std::move(*store);
}

const StoreKind kKinds[] = {
    {"Memory", [](const TestDirectory&) { return make_memory_store(); }},
    {"Sqlite", make_sqlite},
};

class StoreContractTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  std::size_t append(const Bars& bars) {
    auto stored = store_->append(bars);
    EXPECT_TRUE(stored.ok());
    return stored.value_or(0);
  }
  Bars read(const AsOf& as_of, std::vector<AssetId> assets = {AssetId{1}, AssetId{2}, AssetId{3}}) {
    auto bars = store_->read(kAll, assets, as_of);
    EXPECT_TRUE(bars.ok());
    return bars.value_or({});
  }
  Bars all_versions(std::vector<AssetId> assets = {AssetId{1}, AssetId{2}, AssetId{3}}) {
    auto bars = store_->read_all_versions(kAll, assets);
    EXPECT_TRUE(bars.ok());
    return bars.value_or({});
  }
  std::vector<AssetId> laggards(Timestamp bar_end, std::vector<AssetId> expected,
                                const AsOf& as_of = kNow) {
    auto readiness = store_->readiness(bar_end, expected, as_of);
    EXPECT_TRUE(readiness.ok());
    return readiness.value_or({}).laggards;
  }

  TestDirectory directory_;
  std::unique_ptr<BarStore> store_ = GetParam().make(directory_);
};

TEST_P(StoreContractTest, AnEmptyStoreAnswersEverythingWithNothing) {
  EXPECT_TRUE(read(kNow).empty());
  EXPECT_TRUE(all_versions().empty());
  EXPECT_EQ(store_->max_seq().value_or(-1), 0);
  EXPECT_EQ(laggards(kDay, {AssetId{1}}), std::vector<AssetId>{AssetId{1}});
  EXPECT_EQ(append({}), 0U);
}

TEST_P(StoreContractTest, BarsComeInTheOrderOfEndAndAssetWithSeqInTheOrderOfCommit) {
  EXPECT_EQ(append({make_bar(2, 2, 22), make_bar(1, 2, 12), make_bar(2, 1, 21)}), 3U);
  EXPECT_EQ(append({make_bar(1, 1, 11)}), 1U);
  const Bars bars = read(kNow);
  ASSERT_EQ(bars.size(), 4U);
  EXPECT_EQ(bars[0].close, 11);
  EXPECT_EQ(bars[1].close, 21);
  EXPECT_EQ(bars[2].close, 12);
  EXPECT_EQ(bars[3].close, 22);
  EXPECT_EQ(bars[3].seq, 1);
  EXPECT_EQ(bars[0].seq, 4);
  EXPECT_EQ(store_->max_seq().value_or(-1), 4);
}

TEST_P(StoreContractTest, AssetsAreListedOnceInTheOrderOfTheirIdsWithTheNewestSymbol) {
  EXPECT_TRUE(store_->assets().value().empty());
  BarVersion renamed = make_bar(1, 3, 13);
  renamed.full_symbol = "x::RENAMED";
  append({make_bar(2, 1, 21), make_bar(1, 2, 12), make_bar(1, 1, 11), renamed});
  const auto assets = store_->assets();
  ASSERT_TRUE(assets.ok());
  ASSERT_EQ(assets->size(), 2U);
  EXPECT_EQ((*assets)[0], (Asset{AssetId{1}, "x::RENAMED"}));
  EXPECT_EQ((*assets)[1].id, AssetId{2});
}

TEST_P(StoreContractTest, TheVersionThatIsKnownLastWinsAndNothingIsSeenBeforeItIsKnown) {
  append({make_bar(1, 1, 100, 10), make_bar(1, 1, 101, 130)});
  const Timestamp end = kDay + minutes(1);
  EXPECT_TRUE(read({end + seconds(10) - nanoseconds(1)}).empty());
  ASSERT_EQ(read({end + seconds(10)}).size(), 1U) << "the edge is closed";
  EXPECT_EQ(read({end + seconds(10)})[0].close, 100);
  EXPECT_EQ(read({end + seconds(130) - nanoseconds(1)})[0].close, 100);
  EXPECT_EQ(read({end + seconds(130)})[0].close, 101);
}

TEST_P(StoreContractTest, ARowThatWasCommittedAfterTheReadIsNotSeenAgainstItsMaxSeq) {
  append({make_bar(1, 1, 100, 10)});
  append({make_bar(1, 1, 101, 10), make_bar(2, 1, 200, 10)});  // Same knowledge, committed later.
  const Timestamp known = kDay + minutes(1) + seconds(10);
  const Bars before = read({known, 1});
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].close, 100);
  const Bars after = read({known, 3});
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0].close, 101) << "the larger seq wins among equal knowledge";
}

TEST_P(StoreContractTest, AFlipBackIsKeptAndARepetitionIsAbsorbed) {
  EXPECT_EQ(append({make_bar(1, 1, 100, 10)}), 1U);
  EXPECT_EQ(append({make_bar(1, 1, 100, 60)}), 0U) << "repetition";
  EXPECT_EQ(append({make_bar(1, 1, 101, 70)}), 1U);
  EXPECT_EQ(append({make_bar(1, 1, 100, 80)}), 1U) << "A-B-A";
  EXPECT_EQ(append({make_bar(1, 1, 100, 90), make_bar(1, 1, 102, 90), make_bar(1, 1, 102, 91)}), 1U)
      << "also inside a batch";
  const Bars versions = all_versions();
  ASSERT_EQ(versions.size(), 4U);
  EXPECT_EQ(versions[2].close, 100);
  EXPECT_EQ(store_->max_seq().value_or(-1), 4) << "an absorbed row takes no seq";
}

TEST_P(StoreContractTest,
       ARepetitionIsJudgedAgainstTheVersionThatIsKnownLastNotTheOneCommittedLast) {
  append({make_bar(1, 1, 101, 100)});
  EXPECT_EQ(append({make_bar(1, 1, 100, 10)}), 1U) << "an older version that comes after";
  EXPECT_EQ(append({make_bar(1, 1, 101, 110)}), 0U);
  EXPECT_EQ(append({make_bar(1, 1, 100, 110)}), 1U);
}

TEST_P(StoreContractTest, AnyFieldOfABarMakesAnotherVersion) {
  BarVersion bar = make_bar(1, 1, 100, 10);
  bar.volume = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(append({bar}), 1U);
  EXPECT_EQ(append({bar}), 0U) << "an unknown volume repeats itself";
  for (double BarVersion::*field :
       {&BarVersion::open, &BarVersion::high, &BarVersion::low, &BarVersion::close}) {
    bar.*field = std::nextafter(bar.*field, 1e9);
    EXPECT_EQ(append({bar}), 1U);
  }
  bar.volume = 0.0;
  EXPECT_EQ(append({bar}), 1U);
  bar.volume = -0.0;
  EXPECT_EQ(append({bar}), 1U) << "bits, not values";
}

TEST_P(StoreContractTest, EveryBitComesBack) {
  TestDraws draws(kSeed);
  const double special[] = {0.0,
                            -0.0,
                            100.0,
                            -3.0,
                            1e300,
                            5e-324,
                            0.1,
                            9007199254740993.0,
                            std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()};
  const char* const symbols[] = {"binance::BTC_USDT", "BTC", "::BTC", "", "a::b::c", "id::5"};
  Bars written;
  for (std::int64_t i = 0; i < 300; ++i) {
    BarVersion bar = make_bar(1 + i % 3, 1 + i, 100);
    bar.full_symbol = symbols[draws.below(6)];
    for (double BarVersion::*field : {&BarVersion::open, &BarVersion::high, &BarVersion::low,
                                      &BarVersion::close, &BarVersion::volume}) {
      bar.*field = i % 2 == 0 ? special[draws.below(10)] : std::bit_cast<double>(draws.bits());
    }
    bar.start = bar.end - nanoseconds(1 + draws.below(1'000'000'000'000));
    bar.end_download = bar.end + nanoseconds(draws.below(1'000'000'000'000));
    bar.knowledge = bar.end + nanoseconds(draws.below(1'000'000'000'000));
    written.push_back(bar);
  }
  ASSERT_EQ(append(written), written.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    written[i].seq = static_cast<std::int64_t>(i) + 1;
  }
  EXPECT_TRUE(same_bars(read(kNow), written));
}

TEST_P(StoreContractTest, TheWindowIsOpenOnTheLeftAndClosedOnTheRight) {
  append({make_bar(1, 1, 1), make_bar(1, 2, 2), make_bar(1, 3, 3)});
  const std::vector<AssetId> assets{AssetId{1}};
  const BarWindow window{kDay + minutes(1), kDay + minutes(2)};
  const Bars bars = store_->read(window, assets, kNow).value_or({});
  ASSERT_EQ(bars.size(), 1U);
  EXPECT_EQ(bars[0].close, 2);
  EXPECT_EQ(store_->read_all_versions(window, assets).value_or({}).size(), 1U);
  EXPECT_EQ(store_->read_changes(window, assets, {Timestamp{0}, 0}, kNow).value_or({}).size(), 1U);
}

TEST_P(StoreContractTest, RepeatedAndUnknownAssetsChangeNothing) {
  append({make_bar(1, 1, 1), make_bar(3, 1, 3), make_bar(2, 1, 2)});
  const std::vector<AssetId> odd{AssetId{3}, AssetId{99}, AssetId{1}, AssetId{3}};
  const Bars bars = read(kNow, odd);
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_EQ(bars[0].close, 1);
  EXPECT_EQ(bars[1].close, 3);
  EXPECT_EQ(store_->read_changes(kAll, odd, {Timestamp{0}, 0}, kNow).value_or({}).size(), 2U);
  EXPECT_EQ(all_versions(odd).size(), 2U);
  EXPECT_EQ(laggards(kDay, odd), std::vector<AssetId>{AssetId{99}});
  EXPECT_TRUE(read(kNow, {}).empty());
}

TEST_P(StoreContractTest, AnAssetIsReadyWithAnyVisibleRowAtOrAfterTheBar) {
  append({make_bar(1, 5, 1), make_bar(2, 4, 2), make_bar(3, 6, 3, 10)});
  const std::vector<AssetId> expected{AssetId{3}, AssetId{2}, AssetId{1}};
  EXPECT_EQ(laggards(kDay + minutes(5), expected), std::vector<AssetId>{AssetId{2}});
  EXPECT_TRUE(laggards(kDay + minutes(4), expected).empty());
  const AsOf early{kDay + minutes(5) + seconds(10)};
  EXPECT_EQ(laggards(kDay + minutes(5), expected, early),
            (std::vector<AssetId>{AssetId{2}, AssetId{3}}));
  EXPECT_EQ(laggards(kDay + minutes(5), expected, {kForever, 0}),
            (std::vector<AssetId>{AssetId{1}, AssetId{2}, AssetId{3}}))
      << "what proved an asset ready proves nothing to an earlier read";
}

TEST_P(StoreContractTest, ABarThatIsKnownBeforeItsEndIsVisibleThen) {
  append({make_bar(1, 5, 1, -90), make_bar(1, 9, 2, 10)});  // A clock that is ahead.
  EXPECT_TRUE(laggards(kDay + minutes(5), {AssetId{1}}, {kDay + minutes(4)}).empty());
  EXPECT_EQ(laggards(kDay + minutes(6), {AssetId{1}}, {kDay + minutes(4)}).size(), 1U);
}

/// Random versions with many ties, revisions of old bars, and rows committed long after they were
/// known.
Bars random_versions(TestDraws& draws, std::size_t count) {
  Bars out;
  for (std::size_t i = 0; i < count; ++i) {
    BarVersion bar = make_bar(1 + draws.below(4), 1 + draws.below(25),
                              100 + static_cast<double>(draws.below(3)));
    bar.knowledge = bar.end + seconds(draws.below(8) * 60 - 60);
    bar.end_download = bar.knowledge;
    out.push_back(bar);
  }
  return out;
}

AsOf random_as_of(TestDraws& draws, std::int64_t max_seq) {
  const AsOf as_of{kDay + seconds(draws.below(40) * 60)};
  return draws.below(4) == 0 ? as_of : AsOf{as_of.knowledge, draws.below(max_seq + 2)};
}

TEST_P(StoreContractTest, ReadsAndReadinessEqualBruteForceAtAThousandRandomInstants) {
  TestDraws draws(kSeed + 1);
  const Bars versions = random_versions(draws, 600);
  for (std::size_t i = 0; i < versions.size(); i += 40) {
    append(Bars(versions.begin() + static_cast<std::ptrdiff_t>(i),
                versions.begin() + static_cast<std::ptrdiff_t>(i + 40)));
  }
  std::vector<AssetId> assets{AssetId{1}, AssetId{2}, AssetId{4}};
  Bars stored = all_versions({AssetId{1}, AssetId{2}, AssetId{3}, AssetId{4}});
  const Oracle oracle(stored);
  const std::int64_t max_seq = store_->max_seq().value_or(0);
  ASSERT_EQ(static_cast<std::int64_t>(stored.size()), max_seq);
  ASSERT_GT(max_seq, 300);
  for (int i = 0; i < 1000; ++i) {
    const AsOf as_of = random_as_of(draws, max_seq);
    const BarWindow window{kDay + minutes(draws.below(15)), kDay + minutes(10 + draws.below(20))};
    SCOPED_TRACE(fmt::format("seed {} round {}: as of {} max_seq {}", kSeed + 1, i,
                             to_iso(as_of.knowledge), as_of.max_seq));
    const auto bars = store_->read(window, assets, as_of);
    ASSERT_TRUE(bars.ok());
    ASSERT_TRUE(same_bars(*bars, oracle.read(window, assets, as_of)));
    const Timestamp bar_end = kDay + minutes(draws.below(28));
    ASSERT_EQ(laggards(bar_end, assets, as_of), oracle.laggards(bar_end, assets, as_of));
  }
}

TEST_P(StoreContractTest, ChangesAreTheDifferenceOfTwoReads) {
  TestDraws draws(kSeed + 2);
  append(random_versions(draws, 600));
  std::vector<AssetId> assets{AssetId{1}, AssetId{2}, AssetId{4}};
  const Oracle oracle(all_versions({AssetId{1}, AssetId{2}, AssetId{3}, AssetId{4}}));
  const std::int64_t max_seq = store_->max_seq().value_or(0);
  std::size_t changes = 0;
  for (int i = 0; i < 1000; ++i) {
    AsOf since = random_as_of(draws, max_seq);
    AsOf as_of = random_as_of(draws, max_seq);
    if (since.knowledge > as_of.knowledge) {
      std::swap(since.knowledge, as_of.knowledge);
    }
    if (since.max_seq > as_of.max_seq) {
      std::swap(since.max_seq, as_of.max_seq);
    }
    const BarWindow window{kDay + minutes(draws.below(15)), kDay + minutes(10 + draws.below(20))};
    SCOPED_TRACE(fmt::format("seed {} round {}", kSeed + 2, i));
    const auto bars = store_->read_changes(window, assets, since, as_of);
    ASSERT_TRUE(bars.ok());
    ASSERT_TRUE(same_bars(*bars, oracle.changes(window, assets, since, as_of)));
    changes += bars->size();
  }
  EXPECT_GT(changes, 1000U) << "the test must see changes";
}

TEST_P(StoreContractTest, ChangesBetweenTheSameInstantAreNone) {
  append({make_bar(1, 1, 100), make_bar(1, 2, 101)});
  const std::vector<AssetId> assets{AssetId{1}};
  EXPECT_TRUE(store_->read_changes(kAll, assets, kNow, kNow).value_or({make_bar(1, 1, 1)}).empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContractTest, ::testing::ValuesIn(kKinds),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(MemoryStoreFromTest, VersionsKeepTheSeqOfTheStoreTheyCameFrom) {
  Bars bars{make_bar(1, 2, 12), make_bar(1, 1, 11), make_bar(2, 1, 21)};
  bars[0].seq = 70;
  bars[1].seq = 40;  // The third has none yet.
  const auto store = make_memory_store_from(bars);
  const std::vector<AssetId> assets{AssetId{1}, AssetId{2}};
  const Bars read = store->read(kAll, assets, kNow).value_or({});
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].seq, 40);
  EXPECT_EQ(read[1].seq, 71);
  EXPECT_EQ(read[2].seq, 70);
  EXPECT_EQ(store->read(kAll, assets, {kForever, 69}).value_or({}).size(), 1U);
  ASSERT_TRUE(store->append(Bars{make_bar(1, 3, 13)}).ok());
  EXPECT_EQ(store->max_seq().value_or(0), 72);
}

TEST(MemoryStoreFromTest, RepetitionsOfADumpAreNotAbsorbed) {
  Bars bars{make_bar(1, 1, 100, 10), make_bar(1, 1, 100, 20)};
  const auto store = make_memory_store_from(bars);
  EXPECT_EQ(store->read_all_versions(kAll, std::vector<AssetId>{AssetId{1}}).value_or({}).size(),
            2U);
}

TEST(MemoryStoreFromTest, ItAnswersAsTheStoreThatTheVersionsCameFrom) {
  TestDraws draws(kSeed + 3);
  const auto original = make_memory_store();
  ASSERT_TRUE(original->append(random_versions(draws, 400)).ok());
  const std::vector<AssetId> assets{AssetId{1}, AssetId{2}, AssetId{3}, AssetId{4}};
  Bars dumped = original->read_all_versions(kAll, assets).value_or({});
  std::reverse(dumped.begin(), dumped.end());
  const auto copy = make_memory_store_from(dumped);
  AsOf since{Timestamp{0}, 0};
  for (int i = 0; i < 200; ++i) {
    const AsOf as_of = random_as_of(draws, 400);
    ASSERT_TRUE(same_bars(copy->read(kAll, assets, as_of).value_or({}),
                          original->read(kAll, assets, as_of).value_or({})));
    ASSERT_TRUE(same_bars(copy->read_changes(kAll, assets, since, as_of).value_or({}),
                          original->read_changes(kAll, assets, since, as_of).value_or({})));
    since = as_of;
  }
}

}  // namespace
}  // namespace tieout::marketdata
