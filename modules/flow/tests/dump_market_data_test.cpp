#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/stores.hpp"

#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

marketdata::BarVersion minute_bar(const char* end, Duration delay, double close) {
  marketdata::BarVersion bar;
  bar.asset = kBtc;
  bar.full_symbol = "binance::BTC_USDT";
  bar.end = parse_ts_name(end).value();
  bar.start = bar.end - minutes(1);
  bar.open = bar.high = bar.low = bar.close = close;
  bar.volume = 1.0;
  bar.knowledge = bar.end_download = bar.end + delay;
  return bar;
}

class DumpMarketDataTest : public ::testing::Test {
 protected:
  void SetUp() override {
    sample_.write_source({.command = {{"store", store_.string()}}});
    ASSERT_TRUE(create_dirs(sample_.recon, sample_.context()).ok());
    ASSERT_TRUE(copy_prod_data(sample_.recon, sample_.context()).ok());
  }
  void fill(const std::vector<marketdata::BarVersion>& versions) const {
    auto store = marketdata::open_sqlite_store(store_, marketdata::OpenMode::kCreate);
    ASSERT_TRUE(store.ok()) << to_string(store.error());
    ASSERT_TRUE((*store)->append(versions).ok());
  }
  Result<StageOutcome> dump() { return dump_market_data(sample_.recon, sample_.context()); }

  ScratchDir scratch_;
  SampleReconciliation sample_{scratch_.path()};
  fs::path store_ = scratch_.path() / "market_data.sqlite";
};

TEST_F(DumpMarketDataTest, HoldsAllVersionsOfTheWindowAndNothingElse) {
  fill({minute_bar("20230828_110000", seconds(10), 1),  // before the history
        minute_bar("20230828_130000", seconds(10), 2),
        minute_bar("20230828_130100", seconds(10), 3),
        minute_bar("20230828_130300", seconds(100), 4),  // 13:02 is a gap
        minute_bar("20230828_131000", seconds(10), 5),
        minute_bar("20230828_131100", seconds(10), 6)});  // after the end
  fill({minute_bar("20230828_130100", seconds(200), 3.5)});
  const auto outcome = dump();
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
  const auto versions = marketdata::read_dump(sample_.target.test_data).value();
  std::vector<double> closes;
  closes.reserve(versions.size());
  for (const auto& version : versions) {
    closes.push_back(version.close);
  }
  EXPECT_THAT(closes, ::testing::ElementsAre(2, 3, 3.5, 4, 5));
  EXPECT_THAT(sample_.said,
              HasSubstr("dumped 4 bars of 1 assets in 5 versions (1 revisions), 7 gaps"));
  EXPECT_THAT(sample_.said, HasSubstr("p50 10.0 s, max 100.0 s"));
  EXPECT_THAT(read_file(sample_.target.simulation / "test_data.json").value_or(""),
              HasSubstr("\"gaps\": 7"));
}

TEST_F(DumpMarketDataTest, AnotherStoreMayBeGiven) {
  const fs::path other = scratch_.path() / "other.sqlite";
  fill({minute_bar("20230828_130000", seconds(10), 2)});
  fs::rename(store_, other);
  EXPECT_EQ(dump().error().code, ErrorCode::kFileNotFound);
  sample_.recon.market_data_store = other;
  EXPECT_TRUE(dump().ok());
}

TEST_F(DumpMarketDataTest, AWindowWithoutABarIsMissingData) {
  fill({minute_bar("20230828_110000", seconds(10), 1)});
  const auto outcome = dump();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kMissingData);
  EXPECT_FALSE(fs::exists(sample_.target.test_data));
}

TEST_F(DumpMarketDataTest, AnExistingDumpIsKeptOnlyWhenIncremental) {
  fill({minute_bar("20230828_130000", seconds(10), 2)});
  ASSERT_TRUE(dump().ok());
  EXPECT_EQ(dump().error().code, ErrorCode::kPathExists);
  sample_.recon.existing.incremental = true;
  EXPECT_TRUE(dump().ok());
}

}  // namespace
}  // namespace tieout::flow
