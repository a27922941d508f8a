#include "tieout/analytics/pnl_gap.hpp"

#include <cmath>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace tieout::analytics {
namespace {

constexpr AssetId kAsset{101};

Trade fill(const char* id, int second, double quantity, double price, AssetId asset = kAsset) {
  Trade trade;
  trade.asset = asset;
  trade.time = Timestamp{} + seconds(second);
  trade.quantity = quantity;
  trade.price = price;
  trade.id = id;
  return trade;
}

/// Books that hold nothing at the start, marked at `end_price`, whose PnL is that of the fills.
GapSide side_of(std::vector<Trade> fills, double end_price) {
  GapSide side;
  long double pnl = 0;
  for (const Trade& trade : fills) {
    pnl += static_cast<long double>(trade.quantity) *
           (static_cast<long double>(end_price) - static_cast<long double>(trade.price));
  }
  side.fills = std::move(fills);
  side.assets[kAsset] = {
      .start_price = 100.0, .end_price = end_price, .pnl = static_cast<double>(pnl)};
  return side;
}

PnlGapSplit split(const GapSide& left, const GapSide& right) {
  const MatchResult matching = match_trades(left.fills, right.fills, {}).value();
  return split_pnl_gap(left, right, matching).value();
}

TEST(PnlGapTest, OneFillAtAnotherPriceIsAllPrices) {
  // Bought 10 at 101 instead of 100, marked at 105: 10 dollars less.
  const auto gap =
      split(side_of({fill("1", 1, 10, 101)}, 105), side_of({fill("1", 2, 10, 100)}, 105));
  EXPECT_DOUBLE_EQ(gap.total.gap, -10);
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kPrices), -10);
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kQuantities), 0);
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kUnexplained), 0);
}

TEST(PnlGapTest, AnotherQuantityEarnsWhatItsSharesEarn) {
  // 8 instead of 10 shares that earn 5 dollars each.
  const auto gap =
      split(side_of({fill("1", 1, 8, 100)}, 105), side_of({fill("1", 1, 10, 100)}, 105));
  EXPECT_DOUBLE_EQ(gap.total.gap, -10);
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kQuantities), -10);
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kPrices), 0);
}

TEST(PnlGapTest, WhatOneSideAloneDidIsOfThatSide) {
  const auto gap =
      split(side_of({fill("1", 1, 10, 100)}, 105), side_of({fill("2", 1, -4, 100)}, 105));
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kOnlyLeft), 50);
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kOnlyRight), 20) << "the right lost 4 x 5";
  EXPECT_DOUBLE_EQ(gap.total.gap, 70);
}

TEST(PnlGapTest, FeesFundingStartPositionsAndMarksHaveTheirOwnParts) {
  GapSide left;
  left.assets[kAsset] = {.start_shares = 3,
                         .start_price = 100,
                         .end_price = 110,
                         .fees = 2,
                         .funding = 1,
                         .pnl = 30 - 3};
  GapSide right;
  right.assets[kAsset] = {.start_shares = 1,
                          .start_price = 100,
                          .end_price = 112,
                          .fees = 0.5,
                          .funding = 0,
                          .pnl = 12 - 0.5};
  const auto gap = split(left, right);
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kFees), -1.5);
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kFunding), -1);
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kCarried), 22) << "2 shares, 11 dollars each";
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kMarks), -4) << "2 shares, 10 against 12 dollars";
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kUnexplained), 0);
}

TEST(PnlGapTest, APositionThatMovesWithoutAFillIsUnexplained) {
  GapSide left = side_of({fill("1", 1, 10, 100)}, 105);
  left.assets[kAsset].pnl += 7;
  const auto gap = split(left, side_of({fill("1", 1, 10, 100)}, 105));
  EXPECT_DOUBLE_EQ(gap.total.part(GapPart::kUnexplained), 7);
  EXPECT_DOUBLE_EQ(gap.total.gap, 7);
}

TEST(PnlGapTest, AFillWithoutAPriceOrBooksIsAnError) {
  const GapSide good = side_of({fill("1", 1, 10, 100)}, 105);
  GapSide bad = good;
  bad.fills[0].price = std::nan("");
  const MatchResult none;
  EXPECT_EQ(split_pnl_gap(good, bad, none).error().code, ErrorCode::kInvalidArgument);
  bad = good;
  bad.fills[0].asset = AssetId{7};
  EXPECT_EQ(split_pnl_gap(bad, good, none).error().code, ErrorCode::kInvalidArgument);
  bad = good;
  bad.assets[kAsset].end_price = 0;
  EXPECT_EQ(split_pnl_gap(good, bad, none).error().code, ErrorCode::kInvalidArgument);
}

/// Two runs that mostly do the same: prices drift, fills are split, left out and added.
class RandomRuns {
 public:
  explicit RandomRuns(std::uint64_t seed) : random_(seed) {
    const int assets = 1 + static_cast<int>(random_() % 4);
    for (int a = 0; a < assets; ++a) {
      const AssetId asset{100 + a};
      const double price = between(1, 3000);
      for (GapSide* side : {&left, &right}) {
        side->assets[asset] = {.start_shares = once_in(3) ? between(-50, 50) : 0.0,
                               .start_price = price,
                               .end_price = price * between(0.9, 1.1),
                               .fees = between(0, 5),
                               .funding = between(-1, 1)};
      }
      if (once_in(2)) {
        right.assets[asset].end_price = left.assets[asset].end_price;
      }
      for (int i = 0; i < 12; ++i) {
        add_fill(asset, 60 * i, price);
      }
    }
    for (GapSide* side : {&left, &right}) {
      for (auto& [asset, own] : side->assets) {
        own.pnl = pnl_of(*side, asset, own);
      }
    }
  }

  GapSide left, right;

 private:
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(random_() % 1'000'001) / 1e6;
  }
  bool once_in(int n) { return random_() % static_cast<std::uint64_t>(n) == 0; }

  Trade next_fill(AssetId asset, int second, double quantity, double price) {
    Trade trade = fill("", second, quantity, price, asset);
    trade.id = std::to_string(next_id_++);
    return trade;
  }

  void add_fill(AssetId asset, int second, double price) {
    const double quantity = (once_in(2) ? 1 : -1) * (1 + static_cast<double>(random_() % 40));
    if (!once_in(5)) {
      left.fills.push_back(next_fill(asset, second, quantity, price * between(0.99, 1.01)));
    }
    if (once_in(5)) {
      return;
    }
    const double other = once_in(4) ? quantity * 2 : quantity;
    if (once_in(4)) {
      right.fills.push_back(next_fill(asset, second + 1, other / 2, price * between(0.99, 1.01)));
      right.fills.push_back(next_fill(asset, second + 2, other / 2, price * between(0.99, 1.01)));
    } else {
      right.fills.push_back(next_fill(asset, second + 3, other, price * between(0.99, 1.01)));
    }
  }

  /// Of the books, apart from the module: 80-bit, fill by fill.
  static double pnl_of(const GapSide& side, AssetId asset, const GapAsset& own) {
    long double pnl =
        static_cast<long double>(own.start_shares) *
        (static_cast<long double>(own.end_price) - static_cast<long double>(own.start_price));
    for (const Trade& trade : side.fills) {
      if (trade.asset == asset) {
        pnl += static_cast<long double>(trade.quantity) *
               (static_cast<long double>(own.end_price) - static_cast<long double>(trade.price));
      }
    }
    return static_cast<double>(pnl - static_cast<long double>(own.fees) -
                               static_cast<long double>(own.funding));
  }

  std::mt19937_64 random_;
  int next_id_ = 1;
};

TEST(PnlGapProperty, PartsAddUpToTheGapWithoutAnUnexplainedRest) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const RandomRuns runs(seed);
    const PnlGapSplit gap = split(runs.left, runs.right);
    std::vector<GapSplit> all = gap.assets;
    all.push_back(gap.total);
    for (const GapSplit& own : all) {
      const double sum = std::accumulate(own.parts.begin(), own.parts.end(), 0.0);
      ASSERT_NEAR(sum, own.gap, 1e-12 * own.gross) << "seed " << seed;
      ASSERT_NEAR(own.part(GapPart::kUnexplained), 0.0, 1e-12 * own.gross) << "seed " << seed;
    }
  }
}

TEST(PnlGapProperty, SwappingTheRunsTurnsEverySign) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const RandomRuns runs(seed);
    const GapSplit there = split(runs.left, runs.right).total;
    const GapSplit back = split(runs.right, runs.left).total;
    ASSERT_NEAR(there.gap, -back.gap, 1e-12 * there.gross) << "seed " << seed;
    for (const GapPart part : {GapPart::kPrices, GapPart::kQuantities, GapPart::kFees,
                               GapPart::kFunding, GapPart::kCarried, GapPart::kMarks}) {
      ASSERT_NEAR(there.part(part), -back.part(part), 1e-12 * there.gross)
          << to_string(part) << " seed " << seed;
    }
    ASSERT_NEAR(there.part(GapPart::kOnlyLeft), -back.part(GapPart::kOnlyRight),
                1e-12 * there.gross)
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace tieout::analytics
