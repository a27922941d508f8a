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

TEST_F(DumpMarketDataTest, TwoDumpsOfOneStoreAreTheSameBytes) {
  fill({minute_bar("20230828_130000", seconds(10), 2),
        minute_bar("20230828_130300", seconds(9), 4)});
  std::vector<std::string> first;
  for (int i = 0; i < 2; ++i) {
    const auto outcome = dump();
    ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
    std::vector<std::string> bytes;
    for (const fs::path& file : outcome->outputs) {
      bytes.push_back(read_file(file).value());
    }
    first = first.empty() ? bytes : first;
    EXPECT_EQ(bytes, first);
    sample_.recon.replace_outputs = true;
  }
}

TEST_F(DumpMarketDataTest, TheSummaryTellsGapsDelaysAndAssetsWithoutARow) {
  fill({minute_bar("20230828_130000", seconds(10), 2),
        minute_bar("20230828_130300", seconds(-1), 4),
        minute_bar("20230828_130400", seconds(30), 5)});
  sample_.recon.universe = {{kBtc, "binance::BTC_USDT"}, {AssetId{7}, "binance::NONE_USDT"}};
  ASSERT_TRUE(dump().ok());
  EXPECT_THAT(sample_.said, HasSubstr("warning: the store holds no row of binance::NONE_USDT"));
  const std::string json = read_file(sample_.target.simulation / "test_data.json").value();
  EXPECT_THAT(json, HasSubstr("\"assets_without_rows\": [\n    \"binance::NONE_USDT\"\n  ]"));
  EXPECT_THAT(json, HasSubstr("\"rows\": 3"));
  EXPECT_THAT(json, HasSubstr("\"gaps\": 2"));
  EXPECT_THAT(json,
              HasSubstr("\"2023-08-28 13:01:00+00:00\",\n          \"2023-08-28 13:02:00+00:00\""));
  EXPECT_THAT(json, HasSubstr("\"delay_min_secs\": -1.0"));
  EXPECT_THAT(json, HasSubstr("\"delay_max_secs\": 30.0"));
}

TEST_F(DumpMarketDataTest, ADumpInTheSourceDirStandsForTheStoreWhenIncremental) {
  fill({minute_bar("20230828_130000", seconds(10), 2),
        minute_bar("20230828_131000", seconds(10), 3)});
  ASSERT_TRUE(dump().ok());
  const std::string bytes = read_file(sample_.target.test_data).value();
  const fs::path elsewhere = scratch_.path() / "elsewhere";
  fs::create_directories(elsewhere);
  std::vector<marketdata::BarVersion> more =
      marketdata::read_dump(sample_.target.test_data).value();
  more.push_back(minute_bar("20230828_131100", seconds(10), 9));  // after the window
  ASSERT_TRUE(marketdata::write_dump(elsewhere / "test_data.csv.gz", more).ok());
  fs::remove(sample_.target.test_data);
  fs::remove(store_);
  sample_.recon.dump.source_dir = elsewhere;
  EXPECT_EQ(dump().error().code, ErrorCode::kPathExists);
  sample_.recon.existing.incremental = true;
  const auto outcome = dump();
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
  EXPECT_EQ(read_file(sample_.target.test_data).value(), bytes);
}

TEST_F(DumpMarketDataTest, AStageThatContradictsProductionsIsAnErrorThatShowsBoth) {
  fill({minute_bar("20230828_130000", seconds(10), 2)});
  fs::remove_all(sample_.target.prod_log_dir);
  SampleLog{.command = {{"store", store_.string()}}, .stage = "preprod"}.write(
      sample_.target.prod_log_dir);
  sample_.recon.dump.db_stage = "test";
  EXPECT_THAT(dump().error().message,
              HasSubstr("--db-stage is test, production's run says preprod"));
  sample_.recon.dump.db_stage = "preprod";
  EXPECT_TRUE(dump().ok());
}

TEST_F(DumpMarketDataTest, InteractiveAsksAndKeepsNothingWithoutAYes) {
  fill({minute_bar("20230828_130000", seconds(10), 2)});
  sample_.recon.dump.interactive = true;
  EXPECT_THAT(dump().error().message, HasSubstr("no terminal"));
  for (const bool answer : {false, true}) {
    Context context = sample_.context();
    std::string asked;
    context.ask = [&](std::string_view question) {
      asked = question;
      return answer;
    };
    EXPECT_EQ(dump_market_data(sample_.recon, context).ok(), answer);
    EXPECT_EQ(asked, "Is the file ok?");
    EXPECT_EQ(fs::exists(sample_.target.test_data), answer);
    EXPECT_EQ(fs::exists(sample_.target.simulation / "test_data.json"), answer);
  }
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
