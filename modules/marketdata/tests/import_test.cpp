#include "tieout/marketdata/import.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/gzip.hpp"

#include "bars_for_tests.hpp"

namespace tieout::marketdata {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHeader =
    "start_timestamp,end_timestamp,full_symbol,open,high,low,close,volume\n";

class ImportTest : public ::testing::Test {
 protected:
  Result<std::vector<BarVersion>> import(const std::string& text, const std::string& symbol = "") {
    std::ofstream(path_, std::ios::binary) << text;
    return import_bars_csv(path_, {symbol});
  }
  /// Import something that must fail, and check the code and the parts of the message.
  void expect_error(const std::string& text, ErrorCode code, const std::vector<std::string>& parts,
                    const std::string& symbol = "") {
    const auto bars = import(text, symbol);
    ASSERT_FALSE(bars.ok()) << text;
    EXPECT_EQ(bars.error().code, code) << bars.error().message;
    for (const std::string& part : parts) {
      EXPECT_THAT(bars.error().message, HasSubstr(part));
    }
  }

  TestDirectory directory_;
  std::filesystem::path path_ = directory_ / "bars.csv";
};

TEST_F(ImportTest, ARowOfTheUniformFormBecomesABar) {
  const auto bars = import(std::string(kHeader) +
                           "2018-01-20 04:52:00+00:00,2018-01-20 04:53:00+00:00,bittrex::XMR_BTC,"
                           "0.02995009,0.03000002,0.029931,0.029931,18.94196128\n");
  ASSERT_TRUE(bars.ok()) << to_string(bars.error());
  ASSERT_EQ(bars->size(), 1U);
  const BarVersion& bar = bars->front();
  EXPECT_EQ(bar.seq, 0);
  EXPECT_EQ(bar.full_symbol, "bittrex::XMR_BTC");
  EXPECT_EQ(bar.asset, *asset_id_of("bittrex::XMR_BTC"));
  EXPECT_EQ(bar.start, *parse_ts_name("20180120_045200"));
  EXPECT_EQ(bar.end, *parse_ts_name("20180120_045300"));
  EXPECT_EQ(bar.open, 0.02995009);
  EXPECT_EQ(bar.high, 0.03000002);
  EXPECT_EQ(bar.low, 0.029931);
  EXPECT_EQ(bar.close, 0.029931);
  EXPECT_EQ(bar.volume, 18.94196128);
  EXPECT_EQ(bar.knowledge, bar.end);
  EXPECT_EQ(bar.end_download, bar.end);
}

TEST_F(ImportTest, AMinuteWithQuotesOnlyIsSkippedAndAnUnknownVolumeIsKept) {
  const auto bars = import(
      "start_timestamp,end_timestamp,full_symbol,open,high,low,close,volume,bid,ask\n"
      "2013-10-04 08:00:00+00:00,2013-10-04 08:01:00+00:00,usa::AIG,,,,,,48.18,49.35\n"
      "2013-10-04 08:01:00+00:00,2013-10-04 08:02:00+00:00,usa::AIG,48,49,47,48.5,,48.18,49.35\n");
  ASSERT_TRUE(bars.ok()) << to_string(bars.error());
  ASSERT_EQ(bars->size(), 1U);
  EXPECT_EQ(bars->front().close, 48.5);
  EXPECT_TRUE(std::isnan(bars->front().volume));
}

TEST_F(ImportTest, ColumnsAreFoundByNameAndRowsComeInTheOrderOfEndAndAsset) {
  const auto bars = import(
      "close,low,high,open,volume,full_symbol,end_timestamp,start_timestamp\r\n"
      "2,1,3,1.5,9,b::B,2024-01-03 00:02:00Z,2024-01-03 00:01:00Z\r\n"
      "2,1,3,1.5,8,a::A,2024-01-03T00:02:00+00:00,2024-01-03T00:01:00+00:00\r\n"
      "2,1,3,1.5,7,b::B,2024-01-02 19:01:00-05:00,2024-01-02 19:00:00-05:00\r\n");
  ASSERT_TRUE(bars.ok()) << to_string(bars.error());
  ASSERT_EQ(bars->size(), 3U);
  EXPECT_EQ((*bars)[0].volume, 7);
  EXPECT_EQ((*bars)[0].end, kDay + minutes(1));
  EXPECT_EQ((*bars)[0].open, 1.5);
  EXPECT_LT((*bars)[1].asset, (*bars)[2].asset);
  EXPECT_EQ((*bars)[1].end, (*bars)[2].end);
}

TEST_F(ImportTest, GzipIsRecognisedByItsBytesWhateverTheName) {
  const std::string text =
      std::string(kHeader) + "2024-01-03 00:00:00Z,2024-01-03 00:01:00Z,a::A,1,2,0.5,1.5,9\n";
  const auto plain = import(text);
  const auto zipped = import(gzip(text));
  ASSERT_TRUE(plain.ok() && zipped.ok());
  EXPECT_TRUE(same_bars(*plain, *zipped));
  std::string torn = gzip(text);
  torn.resize(torn.size() / 2);
  expect_error(torn, ErrorCode::kMalformedData, {path_.string()});
}

TEST_F(ImportTest, ErrorsOfTheUniformFormNameTheLineAndTheField) {
  const std::string good = "2024-01-03 00:00:00Z,2024-01-03 00:01:00Z,a::A,1,2,0.5,1.5,9\n";
  const auto with = [&](const std::string& row) { return kHeader + good + "\n" + row; };
  constexpr auto kBad = ErrorCode::kMalformedData;
  expect_error(with("2024-01-03 00:01:00,2024-01-03 00:02:00Z,a::A,1,2,0.5,1.5,9\n"), kBad,
               {"line 4", "start_timestamp", "'2024-01-03 00:01:00'", path_.string()});
  expect_error(with("2024-01-03 00:01:00Z,yesterday,a::A,1,2,0.5,1.5,9\n"), kBad,
               {"line 4", "end_timestamp", "'yesterday'"});
  expect_error(with("2024-01-03 00:01:00Z,2024-01-03 00:02:00Z,AAPL,1,2,0.5,1.5,9\n"), kBad,
               {"line 4", "full_symbol", "'AAPL'"});
  expect_error(with("2024-01-03 00:01:00Z,2024-01-03 00:02:00Z,a::A,1,2x,0.5,1.5,9\n"), kBad,
               {"line 4", "high", "'2x'"});
  expect_error(with("2024-01-03 00:01:00Z,2024-01-03 00:02:00Z,a::A,1,2,,1.5,9\n"), kBad,
               {"line 4", "low", "''"});
  expect_error(with("2024-01-03 00:01:00Z,2024-01-03 00:02:00Z,a::A,1,2,0.5,inf,9\n"), kBad,
               {"line 4", "close", "finite"});
  expect_error(with("2024-01-03 00:01:00Z,2024-01-03 00:02:00Z,a::A,1,2,0.5,1.5,-\n"), kBad,
               {"line 4", "volume", "'-'"});
  expect_error(with("2024-01-03 00:02:00Z,2024-01-03 00:02:00Z,a::A,1,2,0.5,1.5,9\n"), kBad,
               {"line 4", "start before end"});
  expect_error(with("2024-01-03 00:01:00Z,2024-01-03 00:02:00Z,a::A,1,2,0.5,1.5\n"), kBad,
               {"line 4", "found 7 fields, needed 8"});
  expect_error(with(good), kBad, {"line 4", "is on line 2", "a::A", "2024-01-03 00:01:00"});
  expect_error(with("\"2024-01-03"), kBad, {path_.string(), "line 4", "never closed"});
}

TEST_F(ImportTest, OtherFilesAreRefusedByTheirHeader) {
  expect_error("", ErrorCode::kSchemaMismatch, {"empty file"});
  expect_error("timestamp,price\n1,2\n", ErrorCode::kSchemaMismatch,
               {"found columns timestamp,price, needed start_timestamp,end_timestamp"});
  EXPECT_EQ(import_bars_csv(directory_ / "none.csv", {}).error().code, ErrorCode::kFileNotFound);
  EXPECT_TRUE(import(kHeader).value_or({make_bar(1, 1, 1)}).empty()) << "no rows is no error";
}

constexpr const char* kMilliKline =
    "1704312720000,2209.34,2209.35,2207.49,2207.50,448.182,1704312779999,989732.1,812,200.1,441812."
    "0,0\n";
constexpr const char* kMicroKline =
    "1704312720000000,2209.34,2209.35,2207.49,2207.50,448.182,1704312779999999,989732.1,812,200.1,"
    "441812.0,0\n";
constexpr const char* kKlineHeader =
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore\n";

TEST_F(ImportTest, KlinesWithAndWithoutHeaderInMillisAndMicrosAreTheSameBars) {
  for (const std::string header : {"", kKlineHeader}) {
    for (const std::string row : {kMilliKline, kMicroKline}) {
      const auto bars = import(header + row, "binance::ETH_USDT");
      ASSERT_TRUE(bars.ok()) << to_string(bars.error());
      ASSERT_EQ(bars->size(), 1U);
      const BarVersion& bar = bars->front();
      EXPECT_EQ(bar.asset.value, 1464553467) << "market_data.md 5";
      EXPECT_EQ(to_iso(bar.start), "2024-01-03 20:12:00+00:00");
      EXPECT_EQ(to_iso(bar.end), "2024-01-03 20:13:00+00:00");
      EXPECT_EQ(bar.open, 2209.34);
      EXPECT_EQ(bar.high, 2209.35);
      EXPECT_EQ(bar.low, 2207.49);
      EXPECT_EQ(bar.close, 2207.50);
      EXPECT_EQ(bar.volume, 448.182);
    }
  }
}

TEST_F(ImportTest, ErrorsOfKlinesNameTheLineAndTheField) {
  const std::string symbol = "binance::ETH_USDT";
  expect_error(kMilliKline, ErrorCode::kInvalidArgument, {"names no symbol"});
  expect_error(kMilliKline, ErrorCode::kInvalidArgument, {"ETHUSDT"}, "ETHUSDT");
  expect_error(std::string(kKlineHeader) + "1704312720,1,2,0.5,1,9,1704312779,0,0,0,0,0\n",
               ErrorCode::kMalformedData, {"line 2", "open_time", "'1704312720'", "milliseconds"},
               symbol);
  expect_error("1704312720000,1,2,0.5,1,9,1704312779999999,0,0,0,0,0\n", ErrorCode::kMalformedData,
               {"line 1", "close_time"}, symbol);
  expect_error("1704312720000,1,2,0.5,1,9,1704312719999,0,0,0,0,0\n", ErrorCode::kMalformedData,
               {"line 1", "start before end"}, symbol);
  expect_error("1704312720000,1,2,0.5,1,,1704312779999,0,0,0,0,0\n", ErrorCode::kMalformedData,
               {"line 1", "volume"}, symbol);
  expect_error(std::string(kMilliKline) + "1704312780000,1,2,0.5\n", ErrorCode::kMalformedData,
               {"line 2", "found 4 fields, needed the 12"}, symbol);
}

struct SharedFile {
  const char* name;
  std::size_t bars;
  std::size_t symbols;
};

// Rows: shared/data/README.md; fewer where it has minutes with quotes only.
constexpr SharedFile kShared[] = {
    {"freqtrade_bittrex_10assets_20180120_20180130_1min", 133'902, 10},
    {"freqtrade_bittrex_10assets_20180110_20180130_5min", 57'546, 10},
    {"lean_coinbase_4assets_quotesnap_20180404_20180405_1min", 11'500, 4},
    {"lean_coinbase_2assets_20170903_20170904_1min", 5'760, 2},
    {"lean_coinbase_btc_20171217_1min", 1'440, 1},
    {"lean_fx_5series_20140501_20140515_1min", 77'862, 5},
    {"nautilus_kraken_btcusdt_20251110_1min", 720, 1},
};

class SharedDataTest : public ::testing::TestWithParam<SharedFile> {};

TEST_P(SharedDataTest, TheWholeFileIsImported) {
  const auto path = std::filesystem::path(TIEOUT_SHARED_DIR) / "data" /
                    (std::string(GetParam().name) + ".csv.gz");
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const auto bars = import_bars_csv(path, {});
  ASSERT_TRUE(bars.ok()) << to_string(bars.error());
  EXPECT_EQ(bars->size(), GetParam().bars);
  std::set<AssetId> assets;
  const BarVersion* previous = nullptr;
  for (const BarVersion& bar : *bars) {
    assets.insert(bar.asset);
    ASSERT_LE(bar.low, std::min(bar.open, bar.close));
    ASSERT_GE(bar.high, std::max(bar.open, bar.close));
    if (previous != nullptr) {
      ASSERT_LT(std::tie(previous->end, previous->asset), std::tie(bar.end, bar.asset));
    }
    previous = &bar;
  }
  EXPECT_EQ(assets.size(), GetParam().symbols);
}

INSTANTIATE_TEST_SUITE_P(Files, SharedDataTest, ::testing::ValuesIn(kShared),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tieout::marketdata
