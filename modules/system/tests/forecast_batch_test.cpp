#include "tieout/system/forecast_batch.hpp"

#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::system {
namespace {

using runlog::JournalEntry;
using runlog::RunReader;
using runlog::TableKind;

class ForecastBatchTest : public ::testing::Test {
 protected:
  ForecastBatchTest() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    dir_ = std::filesystem::path(::testing::TempDir()) /
           fmt::format("batch.{}.{}", test->name(), ::getpid());
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    options_.prediction = dir_ / "prediction.csv";
    options_.volatility = dir_ / "volatility.csv";
    options_.market_data = {dir_ / "market_data.csv"};
    options_.dst_dir = dir_ / "log";
    options_.overrides = {
        R"(("portfolio_config","pricing_method"),(str("last"));)"
        R"(("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","apply_cc_limits"),(bool(False)))"};
    write("prediction.csv",
          ",101,202\n2000-01-03 15:00:00+00:00,0.1,0.2\n2000-01-03 15:05:00+00:00,0.2,0.1\n"
          "2000-01-03 15:10:00+00:00,0.2,\n");
    write("volatility.csv",
          ",101,202\n2000-01-03 15:00:00+00:00,1,1\n2000-01-03 15:05:00+00:00,1,1\n"
          "2000-01-03 15:10:00+00:00,1,1\n");
    std::string prices = "end_datetime,timestamp_db,close,asset_id\n";
    for (int minute = 50; minute < 75; ++minute) {
      const Timestamp end = parse_iso("2000-01-03 14:00:00+00:00").value() + minutes(minute);
      prices += fmt::format("{0},{0},{1},101\n{0},{0},{1},202\n", to_iso(end), 1000 + minute);
    }
    write("market_data.csv", prices);
  }
  ~ForecastBatchTest() override { std::filesystem::remove_all(dir_); }

  void write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(write_file_atomic(dir_ / name, text).ok());
  }
  std::string refusal() const {
    const auto summary = run_forecast_batch(options_, stop_);
    EXPECT_FALSE(std::filesystem::exists(dir_ / "log"));
    return summary.ok() ? std::string() : summary.error().message;
  }

  std::filesystem::path dir_;
  ForecastBatchOptions options_;
  std::atomic<bool> stop_{false};
};

TEST_F(ForecastBatchTest, TradesEveryRowIntoARunLog) {
  const auto summary = run_forecast_batch(options_, stop_);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->bars, 3U);
  const RunReader run = RunReader::open(options_.dst_dir, runlog::Verify::kAll).value();
  ASSERT_EQ(run.bars().size(), 3U);
  EXPECT_EQ(run.manifest().nodes.front().columns.size(), 4U);
  EXPECT_EQ(run.node_output(0, 1).value().at(0, 0), 0.2);
  EXPECT_EQ(run.table(TableKind::kOrders, 0).value()->row_count(), 2U);
  EXPECT_EQ(run.table(TableKind::kFills, 1).value()->row_count(), 2U);
  const auto entries = run.journal(0).value();
  EXPECT_EQ(entries.front().time, run.bars()[0].bar + milliseconds(100));
  EXPECT_EQ(entries.back().kind, JournalEntry::Kind::kStatus);
  EXPECT_EQ(entries.back().purpose, "traded");
  EXPECT_EQ(entries.back().row_count, 2U);
}

TEST_F(ForecastBatchTest, InRealTimeModeOnlyTheLastRowIsTraded) {
  options_.overrides.push_back(
      R"(("process_forecasts_node_dict","process_forecasts_dict","execution_mode"),(str("real_time")))");
  ASSERT_TRUE(run_forecast_batch(options_, stop_).ok());
  const RunReader run = RunReader::open(options_.dst_dir).value();
  ASSERT_EQ(run.bars().size(), 1U);
  EXPECT_EQ(run.bars()[0].bar, parse_iso("2000-01-03 15:10:00+00:00").value());
}

TEST_F(ForecastBatchTest, StartsFromGivenPositions) {
  write("state.csv", "asset_id,num_shares\n101,2\n-1,5000\n");
  options_.initial_state = dir_ / "state.csv";
  ASSERT_TRUE(run_forecast_batch(options_, stop_).ok());
  const RunReader run = RunReader::open(options_.dst_dir).value();
  const Table portfolio = run.table(TableKind::kPortfolio, 0).value().value();
  EXPECT_EQ(std::get<std::vector<double>>(portfolio.find("holdings_shares")->values),
            (std::vector<double>{2.0, 0.0}));
  const Table statistics = run.table(TableKind::kStatistics, 0).value().value();
  EXPECT_EQ(std::get<std::vector<double>>(statistics.find("cash")->values).front(), 5000.0);
}

TEST_F(ForecastBatchTest, LimitsAndRestrictionsAreRecordedAndHold) {
  write("info.json",
        R"({"101": {"min_amount": 1.0, "min_cost": 10.0, "amount_precision": 0},
            "202": {"min_amount": 1.0, "min_cost": 1e9, "amount_precision": 0}})");
  write("restrictions.csv",
        "asset_id,is_restricted,is_buy_restricted,is_buy_cover_restricted,"
        "is_sell_short_restricted,is_sell_long_restricted\n101,True,False,False,False,False\n");
  options_.overrides.push_back(
      R"(("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","apply_cc_limits"),(bool(True)))");
  options_.rules.market_info = dir_ / "info.json";
  ASSERT_TRUE(run_forecast_batch(options_, stop_).ok());
  const RunReader limited = RunReader::open(options_.dst_dir).value();
  const Table orders = limited.table(TableKind::kOrders, 0).value().value();
  ASSERT_EQ(orders.row_count(), 1U) << "a billion is the least that 202 may cost";
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(orders.find("asset_id")->values).front(), 101);
  EXPECT_NE(limited.config_json().find("amount_precision"), std::string::npos);
  options_.rules.restrictions = dir_ / "restrictions.csv";
  options_.dst_dir = dir_ / "restricted";
  ASSERT_TRUE(run_forecast_batch(options_, stop_).ok());
  const RunReader restricted = RunReader::open(options_.dst_dir).value();
  EXPECT_EQ(restricted.table(TableKind::kOrders, 0).value().value().row_count(), 0U);
}

TEST_F(ForecastBatchTest, FundingIsBookedAndJournaled) {
  write("funding.csv", "timestamp,asset_id,rate\n2000-01-03 15:08:00+00:00,101,0.01\n");
  write("state.csv", "asset_id,num_shares\n101,2\n-1,5000\n");
  options_.initial_state = dir_ / "state.csv";
  options_.funding_rates = dir_ / "funding.csv";
  ASSERT_TRUE(run_forecast_batch(options_, stop_).ok());
  const RunReader run = RunReader::open(options_.dst_dir).value();
  std::size_t booked = 0;
  const std::vector<JournalEntry> entries = run.journal(2).value();
  for (const JournalEntry& entry : entries) {
    booked += entry.kind == JournalEntry::Kind::kFunding ? 1U : 0U;
  }
  EXPECT_EQ(booked, 1U);
  const Table before = run.table(TableKind::kPortfolio, 1).value().value();
  const Table after = run.table(TableKind::kPortfolio, 2).value().value();
  const double shares = std::get<std::vector<double>>(before.find("holdings_shares")->values)[0];
  EXPECT_NEAR(std::get<std::vector<double>>(after.find("funding")->values)[0],
              0.01 * shares * 1070.0, 0.02 * std::abs(shares))
      << "one percent of the notional, at a mark of 1070 or so";
}

TEST_F(ForecastBatchTest, TheFillsOfAnotherRunAreBookedToTheBit) {
  ASSERT_TRUE(run_forecast_batch(options_, stop_).ok());
  const auto first = std::make_shared<RunReader>(RunReader::open(options_.dst_dir).value());
  // Other decisions: the books are still those of the first run.
  write("prediction.csv",
        ",101,202\n2000-01-03 15:00:00+00:00,0.2,0.1\n2000-01-03 15:05:00+00:00,0.1,0.2\n"
        "2000-01-03 15:10:00+00:00,0.2,\n");
  options_.fills_from = {.run = first, .file = {}, .name = "first"};
  options_.dst_dir = dir_ / "again";
  const auto summary = run_forecast_batch(options_, stop_);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  const RunReader again = RunReader::open(options_.dst_dir).value();
  EXPECT_EQ(again.manifest().command.at("fills_from"), "first");
  EXPECT_NE(again.table_hash(TableKind::kOrders, 0), first->table_hash(TableKind::kOrders, 0));
  for (std::size_t bar = 0; bar < 3; ++bar) {
    EXPECT_EQ(again.table_hash(TableKind::kFills, bar), first->table_hash(TableKind::kFills, bar));
    EXPECT_EQ(again.table_hash(TableKind::kPortfolio, bar),
              first->table_hash(TableKind::kPortfolio, bar));
  }
}

TEST_F(ForecastBatchTest, FramesThatDoNotFitAreRefusedAndNothingIsWritten) {
  write("volatility.csv", ",101\n2000-01-03 15:00:00+00:00,1\n");
  EXPECT_THAT(refusal(), testing::HasSubstr("needed the 3 rows and 2 columns"));
  write("prediction.csv", ",BTC\n2000-01-03 15:00:00+00:00,1\n");
  EXPECT_THAT(refusal(), testing::HasSubstr("'BTC' is none"));
  write("prediction.csv", ",101\n2000-01-03 15:01:00+00:00,1\n");
  EXPECT_THAT(refusal(), testing::HasSubstr("multiples of trading_period"));
  write("prediction.csv", ",101\n1,1\n");
  EXPECT_THAT(refusal(), testing::HasSubstr("bar times"));
  write("prediction.csv", ",101\n2000-01-03 15:00:00+00:00,1\n");
  write("market_data.csv", "end_datetime,close\n2000-01-03 15:00:00+00:00,1\n");
  EXPECT_THAT(refusal(), testing::HasSubstr("asset_id or full_symbol"));
}

TEST_F(ForecastBatchTest, AColumnThatTheMarketDataLackIsNamed) {
  options_.overrides.push_back(R"(("portfolio_config","mark_to_market_col"),(str("price")))");
  const auto summary = run_forecast_batch(options_, stop_);
  ASSERT_FALSE(summary.ok());
  EXPECT_THAT(summary.error().message, testing::HasSubstr("no column 'price'"));
}

}  // namespace
}  // namespace tieout::system
