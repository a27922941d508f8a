#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/recon/broker_books.hpp"

#include "support.hpp"

namespace tieout::recon {
namespace {

const std::vector<Asset> kUniverse{{AssetId{3065029174}, "binance::DOGE_USDT"},
                                   {AssetId{1467591036}, "binance::BTC_USDT"}};

Result<TradesFile> read(const std::string& text) {
  const test::TempDir dir;
  EXPECT_TRUE(write_file_atomic(dir / "t", text).ok());
  return read_trades_file(dir / "t", kUniverse);
}

// oms.md 4.3: the shape of one trade object.
constexpr const char* kDoge =
    R"([{"info":{"symbol":"DOGEUSDT","realizedPnl":"0.5","maker":false},"timestamp":1686606175520,
"datetime":"2023-06-12T21:42:55.520Z","symbol":"DOGE/USDT:USDT","id":"1276665255",
"order":"29807919427","type":null,"side":"sell","takerOrMaker":"taker","price":0.0615,"amount":225.0,
"cost":13.8375,"fee":{"cost":0.005535,"currency":"USDT"},"fees":[]}])";

TEST(TradesFile, ReadsTheTradeObjectsOfAVenue) {
  const auto file = read(kDoge);
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->trades.size(), 1U);
  const analytics::Execution& trade = file->trades[0];
  EXPECT_EQ(trade.asset, AssetId{3065029174});
  EXPECT_EQ(trade.time, parse_iso("2023-06-12 21:42:55.520+00:00").value());
  EXPECT_EQ(trade.order_id, "29807919427");
  EXPECT_EQ(trade.shares, -225);
  EXPECT_EQ(trade.cost, 13.8375);
  EXPECT_EQ(trade.fee, 0.005535);
  EXPECT_EQ(trade.realized_pnl, 0.5);
  EXPECT_EQ(trade.liquidity, analytics::Liquidity::kTaker);
  EXPECT_TRUE(file->notes.empty());
}

constexpr const char* kHeader =
    "timestamp,symbol,asset_id,id,order,side,takerOrMaker,price,amount,cost,transaction_cost,"
    "fees_currency\n";

TEST(TradesFile, RowsOfOneKeyCountOnceAndFeesInAnotherCurrencyAreNoted) {
  const auto file =
      read(std::string(kHeader) +
           "2023-06-12 21:43:00+00:00,BTC/USDT,1467591036,2,8,buy,maker,25000,0.1,2500,0.5,BNB\n"
           "2023-06-12 21:42:00+00:00,BTC/USDT,1467591036,1,7,buy,maker,25000,0.1,2500,0.5,USDT\n"
           "2023-06-12 21:42:00+00:00,BTC/USDT,1467591036,1,7,buy,maker,25000,0.2,5000,0.5,USDT\n");
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->trades.size(), 2U);
  EXPECT_EQ(file->trades[0].shares, 0.2) << "the last of them, in order of time";
  EXPECT_EQ(file->trades[1].fee, 0);
  ASSERT_EQ(file->notes.size(), 2U);
  EXPECT_NE(file->notes[0].find("1 rows of"), std::string::npos);
  EXPECT_EQ(file->notes[1],
            "the fees of 1 trades are in BNB, not in the quote currency: they are not counted");
}

struct BadFile {
  const char* name;
  std::string text;
  ErrorCode code;
  const char* told;
};

class BadTrades : public testing::TestWithParam<BadFile> {};

TEST_P(BadTrades, AreAnErrorThatNamesRowAndValue) {
  const auto file = read(GetParam().text);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, GetParam().code);
  EXPECT_NE(file.error().message.find(GetParam().told), std::string::npos) << file.error().message;
}

std::string with(const std::string& row) {
  return kHeader + row + "\n";
}

INSTANTIATE_TEST_SUITE_P(
    TradesFile, BadTrades,
    testing::Values(
        BadFile{"empty", "", ErrorCode::kMalformedData, "is empty"},
        BadFile{"not_json", "[{]", ErrorCode::kMalformedData, "is not a JSON list"},
        BadFile{"not_objects", "[1]", ErrorCode::kMalformedData, "needed an object"},
        BadFile{"no_side", with("2023-06-12 21:43:00+00:00,,1,2,8,,maker,1,1,1,0,"),
                ErrorCode::kSchemaMismatch, "row 2 has no 'side'"},
        BadFile{"bad_side", with("2023-06-12 21:43:00+00:00,,1,2,8,long,maker,1,1,1,0,"),
                ErrorCode::kMalformedData, "'side' is 'long', needed buy or sell"},
        BadFile{"no_zone", with("2023-06-12 21:43:00,,1,2,8,buy,maker,1,1,1,0,"),
                ErrorCode::kMalformedData, "an ISO time with an offset"},
        BadFile{"negative_price", with("2023-06-12 21:43:00+00:00,,1,2,8,buy,maker,-1,1,1,0,"),
                ErrorCode::kMalformedData, "'price' is '-1.0', needed a number above 0"},
        BadFile{"nan_amount", with("2023-06-12 21:43:00+00:00,,1,2,8,buy,maker,1,nan,1,0,"),
                ErrorCode::kMalformedData, "'amount' is 'nan', needed a finite number"},
        BadFile{"unknown_symbol", with("2023-06-12 21:43:00+00:00,XRP/USDT,,2,8,buy,,1,1,1,0,"),
                ErrorCode::kUnknownName, "a symbol of the run's universe"},
        BadFile{"short_row", with("2023-06-12 21:43:00+00:00,1"), ErrorCode::kMalformedData,
                "2 fields, needed 12"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(PositionsFile, ReadsBothKindsAndRefusesAnAssetTwice) {
  const test::TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir / "p.csv", "asset_id,position\n1467591036,-0.5\n").ok());
  const auto csv = read_positions_file(dir / "p.csv", kUniverse);
  ASSERT_TRUE(csv.ok()) << csv.error().message;
  EXPECT_EQ(csv->at(AssetId{1467591036}), -0.5);
  ASSERT_TRUE(write_file_atomic(dir / "p.json",
                                R"([{"symbol":"DOGE/USDT","contracts":225.0,"side":"short"},
{"symbol":"BTC/USDT","info":{"positionAmt":"0.25"},"contracts":0.25,"side":"long"}])")
                  .ok());
  const auto json = read_positions_file(dir / "p.json", kUniverse);
  ASSERT_TRUE(json.ok()) << json.error().message;
  EXPECT_EQ(json->at(AssetId{3065029174}), -225);
  EXPECT_EQ(json->at(AssetId{1467591036}), 0.25);
  ASSERT_TRUE(write_file_atomic(dir / "twice.csv", "asset_id,position\n1,1\n1,2\n").ok());
  const auto twice = read_positions_file(dir / "twice.csv", kUniverse);
  ASSERT_FALSE(twice.ok());
  EXPECT_NE(twice.error().message.find("needed each asset once"), std::string::npos);
  EXPECT_FALSE(read_positions_file(dir / "none.csv", kUniverse).ok());
}

}  // namespace
}  // namespace tieout::recon
