#include "tieout/recon/trading_frames.hpp"

#include <cmath>
#include <limits>

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

/// The frames of the run as a run log, which must be readable.
TradingFrames read(const RunData& run) {
  const TempDir dir;
  const auto reader = write_run(dir / "run", run);
  auto frames = read_trading_frames(reader);
  EXPECT_TRUE(frames.ok()) << frames.error().message;
  return frames.ok() ? std::move(*frames) : TradingFrames{};
}

void remove_column(Table& table, std::string_view name) {
  std::erase_if(table.columns, [&](const TypedColumn& column) { return column.name == name; });
}

TEST(TradingFrames, StackEveryTableOfALogUnderItsBar) {
  const RunData run = make_trading_run();
  const TradingFrames frames = read(run);
  EXPECT_EQ(frames.bar, test::bar_period());
  ASSERT_EQ(frames.portfolio.row_count(), 12U);
  EXPECT_EQ(frames.portfolio.index()[3], bar_at(3));
  const std::vector<ColumnKey> wanted{{"holdings_shares", kBtc},
                                      {"holdings_shares", kEth},
                                      {"price", kBtc},
                                      {"price", kEth},
                                      {"holdings_notional", kBtc},
                                      {"holdings_notional", kEth},
                                      {"executed_trades_shares", kBtc},
                                      {"executed_trades_shares", kEth},
                                      {"executed_trades_notional", kBtc},
                                      {"executed_trades_notional", kEth},
                                      {"pnl", kBtc},
                                      {"pnl", kEth}};
  EXPECT_EQ(frames.portfolio.columns(), wanted);
  for (std::size_t c = 0; c < wanted.size(); ++c) {
    for (std::size_t b = 0; b < 12; ++b) {
      Table table = run.bars[b].tables.at(TableKind::kPortfolio);
      const double cell = floats(table, wanted[c].field)[wanted[c].asset == kBtc ? 0 : 1];
      const double found = frames.portfolio.at(b, c);
      EXPECT_TRUE(found == cell || (std::isnan(found) && std::isnan(cell)))
          << to_string(wanted[c]) << " of bar " << b;
    }
  }
  EXPECT_EQ(frames.target_positions.row_count(), 12U);
  EXPECT_TRUE(frames.target_positions.find_column({"target_trades_shares", kEth}).has_value());
  const auto cash = frames.statistics.find_column({"cash", kNoAsset});
  ASSERT_TRUE(cash.has_value());
  EXPECT_EQ(frames.statistics.at(0, *cash), 700.0);
}

TEST(TradingFrames, OrdersAndFillsKeepTheirBar) {
  const TradingFrames frames = read(make_trading_run());
  EXPECT_EQ(frames.orders.row_count(), 24U);
  EXPECT_EQ(frames.fills.row_count(), 22U) << "the first bar has none";
  EXPECT_EQ(frames.orders.columns.front().name, "bar");
  EXPECT_EQ(frames.orders.key_count, 2U);
  const auto& bars = std::get<std::vector<Timestamp>>(frames.fills.columns.front().values);
  EXPECT_EQ(bars.front(), bar_at(1));
  EXPECT_EQ(bars.back(), bar_at(11));
}

TEST(TradingFrames, AnAssetThatABarDoesNotHaveIsNan) {
  RunData run = make_trading_run();
  Table& table = run.bars[4].tables.at(TableKind::kPortfolio);
  table = test::permute_rows(table, {1});
  const TradingFrames frames = read(run);
  const auto btc = frames.portfolio.find_column({"holdings_shares", kBtc});
  const auto eth = frames.portfolio.find_column({"holdings_shares", kEth});
  EXPECT_TRUE(std::isnan(frames.portfolio.at(4, *btc)));
  EXPECT_EQ(frames.portfolio.at(4, *eth), frames.portfolio.at(2, *eth));
}

TEST(TradingFrames, ABarWithoutATableHasNoRow) {
  RunData run = make_trading_run();
  run.bars[4].tables.erase(TableKind::kTargetPositions);
  const TradingFrames frames = read(run);
  EXPECT_EQ(frames.target_positions.row_count(), 11U);
  EXPECT_FALSE(frames.target_positions.find_row(bar_at(4)).has_value());
  for (test::BarData& bar : run.bars) {
    bar.tables.clear();
  }
  const TradingFrames none = read(run);
  EXPECT_EQ(none.portfolio.column_count(), 0U);
  EXPECT_EQ(none.orders.columns.size(), 0U);
}

/// A log as the reference writes it: no price and no pnl in the portfolio.
FakeLog reference_log() {
  FakeLog log;
  log.run = make_trading_run();
  for (std::size_t b = 0; b < log.run.bars.size(); ++b) {
    Table& portfolio = log.run.bars[b].tables.at(TableKind::kPortfolio);
    remove_column(portfolio, "price");
    remove_column(portfolio, "pnl");
    floats(portfolio, "holdings_notional")[0] += static_cast<double>(b);
  }
  return log;
}

TEST(TradingFrames, TakeFromTheTargetsThePriceThatAPortfolioLacks) {
  const auto frames = read_trading_frames(FakeSource(reference_log()));
  ASSERT_TRUE(frames.ok()) << frames.error().message;
  const auto btc = frames->portfolio.find_column({"price", kBtc});
  const auto eth = frames->portfolio.find_column({"price", kEth});
  ASSERT_TRUE(btc && eth);
  EXPECT_EQ(frames->portfolio.at(7, *btc), 10.0);
  EXPECT_EQ(frames->portfolio.at(7, *eth), 20.0);
  EXPECT_EQ(frames->portfolio.columns()[2], (ColumnKey{"price", kBtc})) << "behind the holdings";
}

// oms.md 5.1: pnl = diff(holdings_notional) - executed_trades_notional. Prices do not move and all
// trades are at the price, so without the dollar that each bar adds to one asset it is 0.
TEST(TradingFrames, ComputeThePnlThatAPortfolioLacks) {
  const auto frames = read_trading_frames(FakeSource(reference_log()));
  ASSERT_TRUE(frames.ok()) << frames.error().message;
  const auto btc = frames->portfolio.find_column({"pnl", kBtc});
  const auto eth = frames->portfolio.find_column({"pnl", kEth});
  ASSERT_TRUE(btc && eth);
  EXPECT_TRUE(std::isnan(frames->portfolio.at(0, *btc)));
  for (std::size_t b = 1; b < 12; ++b) {
    EXPECT_EQ(frames->portfolio.at(b, *btc), 1.0);
    EXPECT_EQ(frames->portfolio.at(b, *eth), 0.0);
  }
}

// oms.md 1.4: a bar that the reference skips says the targets and orders of the bar before again.
TEST(TradingFrames, TargetsAndOrdersThatABarRepeatsCountOnce) {
  RunData run = make_trading_run();
  for (const std::size_t b : {5U, 6U}) {
    run.bars[b].tables[TableKind::kTargetPositions] =
        run.bars[4].tables.at(TableKind::kTargetPositions);
    run.bars[b].tables[TableKind::kOrders] = run.bars[4].tables.at(TableKind::kOrders);
  }
  const TradingFrames frames = read(run);
  EXPECT_EQ(frames.target_positions.row_count(), 10U);
  EXPECT_TRUE(frames.target_positions.find_row(bar_at(4)).has_value());
  EXPECT_FALSE(frames.target_positions.find_row(bar_at(5)).has_value());
  EXPECT_EQ(frames.orders.row_count(), 20U);
  EXPECT_EQ(frames.portfolio.row_count(), 12U) << "its books are its own";
}

TEST(TradingFrames, AColumnOfSomeBarsSaysNothingAtTheOthers) {
  FakeLog log;
  log.run = make_trading_run();
  log.run.bars[2].tables[TableKind::kOrders].columns.push_back(
      {"extra_params", std::vector<std::string>{"{'a': 1}", "{}"}});
  log.run.bars[3].tables[TableKind::kOrders].columns.push_back(
      {"fee", std::vector<double>{1.0, 2.0}});
  const auto frames = read_trading_frames(FakeSource(log));
  ASSERT_TRUE(frames.ok()) << frames.error().message;
  ASSERT_TRUE(frames->orders.is_well_formed());
  const TypedColumn& extra = *frames->orders.find("extra_params");
  const TypedColumn& fee = *frames->orders.find("fee");
  EXPECT_EQ(cell_text(extra, 4), "{'a': 1}");
  EXPECT_EQ(cell_text(extra, 0), "");
  EXPECT_EQ(cell_text(extra, 23), "");
  EXPECT_TRUE(std::isnan(std::get<std::vector<double>>(fee.values)[0]));
  EXPECT_EQ(std::get<std::vector<double>>(fee.values)[6], 1.0);
}

struct BadCase {
  const char* name;
  void (*spoil)(RunData&);
  const char* told;
};

class BadTradingTables : public testing::TestWithParam<BadCase> {};

TEST_P(BadTradingTables, AreAnErrorThatNamesTableAndBar) {
  FakeLog log;
  log.run = make_trading_run();
  GetParam().spoil(log.run);
  const auto frames = read_trading_frames(FakeSource(log));
  ASSERT_FALSE(frames.ok());
  EXPECT_EQ(frames.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_EQ(frames.error().message, GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    TradingFrames, BadTradingTables,
    testing::Values(
        BadCase{"no_asset_id",
                [](RunData& run) {
                  remove_column(run.bars[1].tables[TableKind::kPortfolio], "asset_id");
                },
                "read_trading_frames: portfolio of 2018-01-23 00:05:00+00:00: no int64 column "
                "asset_id"},
        BadCase{"an_asset_twice",
                [](RunData& run) {
                  Table& table = run.bars[2].tables[TableKind::kTargetPositions];
                  table = test::permute_rows(table, {0, 0});
                },
                "read_trading_frames: target_positions of 2018-01-23 00:10:00+00:00: asset "
                "1467591036 stands there twice"},
        BadCase{"two_rows_of_statistics",
                [](RunData& run) {
                  Table& table = run.bars[2].tables[TableKind::kStatistics];
                  table = test::permute_rows(table, {0, 0});
                },
                "read_trading_frames: statistics of 2018-01-23 00:10:00+00:00: 2 rows, needed one"},
        BadCase{"another_type",
                [](RunData& run) {
                  Table& table = run.bars[3].tables[TableKind::kFills];
                  remove_column(table, "price");
                  table.columns.push_back({"price", std::vector<std::int64_t>{1, 2}});
                },
                "read_trading_frames: fills of 2018-01-23 00:15:00+00:00: column price is int64, "
                "and float64 at a bar before"},
        BadCase{"a_column_without_missing_values_at_some_bars",
                [](RunData& run) {
                  run.bars[3].tables[TableKind::kFills].columns.push_back(
                      {"count", std::vector<std::int64_t>{1, 2}});
                },
                "read_trading_frames: fills of 2018-01-23 00:15:00+00:00: column count is there "
                "at some bars only"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tieout::recon
