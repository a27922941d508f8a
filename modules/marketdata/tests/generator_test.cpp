#include <cmath>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tieout/core/hash.hpp"
#include "tieout/marketdata/feed.hpp"

#include "bars_for_tests.hpp"

namespace tieout::marketdata {
namespace {

using Bars = std::vector<BarVersion>;

GeneratorOptions options_for(std::size_t assets, std::size_t minutes_count,
                             std::uint64_t seed = 1) {
  return {.seed = seed, .asset_count = assets, .start = kDay, .minutes = minutes_count};
}

std::map<AssetId, Bars> by_asset(const Bars& bars) {
  std::map<AssetId, Bars> out;
  for (const BarVersion& bar : bars) {
    out[bar.asset].push_back(bar);
  }
  return out;
}

TEST(GeneratorTest, OneSeedGivesTheSameBytesAndAnotherSeedOthers) {
  const Bars bars = generate_bars(options_for(20, 300));
  EXPECT_TRUE(same_bars(bars, generate_bars(options_for(20, 300))));
  EXPECT_FALSE(same_bars(bars, generate_bars(options_for(20, 300, 2))));
}

TEST(GeneratorTest, WhatASeedMeansDoesNotChange) {
  // Changes only with the rules of the generator: then say so in the changelog, since old seeds
  // give new data.
  Hasher hasher;
  for (const BarVersion& bar : generate_bars(options_for(20, 300))) {
    hasher.add_text(bar.full_symbol);
    hasher.add_i64(bar.end.ns);
    for (const double value : {bar.open, bar.high, bar.low, bar.close, bar.volume}) {
      hasher.add_f64(value);
    }
  }
  EXPECT_EQ(to_hex(hasher.digest()), "8af60870c4c1b8154569f8ae63ffe00e");
}

TEST(GeneratorTest, MoreAssetsOrMinutesLeaveTheOthersAlone) {
  const auto small = by_asset(generate_bars(options_for(5, 200)));
  const auto wide = by_asset(generate_bars(options_for(50, 200)));
  const auto longer = by_asset(generate_bars(options_for(5, 400)));
  for (const auto& [id, bars] : small) {
    EXPECT_TRUE(same_bars(bars, wide.at(id)));
    Bars first = longer.at(id);
    first.resize(bars.size());
    EXPECT_TRUE(same_bars(bars, first));
  }
}

TEST(GeneratorTest, BarsAreOrderedConsistentAndOnTheGrid) {
  const Bars bars = generate_bars(options_for(40, 500));
  std::set<std::string> symbols;
  const BarVersion* previous = nullptr;
  for (const BarVersion& bar : bars) {
    symbols.insert(bar.full_symbol);
    ASSERT_EQ(bar.asset, *asset_id_of(bar.full_symbol));
    ASSERT_EQ(bar.end, bar.start + minutes(1));
    ASSERT_EQ(floor_to(bar.end, minutes(1)), bar.end);
    ASSERT_GT(bar.low, 0);
    ASSERT_LE(bar.low, std::min(bar.open, bar.close));
    ASSERT_GE(bar.high, std::max(bar.open, bar.close));
    ASSERT_GT(bar.volume, 0);
    ASSERT_EQ(bar.knowledge, bar.end);
    if (previous != nullptr) {
      ASSERT_LT(std::tie(previous->end, previous->asset), std::tie(bar.end, bar.asset));
    }
    previous = &bar;
  }
  EXPECT_EQ(symbols.size(), 40U);
  EXPECT_TRUE(symbols.contains("synth::A0001_USDT"));
  EXPECT_TRUE(symbols.contains("synth::A0040_USDT"));
}

TEST(GeneratorTest, AThousandAssetsHaveAThousandIdsAndAllTradeWithinTwelveMinutes) {
  EXPECT_EQ(by_asset(generate_bars(options_for(1000, 12))).size(), 1000U);
}

TEST(GeneratorTest, SomeAssetsTradeInEveryMinuteAndTheWorstMissNoMoreThanAFifth) {
  constexpr std::size_t kMinutes = 1440;
  std::size_t complete = 0, gappy = 0;
  for (const auto& entry : by_asset(generate_bars(options_for(90, kMinutes)))) {
    const double missing = 1.0 - static_cast<double>(entry.second.size()) / kMinutes;
    complete += missing == 0.0 ? 1U : 0U;
    gappy += missing > 0.05 ? 1U : 0U;
    EXPECT_LT(missing, 0.2);
    for (std::size_t i = 1; i < entry.second.size(); ++i) {
      EXPECT_LE((entry.second[i].end - entry.second[i - 1].end).ns, minutes(10).ns)
          << "no more than nine minutes without trade";
    }
  }
  // A third is liquid; the rate passes 5 % for the last 30 % of ranks.
  EXPECT_GE(complete, 15U);
  EXPECT_GE(gappy, 10U);
}

TEST(GeneratorTest, ReturnsHaveTheSizeAndTheCorrelationOfTheSpecification) {
  // market_data_synthetic_generator.md 3: one-minute sd 8 to 55 bp, pairwise five-minute
  // correlation about 0.5.
  const auto assets = by_asset(generate_bars(options_for(20, 2880, 11)));
  constexpr std::size_t kBuckets = 576;
  std::vector<std::vector<double>> returns;
  for (const auto& entry : assets) {
    std::vector<double> closes(kBuckets + 1, 0.0);
    for (const BarVersion& bar : entry.second) {
      closes[static_cast<std::size_t>((bar.end - kDay - nanoseconds(1)).ns / minutes(5).ns)] =
          bar.close;
    }
    std::vector<double> r(kBuckets, 0.0);
    double square = 0;
    for (std::size_t i = 1; i < kBuckets; ++i) {
      closes[i] = closes[i] == 0 ? closes[i - 1] : closes[i];
      r[i] = closes[i - 1] == 0 ? 0 : closes[i] / closes[i - 1] - 1;
      square += r[i] * r[i];
    }
    const double sd = std::sqrt(square / kBuckets) / std::sqrt(5.0) * 1e4;
    EXPECT_GT(sd, 4.0);
    EXPECT_LT(sd, 90.0);
    returns.push_back(r);
  }
  double total = 0;
  int pairs = 0;
  for (std::size_t a = 0; a < returns.size(); ++a) {
    for (std::size_t b = a + 1; b < returns.size(); ++b) {
      double xy = 0, xx = 0, yy = 0;
      for (std::size_t i = 0; i < kBuckets; ++i) {
        xy += returns[a][i] * returns[b][i];
        xx += returns[a][i] * returns[a][i];
        yy += returns[b][i] * returns[b][i];
      }
      total += xy / std::sqrt(xx * yy);
      ++pairs;
    }
  }
  EXPECT_NEAR(total / pairs, 0.45, 0.12);
}

}  // namespace
}  // namespace tieout::marketdata
