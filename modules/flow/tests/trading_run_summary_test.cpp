#include "tieout/flow/trading_run_summary.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"

#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SummaryRow row(const char* date, double pre, double post, double volume) {
  SummaryRow out;
  out.start = parse_iso(std::string(date) + " 00:00:00Z").value();
  out.model_config = "C11a.config3";
  out.account_id = "4";
  out.pre_usdt = pre;
  out.post_usdt = post;
  out.volume = volume;
  return out;
}

// recon_flow.md 8.6. The sheet shows 28.83 and 50.10 with a PnL of 21.28: the balances had more
// digits than are shown.
TEST(TradingRunSummaryTest, TheGoldenRowsOfTheSheetHold) {
  SummaryRow june = row("2024-06-10", 28.826, 50.1035, 4537.60);
  june.scheduled_hours = 22;
  june.actual_hours = 6;
  const auto rows = compute_summary({row("2024-07-08", -163.09, -177.89, 11441.03), june});
  const std::string csv = summary_csv(rows, "/dst");
  EXPECT_THAT(csv, HasSubstr("2024-06-10,Mon,4,C11a.config3,22.00,6.00,28.83,50.10,4537.60,21.28,"
                             "46.89,21.28,4537.60,46.89,85.11,,\n"));
  EXPECT_THAT(csv, HasSubstr("2024-07-08,Mon,4,C11a.config3,,,-163.09,-177.89,11441.03,-14.80,"
                             "-12.94,6.48,15978.63,4.05,,,\n"));
}

TEST(TradingRunSummaryTest, CumulativeColumnsRunOverOneModelAndAccountAndSkipWhatIsNotKnown) {
  SummaryRow other = row("2024-06-11", 0, 100, 1000);
  other.account_id = "5";
  const auto rows = compute_summary({row("2024-06-10", 10, 20, 1000), other,
                                     row("2024-06-12", SummaryRow::kUnknown, 5, 1000),
                                     row("2024-06-13", 20, 25, 500)});
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].cumulative_pnl, 100);
  EXPECT_TRUE(std::isnan(rows[2].pnl));
  EXPECT_EQ(rows[2].cumulative_pnl, 10);
  EXPECT_EQ(rows[2].cumulative_volume, 1000);
  EXPECT_EQ(rows[3].cumulative_pnl, 15);
  EXPECT_EQ(rows[3].cumulative_bps, 100);
}

TEST(TradingRunSummaryTest, WithoutVolumeThereAreNoBps) {
  const auto rows = compute_summary({row("2024-06-10", 10, 20, 0)});
  EXPECT_TRUE(std::isnan(rows[0].bps));
  EXPECT_TRUE(std::isnan(rows[0].cumulative_bps));
}

TEST(TradingRunSummaryTest, ALineOfBalancesReplacesWhatTheLogSaysAndAddsWhatItLacks) {
  SummaryRow run = row("2024-06-10", 700, 701, 1000);
  run.run = "20240610_120000.20240611_080000";
  run.start = parse_ts_name("20240610_120000").value();
  SummaryRow given = row("2024-06-10", 28.83, SummaryRow::kUnknown, SummaryRow::kUnknown);
  given.model_config = "";
  given.notes = "flattened by hand";
  const auto merged = merge_balances({run}, {given, row("2024-06-11", 1, 2, 3)});
  ASSERT_TRUE(merged.ok());
  ASSERT_EQ(merged->size(), 2U);
  EXPECT_EQ((*merged)[0].pre_usdt, 28.83);
  EXPECT_EQ((*merged)[0].post_usdt, 701);
  EXPECT_EQ((*merged)[0].notes, "flattened by hand");
  EXPECT_EQ((*merged)[1].run, "");
}

TEST(TradingRunSummaryTest, ALineThatCouldBeOfTwoRunsIsRefused) {
  SummaryRow run = row("2024-06-10", 700, 701, 1000);
  run.run = "20240610_120000.20240611_080000";
  SummaryRow other = run;
  other.run = "20240610_130000.20240611_080000";
  const auto merged = merge_balances({run, other}, {row("2024-06-10", 1, 2, 3)});
  ASSERT_FALSE(merged.ok());
  EXPECT_THAT(merged.error().message, HasSubstr("could be 20240610_120000"));
}

struct BadFile {
  const char* name;
  const char* content;
  ErrorCode code;
  const char* message;
};
const BadFile kBad[] = {
    {"unknown column", "date,pre\n2024-06-10,1\n", ErrorCode::kSchemaMismatch, "column 'pre'"},
    {"no key", "pre_usdt\n1\n", ErrorCode::kSchemaMismatch, "neither"},
    {"short line", "date,pre_usdt\n2024-06-10\n", ErrorCode::kSchemaMismatch, "line 2"},
    {"no date", "date,pre_usdt\n,1\n", ErrorCode::kMalformedData, "line 2: date"},
    {"bad date", "date,pre_usdt\n2024-06-31,1\n", ErrorCode::kMalformedData, "2024-06-31"},
    {"bad number", "date,pre_usdt\n2024-06-10,x\n", ErrorCode::kMalformedData, "needed a number"},
    {"infinite", "date,pre_usdt\n2024-06-10,inf\n", ErrorCode::kMalformedData, "needed a number"},
};

TEST(TradingRunSummaryTest, ABadFileOfBalancesIsToldWithItsLine) {
  const ScratchDir scratch;
  for (const BadFile& c : kBad) {
    ASSERT_TRUE(write_file_atomic(scratch.path() / "b.csv", c.content).ok());
    const auto rows = read_balances(scratch.path() / "b.csv");
    ASSERT_FALSE(rows.ok()) << c.name;
    EXPECT_EQ(rows.error().code, c.code) << c.name;
    EXPECT_THAT(rows.error().message, HasSubstr(c.message)) << c.name;
  }
}

TEST(TradingRunSummaryTest, ALogThatCannotBeReadIsALineThatSaysSo) {
  const ScratchDir scratch;
  SampleReconciliation sample(scratch.path());
  SampleLog log;
  log.command = {{"secret_id", "3"}};
  sample.write_source(log);
  const SummaryRow good = summary_row_of_run(sample.source.root);
  EXPECT_EQ(good.account_id, "3");
  EXPECT_EQ(good.model_config, "Mock1");
  EXPECT_NEAR(good.actual_hours, 10.0 / 60.0, 1e-12);
  EXPECT_NEAR(good.scheduled_hours, 10.0 / 60.0, 1e-12);
  EXPECT_TRUE(std::isnan(good.pre_usdt));
  EXPECT_THAT(good.notes, HasSubstr("no balances"));

  std::filesystem::remove_all(sample.source.system_log_dir);
  const SummaryRow bad = summary_row_of_run(sample.source.root);
  EXPECT_THAT(bad.notes, HasSubstr("log not read"));
  EXPECT_EQ(to_ts_name(bad.start), "20230828_130500");
  const auto found = find_run_dirs(scratch.path() / "src");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 1U);
  EXPECT_FALSE(find_run_dirs(scratch.path() / "dst").ok());
}

TEST(TradingRunSummaryTest, ThePageEscapesWhatItShowsAndLinksWithinTheTree) {
  SummaryRow evil = row("2024-06-10", 1, 2, 3);
  evil.notes = "<script>evil";
  evil.report = "/data/C1b/page.html";
  const std::string html = summary_html({evil}, "/data/sheet", Timestamp{0});
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;evil"));
  EXPECT_THAT(html, Not(HasSubstr("<script>evil")));
  EXPECT_THAT(html, HasSubstr("<a href=\"../C1b/page.html\">open</a>"));
}

}  // namespace
}  // namespace tieout::flow
