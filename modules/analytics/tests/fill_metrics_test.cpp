#include "tieout/analytics/fill_metrics.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "tieout/analytics/implementation_shortfall.hpp"
#include "tieout/analytics/quote_quality.hpp"

#include "golden_support.hpp"

namespace tieout::analytics {
namespace {

constexpr AssetId kA{101};
constexpr AssetId kB{202};

Timestamp at(std::int64_t s) {
  return parse_iso("2023-06-12 21:40:00+00:00").value() + seconds(s);
}

Execution trade(std::string order, std::int64_t s, double shares, double price) {
  return {.id = std::to_string(s),
          .order_id = std::move(order),
          .asset = kA,
          .time = at(s),
          .shares = shares,
          .price = price,
          .cost = std::fabs(shares) * price};
}

TEST(FillMetrics, TradesOfAnOrderAddUpToItsMeanPrice) {
  // oms.md 8.1: 0.14 at 1783.455 and 0.14 at 1800 are 0.28 at 1791.7274999999997.
  const std::vector<Execution> trades{trade("1", 5, 0.14, 1783.455), trade("1", 2, 0.14, 1800)};
  const auto fills = aggregate_fills_by_order(trades);
  ASSERT_TRUE(fills.ok()) << fills.error().message;
  ASSERT_EQ(fills->size(), 1U);
  EXPECT_DOUBLE_EQ((*fills)[0].shares, 0.28);
  EXPECT_NEAR((*fills)[0].price, 1791.7274999999997, 1e-9);
  EXPECT_EQ((*fills)[0].first, at(2));
  EXPECT_EQ((*fills)[0].last, at(5));
  const std::vector<Execution> sales{trade("1", 5, -0.14, 1783.455), trade("1", 2, -0.14, 1800)};
  const auto sold = aggregate_fills_by_order(sales);
  ASSERT_TRUE(sold.ok()) << sold.error().message;
  EXPECT_DOUBLE_EQ((*sold)[0].shares, -0.28);
  EXPECT_DOUBLE_EQ((*sold)[0].price, 1791.7274999999997);
  EXPECT_TRUE(aggregate_fills_by_order({})->empty());
  const std::vector<Execution> mixed{trade("1", 5, 0.14, 1783), trade("1", 6, -0.14, 1800)};
  const auto error = aggregate_fills_by_order(mixed);
  ASSERT_FALSE(error.ok());
  EXPECT_EQ(error.error().message, "aggregate_fills_by_order: order 1 has trades of both sides");
}

TEST(FillMetrics, FeesAreSummedByGroupAndCombined) {
  // oms.md 4.3: sell 225 at 0.0615 as taker costs 13.8375, fee 0.005535 = 4 bps.
  Execution taker = trade("1", 1, -225, 0.0615);
  taker.fee = 0.005535;
  taker.liquidity = Liquidity::kTaker;
  taker.realized_pnl = 0.25;
  Execution maker = trade("2", 2, 100, 0.06);
  maker.fee = 0.0012;
  maker.liquidity = Liquidity::kMaker;
  maker.wave = 3;
  const std::vector<Execution> trades{taker, maker};
  const std::vector<FeeRow> rows = summarize_fees(trades, FeeGroup::kLiquidity);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].group, "maker");
  EXPECT_NEAR(rows[0].fees_bps, 2, 1e-12);
  EXPECT_EQ(rows[1].group, "taker");
  EXPECT_NEAR(rows[1].fees_bps, 4, 1e-9);
  EXPECT_EQ(rows[2].group, "combined");
  EXPECT_EQ(rows[2].fill_count, 2U);
  EXPECT_EQ(rows[2].buy_count, 1U);
  EXPECT_EQ(rows[2].gain_count, 1U);
  EXPECT_DOUBLE_EQ(rows[2].volume, 19.8375);
  EXPECT_DOUBLE_EQ(rows[2].fees, 0.006735);
  EXPECT_EQ(summarize_fees(trades, FeeGroup::kWave)[1].group, "wave 3");
  EXPECT_TRUE(std::isnan(summarize_fees({}, FeeGroup::kSide)[0].fees_bps))
      << "combined, of nothing";
}

std::vector<PlacedOrder> some_orders() {
  return {{.id = "1",
           .asset = kA,
           .placed = at(0),
           .updated = at(60),
           .shares = 10,
           .limit_price = 100.0,
           .parent_id = "9",
           .wave = 0},
          {.id = "2",
           .asset = kA,
           .placed = at(60),
           .updated = at(120),
           .shares = -4,
           .limit_price = 101.0,
           .parent_id = "9",
           .wave = 1},
          {.id = "3",
           .asset = kA,
           .placed = at(60),
           .updated = at(120),
           .shares = 6,
           .limit_price = 103.0,
           .parent_id = "9",
           .wave = 1,
           .accepted = false}};
}

TEST(FillMetrics, AnOrderIsMeasuredAgainstItsLimit) {
  const std::vector<PlacedOrder> orders = some_orders();
  const std::vector<Execution> trades{trade("1", 5, 8, 99.5), trade("2", 90, -4, 101.202)};
  const auto fills = aggregate_fills_by_order(trades);
  ASSERT_TRUE(fills.ok());
  const auto quality = filled_order_quality(orders, *fills);
  ASSERT_TRUE(quality.ok()) << quality.error().message;
  ASSERT_EQ(quality->size(), 2U) << "order 3 has no fill";
  const OrderQuality& buy = (*quality)[0];
  EXPECT_DOUBLE_EQ(buy.price_improvement, 0.5);
  EXPECT_DOUBLE_EQ(buy.price_improvement_bps, 50);
  EXPECT_DOUBLE_EQ(buy.underfill_quantity, 2);
  EXPECT_DOUBLE_EQ(buy.underfill_pct, 20);
  EXPECT_DOUBLE_EQ(buy.underfill_notional_limit, 200);
  EXPECT_DOUBLE_EQ(buy.time_to_fill_s, 5);
  EXPECT_DOUBLE_EQ(buy.life_s, 60);
  EXPECT_NEAR((*quality)[1].price_improvement_bps, 20, 1e-9) << "sold above its limit";
  const std::vector<Execution> other_side{trade("1", 5, -8, 99.5)};
  EXPECT_FALSE(filled_order_quality(orders, *aggregate_fills_by_order(other_side)).ok());
}

TEST(FillMetrics, OrdersOfABarHaveMeanLimits) {
  const auto bars = aggregate_orders_by_bar(some_orders(), minutes(5));
  ASSERT_TRUE(bars.ok());
  ASSERT_EQ(bars->size(), 1U);
  const OrderBar& bar = (*bars)[0];
  EXPECT_EQ(bar.bar, at(300));
  EXPECT_EQ(bar.order_count, 3U);
  EXPECT_EQ(bar.buy_order_count, 2U);
  EXPECT_DOUBLE_EQ(bar.buy_limit_twap, 101.5);
  EXPECT_DOUBLE_EQ(bar.buy_limit_vwap, (10 * 100.0 + 6 * 103.0) / 16);
  EXPECT_DOUBLE_EQ(bar.sell_notional, 404);
  EXPECT_FALSE(aggregate_orders_by_bar(some_orders(), Duration{}).ok());
}

TEST(FillMetrics, ParentsCountTheirChildrenAndStrangersAreNamed) {
  const std::vector<Execution> trades{trade("1", 5, 8, 99.5), trade("77", 6, 1, 99.5)};
  const auto fills = aggregate_fills_by_order(trades);
  const std::vector<ParentSummary> parents = summarize_parents(some_orders(), *fills);
  ASSERT_EQ(parents.size(), 1U);
  EXPECT_EQ(parents[0].children, 3U);
  EXPECT_EQ(parents[0].accepted, 2U);
  EXPECT_EQ(parents[0].rejected, 1U);
  EXPECT_EQ(parents[0].filled, 1U);
  EXPECT_EQ(parents[0].waves, 2U);
  EXPECT_DOUBLE_EQ(parents[0].wanted, 14);
  EXPECT_DOUBLE_EQ(parents[0].executed, 8);
  EXPECT_EQ(foreign_orders(some_orders(), *fills), std::vector<std::string>{"77"});
}

TEST(QuoteQuality, TradesAreHeldAgainstTheLastQuoteBeforeThem) {
  const auto book =
      QuoteBook::create({{at(10), kA, 99, 101}, {at(0), kA, 90, 92}, {at(0), kB, 5, 6}});
  ASSERT_TRUE(book.ok()) << book.error().message;
  EXPECT_EQ(book->as_of(kA, at(9))->bid, 90);
  EXPECT_EQ(book->as_of(kA, at(10))->bid, 99);
  EXPECT_EQ(book->as_of(kA, at(-1)), nullptr);
  EXPECT_EQ(book->as_of(AssetId{1}, at(50)), nullptr);
  // By hand: bought at 100.5 with 99/101: half a dollar below the ask, half above the mid.
  const TradeQuoteQuality buy =
      quote_quality_of(trade("1", 12, 2, 100.5), *book->as_of(kA, at(12)));
  EXPECT_DOUBLE_EQ(buy.spread_bps, 200);
  EXPECT_DOUBLE_EQ(buy.improvement, 0.5);
  EXPECT_DOUBLE_EQ(buy.improvement_bps, 1e4 * 0.5 / 101);
  EXPECT_DOUBLE_EQ(buy.improvement_spread_pct, 25);
  EXPECT_DOUBLE_EQ(buy.midpoint_slippage_bps, 50);
  const TradeQuoteQuality sell =
      quote_quality_of(trade("1", 12, -2, 100.5), *book->as_of(kA, at(12)));
  EXPECT_DOUBLE_EQ(sell.improvement, 1.5);
  EXPECT_DOUBLE_EQ(sell.midpoint_slippage, -0.5);
  const std::vector<Execution> trades{trade("1", 12, 2, 100.5), trade("1", -5, 2, 100.5)};
  const QuoteQualitySummary summary = summarize_quote_quality(trades, *book);
  EXPECT_EQ(summary.trades, 1U);
  EXPECT_EQ(summary.without_quote, 1U);
  EXPECT_DOUBLE_EQ(summary.midpoint_slippage, 1);
  EXPECT_DOUBLE_EQ(slippage_vs_reference(trade("1", 1, -2, 99), 100).bps, 100) << "sold below it";
  EXPECT_FALSE(QuoteBook::create({{at(0), kA, 101, 100}}).ok());
}

// Test_estimate_market_order_price (core/finance/test/test_market_impact.py): five bids.
TEST(MarketImpact, AMarketOrderPaysMoreThroughEachLevel) {
  const std::vector<BookLevel> levels{{0.3733, 62070.8},
                                      {0.3732, 378167.4},
                                      {0.3731, 387456.3},
                                      {0.3730, 554530.6},
                                      {0.3729, 425693.1}};
  const auto impact = estimate_market_order_price(levels);
  ASSERT_TRUE(impact.ok()) << impact.error().message;
  const std::vector<double> bps{0, 2.301115, 3.731912, 5.458829, 6.696506};
  for (std::size_t i = 0; i < bps.size(); ++i) {
    EXPECT_NEAR((*impact)[i].price_degradation_bps, bps[i], 5e-7);
  }
  EXPECT_NEAR((*impact)[4].cumulative_notional, 674443.91964, 1e-5);
  EXPECT_NEAR((*impact)[4].mean_price_through_level, 0.373050, 5e-7);
  EXPECT_FALSE(estimate_market_order_price(std::vector<BookLevel>{{0.3, 0}}).ok());
}

TEST(ImplementationShortfall, ItsPartsSumToPaperLessReal) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    Panel books({{"executed_trades_shares", kA}, {"executed_trades_notional", kA}, {"fees", kA}});
    Panel targets({{"price", kA}, {"target_trades_shares", kA}});
    Panel start({{"price", kA}});
    for (std::int64_t r = 0; r < 20; ++r) {
      const double price = 100 + random.uniform();
      const double shares = 10 * (random.uniform() - 0.5);
      books.append_row(at(300 * r));
      targets.append_row(at(300 * r));
      start.append_row(at(300 * r));
      const auto row = static_cast<std::size_t>(r);
      books.set(row, 0, shares);
      books.set(row, 1, shares * (100 + random.uniform()));
      books.set(row, 2, 0.01 * random.uniform());
      targets.set(row, 0, price);
      targets.set(row, 1, 10 * (random.uniform() - 0.5));
      start.set(row, 0, 100 + random.uniform());
    }
    for (const Panel* quoted :
         {static_cast<const Panel*>(nullptr), static_cast<const Panel*>(&start)}) {
      const auto shortfall = implementation_shortfall(books, targets, quoted);
      ASSERT_TRUE(shortfall.ok()) << shortfall.error().message;
      const ShortfallParts parts = sum_shortfall(*shortfall);
      EXPECT_LE(parts.largest_residual, 1e-10) << "seed " << seed;
      EXPECT_NEAR(parts.shortfall, parts.delay + parts.impact + parts.fee + parts.opportunity,
                  1e-9);
      EXPECT_EQ(quoted == nullptr, parts.delay == 0);
    }
  }
  EXPECT_FALSE(implementation_shortfall(Panel({{"x", kA}}), Panel({{"x", kA}}), nullptr).ok());
}

// By hand: wanted 10 at 100, got 8 for 808 (101 each) and a fee of 1, then the price is 103. Paper
// earns 30; real 8 * 103 - 808 - 1 = 15; lost 15 = 8 of impact + 1 fee + 2 * 3 not bought.
TEST(ImplementationShortfall, OneBarByHand) {
  Panel books({{"executed_trades_shares", kA}, {"executed_trades_notional", kA}, {"fees", kA}});
  Panel targets({{"price", kA}, {"target_trades_shares", kA}});
  for (std::int64_t r = 0; r < 2; ++r) {
    books.append_row(at(300 * r));
    targets.append_row(at(300 * r));
  }
  const std::vector<double> row{8, 808, 1};
  for (std::size_t c = 0; c < 3; ++c) {
    books.set(1, c, row[c]);
  }
  targets.set(0, 0, 100);
  targets.set(0, 1, 10);
  targets.set(1, 0, 103);
  const auto shortfall = implementation_shortfall(books, targets, nullptr);
  ASSERT_TRUE(shortfall.ok());
  const ShortfallParts parts = sum_shortfall(*shortfall);
  EXPECT_DOUBLE_EQ(parts.shortfall, 15);
  EXPECT_DOUBLE_EQ(parts.impact, 8);
  EXPECT_DOUBLE_EQ(parts.fee, 1);
  EXPECT_DOUBLE_EQ(parts.opportunity, 6);
}

}  // namespace
}  // namespace tieout::analytics
