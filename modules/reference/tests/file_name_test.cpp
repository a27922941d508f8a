#include "file_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/zone.hpp"

namespace tieout::reference {
namespace {

using testing::HasSubstr;

TEST(NodeFileNameTest, TwoStampsOneStampAndNone) {
  const auto two =
      parse_node_file_name("predict.0.read_data.df_out.20230815_110000.20261122_014321.parquet");
  ASSERT_TRUE(two);
  EXPECT_EQ(two->node, "predict.0.read_data");
  EXPECT_EQ(two->method, "predict");
  EXPECT_EQ(two->topological_id, 0U);
  EXPECT_EQ(two->nid, "read_data");
  EXPECT_EQ(two->bar, "20230815_110000");
  EXPECT_EQ(two->wall, "20261122_014321");
  EXPECT_EQ(two->suffix, "parquet");
  const auto one =
      parse_node_file_name("predict.10.process.forecasts.df_out.20221028_080000.csv.gz");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->topological_id, 10U);
  EXPECT_EQ(one->nid, "process.forecasts");
  EXPECT_EQ(one->wall, "");
  EXPECT_EQ(one->suffix, "csv.gz");
  EXPECT_EQ(parse_node_file_name("fit.0.read_data.df_out.None.20221028_080000.parquet")->bar,
            "None");
}

class NotANodeFile : public testing::TestWithParam<const char*> {};
TEST_P(NotANodeFile, IsRefused) {
  EXPECT_FALSE(parse_node_file_name(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(
    Names, NotANodeFile,
    testing::Values("", ".", "df_out", "predict.0.a.df_out.20230815_110000",
                    "predict.x.a.df_out.20230815_110000.parquet",
                    "predict.-1.a.df_out.20230815_110000.parquet",
                    "predict.0..df_out.20230815_110000.parquet",
                    ".0.a.df_out.20230815_110000.parquet", "predict.0.a.df_out..parquet",
                    "predict.0.a.df_out.2023081_110000.parquet",
                    "predict.0.a.df_out.20230815_110000.x.parquet",
                    "predict.0.a.df_out.20230815_110000.20230815_110001.1.parquet",
                    "predict.0.a.df_out.20230815_11000\xC3.parquet",
                    "predict.99999999999999999999.a.df_out.20230815_110000.parquet"));

TEST(DecisionFileNameTest, OneOrTwoStamps) {
  EXPECT_EQ(parse_decision_file_name("20230815_110000.20230815_110010.csv")->wall,
            "20230815_110010");
  EXPECT_EQ(parse_decision_file_name("20230815_110000.csv")->wall, "");
  EXPECT_FALSE(parse_decision_file_name("20230815_110000.txt"));
  EXPECT_FALSE(parse_decision_file_name("targets.csv"));
}

StampedFile file(const std::string& bar, const std::string& wall) {
  return {bar, wall, bar + "." + wall, {}, {}};
}

std::vector<std::string> bars(const std::vector<StampedFile>& files) {
  std::vector<std::string> texts;
  for (const StampedFile& f : files) {
    texts.push_back(to_iso(f.bar_time).substr(11, 8) + " " + f.wall.substr(9));
  }
  return texts;
}

TEST(ResolveStamps, StandardAndDaylightTimeAreTold) {
  std::vector<StampedFile> files{file("20230815_110000", "20230815_110010"),
                                 file("20230115_110000", "")};
  EXPECT_EQ(resolve_stamps(files).value(), 0U);
  EXPECT_EQ(to_iso(files[0].bar_time), "2023-01-15 16:00:00+00:00");
  EXPECT_EQ(to_iso(files[1].bar_time), "2023-08-15 15:00:00+00:00");
  EXPECT_EQ(to_iso(files[1].wall_time.value()), "2023-08-15 15:00:10+00:00");
}

TEST(ResolveStamps, TheRepeatedHourIsTakenTwiceInTheOrderOfTheWallStamps) {
  // 2023-11-05: 01:00 to 01:59 happen at 05:xx and again at 06:xx UTC.
  std::vector<StampedFile> files{
      file("20231105_013000", "20231105_013011"), file("20231105_013000", "20231105_013010"),
      file("20231105_005500", "20231105_005510"), file("20231105_020000", "20231105_020010")};
  EXPECT_EQ(resolve_stamps(files).value(), 0U);
  EXPECT_THAT(bars(files), testing::ElementsAre("04:55:00 005510", "05:30:00 013010",
                                                "06:30:00 013011", "07:00:00 020010"));
  EXPECT_EQ(to_iso(files[2].wall_time.value()), "2023-11-05 06:30:11+00:00");
}

TEST(ResolveStamps, ASingleStampOfTheRepeatedHourIsOfTheFirstPassAndCounted) {
  std::vector<StampedFile> files{file("20231105_013000", "20231105_013010"),
                                 file("20231105_013500", "20231105_013510")};
  EXPECT_EQ(resolve_stamps(files).value(), 2U);
  EXPECT_THAT(bars(files), testing::ElementsAre("05:30:00 013010", "05:35:00 013510"));
}

TEST(ResolveStamps, AWallStampThatGoesOnTellsTheSecondPass) {
  // A replay: the machine's clock is of another day. 01:00 was computed after 01:55.
  std::vector<StampedFile> files{file("20231105_010000", "20261122_100002"),
                                 file("20231105_015500", "20261122_100001")};
  EXPECT_EQ(resolve_stamps(files).value(), 1U);
  EXPECT_THAT(bars(files), testing::ElementsAre("05:55:00 100001", "06:00:00 100002"));
}

TEST(ResolveStamps, TheSkippedHourDoesNotExist) {
  std::vector<StampedFile> files{file("20230312_023000", "")};
  const auto resolved = resolve_stamps(files);
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.error().code, ErrorCode::kMalformedTimestamp);
  EXPECT_THAT(resolved.error().message, HasSubstr("20230312_023000"));
  files = {file("20230312_015900", ""), file("20230312_030000", "")};
  ASSERT_TRUE(resolve_stamps(files).ok());
  EXPECT_EQ((files[1].bar_time - files[0].bar_time).ns, minutes(1).ns);
}

TEST(ResolveStamps, TwoFilesOfOneBarAreNamed) {
  std::vector<StampedFile> files{file("20230815_110000", "20230815_110010"),
                                 file("20230815_110000", "20230815_110011")};
  const auto resolved = resolve_stamps(files);
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.error().code, ErrorCode::kDuplicateId);
  EXPECT_THAT(resolved.error().message, HasSubstr("20230815_110000.20230815_110010"));
  EXPECT_THAT(resolved.error().message, HasSubstr("20230815_110000.20230815_110011"));
  files = {file("20231105_013000", "20231105_013010"), file("20231105_013000", "20231105_013011"),
           file("20231105_013000", "20231105_013012")};
  EXPECT_FALSE(resolve_stamps(files).ok()) << "an hour comes at most twice";
}

}  // namespace
}  // namespace tieout::reference
