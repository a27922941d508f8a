#include "tieout/analytics/limit_orders.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tieout::analytics {
namespace {

constexpr AssetId kA{101};
constexpr AssetId kB{202};

Timestamp at(std::int64_t s) {
  return parse_iso("2023-06-12 21:40:00+00:00").value() + seconds(s);
}

/// Alive in (0 s, 60 s].
PlacedOrder limit_order(std::string id, double shares, double limit) {
  return {.id = std::move(id),
          .asset = kA,
          .placed = at(0),
          .updated = at(60),
          .shares = shares,
          .limit_price = limit,
          .parent_id = {}};
}

QuoteBook book_of(std::vector<Quote> quotes, std::optional<Duration> max_age = {}) {
  auto book = QuoteBook::create(std::move(quotes), max_age);
  EXPECT_TRUE(book.ok()) << book.error().message;
  return std::move(*book);
}

TEST(QuoteBook, GivesTheQuotesOfAnAssetInAnIntervalThatIsOpenAtItsStart) {
  const QuoteBook book = book_of({{at(10), kA, 9, 10}, {at(20), kA, 9, 11}, {at(15), kB, 1, 2}});
  EXPECT_EQ(book.of(kA).size(), 2U);
  EXPECT_EQ(book.of(kB).size(), 1U);
  EXPECT_TRUE(book.of(AssetId{1}).empty());
  ASSERT_EQ(book.between(kA, at(10), at(20)).size(), 1U);
  EXPECT_EQ(book.between(kA, at(10), at(20))[0].ask, 11);
  EXPECT_EQ(book.between(kA, at(9), at(19)).size(), 1U);
  EXPECT_TRUE(book.between(kA, at(20), at(10)).empty()) << "an interval that ends before it starts";
}

TEST(QuoteBook, AQuoteThatIsTooOldIsNotWhatTheBookSays) {
  const QuoteBook book = book_of({{at(0), kA, 9, 10}}, seconds(30));
  EXPECT_NE(book.as_of(kA, at(30)), nullptr);
  EXPECT_EQ(book.as_of(kA, at(31)), nullptr);
  EXPECT_NE(book.last(kA, at(31)), nullptr);
}

TEST(LimitOrders, ALimitIsMeasuredFromTheFarSideToTheNearOne) {
  const Quote quote{at(0), kA, 99, 101};
  struct Case {
    double shares, limit, passivity;
    bool is_marketable;
  };
  for (const Case& c :
       {Case{1, 101, 0, true}, Case{1, 99, 1, false}, Case{1, 100, 0.5, false},
        Case{1, 102, -0.5, true}, Case{1, 98, 1.5, false}, Case{-1, 99, 0, true},
        Case{-1, 101, 1, false}, Case{-1, 100.5, 0.75, false}, Case{-1, 98, -0.5, true}}) {
    const LimitPlacement placed = limit_placement(limit_order("1", c.shares, c.limit), quote);
    EXPECT_DOUBLE_EQ(placed.passivity, c.passivity) << c.shares << " at " << c.limit;
    EXPECT_EQ(placed.is_marketable, c.is_marketable) << c.shares << " at " << c.limit;
    EXPECT_DOUBLE_EQ(placed.to_mid_bps, 1e4 * c.shares * (100 - c.limit) / 100);
  }
  const LimitPlacement locked = limit_placement(limit_order("1", 1, 100), {at(0), kA, 100, 100});
  EXPECT_TRUE(std::isnan(locked.passivity));
  EXPECT_TRUE(locked.is_marketable);
}

TEST(LimitOrders, PlacementsAreCountedByAssetAndOfAll) {
  const QuoteBook book = book_of({{at(-5), kA, 99, 101}});
  std::vector<PlacedOrder> orders{limit_order("1", 1, 101),  limit_order("2", 1, 99),
                                  limit_order("3", -1, 100), limit_order("4", -1, 102),
                                  limit_order("5", 1, 50),   limit_order("6", 1, 50)};
  orders[4].accepted = false;
  orders[5].asset = kB;
  PlacedOrder any = limit_order("7", 1, 0);
  any.limit_price.reset();
  orders.push_back(any);
  const auto summary = summarize_limits(orders, book);
  ASSERT_EQ(summary.size(), 3U);
  EXPECT_EQ(summary[0].orders, 5U) << "the rejected one is left out";
  EXPECT_EQ(summary[0].marketable, 1U);
  EXPECT_EQ(summary[0].at_near_side, 1U);
  EXPECT_EQ(summary[0].inside, 1U);
  EXPECT_EQ(summary[0].behind, 1U);
  EXPECT_EQ(summary[0].without_limit, 1U);
  EXPECT_DOUBLE_EQ(summary[0].passivity, (0 + 1 + 0.5 + 1.5) / 4);
  EXPECT_DOUBLE_EQ(summary[0].quote_age_s, 5);
  EXPECT_EQ(summary[1].asset, kB);
  EXPECT_EQ(summary[1].without_quote, 1U);
  EXPECT_TRUE(std::isnan(summary[1].passivity));
  EXPECT_EQ(summary[2].orders, 6U);
}

// By hand after oms.md 5.9: the limit is known at its row and can be executed from the next one on.
TEST(SimulatedFills, ABuyIsFilledAtTheFirstQuoteAfterItsPlacingWhoseAskIsAtItsLimit) {
  const std::vector<PlacedOrder> one{limit_order("1", 1, 100)};
  const auto fill = [&](std::vector<Quote> quotes) {
    return simulate_limit_orders(one, book_of(std::move(quotes))).at(0);
  };
  const SimulatedFill waits = fill(
      {{at(0), kA, 99, 101}, {at(10), kA, 99, 100.5}, {at(20), kA, 99, 100}, {at(30), kA, 90, 91}});
  EXPECT_EQ(waits.time, at(20));
  EXPECT_EQ(waits.price, 100);
  EXPECT_EQ(waits.liquidity, Liquidity::kMaker);
  EXPECT_EQ(waits.quotes, 3U);
  const SimulatedFill crosses = fill({{at(0), kA, 98, 99}, {at(10), kA, 98.5, 99.5}});
  EXPECT_EQ(crosses.time, at(10)) << "not at the quote that it was placed on";
  EXPECT_EQ(crosses.price, 99) << "at the ask of the quote before";
  EXPECT_EQ(crosses.liquidity, Liquidity::kTaker);
  const SimulatedFill ran_away = fill({{at(0), kA, 98, 99}, {at(10), kA, 101, 102}});
  EXPECT_FALSE(ran_away.time.has_value());
  EXPECT_EQ(ran_away.quotes, 1U);
  const SimulatedFill unseen = fill({{at(5), kA, 98, 99}});
  EXPECT_EQ(unseen.price, 100) << "no quote before it: at the limit";
  EXPECT_TRUE(fill({{at(60), kA, 98, 99}}).time.has_value()) << "the last instant of its life";
  EXPECT_FALSE(fill({{at(61), kA, 98, 99}}).time.has_value());
  EXPECT_EQ(fill({{at(61), kA, 98, 99}}).quotes, 0U);
  EXPECT_FALSE(fill({{at(10), kB, 98, 99}}).time.has_value()) << "quotes of another asset";
}

TEST(SimulatedFills, ASaleMirrorsABuy) {
  const std::vector<PlacedOrder> one{limit_order("1", -1, 100)};
  const QuoteBook waits = book_of({{at(0), kA, 99, 101}, {at(10), kA, 100, 102}});
  EXPECT_EQ(simulate_limit_orders(one, waits)[0].time, at(10));
  EXPECT_EQ(simulate_limit_orders(one, waits)[0].price, 100);
  const QuoteBook crosses = book_of({{at(0), kA, 101, 102}, {at(10), kA, 100, 102}});
  EXPECT_EQ(simulate_limit_orders(one, crosses)[0].price, 101) << "at the bid of the quote before";
  const QuoteBook below = book_of({{at(0), kA, 90, 91}, {at(10), kA, 99.9, 102}});
  EXPECT_FALSE(simulate_limit_orders(one, below)[0].time.has_value());
}

TEST(SimulatedFills, AnOrderLivesToItsEndWhateverTheLogSaysOfIt) {
  PlacedOrder filled_early = limit_order("1", 1, 100);
  filled_early.updated = at(5);
  filled_early.expires = at(60);
  const QuoteBook book = book_of({{at(20), kA, 98, 99}});
  EXPECT_TRUE(simulate_limit_orders(std::vector{filled_early}, book)[0].time.has_value());
  PlacedOrder rejected = limit_order("2", 1, 100);
  rejected.accepted = false;
  EXPECT_TRUE(simulate_limit_orders(std::vector{rejected}, book).empty());
}

TEST(SimulatedFills, AreHeldAgainstTheLog) {
  const std::vector<PlacedOrder> orders{limit_order("1", 2, 100), limit_order("2", 1, 100),
                                        limit_order("3", 1, 90), limit_order("4", 1, 90)};
  const QuoteBook book = book_of({{at(0), kA, 100, 101}, {at(10), kA, 99, 100}});
  const auto simulated = simulate_limit_orders(orders, book);
  const std::vector<OrderFills> fills{{.order_id = "1",
                                       .asset = kA,
                                       .first = at(15),
                                       .last = at(15),
                                       .shares = 2,
                                       .cost = 201,
                                       .price = 100.5},
                                      {.order_id = "3",
                                       .asset = kA,
                                       .first = at(15),
                                       .last = at(15),
                                       .shares = 1,
                                       .cost = 90,
                                       .price = 90}};
  const FillAgreement agreement = compare_fills(orders, simulated, fills);
  EXPECT_EQ(agreement.orders, 4U);
  EXPECT_EQ(agreement.both, 1U);
  EXPECT_EQ(agreement.only_simulated, 1U);
  EXPECT_EQ(agreement.only_logged, 1U);
  EXPECT_EQ(agreement.neither, 1U);
  EXPECT_EQ(agreement.disagreements, (std::vector<std::size_t>{1, 2}));
  EXPECT_DOUBLE_EQ(agreement.worse_than_quotes, 1);
  EXPECT_DOUBLE_EQ(agreement.worse_than_quotes_bps, 1e4 / 201);
  EXPECT_DOUBLE_EQ(agreement.later_s, 5);
  const FillAgreement none =
      compare_fills(orders, simulate_limit_orders(orders, book_of({})), fills);
  EXPECT_EQ(none.without_quotes, 4U) << "without a quote there is nothing to agree with";
  EXPECT_TRUE(none.disagreements.empty());
  EXPECT_TRUE(std::isnan(none.worse_than_quotes_bps));
}

TEST(QuoteQuality, CoverageCountsBarsSpreadsAndGaps) {
  const QuoteBook book =
      book_of({{at(-100), kA, 1, 2}, {at(50), kA, 99, 101}, {at(60), kA, 100, 100}});
  const std::vector<AssetId> assets{kA, kB};
  const std::vector<Timestamp> ends{at(60), at(120)};
  const auto coverage = quote_coverage(book, assets, ends, minutes(1));
  ASSERT_EQ(coverage.size(), 2U);
  EXPECT_EQ(coverage[0].quotes, 2U) << "the one before the bars is not of them";
  EXPECT_EQ(coverage[0].bars, 1U);
  EXPECT_EQ(coverage[0].locked, 1U);
  EXPECT_DOUBLE_EQ(coverage[0].spread_bps, 100);
  EXPECT_DOUBLE_EQ(coverage[0].largest_spread_bps, 200);
  EXPECT_DOUBLE_EQ(coverage[0].largest_gap_s, 60);
  EXPECT_EQ(coverage[1].quotes, 0U);
  EXPECT_TRUE(std::isnan(coverage[1].spread_bps));
  EXPECT_DOUBLE_EQ(coverage[1].largest_gap_s, 120);
}

TEST(QuoteQuality, SlippageAgainstTheArrivalMidTakesTheQuoteWhenTheOrderWasPlaced) {
  const QuoteBook book = book_of({{at(0), kA, 99, 101}, {at(30), kA, 109, 111}});
  const std::vector<PlacedOrder> orders{limit_order("1", 2, 101)};
  Execution trade{.id = "t",
                  .order_id = "1",
                  .asset = kA,
                  .time = at(40),
                  .shares = 2,
                  .price = 101,
                  .cost = 202};
  Execution stranger = trade;
  stranger.order_id = "77";
  const ArrivalSlippage slippage =
      slippage_vs_arrival_mid(std::vector{trade, stranger}, orders, book);
  EXPECT_EQ(slippage.trades, 1U);
  EXPECT_EQ(slippage.without_quote, 1U);
  EXPECT_DOUBLE_EQ(slippage.slippage, 2) << "a dollar a share above the mid of 100";
  EXPECT_DOUBLE_EQ(slippage.slippage_bps, 1e4 * 2 / 202);
}

}  // namespace
}  // namespace tieout::analytics
