// Fills of logs that hold none: the trades of their books.

#include "tieout/runlog/booked_fills.hpp"

#include <cmath>

#include "fake_source.hpp"
#include "trading_run.hpp"

namespace tieout::recon {
namespace {

using runlog::BookedFills;
using runlog::TableKind;
using test::FakeLog;
using test::FakeSource;
using test::floats;
using test::make_trading_run;
using test::RunData;

Result<BookedFills> booked(RunData run) {
  FakeLog log;
  log.run = std::move(run);
  const FakeSource source(std::move(log));
  return runlog::booked_fills(source);
}

RunData without_fills() {
  RunData run = make_trading_run();
  for (auto& bar : run.bars) {
    bar.tables.erase(TableKind::kFills);
  }
  return run;
}

template <typename T>
const std::vector<T>& values(const Table& table, const char* name) {
  return std::get<std::vector<T>>(table.find(name)->values);
}

TEST(BookedFillsTest, ALogThatHasFillsGivesThem) {
  const RunData run = make_trading_run();
  const BookedFills fills = booked(run).value();
  EXPECT_FALSE(fills.derived);
  ASSERT_EQ(fills.tables.size(), run.bars.size());
  std::size_t compared = 0;
  for (std::size_t bar = 0; bar < run.bars.size(); ++bar) {
    const auto own = run.bars[bar].tables.find(TableKind::kFills);
    ASSERT_EQ(fills.tables[bar].has_value(), own != run.bars[bar].tables.end()) << bar;
    if (fills.tables[bar]) {
      EXPECT_EQ(hash_table(*fills.tables[bar]), hash_table(own->second));
      ++compared;
    }
  }
  EXPECT_GT(compared, 4U);
}

TEST(BookedFillsTest, TheTradesOfTheBooksAreTheFillsOfALogWithout) {
  const RunData run = make_trading_run();
  const BookedFills fills = booked(without_fills()).value();
  EXPECT_TRUE(fills.derived);
  EXPECT_FALSE(fills.tables[0]) << "the first books are the start state";
  std::size_t compared = 0;
  std::int64_t next_id = 0;
  for (std::size_t bar = 1; bar < run.bars.size(); ++bar) {
    Table needed = run.bars[bar].tables.at(TableKind::kFills);
    const Table& found = *fills.tables[bar];
    ASSERT_EQ(found.row_count(), needed.row_count()) << bar;
    for (std::size_t i = 0; i < found.row_count(); ++i) {
      EXPECT_EQ(values<std::int64_t>(found, "asset_id")[i],
                values<std::int64_t>(needed, "asset_id")[i]);
      EXPECT_EQ(values<std::int64_t>(found, "order_id")[i],
                values<std::int64_t>(needed, "order_id")[i]);
      EXPECT_EQ(values<double>(found, "num_shares")[i], values<double>(needed, "num_shares")[i]);
      EXPECT_NEAR(values<double>(found, "price")[i], values<double>(needed, "price")[i], 1e-12);
      EXPECT_EQ(values<std::int64_t>(found, "fill_id")[i], next_id++);
      ++compared;
    }
  }
  EXPECT_GT(compared, 4U);
}

TEST(BookedFillsTest, ATradeWithoutAPriceIsAnError) {
  RunData run = without_fills();
  for (auto& bar : run.bars) {
    for (double& notional :
         floats(bar.tables.at(TableKind::kPortfolio), "executed_trades_notional")) {
      notional = std::nan("");
    }
  }
  const auto fills = booked(std::move(run));
  ASSERT_FALSE(fills.ok());
  EXPECT_EQ(fills.error().code, ErrorCode::kMalformedData);
}

}  // namespace
}  // namespace tieout::recon
