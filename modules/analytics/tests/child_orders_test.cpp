#include "tieout/analytics/child_orders.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tieout::analytics {
namespace {

constexpr AssetId kA{101};
constexpr AssetId kB{202};

Timestamp at(std::int64_t s) {
  return parse_iso("2023-06-12 21:40:00+00:00").value() + seconds(s);
}

PlacedOrder child(std::string id, AssetId asset, std::int64_t wave, double shares, double limit) {
  return {.id = std::move(id),
          .asset = asset,
          .placed = at(60 * wave),
          .updated = at(60 * wave + 60),
          .shares = shares,
          .limit_price = limit,
          .parent_id = "9",
          .wave = wave};
}

/// Wave 0: a buy of 10 at 100 (filled after 5 s), a sale of 4 at 50 (cancelled after 60 s); wave 1:
/// a buy of 2 at 100 (filled after 40 s), a buy of 1 at 300 that was rejected.
std::vector<PlacedOrder> some_children() {
  std::vector<PlacedOrder> out{child("1", kA, 0, 10, 100), child("2", kB, 0, -4, 50),
                               child("3", kA, 1, 2, 100), child("4", kA, 1, 1, 300)};
  out[0].updated = at(5);
  out[2].updated = at(100);
  out[3].accepted = false;
  return out;
}

std::vector<OrderFills> some_fills() {
  return {{.order_id = "1", .asset = kA, .first = at(5), .last = at(5), .shares = 10},
          {.order_id = "3", .asset = kA, .first = at(100), .last = at(100), .shares = 2}};
}

TEST(ChildOrders, WavesAreCountedWithWhatTheyWantedAndGot) {
  const std::vector<std::int64_t> skipped{1, 2, 2};
  const auto waves = summarize_waves(some_children(), some_fills(), skipped);
  ASSERT_EQ(waves.size(), 4U) << "0, 1, 2 and all";
  EXPECT_EQ(waves[0].wave, 0);
  EXPECT_EQ(waves[0].children, 2U);
  EXPECT_EQ(waves[0].filled, 1U);
  EXPECT_EQ(waves[0].skipped, 0U);
  EXPECT_DOUBLE_EQ(waves[0].wanted, 1200);
  EXPECT_DOUBLE_EQ(waves[0].executed, 1000);
  EXPECT_DOUBLE_EQ(waves[0].fill_rate, 1000.0 / 1200);
  EXPECT_DOUBLE_EQ(waves[0].time_to_fill_s, 5);
  EXPECT_DOUBLE_EQ(waves[0].life_s, 32.5);
  EXPECT_EQ(waves[1].rejected, 1U);
  EXPECT_EQ(waves[1].accepted, 1U);
  EXPECT_EQ(waves[1].skipped, 1U);
  EXPECT_DOUBLE_EQ(waves[1].wanted, 200) << "what was rejected was not wanted of the venue";
  EXPECT_EQ(waves[2].skipped, 2U);
  EXPECT_TRUE(std::isnan(waves[2].fill_rate)) << "nothing was sent";
  const WaveSummary& all = waves[3];
  EXPECT_EQ(all.wave, -1);
  EXPECT_EQ(all.children, 4U);
  EXPECT_EQ(all.skipped, 3U);
  EXPECT_DOUBLE_EQ(all.time_to_fill_s, 22.5);
  EXPECT_DOUBLE_EQ(all.largest_buy, 1000);
  EXPECT_DOUBLE_EQ(all.largest_sell, 200);
}

TEST(ChildOrders, TheDistributionOfTheTimeToFillEndsAtTheShareThatWasFilled) {
  const auto all = time_to_fill(some_children(), some_fills(), TimeToFillGroup::kAll);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].orders, 3U) << "rejected orders are not waited for";
  EXPECT_EQ(all[0].seconds, (std::vector<double>{5, 40}));
  EXPECT_DOUBLE_EQ(all[0].share(1), 2.0 / 3);
  EXPECT_DOUBLE_EQ(all[0].quantile(1.0 / 3), 5);
  EXPECT_DOUBLE_EQ(all[0].quantile(0.5), 40);
  EXPECT_DOUBLE_EQ(all[0].quantile(0), 5);
  EXPECT_TRUE(std::isnan(all[0].quantile(0.9))) << "two of three were filled";
  EXPECT_DOUBLE_EQ(all[0].life_s, 35);
}

TEST(ChildOrders, TheTimeToFillIsToldByAssetAndByWave) {
  const auto assets = time_to_fill(some_children(), some_fills(), TimeToFillGroup::kAsset);
  ASSERT_EQ(assets.size(), 2U);
  EXPECT_EQ(assets[0].asset, kA);
  EXPECT_EQ(assets[0].orders, 2U);
  EXPECT_EQ(assets[1].asset, kB);
  EXPECT_TRUE(assets[1].seconds.empty());
  EXPECT_TRUE(std::isnan(assets[1].quantile(0.5)));
  const auto waves = time_to_fill(some_children(), some_fills(), TimeToFillGroup::kWave);
  ASSERT_EQ(waves.size(), 2U);
  EXPECT_EQ(waves[1].wave, 1);
  EXPECT_EQ(waves[1].seconds, std::vector<double>{40});
}

TEST(ChildOrders, OfNothingThereIsNoShareAndNoMean) {
  const auto waves = summarize_waves({}, {}, {});
  ASSERT_EQ(waves.size(), 1U);
  EXPECT_TRUE(std::isnan(waves[0].fill_rate));
  EXPECT_TRUE(std::isnan(waves[0].life_s));
  const auto all = time_to_fill({}, {}, TimeToFillGroup::kAll);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(std::isnan(all[0].quantile(0.5)));
}

}  // namespace
}  // namespace tieout::analytics
