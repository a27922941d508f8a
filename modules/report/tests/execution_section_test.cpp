#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/runlog/writer.hpp"

#include "fixture.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using testing::bar_at;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Table one_asset(std::initializer_list<std::pair<const char*, double>> cells) {
  Table table;
  table.key_count = 1;
  table.columns.push_back({"asset_id", std::vector<std::int64_t>{7}});
  for (const auto& [name, value] : cells) {
    table.columns.push_back({name, std::vector<double>{value}});
  }
  return table;
}

/// Three bars of one asset at 100, 101 and 103: 10 wanted at the first, `bought` of them got for
/// 101 each.
runlog::RunReader trading_run(const std::filesystem::path& dir, double bought) {
  runlog::Manifest manifest;
  manifest.constructor = "tests.T_DagBuilder";
  manifest.run_mode = "paper_trading";
  manifest.mode = "scheduled";
  manifest.start = bar_at(0);
  manifest.end = bar_at(2);
  manifest.bar = minutes(5);
  manifest.universe = {{AssetId{7}, "binance::BTC_USDT"}};
  auto writer =
      runlog::RunWriter::create(dir, manifest, "", "{}", runlog::Durability::kAtSeal).value();
  const double price[] = {100, 101, 103};
  for (std::size_t b = 0; b < 3; ++b) {
    const double held = b == 0 ? 0 : bought;
    const double executed = b == 1 ? bought : 0;
    const double pnl = b == 0 ? kNaN : (b == 1 ? 0 : bought * 2);
    const double wanted = b == 0 ? 10 : 0;
    EXPECT_TRUE(
        writer
            .write_table(runlog::TableKind::kTargetPositions, bar_at(b), bar_at(b),
                         one_asset({{"holdings_shares", held},
                                    {"price", price[b]},
                                    {"holdings_notional", held * price[b]},
                                    {"target_holdings_notional", (held + wanted) * price[b]},
                                    {"target_trades_shares", wanted},
                                    {"target_holdings_shares", held + wanted}}))
            .ok());
    EXPECT_TRUE(
        writer
            .write_table(runlog::TableKind::kPortfolio, bar_at(b), bar_at(b),
                         one_asset({{"holdings_shares", held},
                                    {"price", price[b]},
                                    {"holdings_notional", held * price[b]},
                                    {"executed_trades_shares", executed},
                                    {"executed_trades_notional", b == 0 ? kNaN : executed * 101},
                                    {"pnl", pnl}}))
            .ok());
    EXPECT_TRUE(writer.commit_bar(bar_at(b), bar_at(b), runlog::BarOutcome::kOk).ok());
  }
  EXPECT_TRUE(writer.seal(runlog::RunOutcome::kComplete).ok());
  return runlog::RunReader::open(dir).value();
}

std::string text_of_execution(const ReportInput& input) {
  const Facts facts(input);
  for (const SectionSpec& spec : section_specs()) {
    if (std::string_view(spec.id) == "execution") {
      std::string out;
      for (const char c : text_of(compute_section(spec, facts))) {
        if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
      }
      return out;
    }
  }
  return "no such section";
}

// By hand: production got 8 of 10 at 101 against 100: 8 dollars of slippage, 99.01 bps of 808; 2
// were missed while the price went to 101 and 103. The simulation got all.
TEST(ExecutionSection, ShowsBothRunsSideBySide) {
  const testing::TempDir dir;
  const auto prod = trading_run(dir.path() / "prod", 8);
  const auto sim = trading_run(dir.path() / "sim", 10);
  ReportInput input;
  input.prod = &prod;
  input.sim = &sim;
  const std::string text = text_of_execution(input);
  EXPECT_THAT(text, HasSubstr("volume 808.0000 1010.0000"));
  EXPECT_THAT(text, HasSubstr("fill rate 0.8016 1.0000")) << "808 / (808 + 2 * 100)";
  EXPECT_THAT(text, HasSubstr("slippage 8.0000 10.0000"));
  EXPECT_THAT(text, HasSubstr("underfill cost 4.0000 0.0000")) << "2 shares through 101 -> 103";
  EXPECT_THAT(text, HasSubstr("opportunity 2.0000 0.0000"));
  EXPECT_THAT(text, HasSubstr("PnL identity of prod: 16.0000 = holding 16.0000 + trading 0.0000"));
  // Values, first, last, least with its place, largest with its place: of the bars 00:05 to 00:15.
  EXPECT_THAT(text, HasSubstr("Cumulative slippage\n"));
  EXPECT_THAT(text, HasSubstr("prod 3 0 8 0 2018-01-23 00:05:00 8 2018-01-23 00:10:00"));
  EXPECT_THAT(text, HasSubstr("sim 3 0 10 0 2018-01-23 00:05:00 10 2018-01-23 00:10:00"));
  EXPECT_THAT(text, HasSubstr("Fill rate by bar\n"));
  EXPECT_THAT(text, HasSubstr("prod 1 80.1587 80.1587 80.1587 2018-01-23 00:10:00"));
  EXPECT_THAT(text, HasSubstr("slippage_in_bps by side, buy"));
}

TEST(ExecutionSection, SaysWhichRunItLacks) {
  const testing::TempDir dir;
  const auto prod = trading_run(dir.path() / "prod", 8);
  ReportInput input;
  input.prod = &prod;
  const std::string text = text_of_execution(input);
  EXPECT_THAT(text, HasSubstr("volume 808.0000 not available"));
  EXPECT_THAT(text, HasSubstr("Not available: "));
  EXPECT_THAT(text_of_execution(ReportInput{}), Not(HasSubstr("slippage")));
}

}  // namespace
}  // namespace tieout::report
