#include "tieout/flow/multiday.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"

#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

Timestamp ts(const char* name) {
  return parse_ts_name(name).value();
}

std::string window_text(const char* tag, const char* now) {
  const auto window = window_of_tag(tag, ts(now));
  return window ? to_ts_name(window->first) + "." + to_ts_name(window->second) : "none";
}

TEST(MultidayTest, ATagMeansTheLastWholeWeekOrMonth) {
  // 2023-07-24 is a Monday.
  EXPECT_EQ(window_text("last_week", "20230724_070000"), "20230717_000000.20230723_235959");
  EXPECT_EQ(window_text("last_week", "20230730_235959"), "20230717_000000.20230723_235959");
  EXPECT_EQ(window_text("last_week", "20230723_235959"), "20230710_000000.20230716_235959");
  EXPECT_EQ(window_text("last_month", "20240301_000000"), "20240201_000000.20240229_235959");
  EXPECT_EQ(window_text("last_month", "20240131_120000"), "20231201_000000.20231231_235959");
  EXPECT_EQ(window_text("since_go_live", "20240131_120000"), "none");
}

TEST(MultidayTest, ATagIsPartOfAFileNameAndNothingElse) {
  EXPECT_TRUE(check_html_notebook_tag("").ok());
  EXPECT_TRUE(check_html_notebook_tag("last_week-2").ok());
  for (const char* bad : {"../x", "a.b", "a b", "a/b", "\xC3\xA9"}) {
    EXPECT_FALSE(check_html_notebook_tag(bad).ok()) << bad;
  }
}

TEST(MultidayTest, PagesHaveTheNamesOfTheFlow) {
  RunIdentity run;
  run.model = "C1b";
  run.tag = "config1";
  run.run_mode = "paper_trading";
  run.start = ts("20230717_000000");
  run.end = ts("20230723_235959");
  EXPECT_EQ(multiday_page_name(run),
            "C1b.config1.shadow_trading.multiday.20230717_000000.20230723_235959.html");
  EXPECT_EQ(multiday_static_page_name(run, "last_week"), "C1b.config1.last_week.html");
  run.run_mode = "prod";
  run.tag = "";
  EXPECT_EQ(multiday_page_name(run), "C1b.prod.multiday.20230717_000000.20230723_235959.html");
  EXPECT_EQ(multiday_static_page_name(run, "last_week"), "C1b.last_week.html");
}

/// A tree of reconciliations of short runs; the 29th has none.
class Tree {
 public:
  Tree() : sample_(scratch_.path()) {
    multiday.run = sample_.recon.run;
    multiday.html_notebook_tag = "last_week";
    for (const char* name : {"20230828_130500.20230828_131000", "20230830_130500.20230830_131000",
                             "20230831_130500.20230831_131000"}) {
      for (const char* side : {"prod", "simulation"}) {
        const fs::path dir = run_dir(name) / side / "system_log_dir.scheduled";
        fs::create_directories(dir.parent_path());
        SampleLog log;
        log.replay = std::string(side) == "prod" ? "" : "faithful";
        log.write(dir);
      }
    }
  }

  fs::path run_dir(const std::string& name) const {
    return scratch_.path() / "dst" / "Mock1" / "paper_trading" / name;
  }
  fs::path published() const { return scratch_.path() / "dst" / "published"; }
  Result<MultidayResult> run() {
    const Context base = sample_.context();
    const Context context{.registry = base.registry,
                          .now = [] { return ts("20230902_000000"); },
                          .say = base.say,
                          .complain = base.complain,
                          .progress = nullptr,
                          .stop = base.stop};
    return run_multiday(multiday, context);
  }
  static std::string report_of(const MultidayResult& result) {
    return read_file(result.report).value();
  }

  Multiday multiday;

 private:
  ScratchDir scratch_;
  SampleReconciliation sample_;
};

TEST(MultidayTest, ADayWithoutARunMakesTheWindowInconclusiveAndIsNamed) {
  Tree tree;
  const auto result = tree.run();
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  EXPECT_EQ(result->exit, 3);
  EXPECT_THAT(result->sentence, HasSubstr("1 day without a run: 2023-08-29"));
  const std::string report = Tree::report_of(*result);
  EXPECT_THAT(report, HasSubstr("\"missing_days\": [\n  \"2023-08-29 13:05:00+00:00\""));
  EXPECT_THAT(report, HasSubstr("\"id\": \"multiday.days\""));
  const fs::path dir = result->report.parent_path();
  EXPECT_EQ(dir.parent_path().filename(), "20230828_130500.20230831_131000");
  for (const char* file : {"Master_multiday_system_reconciliation.0.ipynb", "config.pkl",
                           "config.txt", "complete.txt", "run_notebook.0.log"}) {
    EXPECT_TRUE(fs::exists(dir / file)) << file;
  }
  EXPECT_FALSE(fs::exists(dir / "success.txt"));
}

TEST(MultidayTest, ThePageIsPublishedUnderItsOwnAndTheStaticName) {
  Tree tree;
  fs::create_directories(tree.published());
  const char* const day = "Mock1.shadow_trading.fast.20230828_130500.20230828_131000.html";
  ASSERT_TRUE(write_file_atomic(tree.published() / day, "page").ok());
  const auto result = tree.run();
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  ASSERT_EQ(result->links.size(), 2U);
  EXPECT_EQ(std::filesystem::path(result->links[1].place).filename(), "Mock1.last_week.html");
  const std::string page = read_file(result->links[1].place).value();
  EXPECT_EQ(page, read_file(result->links[0].place).value());
  EXPECT_THAT(page, HasSubstr(std::string("<a href=\"") + day + "\">fast</a>"));
  EXPECT_THAT(read_file(tree.published() / "Mock1.last_week.latest.json").value(),
              HasSubstr("\"verdict\": \"INCONCLUSIVE\""));
}

TEST(MultidayTest, InItsOwnDirectoryThePageLinksWithinTheTree) {
  Tree tree;
  const fs::path fast =
      tree.run_dir("20230830_130500.20230830_131000") / "reconciliation_notebook/fast/result_0";
  fs::create_directories(fast);
  ASSERT_TRUE(write_file_atomic(fast / "page.html", "page").ok());
  const auto result = tree.run();
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  const std::string link =
      "../../../20230830_130500.20230830_131000/reconciliation_notebook/fast/result_0/page.html";
  EXPECT_THAT(Tree::report_of(*result), HasSubstr(link));
  EXPECT_TRUE(fs::exists(result->report.parent_path() / link));
  EXPECT_THAT(read_file(result->links[0].place).value(), Not(HasSubstr(link)));
}

TEST(MultidayTest, ADamagedLogIsShownAndItsExitCodeIsTheWindows) {
  Tree tree;
  const fs::path journal = tree.run_dir("20230830_130500.20230830_131000") /
                           "prod/system_log_dir.scheduled/journal.tlog";
  std::string bytes = read_file(journal).value();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x40);
  std::ofstream(journal, std::ios::binary) << bytes;
  const auto result = tree.run();
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  EXPECT_EQ(result->exit, 4);
  EXPECT_THAT(result->sentence, HasSubstr("1 CORRUPT"));
  EXPECT_THAT(read_file(result->links[0].place).value(), HasSubstr(">CORRUPT<"));
}

TEST(MultidayTest, AMissingSimulationIsShownAndInconclusive) {
  Tree tree;
  tree.multiday.start = ts("20230830_000000");
  tree.multiday.end = ts("20230831_235959");
  fs::remove_all(tree.run_dir("20230831_130500.20230831_131000") / "simulation");
  const auto result = tree.run();
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  EXPECT_EQ(result->exit, 3);
  EXPECT_THAT(Tree::report_of(*result), HasSubstr("sim: '"));
  EXPECT_EQ(result->report.parent_path().parent_path().filename(),
            "20230830_000000.20230831_235959");
}

TEST(MultidayTest, NoRunAtAllIsAnErrorThatLeavesNothing) {
  Tree tree;
  tree.multiday.start = ts("20240101_000000");
  tree.multiday.end = ts("20240107_235959");
  const auto result = tree.run();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kFileNotFound);
  EXPECT_FALSE(fs::exists(tree.run_dir("multiday")));
}

TEST(MultidayTest, EqualInputsGiveEqualBytesAndAReportIsReplacedWhole) {
  Tree tree;
  const auto first = tree.run();
  ASSERT_TRUE(first.ok());
  const std::string report = Tree::report_of(*first);
  const std::string page = read_file(first->links[0].place).value();
  const auto second = tree.run();
  ASSERT_TRUE(second.ok()) << to_string(second.error());
  EXPECT_EQ(Tree::report_of(*second), report);
  EXPECT_EQ(read_file(second->links[0].place).value(), page);
}

}  // namespace
}  // namespace tieout::flow
