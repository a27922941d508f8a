#include "start_state.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/runlog/writer.hpp"

namespace tieout::system {
namespace {

std::filesystem::path file_of(const std::string& text) {
  const auto path =
      std::filesystem::path(::testing::TempDir()) / fmt::format("start_state.{}.csv", ::getpid());
  EXPECT_TRUE(write_file_atomic(path, text).ok());
  return path;
}

TEST(StartState, PositionsAndCashAreReadFromACsv) {
  const StartState state =
      read_start_state(file_of("asset_id,num_shares\n101,2.5\n-1,1000\n202,-3\n")).value();
  EXPECT_EQ(state.cash, 1000.0);
  EXPECT_EQ(state.holdings, (std::map<AssetId, double>{{AssetId{101}, 2.5}, {AssetId{202}, -3.0}}));
  const StartState symbols =
      read_start_state(file_of("full_symbol,num_shares\nbinance::ETH_USDT,1\ncash,5\n")).value();
  EXPECT_EQ(symbols.cash, 5.0);
  EXPECT_EQ(symbols.holdings.begin()->first,
            Universe::from_symbols({"binance::ETH_USDT"}).value().ids().front());
}

TEST(StartState, WhatIsNoStateIsRefusedByLine) {
  struct Case {
    const char* text;
    const char* message;
  };
  const Case cases[] = {{"asset,shares\n101,1\n", "needed the header"},
                        {"asset_id,num_shares\n101,nan\n-1,5\n", "line 2"},
                        {"asset_id,num_shares\n101,1\n101,1\n-1,5\n", "has a row already"},
                        {"asset_id,num_shares\n-1,5\n-1,5\n", "has a row already"},
                        {"asset_id,num_shares\n101,1\n", "no row of the cash"},
                        {"asset_id,num_shares\n101,1,2\n-1,5\n", "two fields"}};
  for (const Case& c : cases) {
    const auto state = read_start_state(file_of(c.text));
    ASSERT_FALSE(state.ok()) << c.text;
    EXPECT_THAT(state.error().message, testing::HasSubstr(c.message));
  }
}

/// A log of two bars; an order of the last one is open at its snapshot, one is not.
std::filesystem::path log_of_two_bars() {
  const auto dir =
      std::filesystem::path(::testing::TempDir()) / fmt::format("start_state.{}.log", ::getpid());
  std::filesystem::remove_all(dir);
  const Timestamp first = parse_iso("2023-08-15 08:00:00+00:00").value();
  runlog::Manifest manifest;
  manifest.start = first;
  manifest.end = first + minutes(5);
  manifest.bar = minutes(5);
  auto log = runlog::RunWriter::create(dir, manifest, "", "{}", runlog::Durability::kAtSeal);
  EXPECT_TRUE(log.ok()) << log.error().message;
  for (int b = 0; b < 2; ++b) {
    const Timestamp bar = first + minutes(5 * b);
    using runlog::TableKind;
    const double shares = b == 0 ? 7.0 : -2.5;
    EXPECT_TRUE(log->write_table(TableKind::kPortfolio, bar, bar,
                                 {{{"asset_id", std::vector<std::int64_t>{101, 202}},
                                   {"holdings_shares", std::vector<double>{shares, 0.0}}},
                                  1})
                    .ok());
    EXPECT_TRUE(log->write_table(TableKind::kStatistics, bar, bar,
                                 {{{"snapshot_timestamp", std::vector<Timestamp>{bar + seconds(1)}},
                                   {"cash", std::vector<double>{1000.0 + b}}},
                                  0})
                    .ok());
    EXPECT_TRUE(log->write_table(TableKind::kOrders, bar, bar,
                                 {{{"order_id", std::vector<std::int64_t>{0, 1}},
                                   {"end_timestamp",
                                    std::vector<Timestamp>{bar + minutes(5), bar + seconds(1)}}},
                                  1})
                    .ok());
    EXPECT_TRUE(log->commit_bar(bar, bar, runlog::BarOutcome::kOk).ok());
  }
  EXPECT_TRUE(log->seal(runlog::RunOutcome::kComplete).ok());
  return dir;
}

TEST(StartState, OfALogAreItsLastBooksAndWhatIsOpenIsSaid) {
  const auto dir = log_of_two_bars();
  const StartState state = read_start_state(dir).value();
  EXPECT_EQ(state.cash, 1001.0);
  EXPECT_EQ(state.holdings, (std::map<AssetId, double>{{AssetId{101}, -2.5}}));
  ASSERT_EQ(state.warnings.size(), 1U);
  EXPECT_THAT(state.warnings[0], testing::HasSubstr("1 orders of the last bar"));
  oms::TraderOptions trading;
  std::vector<std::string> warnings;
  begin_with(state, trading, warnings);
  EXPECT_EQ(trading.initial_cash, 1001.0);
  EXPECT_EQ(warnings, state.warnings);
  // A replay of it begins where it began.
  const StartState begun = start_state_of(runlog::RunReader::open(dir).value()).value();
  EXPECT_EQ(begun.cash, 1000.0);
  EXPECT_EQ(begun.holdings, (std::map<AssetId, double>{{AssetId{101}, 7.0}}));
  std::filesystem::remove_all(dir);
}

TEST(FundingRates, AreReadWithTheirInstants) {
  const auto rates =
      read_funding_rates(file_of("timestamp,asset_id,rate\n2023-08-15 08:00:00+00:00,101,0.0001\n"))
          .value();
  ASSERT_EQ(rates.size(), 1U);
  EXPECT_EQ(rates[0].timestamp, parse_iso("2023-08-15 08:00:00+00:00").value());
  EXPECT_EQ(rates[0].asset_id, AssetId{101});
  EXPECT_EQ(rates[0].rate, 1e-4);
  EXPECT_THAT(
      read_funding_rates(file_of("timestamp,asset_id,rate\n2023-08-15,101,x\n")).error().message,
      testing::HasSubstr("line 2"));
  EXPECT_THAT(read_funding_rates(file_of("time,asset_id,rate\n")).error().message,
              testing::HasSubstr("needed the header"));
}

}  // namespace
}  // namespace tieout::system
