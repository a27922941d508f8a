#include "tieout/recon/broker_books.hpp"

#include <cmath>

#include "fake_source.hpp"
#include "trading_run.hpp"

namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::bar_at;
using test::FakeLog;
using test::FakeSource;
using test::floats;
using test::kBtc;
using test::kEth;
using test::make_trading_run;
using test::RunData;
using test::TempDir;
using test::write_run;

BooksRebuild rebuild(const RunData& run, const BrokerInputs& inputs = {}) {
  const TempDir dir;
  const auto reader = write_run(dir / "run", run);
  auto result = rebuild_run_books(reader, inputs);
  EXPECT_TRUE(result.ok()) << result.error().message;
  return result.ok() ? std::move(*result) : BooksRebuild{};
}

/// The fills of a run as the venue tells them: two trades each, a second before their bar ends.
std::vector<analytics::Execution> venue_trades(const RunData& run) {
  std::vector<analytics::Execution> trades;
  for (const test::BarData& bar : run.bars) {
    const auto table = bar.tables.find(TableKind::kFills);
    if (table == bar.tables.end()) {
      continue;
    }
    Table fills = table->second;
    for (std::size_t i = 0; i < 2; ++i) {
      for (int part = 0; part < 2; ++part) {
        const double shares = floats(fills, "num_shares")[i] / 2;
        trades.push_back({.id = std::to_string(trades.size()),
                          .order_id = std::to_string(bar.bar.ns) + (i == 0 ? "a" : "b"),
                          .asset = i == 0 ? kBtc : kEth,
                          .time = bar.bar - seconds(1),
                          .shares = shares,
                          .price = floats(fills, "price")[i],
                          .cost = std::fabs(shares) * floats(fills, "price")[i]});
      }
    }
  }
  return trades;
}

TEST(RebuildBooks, TheLogsFillsGiveItsBooksToTheBit) {
  const BooksRebuild result = rebuild(make_trading_run());
  EXPECT_TRUE(result.equal());
  EXPECT_EQ(result.source, "the log's fills");
  EXPECT_EQ(result.tolerance, 0.0);
  EXPECT_EQ(result.trades, 22U);
  EXPECT_EQ(result.books.cells, 11U * 2 * 5);
  EXPECT_EQ(result.targets.cells, 12U * 2 * 7);
  EXPECT_TRUE(result.notes.empty());
  EXPECT_EQ(result.pnl.largest_residual, 0);
}

TEST(RebuildBooks, OneWrongFillIsNamedExactly) {
  RunData run = make_trading_run();
  floats(run.bars[7].tables.at(TableKind::kFills), "price")[1] = 21;
  const BooksRebuild result = rebuild(run);
  EXPECT_FALSE(result.equal());
  ASSERT_TRUE(result.books.first.has_value());
  const analytics::BookDifference& first = *result.books.first;
  EXPECT_EQ(first.bar, bar_at(7));
  EXPECT_EQ(first.asset, kEth);
  EXPECT_EQ(first.field, "executed_trades_notional");
  const double shares = floats(run.bars[7].tables.at(TableKind::kFills), "num_shares")[1];
  EXPECT_EQ(first.logged, shares * 20);
  EXPECT_EQ(first.rebuilt, shares * 21);
  EXPECT_EQ(result.books.different, 2U) << "what was paid, and the pnl";
}

TEST(RebuildBooks, TradesOfTheVenueGiveTheBooksToo) {
  const RunData run = make_trading_run();
  const BooksRebuild result = rebuild(run, {.trades = venue_trades(run), .positions = {}});
  EXPECT_TRUE(result.equal()) << (result.problems.empty() ? "" : result.problems.front());
  EXPECT_EQ(result.source, "trades of the venue");
  EXPECT_EQ(result.trades, 22U) << "by order and bar";
}

TEST(RebuildBooks, ATradeThatTheLogDoesNotHaveIsADifference) {
  const RunData run = make_trading_run();
  auto trades = venue_trades(run);
  trades.push_back({.id = "x",
                    .order_id = "x",
                    .asset = kBtc,
                    .time = bar_at(3) - seconds(2),
                    .shares = floats(const_cast<Table&>(run.bars[3].tables.at(TableKind::kFills)),
                                     "num_shares")[0] > 0
                                  ? 0.5
                                  : -0.5,
                    .price = 10,
                    .cost = 5});
  const BooksRebuild result = rebuild(run, {.trades = trades, .positions = {}});
  ASSERT_TRUE(result.books.first.has_value());
  EXPECT_EQ(result.books.first->bar, bar_at(3));
  EXPECT_EQ(result.books.first->field, "holdings_shares");
}

TEST(RebuildBooks, StructureOfTheVenuesTradesIsChecked) {
  const RunData run = make_trading_run();
  const auto problem_of = [&](const std::vector<analytics::Execution>& trades) {
    const BooksRebuild result = rebuild(run, {.trades = trades, .positions = {}});
    return result.problems.empty() ? std::string() : result.problems.front();
  };
  auto foreign = venue_trades(run);
  foreign[0].asset = AssetId{7};
  EXPECT_EQ(problem_of(foreign), "the venue traded asset 7, which the log does not have");
  auto late = venue_trades(run);
  for (std::int64_t i = 0; i < 3; ++i) {
    late.push_back(late[0]);
    late.back().order_id = "late" + std::to_string(i);
    late.back().time = bar_at(11) + minutes(5 * i + 1);
    if (i < 2) {
      EXPECT_EQ(problem_of(late), "") << "the last orders are not booked yet";
    }
  }
  EXPECT_EQ(problem_of(late),
            "the venue traded in 3 bars after the books, from 2018-01-23 01:00:00+00:00 to "
            "2018-01-23 01:10:00+00:00");
  auto one_asset = venue_trades(run);
  std::erase_if(one_asset, [](const analytics::Execution& trade) { return trade.asset == kEth; });
  const BooksRebuild missing = rebuild(run, {.trades = one_asset, .positions = {}});
  ASSERT_EQ(missing.problems.size(), 2U);
  EXPECT_NE(missing.problems[0].find("shares of asset 6051632686, the venue none"),
            std::string::npos);
  EXPECT_NE(missing.problems[1].find("none of 1 of the log's 2 assets"), std::string::npos);
}

TEST(RebuildBooks, PositionsOfTheVenueAreTheLastHoldings) {
  const RunData run = make_trading_run();
  Table last = run.bars.back().tables.at(TableKind::kPortfolio);
  std::map<AssetId, double> positions{{kBtc, floats(last, "holdings_shares")[0]},
                                      {kEth, floats(last, "holdings_shares")[1]}};
  EXPECT_TRUE(rebuild(run, {.trades = {}, .positions = positions}).equal());
  positions[kEth] += 1;
  positions[AssetId{7}] = 3;
  const BooksRebuild result = rebuild(run, {.trades = {}, .positions = positions});
  ASSERT_EQ(result.position_differences.size(), 2U);
  EXPECT_EQ(result.position_differences[0].asset, AssetId{7});
  EXPECT_EQ(result.position_differences[0].logged, 0);
  EXPECT_EQ(result.position_differences[1].venue - result.position_differences[1].logged, 1);
  CheckReport report;
  report_rebuild(result, "prod", report);
  ASSERT_EQ(report.outcomes.size(), 2U);
  EXPECT_EQ(report.outcomes[0].id, "C309");
  EXPECT_EQ(report.outcomes[0].violations, 2U);
  EXPECT_EQ(report.outcomes[1].state, CheckState::kPassed);
}

TEST(RebuildBooks, OrdersThatDoNotImplyTheTargetsAreADifference) {
  RunData run = make_trading_run();
  floats(run.bars[5].tables.at(TableKind::kTargetPositions), "target_trades_shares")[0] += 1;
  const BooksRebuild result = rebuild(run);
  EXPECT_EQ(result.books.different, 0U);
  ASSERT_TRUE(result.targets.first.has_value());
  EXPECT_EQ(result.targets.first->bar, bar_at(5));
  EXPECT_EQ(result.targets.first->field, "target_trades_shares");
}

TEST(RebuildBooks, AGapIsTakenAsItStandsBehindIt) {
  RunData run = make_trading_run();
  run.bars.erase(run.bars.begin() + 5);
  const BooksRebuild result = rebuild(run);
  EXPECT_EQ(result.books.different, 0U);
  EXPECT_EQ(result.books.cells, 9U * 2 * 5);
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_EQ(result.notes[0], "the books have 1 gaps: each is taken as it stands behind one");
}

TEST(RebuildBooks, ALogWithoutFillsOrBooksSaysWhatItNeeds) {
  FakeLog log;
  log.run = make_trading_run();
  for (test::BarData& bar : log.run.bars) {
    bar.tables.erase(TableKind::kFills);
  }
  const auto no_fills = rebuild_run_books(FakeSource(log), {});
  ASSERT_FALSE(no_fills.ok());
  EXPECT_EQ(no_fills.error().code, ErrorCode::kIncompleteEvidence);
  EXPECT_EQ(no_fills.error().message,
            "rebuild_books: 'fake' records no fills: give the venue's with --trades");
  for (test::BarData& bar : log.run.bars) {
    bar.tables.erase(TableKind::kPortfolio);
  }
  EXPECT_FALSE(rebuild_run_books(FakeSource(log), {}).ok());
}

}  // namespace
}  // namespace tieout::recon
