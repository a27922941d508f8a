#include "tieout/flow/run_discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Timestamp ts(const char* name) {
  return parse_ts_name(name).value();
}

/// The five daily runs of the goldens, and a multi-day report beside them.
std::vector<ListedDir> golden_listing() {
  return {{"20230722_131000.20230723_130500", {"system_log_dir.scheduled"}},
          {"20230720_131000.20230721_130500", {"system_log_dir.scheduled"}},
          {"20230721_131000.20230722_130500", {"system_log_dir.manual"}},
          {"20230724_131000.20230725_130500", {"system_log_dir.scheduled"}},
          {"20230723_131000.20230724_130500", {"system_log_dir.manual"}},
          {"multiday", {}}};
}

DiscoveryOptions window(const char* start, const char* end) {
  DiscoveryOptions options;
  if (start != nullptr) options.start = ts(start);
  if (end != nullptr) options.end = ts(end);
  options.now = ts("20240101_000000");
  return options;
}

std::vector<std::string> texts(const Result<Discovery>& found) {
  std::vector<std::string> out;
  if (!found.ok()) return {to_string(found.error())};
  for (const FoundRun& run : found->runs) {
    out.push_back(to_ts_name(run.start).substr(6, 2) + " " + run.mode);
  }
  return out;
}

// recon_flow.md 11.1, G1 and G2.
TEST(RunDiscoveryTest, KeepsTheRunsWhoseStartIsInTheWindow) {
  const auto dirs = golden_listing();
  EXPECT_THAT(texts(discover_runs(dirs, window("20230722_000000", "20230724_235959"))),
              ElementsAre("22 scheduled", "23 manual", "24 scheduled"));
  EXPECT_THAT(texts(discover_runs(dirs, window("20230721_000000", nullptr))),
              ElementsAre("21 manual", "22 scheduled", "23 manual", "24 scheduled"));
  EXPECT_THAT(texts(discover_runs(dirs, window(nullptr, "20230722_235959"))),
              ElementsAre("20 scheduled", "21 manual", "22 scheduled"));
  EXPECT_THAT(
      texts(discover_runs(dirs, window(nullptr, nullptr))),
      ElementsAre("20 scheduled", "21 manual", "22 scheduled", "23 manual", "24 scheduled"));
  EXPECT_THAT(texts(discover_runs(dirs, window("20230721_000000", "20230723_235959"))),
              ElementsAre("21 manual", "22 scheduled", "23 manual"));
  EXPECT_THAT(texts(discover_runs(dirs, window(nullptr, "20230721_235959"))),
              ElementsAre("20 scheduled", "21 manual"));
}

TEST(RunDiscoveryTest, TheEdgesOfTheWindowBelongToItAndTheEndOfARunIsNotHeldAgainstIt) {
  const auto dirs = golden_listing();
  EXPECT_THAT(texts(discover_runs(dirs, window("20230722_131000", "20230722_131000"))),
              ElementsAre("22 scheduled"));
  EXPECT_THAT(texts(discover_runs(dirs, window("20230722_131001", "20230723_130959"))),
              ElementsAre(HasSubstr("No system run dir found for start_date=20230722_131001, "
                                    "end_date=20230723_130959")));
}

TEST(RunDiscoveryTest, NoRunIsAnErrorAndSoIsAWindowThatEndsBeforeItStarts) {
  const auto none = discover_runs({{"multiday", {}}}, window(nullptr, nullptr));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kFileNotFound);
  EXPECT_THAT(none.error().message, HasSubstr("start_date=None, end_date=None"));
  const auto reversed =
      discover_runs(golden_listing(), window("20230724_000000", "20230722_000000"));
  ASSERT_FALSE(reversed.ok());
  EXPECT_EQ(reversed.error().code, ErrorCode::kInvalidInterval);
}

struct KindCase {
  const char* name;
  DirKind kind;
};
constexpr KindCase kKinds[] = {
    {"20230720_131000.20230721_130500", DirKind::kRun},
    {"20230720_131000.20230721_130500.20230722_010203", DirKind::kBackup},
    {"20230720_131000.20230721_130500.20230722_010203.12", DirKind::kBackup},
    {"20230720_131000.20230721_130500.tmp.4711", DirKind::kUnfinished},
    {"20230720_131000.20230721_130500.old", DirKind::kOther},
    {"20230720_131000.20230721_130500x", DirKind::kOther},
    {"20230720_131000.20230720_131000", DirKind::kNoWindow},
    {"20230721_131000.20230720_131000", DirKind::kNoWindow},
    {"20230230_131000.20230301_131000", DirKind::kNoWindow},
    {"20230720_251000.20230721_130500", DirKind::kNoWindow},
    {"20230720", DirKind::kOlderLayout},
    {"../20230419", DirKind::kOlderLayout},
    {"system_log_dir.scheduled.20230419_041000.20230419_100500", DirKind::kOlderLayout},
    {"job.live", DirKind::kOlderLayout},
    {"job.candidate.1", DirKind::kOlderLayout},
    {"system_log_dir.scheduled", DirKind::kOther},
    {"2023072", DirKind::kOther},
    {"multiday", DirKind::kOther},
    {"", DirKind::kOther},
};

TEST(RunDiscoveryTest, ANameSaysWhatADirectoryIs) {
  for (const KindCase& c : kKinds) {
    EXPECT_EQ(kind_of_dir(c.name), c.kind) << c.name;
  }
}

TEST(RunDiscoveryTest, BackupsAndOlderLayoutsAreNamedAndNotRead) {
  std::vector<ListedDir> dirs = golden_listing();
  dirs.push_back({"20230722_131000.20230723_130500.20230724_000000", {}});
  dirs.push_back({".20230722_131000.20230723_130500.lock", {}});
  dirs.push_back({"../20230723", {}});
  dirs.push_back({"../20220101", {}});  // outside of the window
  dirs.push_back({"20230231_131000.20230723_130500", {}});
  const auto found = discover_runs(dirs, window("20230722_000000", "20230724_235959"));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->runs.size(), 3U);
  ASSERT_EQ(found->set_aside.size(), 3U);
  EXPECT_EQ(found->set_aside[0].name, "20230722_131000.20230723_130500.20230724_000000");
  EXPECT_THAT(found->set_aside[0].reason, HasSubstr("backup"));
  EXPECT_EQ(found->set_aside[1].name, "../20230723");
  EXPECT_THAT(found->set_aside[1].reason, HasSubstr("older layout"));
  EXPECT_THAT(found->set_aside[2].reason, HasSubstr("times do not exist"));
}

TEST(RunDiscoveryTest, ARunWithoutOneModeKeepsItsPlaceWithItsProblem) {
  std::vector<ListedDir> dirs = golden_listing();
  dirs[0].log_dirs = {};
  dirs[1].log_dirs = {"system_log_dir.manual", "system_log_dir.scheduled"};
  dirs[2].log_dirs = {"system_log_dir"};
  const auto found = discover_runs(dirs, window(nullptr, nullptr));
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->runs.size(), 5U);
  EXPECT_THAT(found->runs[0].problem,
              HasSubstr("system_log_dir.manual and system_log_dir.scheduled, needed one"));
  EXPECT_THAT(found->runs[1].problem, HasSubstr("without a mode"));
  EXPECT_THAT(found->runs[2].problem, HasSubstr("no system_log_dir"));
  EXPECT_EQ(found->runs[2].mode, "");
  EXPECT_EQ(found->runs[3].problem, "");
}

TEST(RunDiscoveryTest, NeighboursThatShareBarsOverlapAndOthersLeaveAGap) {
  const std::vector<ListedDir> dirs{
      {"20230720_131000.20230721_130500", {"system_log_dir.scheduled"}},
      {"20230720_131000.20230720_150500", {"system_log_dir.manual"}},  // the same start
      {"20230721_130500.20230721_200000", {"system_log_dir.manual"}},  // one bar of both
      {"20230721_200500.20230722_130500", {"system_log_dir.scheduled"}}};
  const auto found = discover_runs(dirs, window(nullptr, nullptr));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->runs[0].name, "20230720_131000.20230720_150500");
  EXPECT_THAT(
      found->overlaps,
      ElementsAre(Overlap{"20230720_131000.20230720_150500", "20230720_131000.20230721_130500",
                          ts("20230720_131000"), ts("20230720_150500")},
                  Overlap{"20230720_131000.20230721_130500", "20230721_130500.20230721_200000",
                          ts("20230721_130500"), ts("20230721_130500")}));
  EXPECT_THAT(found->gaps, ElementsAre(RunGap{ts("20230721_200000"), ts("20230721_200500")}));
}

TEST(RunDiscoveryTest, ADayWithoutARunIsMissingAtTheTimeAtWhichRunsBegin) {
  std::vector<ListedDir> dirs = golden_listing();
  dirs.erase(dirs.begin());  // the 22nd
  dirs[0].name = "20230720_140000.20230721_130500";
  const auto found = discover_runs(dirs, window("20230719_000000", "20230725_120000"));
  ASSERT_TRUE(found.ok());
  // The 25th begins after the window's end; the 20th began late and is there.
  EXPECT_THAT(found->missing_days, ElementsAre(ts("20230719_131000"), ts("20230722_131000")));
}

TEST(RunDiscoveryTest, ADayIsNotMissingBeforeItsRunCouldEndNorInsideALongerRun) {
  std::vector<ListedDir> dirs = golden_listing();
  DiscoveryOptions options = window(nullptr, "20230727_000000");
  options.now = ts("20230727_070000");
  // The run of the 26th would end on the 27th at 13:05.
  EXPECT_THAT(discover_runs(dirs, options)->missing_days, ElementsAre(ts("20230725_131000")));
  dirs[3].name = "20230724_131000.20230726_130500";
  EXPECT_THAT(discover_runs(dirs, options)->missing_days, IsEmpty());
}

TEST(RunDiscoveryTest, WeekendsAreNotExpectedWhenWeekdaysAre) {
  std::vector<ListedDir> dirs = golden_listing();
  dirs.erase(dirs.begin());      // the 22nd, a Saturday
  dirs.erase(dirs.begin() + 3);  // the 23rd, a Sunday
  DiscoveryOptions options = window(nullptr, nullptr);
  EXPECT_THAT(discover_runs(dirs, options)->missing_days,
              ElementsAre(ts("20230722_131000"), ts("20230723_131000")));
  options.days = RunDays::kWeekdays;
  EXPECT_THAT(discover_runs(dirs, options)->missing_days, IsEmpty());
}

TEST(RunDiscoveryTest, ListsBothTreesAndWhatLiesAboveThem) {
  const ScratchDir scratch;
  namespace fs = std::filesystem;
  const fs::path runs = scratch.path() / "C1b.config1" / "paper_trading";
  const std::string copied = "20230720_131000.20230721_130500";
  const std::string produced = "20230721_131000.20230722_130500";
  fs::create_directories(runs / copied / "prod" / "system_log_dir.scheduled");
  fs::create_directories(runs / copied / "simulation" / "system_log_dir.scheduled");
  fs::create_directories(runs / produced / "system_log_dir.manual");
  fs::create_directories(runs / "multiday" / copied);
  fs::create_directories(scratch.path() / "C1b.config1" / "20230719");
  fs::create_directories(scratch.path() / "published");
  ASSERT_TRUE(write_file_atomic(runs / (copied + ".20230801_000000"), "a file").ok());
  const auto listed = list_run_dirs(scratch.path(), "C1b.config1", "paper_trading");
  ASSERT_TRUE(listed.ok()) << to_string(listed.error());
  ASSERT_EQ(listed->size(), 4U);
  EXPECT_EQ((*listed)[0].name, copied);
  EXPECT_THAT((*listed)[0].log_dirs, ElementsAre("system_log_dir.scheduled"));
  EXPECT_THAT((*listed)[1].log_dirs, ElementsAre("system_log_dir.manual"));
  EXPECT_EQ((*listed)[2].name, "multiday");
  EXPECT_EQ((*listed)[3].name, "../20230719");
  const auto absent = list_run_dirs(scratch.path(), "C1b", "paper_trading");
  ASSERT_FALSE(absent.ok());
  EXPECT_THAT(absent.error().message, HasSubstr("--tag"));
}

}  // namespace
}  // namespace tieout::flow
