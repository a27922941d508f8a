#include "tieout/flow/run_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/status.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RunIndexTest : public ::testing::Test {
 protected:
  /// A reconciliation of one day with what the index reads of it.
  void add(const std::string& day, const std::string& verdict, const std::string& columns) {
    const fs::path dir =
        root() / "C1b.config1" / "paper_trading" / (day + "_000000." + day + "_235500");
    const fs::path result = dir / "reconciliation_notebook" / "fast" / "result_0";
    ASSERT_TRUE(tieout::create_directories(result).ok());
    ASSERT_TRUE(tieout::create_directories(dir / "prod" / "system_log_dir.scheduled").ok());
    RunStatus status;
    status.verdict = verdict;
    status.sentence = "because <it> is so";
    ASSERT_TRUE(write_status(dir / "status.json", status).ok());
    ASSERT_TRUE(write_file_atomic(result / "report.json",
                                  "{\"comparison\": {\"distinct_breaks\": 7, "
                                  "\"breaks_by_column\": {" +
                                      columns + "}}}")
                    .ok());
    ASSERT_TRUE(write_file_atomic(result / "Master.0.html", "page").ok());
  }
  fs::path root() const { return scratch_.path() / "recon"; }
  ScratchDir scratch_;
};

TEST_F(RunIndexTest, ABreakIsNewTheFirstTimeAndKnownAfterwards) {
  add("20231108", "DIVERGED", "\"vol/x\": 3");
  add("20231109", "IDENTICAL", "");
  add("20231110", "DIVERGED", "\"vol/x\": 1, \"orders/y\": 2");
  const auto index = index_runs(root(), root());
  ASSERT_TRUE(index.ok()) << index.error().message;
  ASSERT_EQ(index->runs.size(), 3U);
  EXPECT_THAT(index->runs[0].new_breaks, ElementsAre("vol/x"));
  EXPECT_THAT(index->runs[1].new_breaks, IsEmpty());
  EXPECT_THAT(index->runs[2].new_breaks, ElementsAre("orders/y"));
  EXPECT_THAT(index->runs[2].known_breaks, ElementsAre("vol/x"));
  EXPECT_EQ(index->runs[2].breaks, 7U);
}

TEST_F(RunIndexTest, LinksAreRelativeToWhereTheIndexLies) {
  add("20231108", "IDENTICAL", "");
  const auto index = index_runs(root(), scratch_.path() / "site");
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->runs[0].fast_page,
            "../recon/C1b.config1/paper_trading/20231108_000000.20231108_235500/"
            "reconciliation_notebook/fast/result_0/Master.0.html");
}

TEST_F(RunIndexTest, ThePageHasACalendarAndEscapesWhatRunsSay) {
  add("20231108", "DIVERGED", "\"vol/x\": 3");
  const auto index = index_runs(root(), root());
  ASSERT_TRUE(index.ok());
  const std::string page = report::render_run_index(*index);
  EXPECT_THAT(page, HasSubstr("<h1>Reconciliations</h1>"));
  EXPECT_THAT(page, HasSubstr("2023-11"));
  EXPECT_THAT(page, Not(HasSubstr("Distinct breaks of each run")));  // one run is no trend
  EXPECT_THAT(page, HasSubstr("DIVERGED"));
  EXPECT_THAT(page, HasSubstr("because &lt;it&gt; is so"));
  EXPECT_THAT(page, Not(HasSubstr("<it>")));
  EXPECT_EQ(page, report::render_run_index(*index));
}

TEST_F(RunIndexTest, ARunWithoutAVerdictIsShownAndADamagedReportSaysSo) {
  add("20231108", "", "");
  const fs::path dir = root() / "C1b.config1" / "paper_trading" / "20231108_000000.20231108_235500";
  ASSERT_TRUE(
      write_file_atomic(dir / "reconciliation_notebook/fast/result_0/report.json", "{").ok());
  const auto index = index_runs(root(), root());
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->runs[0].verdict, "");
  EXPECT_THAT(index->runs[0].sentence, HasSubstr("is not a JSON object"));
  EXPECT_THAT(report::to_json(*index), HasSubstr("\"verdict\": null"));
}

TEST_F(RunIndexTest, NoReconciliationIsAnErrorThatNamesTheLayout) {
  ASSERT_TRUE(tieout::create_directories(root() / "C1b" / "paper_trading").ok());
  const auto index = index_runs(root(), root());
  ASSERT_FALSE(index.ok());
  EXPECT_EQ(index.error().code, ErrorCode::kFileNotFound);
  EXPECT_THAT(index.error().message, HasSubstr("{model}/{run_mode}/{start}.{end}"));
}

TEST_F(RunIndexTest, BothFilesAreWritten) {
  add("20231108", "IDENTICAL", "");
  const auto index = index_runs(root(), root());
  ASSERT_TRUE(index.ok());
  ASSERT_TRUE(write_run_index(*index, scratch_.path() / "site").ok());
  EXPECT_TRUE(fs::exists(scratch_.path() / "site" / "index.html"));
  EXPECT_TRUE(fs::exists(scratch_.path() / "site" / "index.json"));
}

}  // namespace
}  // namespace tieout::flow
