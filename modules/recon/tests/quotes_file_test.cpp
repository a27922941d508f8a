#include "tieout/recon/quotes_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/analytics/implementation_shortfall.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/frames/file.hpp"

#include "support.hpp"
#include "trading_run.hpp"

namespace tieout::recon {
namespace {

using test::bar_at;
using test::kBtc;
using test::kEth;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<Asset>& universe() {
  static const std::vector<Asset> kUniverse{{kBtc, "binance::BTC_USDT"},
                                            {kEth, "binance::ETH_USDT"}};
  return kUniverse;
}

Result<QuotesFile> read(const std::string& content) {
  const TempDir dir;
  EXPECT_TRUE(write_file_atomic(dir / "quotes.csv", content).ok());
  return read_quotes_file(dir / "quotes.csv", universe());
}

constexpr const char* kGood =
    "timestamp,symbol,bid_price,ask_price\n"
    "2023-08-15 10:00:00+00:00,BTC/USDT,99,101\n"
    "2023-08-15 10:00:01+00:00,ETH/USDT,9.5,10\n";

TEST(QuotesFile, IsReadAsCsvGzipAndParquetAlike) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir / "quotes.csv", kGood).ok());
  ASSERT_TRUE(write_file_atomic(dir / "quotes.csv.gz", gzip(kGood)).ok());
  const auto frame = frames::read_frame(dir / "quotes.csv");
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  ASSERT_TRUE(frames::write_parquet(*frame, dir / "quotes.parquet").ok());
  for (const char* name : {"quotes.csv", "quotes.csv.gz", "quotes.parquet"}) {
    const auto file = read_quotes_file(dir / name, universe());
    ASSERT_TRUE(file.ok()) << name << ": " << file.error().message;
    ASSERT_EQ(file->quotes.size(), 2U) << name;
    EXPECT_EQ(file->quotes[0].bid + file->quotes[1].bid, 108.5) << name;
    EXPECT_THAT(file->notes, IsEmpty()) << name;
  }
}

TEST(QuotesFile, TakesTheVenuesOwnColumnsMillisecondsAndTopOfTheBookOnly) {
  const auto file = read(
      "timestamp,bid_price,ask_price,currency_pair,level,knowledge_timestamp\n"
      "1692093600000,99,101,BTC_USDT,1,2023-08-15 10:00:00.2+00:00\n"
      "1692093600000,98,102,BTC_USDT,2,2023-08-15 10:00:00.2+00:00\n");
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->quotes.size(), 1U);
  EXPECT_EQ(file->quotes[0].asset, kBtc);
  EXPECT_EQ(to_iso(file->quotes[0].time), "2023-08-15 10:00:00+00:00");
  EXPECT_EQ(file->quotes[0].ask, 101);
  EXPECT_THAT(file->notes, ElementsAre(HasSubstr("1 rows of other levels")));
}

TEST(QuotesFile, LeavesOutAndCountsWhatIsNoPriceCrossedOrRepeated) {
  const auto file = read(
      "timestamp,symbol,bid_price,ask_price,knowledge_timestamp\n"
      "2023-08-15 10:00:00+00:00,BTC/USDT,99,101,2023-08-15 10:00:03+00:00\n"
      "2023-08-15 10:00:00+00:00,BTC/USDT,98,101,2023-08-15 10:00:02+00:00\n"
      "2023-08-15 10:00:01+00:00,BTC/USDT,102,101,2023-08-15 10:00:02+00:00\n"
      "2023-08-15 10:00:02+00:00,BTC/USDT,,101,2023-08-15 10:00:02+00:00\n"
      "2023-08-15 10:00:03+00:00,BTC/USDT,-1,101,2023-08-15 10:00:02+00:00\n"
      "2023-08-15 10:00:04+00:00,BTC/USDT,100,inf,2023-08-15 10:00:02+00:00\n"
      "2023-08-15 10:00:05+00:00,BTC/USDT,100,100,2023-08-15 10:00:02+00:00\n");
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->quotes.size(), 2U) << "one of the repeated, and the locked one";
  EXPECT_EQ(file->quotes[0].bid, 99) << "the one that was known last";
  const LeftOutQuotes& left_out = file->left_out.at(kBtc);
  EXPECT_EQ(left_out.crossed, 1U);
  EXPECT_EQ(left_out.not_a_price, 3U);
  EXPECT_EQ(left_out.repeated, 1U);
}

TEST(QuotesFile, SortsAndNotesRowsThatAreNotInOrderAndAssetsOfOthers) {
  const auto file = read(
      "timestamp,symbol,bid_price,ask_price\n"
      "2023-08-15 10:00:05+00:00,BTC/USDT,99,101\n"
      "2023-08-15 10:00:01+00:00,BTC/USDT,98,101\n"
      ",BTC/USDT,98,101\n"
      "2023-08-15 10:00:06+00:00,DOGE/USDT,1,2\n");
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->quotes.size(), 2U);
  EXPECT_EQ(file->quotes[0].bid, 98);
  EXPECT_THAT(file->notes,
              ElementsAre(HasSubstr("1 rows without a time"),
                          HasSubstr("1 rows are before the row above them"),
                          HasSubstr("1 rows of 'DOGE/USDT', which the run's universe does not")));
}

TEST(QuotesFile, OfTheWrongShapeIsAnErrorThatNamesFileAndColumn) {
  const auto message = [](const std::string& content) {
    const auto file = read(content);
    EXPECT_FALSE(file.ok()) << content;
    return file.ok() ? std::string() : file.error().message;
  };
  EXPECT_THAT(message("timestamp,symbol,bid_price\n2023-08-15 10:00:00+00:00,BTC/USDT,1\n"),
              HasSubstr("needed one of ask_price, ask"));
  EXPECT_THAT(message("symbol,bid,ask\nBTC/USDT,1,2\n"), HasSubstr("timestamp"));
  EXPECT_THAT(message("timestamp,bid,ask\n1692093600000,1,2\n"), HasSubstr("asset_id"));
  EXPECT_THAT(message("timestamp,symbol,bid,ask\n1692093600000,BTC/USDT,cheap,2\n"),
              HasSubstr("column 'bid' is string, needed numbers"));
  EXPECT_THAT(message("timestamp,symbol,bid,ask\nyesterday,BTC/USDT,1,2\n"),
              HasSubstr("column 'timestamp' is string"));
  EXPECT_THAT(message("timestamp,symbol,bid,ask\n1692093600000,DOGE/USDT,1,2\n"),
              HasSubstr("none of its 1 rows is a usable quote"));
  EXPECT_FALSE(read("").ok());
  EXPECT_EQ(read_quotes_file("no_such_file.csv", universe()).error().code,
            ErrorCode::kFileNotFound);
}

TEST(StartPrices, AreTheMidWhenTheOrderReachedTheMarketAtTheBarThatExecutedIt) {
  TradingFrames frames;
  frames.bar = minutes(5);
  frames.target_positions = Panel({{"price", kBtc}, {"target_trades_shares", kBtc}});
  for (std::size_t b = 0; b < 3; ++b) {
    frames.target_positions.append_row(bar_at(b));
  }
  const Timestamp start = bar_at(0) + seconds(40);
  frames.orders = {{{"bar", std::vector<Timestamp>{bar_at(0), bar_at(2)}},
                    {"order_id", std::vector<std::int64_t>{0, 1}},
                    {"asset_id", std::vector<std::int64_t>{kBtc.value, kBtc.value}},
                    {"start_timestamp", std::vector<Timestamp>{start, bar_at(2) + seconds(40)}},
                    {"end_timestamp", std::vector<Timestamp>{bar_at(1), bar_at(2) + minutes(5)}},
                    {"diff_num_shares", std::vector<double>{1, 1}}},
                   2};
  const auto book = analytics::QuoteBook::create(
      {{start - seconds(1), kBtc, 99, 101}, {start + seconds(1), kBtc, 199, 201}});
  ASSERT_TRUE(book.ok());
  const auto prices = start_prices(frames, *book);
  ASSERT_TRUE(prices.ok()) << prices.error().message;
  const std::size_t column = *prices->find_column({"price", kBtc});
  EXPECT_TRUE(std::isnan(prices->at(0, column)));
  EXPECT_EQ(prices->at(1, column), 100);
  EXPECT_TRUE(std::isnan(prices->at(2, column))) << "no bar of the log executed the second order";
  frames.orders.columns.erase(frames.orders.columns.begin() + 3);
  EXPECT_THAT(start_prices(frames, *book).error().message, HasSubstr("start_timestamp"));
}

}  // namespace
}  // namespace tieout::recon
