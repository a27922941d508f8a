#include "tieout/recon/trades.hpp"

#include <cmath>

#include "tieout/core/file.hpp"

#include "support.hpp"

namespace tieout::recon {
namespace {

using analytics::Trade;
using analytics::TradeStatus;

Result<std::vector<Trade>> read(const std::string& csv, TradeKind kind = TradeKind::kFills) {
  const test::TempDir dir;
  EXPECT_TRUE(write_file_atomic(dir / "trades.csv", csv).ok());
  return read_trades(dir / "trades.csv", kind);
}

TEST(TradesTest, FillsOfOurColumns) {
  const auto trades = read(
      "fill_id,order_id,asset_id,timestamp,num_shares,price,bar\n"
      "7,3,101,2018-01-23 00:05:00+00:00,-2.5,10,2018-01-23 00:10:00+00:00\n");
  ASSERT_TRUE(trades.ok()) << trades.error().message;
  ASSERT_EQ(trades->size(), 1U);
  const Trade& t = trades->front();
  EXPECT_EQ(t.id, "7");
  EXPECT_EQ(t.parent, "3");
  EXPECT_EQ(t.asset, AssetId{101});
  EXPECT_EQ(to_iso(t.time), "2018-01-23 00:05:00+00:00");
  EXPECT_EQ(t.quantity, -2.5);
  EXPECT_EQ(t.price, 10);
  EXPECT_EQ(to_iso(*t.bar), "2018-01-23 00:10:00+00:00");
}

// oms.md 2.9; the trade of oms.md 4.3.
TEST(TradesTest, TradesOfAnExchangeCountOnceAndTheirSideIsTheSign) {
  const auto trades = read(
      "timestamp,datetime,symbol,asset_id,id,order,side,takerOrMaker,price,amount,cost\n"
      "1686606175520,2023-06-12T21:42:55.520Z,DOGE/USDT,3065029174,1276665255,29807919427,sell,"
      "taker,0.0615,225.0,13.8375\n"
      "1686606175520,2023-06-12T21:42:55.520Z,DOGE/USDT,3065029174,1276665255,29807919427,sell,"
      "taker,0.0616,225.0,13.8375\n"
      "1686606175520,2023-06-12T21:42:55.520Z,BTC/USDT,1467591036,1276665255,9,buy,"
      "taker,25000,1.0,25000\n");
  ASSERT_TRUE(trades.ok()) << trades.error().message;
  ASSERT_EQ(trades->size(), 2U);
  EXPECT_EQ((*trades)[0].quantity, -225);
  EXPECT_EQ((*trades)[0].price, 0.0616);  // the last row of (timestamp, id, order)
  EXPECT_EQ((*trades)[0].parent, "29807919427");
  EXPECT_EQ(to_iso((*trades)[0].time), "2023-06-12 21:42:55.520000+00:00");
  // Numbered for each instrument.
  EXPECT_EQ((*trades)[0].id, "3065029174:1276665255");
  EXPECT_EQ((*trades)[1].id, "1467591036:1276665255");
}

TEST(TradesTest, OrdersWithWhatIsKnownOfThem) {
  const auto trades = read(
      "order_id,parent_order_id,asset_id,creation_timestamp,end_timestamp,diff_num_shares,"
      "limit_price,status,client_order_id\n"
      "1,,101,2018-01-23 00:05:00+00:00,2018-01-23 00:06:00+00:00,4,,canceled,\n"
      "2,1,101,2018-01-23 00:06:00+00:00,2018-01-23 00:07:00+00:00,4,9.5,closed,abc\n",
      TradeKind::kOrders);
  ASSERT_TRUE(trades.ok()) << trades.error().message;
  EXPECT_EQ((*trades)[0].status, TradeStatus::kCancelled);
  EXPECT_EQ((*trades)[0].parent, "");
  EXPECT_TRUE(std::isnan((*trades)[0].price));
  EXPECT_EQ((*trades)[0].client_id, "");
  EXPECT_EQ((*trades)[1].status, TradeStatus::kFilled);
  EXPECT_EQ((*trades)[1].client_id, "abc");
  EXPECT_EQ((*trades)[1].price, 9.5);
  EXPECT_EQ(to_iso(*(*trades)[1].end), "2018-01-23 00:07:00+00:00");
}

struct BadCase {
  const char* csv;
  ErrorCode code;
  const char* says;
};

TEST(TradesTest, BadFilesAreToldWithTheirPlace) {
  constexpr BadCase kCases[] = {
      {"a,b\n1,2\n", ErrorCode::kSchemaMismatch, "needs a column asset_id, has: a, b"},
      {"asset_id,timestamp,amount\n1,2,3\n", ErrorCode::kSchemaMismatch, "needs a column side"},
      {"asset_id,timestamp,amount,side\n1,2,3,hold\n", ErrorCode::kMalformedData,
       "row 1, column side is 'hold', it must be buy or sell"},
      {"asset_id,timestamp,amount,side\n1,2,-3,buy\n", ErrorCode::kMalformedData, "positive"},
      {"asset_id,timestamp,num_shares\n1,2,x\n", ErrorCode::kMalformedData, "it must be a number"},
      {"asset_id,timestamp,num_shares\nBTC,2,1\n", ErrorCode::kMalformedData, "a whole number"},
      {"asset_id,timestamp,num_shares\n1,soon,1\n", ErrorCode::kMalformedData,
       "an instant with its offset"},
      {"asset_id,timestamp,num_shares\n1,9223372036854775807,1\n", ErrorCode::kMalformedData,
       "an instant"},
  };
  for (const BadCase& c : kCases) {
    const auto trades = read(c.csv);
    ASSERT_FALSE(trades.ok()) << c.csv;
    EXPECT_EQ(trades.error().code, c.code) << c.csv;
    EXPECT_NE(trades.error().message.find(c.says), std::string::npos) << trades.error().message;
  }
}

TEST(TradesTest, OrdersOfARunHaveTheirBarAndOnesThatAreWrittenAgainCountOnce) {
  test::RunData run = test::make_run({.bars = 3});
  run.bars[2].tables.at(runlog::TableKind::kOrders) =
      run.bars[1].tables.at(runlog::TableKind::kOrders);
  const test::TempDir dir;
  const runlog::RunReader reader = test::write_run(dir / "run", run);
  const auto trades = trades_of(reader, TradeKind::kOrders);
  ASSERT_TRUE(trades.ok()) << trades.error().message;
  ASSERT_EQ(trades->size(), 4U);
  EXPECT_EQ((*trades)[3].bar, test::bar_at(1));
  EXPECT_EQ((*trades)[3].id, "3");
}

}  // namespace
}  // namespace tieout::recon
