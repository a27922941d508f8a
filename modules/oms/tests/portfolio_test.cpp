#include "tieout/oms/portfolio.hpp"

#include <cmath>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const Timestamp kStart = at("2000-01-01 09:35:00-05:00");
const std::vector<AssetId> kAssets = {AssetId{101}, AssetId{202}};

// Source: oms.md 8.1, TestDataFramePortfolio1: 727.5 and 1040.3 shares at 1000.3119254917082 with
// 10000 in cash.
TEST(Portfolio, FirstSnapshotHoldsTheInitialPositions) {
  Portfolio portfolio =
      Portfolio::create(kAssets, {{kAssets[0], 727.5}, {kAssets[1], 1040.3}}, 10000.0).value();
  const std::vector<double> prices = {1000.3119254917082, 1000.3119254917082};
  const Snapshot first = portfolio.mark(kStart, {}, prices).value();
  EXPECT_NEAR(first.statistics.gmv, 1.768351e6, 0.5);
  EXPECT_NEAR(first.statistics.leverage, 0.9943768, 5e-8);
  EXPECT_EQ(first.executed_trades_shares, first.holdings_shares);
  EXPECT_TRUE(std::isnan(first.executed_trades_notional[0]));
  EXPECT_TRUE(std::isnan(first.statistics.pnl));
  EXPECT_EQ(first.statistics.gross_volume, 0.0);
}

TEST(Portfolio, AFillMovesSharesAgainstCash) {
  Portfolio portfolio = Portfolio::create(kAssets, {}, 1000.0).value();
  ASSERT_TRUE(portfolio.mark(kStart, {}, std::vector<double>{10.0, 20.0}).ok());
  const std::vector<Fill> fills = {{0, 0, kAssets[0], kStart + minutes(1), 3.0, 11.0},
                                   {1, 1, kAssets[1], kStart + minutes(1), -2.0, 19.0}};
  const Snapshot after =
      portfolio.mark(kStart + minutes(5), fills, std::vector<double>{12.0, 18.0}).value();
  EXPECT_EQ(after.holdings_shares, (std::vector<double>{3.0, -2.0}));
  EXPECT_EQ(after.executed_trades_notional, (std::vector<double>{33.0, -38.0}));
  EXPECT_EQ(after.pnl, (std::vector<double>{3.0, 2.0}));
  const Statistics& s = after.statistics;
  EXPECT_EQ(s.pnl, 5.0);
  EXPECT_EQ(s.gross_volume, 71.0);
  EXPECT_EQ(s.net_volume, -5.0);
  EXPECT_EQ(s.cash, 1005.0);
  EXPECT_EQ(s.nmv, 0.0);
  EXPECT_EQ(s.gmv, 72.0);
  EXPECT_EQ(s.net_wealth, 1005.0);
  EXPECT_EQ(s.leverage, 72.0 / 1005.0);
}

// Fees and funding are paid out of cash and lower the net pnl alone; by hand.
TEST(Portfolio, FeesAndFundingComeOutOfCashAndOfTheNetPnl) {
  Portfolio portfolio = Portfolio::create(kAssets, {{kAssets[1], 4.0}}, 1000.0).value();
  ASSERT_TRUE(portfolio.mark(kStart, {}, std::vector<double>{10.0, 20.0}).ok());
  std::vector<Fill> fills = {{0, 0, kAssets[0], kStart + minutes(1), 3.0, 11.0},
                             {1, 0, kAssets[0], kStart + minutes(2), 1.0, 12.0}};
  fills[0].fee = 0.5;
  fills[1].fee = -0.25;
  const Snapshot after = portfolio
                             .mark(kStart + minutes(5), fills, std::vector<double>{12.0, 21.0},
                                   std::vector<double>{0.0, 2.0})
                             .value();
  EXPECT_EQ(after.pnl, (std::vector<double>{3.0, 4.0}));
  EXPECT_EQ(after.fees, (std::vector<double>{0.25, 0.0}));
  EXPECT_EQ(after.funding, (std::vector<double>{0.0, 2.0}));
  EXPECT_EQ(after.net_pnl, (std::vector<double>{2.75, 2.0}));
  EXPECT_EQ(after.statistics.pnl, 7.0);
  EXPECT_EQ(after.statistics.fees, 0.25);
  EXPECT_EQ(after.statistics.funding, 2.0);
  EXPECT_EQ(after.statistics.net_pnl, 4.75);
  EXPECT_EQ(after.statistics.cash, 1000.0 - 45.0 - 2.25);
  EXPECT_EQ(after.statistics.net_wealth, 1080.0 + 4.75);
}

TEST(Portfolio, AnAssetWithoutAPriceIsLeftOutOfTheSums) {
  Portfolio portfolio =
      Portfolio::create(kAssets, {{kAssets[0], 1.0}, {kAssets[1], 1.0}}, 0.0).value();
  const Snapshot first = portfolio.mark(kStart, {}, std::vector<double>{10.0, kNan}).value();
  EXPECT_EQ(first.statistics.gmv, 10.0);
  const Snapshot second =
      portfolio.mark(kStart + minutes(5), {}, std::vector<double>{11.0, 20.0}).value();
  EXPECT_EQ(second.statistics.pnl, 1.0);
  EXPECT_TRUE(std::isnan(second.pnl[1]));
}

TEST(Portfolio, RefusesWhatItCannotBook) {
  EXPECT_FALSE(Portfolio::create(kAssets, {{AssetId{7}, 1.0}}, 0.0).ok());
  EXPECT_FALSE(Portfolio::create(kAssets, {{kAssets[0], kNan}}, 0.0).ok());
  EXPECT_FALSE(Portfolio::create(kAssets, {}, kNan).ok());
  Portfolio portfolio = Portfolio::create(kAssets, {}, 1000.0).value();
  const std::vector<double> prices = {10.0, 20.0};
  ASSERT_TRUE(portfolio.mark(kStart, {}, prices).ok());
  EXPECT_EQ(portfolio.mark(kStart, {}, prices).error().code, ErrorCode::kInvalidArgument)
      << "time must move on";
  EXPECT_EQ(portfolio.cash(), 1000.0) << "a failed mark changes nothing";
  EXPECT_EQ(portfolio.last()->timestamp, kStart);
}

struct BadFills {
  const char* name;
  std::vector<Fill> fills;
  const char* message;
};
class RefusedFills : public testing::TestWithParam<BadFills> {};

const Timestamp kInside = kStart + minutes(7);

TEST_P(RefusedFills, AreNamedAndNothingIsBooked) {
  Portfolio portfolio = Portfolio::create(kAssets, {}, 1000.0).value();
  const std::vector<double> prices = {10.0, 20.0};
  const std::vector<Fill> first = {{4, 2, kAssets[0], kStart + minutes(1), 3.0, 11.0}};
  EXPECT_EQ(portfolio.mark(kStart, first, prices).error().code, ErrorCode::kInvalidArgument)
      << "before the first snapshot";
  ASSERT_TRUE(portfolio.mark(kStart, {}, prices).ok());
  ASSERT_TRUE(portfolio.mark(kStart + minutes(5), first, prices).ok());
  const auto marked = portfolio.mark(kStart + minutes(10), GetParam().fills, prices);
  ASSERT_FALSE(marked.ok());
  EXPECT_EQ(marked.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(marked.error().message, testing::HasSubstr(GetParam().message));
  EXPECT_EQ(portfolio.cash(), 1000.0 - 33.0);
  EXPECT_EQ(portfolio.last()->timestamp, kStart + minutes(5));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RefusedFills,
    testing::Values(
        BadFills{"another_asset", {{5, 3, AssetId{7}, kInside, 3.0, 11.0}}, "not in the universe"},
        BadFills{"before_the_last_snapshot",
                 {{5, 3, kAssets[0], kStart + minutes(5), 3.0, 11.0}},
                 "after the last snapshot"},
        BadFills{"after_now", {{5, 3, kAssets[0], kStart + minutes(11), 1.0, 11.0}}, "not after"},
        BadFills{"booked_already", {{4, 2, kAssets[0], kInside, 3.0, 11.0}}, "booked already"},
        BadFills{"twice",
                 {{5, 3, kAssets[0], kInside, 3.0, 11.0}, {5, 3, kAssets[0], kInside, 3.0, 11.0}},
                 "booked already"},
        BadFills{"no_shares", {{5, 3, kAssets[0], kInside, 0.0, 11.0}}, "shares other than 0"},
        BadFills{"negative_price", {{5, 3, kAssets[0], kInside, 1.0, -1.0}}, "price above 0"},
        BadFills{"fee_not_a_number", {{5, 3, kAssets[0], kInside, 1.0, 1.0, kNan}}, "fee of nan"}),
    [](const auto& test) { return std::string(test.param.name); });

struct Tampering {
  const char* name;
  std::function<void(Snapshot&)> tamper;
  const char* message;
};
class BrokenBooks : public testing::TestWithParam<Tampering> {};

TEST_P(BrokenBooks, AreFound) {
  Portfolio portfolio = Portfolio::create(kAssets, {}, 1e6).value();
  const Snapshot before = portfolio.mark(kStart, {}, std::vector<double>{10.0, 20.0}).value();
  const std::vector<Fill> fills = {{0, 0, kAssets[0], kStart + minutes(1), 3.0, 11.0}};
  const Snapshot good =
      portfolio.mark(kStart + minutes(5), fills, std::vector<double>{12.0, 18.0}).value();
  ASSERT_TRUE(check_books(kAssets, before, good, fills).ok());
  Snapshot bad = good;
  GetParam().tamper(bad);
  const Status status = check_books(kAssets, before, bad, fills);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kIdentityBroken);
  EXPECT_THAT(status.error().message, testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BrokenBooks,
    testing::Values(
        Tampering{"holdings_by_one_bit",
                  [](Snapshot& s) { s.holdings_shares[0] = std::nextafter(3.0, 4.0); },
                  "asset 101"},
        Tampering{"cash", [](Snapshot& s) { s.statistics.cash += 0.01; }, "change of cash"},
        Tampering{"cash_and_volume",
                  [](Snapshot& s) {
                    s.statistics.cash += 0.01;
                    s.statistics.net_volume -= 0.01;
                  },
                  "net_volume"},
        Tampering{"nmv", [](Snapshot& s) { s.statistics.nmv += 0.01; }, "nmv"},
        Tampering{"gmv", [](Snapshot& s) { s.statistics.gmv += 0.01; }, "gmv"},
        Tampering{"net_wealth", [](Snapshot& s) { s.statistics.net_wealth += 0.01; }, "net_wealth"},
        Tampering{"fees",
                  [](Snapshot& s) {
                    s.statistics.fees += 0.01;
                    s.statistics.cash -= 0.01;
                  },
                  "fees"},
        Tampering{"net_pnl", [](Snapshot& s) { s.statistics.net_pnl += 0.01; },
                  "change of net_wealth"}),
    [](const auto& test) { return std::string(test.param.name); });

// oms.md 8.3: wealth changes by the pnl, and replaying the fills rebuilds the holdings to the bit.
TEST(Portfolio, RandomTradingKeepsTheBooks) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    Portfolio portfolio = Portfolio::create(kAssets, {}, 1e6).value();
    std::vector<double> replayed = {0.0, 0.0};
    Snapshot previous = portfolio.mark(kStart, {}, std::vector<double>{1000.0, 0.06}).value();
    for (int bar = 1; bar <= 50; ++bar) {
      const Timestamp now = kStart + minutes(5 * bar);
      std::vector<Fill> fills;
      for (int k = 0; k < 3; ++k) {
        const std::size_t asset = random.uniform() < 0.5 ? 0 : 1;
        fills.push_back({3 * bar + k, k, kAssets[asset], now - seconds(k),
                         100.0 * (random.uniform() - 0.5), asset == 0 ? 1000.0 : 0.06,
                         random.uniform() - 0.3});
        replayed[asset] += fills.back().num_shares;
      }
      const std::vector<double> prices = {1000.0 + random.uniform(),
                                          0.06 + 0.001 * random.uniform()};
      const std::vector<double> funding = {random.uniform() - 0.5, random.uniform() - 0.5};
      const Snapshot snapshot = portfolio.mark(now, fills, prices, funding).value();
      const Statistics& s = snapshot.statistics;
      EXPECT_EQ(snapshot.holdings_shares, replayed);
      EXPECT_NEAR(s.net_wealth - previous.statistics.net_wealth, s.pnl - s.fees - s.funding, 1e-6);
      EXPECT_NEAR(s.cash - previous.statistics.cash, -s.net_volume - s.fees - s.funding, 1e-6);
      previous = snapshot;
    }
  }
}

}  // namespace
}  // namespace tieout::oms
