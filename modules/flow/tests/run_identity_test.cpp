#include "tieout/flow/run_identity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/flow/publish.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using ::testing::HasSubstr;

/// The guide's run.
IdentityText guide() {
  IdentityText text;
  text.dag_builder_ctor_as_str = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
  text.run_mode = "paper_trading";
  text.start_timestamp_as_str = "20230828_130500";
  text.end_timestamp_as_str = "20230829_131000";
  text.mode = "scheduled";
  return text;
}

TEST(RunIdentityTest, LayoutsAreThoseOfTheGuide) {
  RunIdentity run = make_identity(guide()).value();
  run.prod_data_source_dir = "/data/shared/ecs/preprod/system_reconciliation/";
  run.dst_root_dir = "/data/shared/ecs/preprod/prod_reconciliation/";
  const SourceLayout source = source_layout(run);
  EXPECT_EQ(source.system_log_dir,
            "/data/shared/ecs/preprod/system_reconciliation/C1b/paper_trading/"
            "20230828_130500.20230829_131000/system_log_dir.scheduled");
  EXPECT_EQ(source.log_file,
            "/data/shared/ecs/preprod/system_reconciliation/C1b/paper_trading/"
            "20230828_130500.20230829_131000/logs/log.scheduled.txt");
  const TargetLayout target = target_layout(run);
  const std::string root =
      "/data/shared/ecs/preprod/prod_reconciliation/C1b/paper_trading/"
      "20230828_130500.20230829_131000";
  EXPECT_EQ(target.root, root);
  EXPECT_EQ(target.prod_log_dir, root + "/prod/system_log_dir.scheduled");
  EXPECT_EQ(target.prod_log_file, root + "/prod/log.scheduled.txt");
  EXPECT_EQ(target.test_data, root + "/simulation/test_data.csv.gz");
  EXPECT_EQ(target.sim_log_dir, root + "/simulation/system_log_dir.scheduled");
  EXPECT_EQ(target.notebooks, root + "/reconciliation_notebook");
  EXPECT_EQ(run_id(run), "C1b.20230828_130500.20230829_131000.paper_trading.scheduled");
}

TEST(RunIdentityTest, AWindowOfOneBarHasOneTimestamp) {
  IdentityText text = guide();
  text.end_timestamp_as_str = text.start_timestamp_as_str;
  EXPECT_TRUE(make_identity(text).ok());
}

TEST(RunIdentityTest, ATagIsPartOfTheModelsDirectory) {
  IdentityText text = guide();
  text.tag = "config1";
  const RunIdentity run = make_identity(text).value();
  EXPECT_EQ(model_dir_name(run), "C1b.config1");
  EXPECT_THAT(target_layout(run).root.string(), HasSubstr("C1b.config1/paper_trading/"));
}

TEST(RunIdentityTest, ProductionsRunsMayLieInS3) {
  IdentityText text = guide();
  text.prod_data_source_dir = "s3://bucket/runs/";
  const auto run = make_identity(text);
  ASSERT_TRUE(run.ok()) << to_string(run.error());
  EXPECT_EQ(source_layout(*run).log_file.string(),
            "s3://bucket/runs/C1b/paper_trading/20230828_130500.20230829_131000/logs/"
            "log.scheduled.txt");
}

struct BadCase {
  const char* name;
  void (*change)(IdentityText&);
  ErrorCode code;
  const char* fragment;
};

class BadIdentityTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadIdentityTest, IsRefusedNamingTheFlag) {
  IdentityText text = guide();
  GetParam().change(text);
  const auto run = make_identity(text);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, GetParam().code) << run.error().message;
  EXPECT_THAT(run.error().message, HasSubstr(GetParam().fragment));
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadIdentityTest,
    ::testing::Values(
        BadCase{"builder", [](IdentityText& id) { id.dag_builder_ctor_as_str = "x.C1b"; },
                ErrorCode::kInvalidArgument, "DagBuilder"},
        BadCase{"run_mode", [](IdentityText& id) { id.run_mode = "simulation"; },
                ErrorCode::kInvalidArgument, "--run-mode"},
        BadCase{"mode", [](IdentityText& id) { id.mode = "sometimes"; },
                ErrorCode::kInvalidArgument, "--mode"},
        BadCase{"no_such_day",
                [](IdentityText& id) { id.start_timestamp_as_str = "20230230_000000"; },
                ErrorCode::kMalformedTimestamp, "--start-timestamp-as-str"},
        BadCase{"iso_form", [](IdentityText& id) { id.end_timestamp_as_str = "2023-08-29 13:10"; },
                ErrorCode::kMalformedTimestamp, "--end-timestamp-as-str"},
        BadCase{"inverted", [](IdentityText& id) { id.end_timestamp_as_str = "20230827_130500"; },
                ErrorCode::kInvalidInterval, "must not be after"},
        BadCase{"tag_with_a_path", [](IdentityText& id) { id.tag = "../x"; },
                ErrorCode::kInvalidArgument, "--tag"},
        BadCase{"missing_root", [](IdentityText& id) { id.dst_root_dir = "/no/such/root"; },
                ErrorCode::kFileNotFound, "/no/such/root"},
        BadCase{"s3_bucket", [](IdentityText& id) { id.prod_data_source_dir = "s3://B/x"; },
                ErrorCode::kInvalidArgument, "--prod-data-source-dir: 's3://B/x'"},
        BadCase{"s3_target", [](IdentityText& id) { id.dst_root_dir = "s3://bucket/x"; },
                ErrorCode::kInvalidArgument, "--dst-root-dir: 's3://bucket/x' is in S3"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(FindModeTest, TakesTheOneCopiedRun) {
  const ScratchDir scratch;
  IdentityText text = guide();
  text.mode = "";
  text.dst_root_dir = scratch.path();
  RunIdentity run = make_identity(text).value();
  EXPECT_EQ(find_mode(run).error().code, ErrorCode::kFileNotFound);
  std::filesystem::create_directories(target_layout(run).prod / "system_log_dir.manual");
  ASSERT_TRUE(find_mode(run).ok());
  EXPECT_EQ(run.mode, "manual");
  run.mode = "";
  std::filesystem::create_directories(target_layout(run).prod / "system_log_dir.scheduled");
  EXPECT_EQ(find_mode(run).error().code, ErrorCode::kDuplicateId);
}

TEST(PageNameTest, PaperTradingIsPublishedAsShadowTrading) {
  IdentityText text = guide();
  RunIdentity run = make_identity(text).value();
  EXPECT_EQ(page_name(run, report::ReportKind::kFast),
            "C1b.shadow_trading.fast.20230828_130500.20230829_131000.html");
  EXPECT_EQ(last_24_hour_page_name(run, report::ReportKind::kSlow),
            "C1b.shadow_trading.slow.last_24hours.html");
  run.tag = "config1";
  run.run_mode = "prod";
  EXPECT_EQ(last_24_hour_page_name(run, report::ReportKind::kFast),
            "C1b.config1.prod.fast.last_24hours.html");
}

}  // namespace
}  // namespace tieout::flow
