#include "tieout/reference/profile_dag.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/zone.hpp"

namespace tieout::reference {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kBar = 300;
const Timestamp kFirst = parse_iso("2023-11-06 11:15:00-05:00").value();

Timestamp bar_at(int n) {
  return kFirst + seconds(kBar * n);
}

/// Directories of node outputs, as CSV: windows of `rows` rows that slide bar by bar, each cell a
/// function of its row.
class ProfileDag : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) /
            testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    for (const char* side : {"prod", "sim"}) {
      fs::create_directories(root_ / side);
    }
  }
  void TearDown() override { fs::remove_all(root_); }

  /// One file. `odd` is written instead of the cell of that row.
  void write(const std::string& side, const std::string& node, int bar, int rows = 4,
             int odd_row = 99, const std::string& odd = "", const std::string& wall = "") const {
    std::string text = "end_ts,x|101,n|101\n";
    for (int row = bar - rows + 1; row <= bar; ++row) {
      text += fmt::format("{},{},{}\n", to_local_iso(bar_at(row), Zone::kNewYork),
                          row == odd_row ? odd : fmt::format("{:.1f}", 100.0 + row), row);
    }
    const std::string stamp = to_local_ts_name(bar_at(bar), Zone::kNewYork);
    std::ofstream(root_ / side /
                  fmt::format("{}.df_out.{}.{}.csv", node, stamp, wall.empty() ? stamp : wall))
        << text;
  }
  void write_run(const std::string& side) const {
    for (int bar = 0; bar < 4; ++bar) {
      write(side, "predict.0.read_data", bar);
      write(side, "predict.10.process_forecasts", bar);
    }
  }
  Result<DagComparison> compare(const DagCompareOptions& options = {}) const {
    return compare_dag_outputs(root_ / "prod", root_ / "sim", options);
  }
  Result<DagComparison> check(SelfConsistencyOptions options) const {
    if (options.node_name.empty()) {
      options.node_name = "predict.10.process_forecasts";
    }
    return check_dag_output_self_consistency(root_ / "prod", options);
  }

  fs::path root_;
};

TEST_F(ProfileDag, NodesAreSortedByTheNumbersInTheirNames) {
  write_run("prod");
  write("prod", "predict.2.resample", 0);
  EXPECT_THAT(
      *dag_node_names(root_ / "prod"),
      ElementsAre("predict.0.read_data", "predict.2.resample", "predict.10.process_forecasts"));
}

TEST_F(ProfileDag, EqualRunsPass) {
  write_run("prod");
  write_run("sim");
  const auto result = compare();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_FALSE(result->raised);
  EXPECT_EQ(result->compared, 8U);
  EXPECT_THAT(result->hidden.columns_not_compared, ElementsAre("n|101"));
}

TEST_F(ProfileDag, ADifferenceNamesNodeAndBarAndStops) {
  write_run("prod");
  write_run("sim");
  write("sim", "predict.0.read_data", 2, 4, 1, "101.5");
  const auto result = compare();
  ASSERT_TRUE(result->raised);
  EXPECT_EQ(result->raised->message,
            std::string(80, '#') +
                "\n* Failed assertion *\n0.5 <= 0.001\nComparison failed for "
                "node=predict.0.read_data for bar timestamps=2023-11-06 11:25:00-05:00\n" +
                std::string(80, '#'));
  EXPECT_EQ(result->compared, 3U);
}

TEST_F(ProfileDag, AnExtraBarOfTheSecondRunIsNeverLookedAtAndSaid) {
  write_run("prod");
  write_run("sim");
  write("sim", "predict.0.read_data", 4);
  const auto result = compare();
  EXPECT_FALSE(result->raised);
  EXPECT_THAT(to_sentences(result->hidden),
              Contains("1 bar of predict.0.read_data in the right directory was not looked at"));
}

TEST_F(ProfileDag, AMissingBarIsARuntimeError) {
  write_run("prod");
  write_run("sim");
  for (const auto& entry : fs::directory_iterator(root_ / "sim")) {
    if (entry.path().filename().string().find("20231106_112500") != std::string::npos) {
      fs::remove(entry.path());
    }
  }
  const auto result = compare();
  ASSERT_TRUE(result->raised);
  EXPECT_EQ(result->raised->type, "RuntimeError");
  EXPECT_THAT(result->raised->message, HasSubstr("failed with rc='1'"));
}

TEST_F(ProfileDag, TwoFilesOfOneBarAreAnError) {
  write_run("prod");
  write_run("sim");
  write("sim", "predict.0.read_data", 0, 4, 99, "", "20231106_120000");
  const auto result = compare();
  ASSERT_TRUE(result->raised);
  EXPECT_THAT(result->raised->message, HasSubstr("There were found 2 files at "));
  EXPECT_THAT(result->raised->message, HasSubstr("for bar_timestamp=20231106_111500 while should"));
}

TEST_F(ProfileDag, OtherNodesAreAnError) {
  write_run("prod");
  write_run("sim");
  write("sim", "predict.2.resample", 0);
  EXPECT_THAT(compare()->raised->message, HasSubstr("val2 - val1=['predict.2.resample']"));
}

TEST_F(ProfileDag, AMissingDirectoryIsNothing) {
  write_run("prod");
  const auto result = compare_dag_outputs(root_ / "prod", root_ / "nowhere", {});
  EXPECT_FALSE(result->raised);
  EXPECT_TRUE(result->returned_none);
  EXPECT_EQ(result->warnings.size(), 1U);
}

TEST_F(ProfileDag, AFrameOfNanAloneFails) {
  for (const char* side : {"prod", "sim"}) {
    write(side, "predict.0.read_data", 0, 1, 0, "");
  }
  EXPECT_THAT(compare()->raised->message, HasSubstr("\nnan <= 0.001\n"));
}

TEST_F(ProfileDag, AConsistentRunPasses) {
  write_run("prod");
  const auto result = check({});
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->raised) << result->raised->message;
  EXPECT_EQ(result->compared, 3U);
}

// The words of the guide's example.
TEST_F(ProfileDag, ARewrittenRowOfTheRunFailsInTheGuidesWords) {
  write_run("prod");
  write("prod", "predict.10.process_forecasts", 2, 4, 1, "126.25");
  SelfConsistencyOptions options;
  options.compare.diff_mode = "pct_change";
  const auto result = check(options);
  ASSERT_TRUE(result->raised);
  EXPECT_EQ(result->raised->message,
            std::string(80, '#') +
                "\n* Failed assertion *\n20.0 <= 0.001\nComparison failed for "
                "node=predict.10.process_forecasts for current_timestamp=2023-11-06 "
                "11:25:00-05:00 and previous_timestamp=2023-11-06 11:20:00-05:00\n" +
                std::string(80, '#'));
}

TEST_F(ProfileDag, ARewrittenRowBeforeTheRunIsNotLookedAt) {
  write_run("prod");
  write("prod", "predict.10.process_forecasts", 2, 4, -1, "999.0");
  EXPECT_FALSE(check({})->raised);
}

TEST_F(ProfileDag, AGrowingWindowFailsOnItsRows) {
  write("prod", "predict.10.process_forecasts", 0, 1);
  write("prod", "predict.10.process_forecasts", 1, 2);
  EXPECT_THAT(check({})->raised->message, HasSubstr("df1.index.difference(df2.index)="));
}

TEST_F(ProfileDag, OneBarNeedsTheLengthOfABar) {
  write_run("prod");
  write("prod", "predict.10.process_forecasts", 3, 4, 1, "7.0");
  SelfConsistencyOptions options;
  options.bar_timestamp = "2023-11-06 11:25:00-05:00";
  EXPECT_EQ(check(options)->raised->cause, Raised::Cause::kArgument);
  options.trading_freq = "5T";
  EXPECT_FALSE(check(options)->raised) << "the bar with the odd row is another one";
  options.bar_timestamp = "20231106_113000";
  EXPECT_THAT(check(options)->raised->message,
              HasSubstr("previous_timestamp=2023-11-06 11:25:00-05:00"));
}

TEST_F(ProfileDag, OneBarAloneIsNotEnough) {
  write("prod", "predict.10.process_forecasts", 0);
  EXPECT_THAT(check({})->raised->message, HasSubstr("\n2 <= 1\n"));
}

TEST_F(ProfileDag, AllNodesAreCheckedWhenAskedFor) {
  write_run("prod");
  write("prod", "predict.0.read_data", 2, 4, 1, "7.0");
  SelfConsistencyOptions options;
  EXPECT_FALSE(check(options)->raised);
  options.node_name = "all";
  EXPECT_THAT(check(options)->raised->message, HasSubstr("node=predict.0.read_data"));
}

TEST_F(ProfileDag, LoadKeepsTheLastRowOfEachBar) {
  write_run("prod");
  const auto frame = load_dag_outputs(root_ / "prod", "predict.0.read_data");
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  EXPECT_THAT(std::get<std::vector<Timestamp>>(frame->index->values),
              ElementsAre(bar_at(0), bar_at(1), bar_at(2), bar_at(3)));
  EXPECT_THAT(std::get<std::vector<double>>(frame->columns[0].values),
              ElementsAre(100.0, 101.0, 102.0, 103.0));
}

TEST_F(ProfileDag, StatisticsNeedWhatTheyGroupWithin) {
  write_run("prod");
  write_run("sim");
  const auto stats = [&](const std::string& level, const std::optional<std::string>& node) {
    return compute_dag_output_diff_stats(root_ / "prod", root_ / "sim", level, node, std::nullopt,
                                         {});
  };
  EXPECT_EQ(stats("hour", std::nullopt)->raised->message, "Invalid aggregation_level='hour'");
  EXPECT_EQ(stats("bar_timestamp", std::nullopt)->raised->cause, Raised::Cause::kArgument);
  EXPECT_EQ(stats("time", "predict.0.read_data")->raised->cause, Raised::Cause::kArgument);
  EXPECT_EQ(stats("bar_timestamp", "predict.7.none")->raised->type, "KeyError");
  EXPECT_EQ(stats("bar_timestamp", "predict.0.read_data")->stats.size(), 4U);
}

}  // namespace
}  // namespace tieout::reference
