#include "tieout/flow/derive_params.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/runlog/manifest.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kBuilder = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
constexpr const char* kPassivity =
    R"(("process_forecasts_node_dict","process_forecasts_dict","order_config","passivity_factor"),(float(0.55)))";
constexpr const char* kStyle =
    R"(("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","params","style"),(str("longitudinal")))";

// The guide's rendered template of a production run, its missing comma and backslash included.
constexpr const char* kProduction = R"TEXT("command": [
  "/app/amp/dataflow_amp/system/Cx/scripts/run_Cx_prod_system.py",
  "--strategy 'C1b'",
  "--dag_builder_ctor_as_str 'dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder'",
  "--trade_date 20231108",
  "--liveness 'CANDIDATE'",
  "--instance_type 'PROD'",
  "--exchange 'binance' ",
  "--stage 'preprod'",
  "--account_type 'trading'",
  "--secret_id '3'",
  "-v 'DEBUG' 2>&1",
  "--start_time '20231108_131000'",
  "--run_duration 86400",
  "--run_mode 'paper_trading'",
  "--log_file_name  '/data/shared/ecs/preprod/system_reconciliation/C1b/paper_trading/20231108_131000.20231109_130500/logs/log.scheduled.txt'",
  "--dst_dir '/data/shared/ecs/preprod/system_reconciliation/C1b/paper_trading/20231108_131000.20231109_130500/system_log_dir.scheduled'"
  "--set_config_value '(\"process_forecasts_node_dict\",\"process_forecasts_dict\",\"order_config\",\"passivity_factor\"),(float(0.55))'" \
  "--set_config_value '(\"process_forecasts_node_dict\",\"process_forecasts_dict\",\"optimizer_config\",\"params\",\"style\"),(str(\"longitudinal\"))'"
])TEXT";

// The guide's rendered template of a reconciliation, its stray backslash included.
constexpr const char* kReconciliation = R"TEXT("command": [
  "mkdir /.dockerenv",
  "&&",
  "invoke reconcile_run_all",
  "--dag-builder-ctor-as-str 'dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder'",
  "--dst-root-dir /data/shared/ecs/preprod/prod_reconciliation/",
  "--prod-data-source-dir /data/shared/ecs/preprod/system_reconciliation/",
  "--start-timestamp-as-str 20231108_131000",
  "--end-timestamp-as-str 20231109_130500",
  "--mode scheduled",
  "--run-mode 'paper_trading'",
  "--no-prevent-overwriting",
  "--run-notebook",
  "--mark-as-last-24-hour-run",
  "--set-config-values '(\"process_forecasts_node_dict\",\"process_forecasts_dict\",\"order_config\",\"passivity_factor\"),(float(0.55));\("process_forecasts_node_dict\",\"process_forecasts_dict\",\"optimizer_config\",\"params\",\"style\"),(str(\"longitudinal\"))'"
])TEXT";

DeriveOptions options_with_bar() {
  DeriveOptions options;
  options.default_bar = [](const std::string&) { return std::optional(minutes(5)); };
  return options;
}

std::vector<std::string> broken(const DerivedParams& params) {
  std::vector<std::string> out;
  for (const CrossCheck& check : params.checks) {
    if (!check.holds) {
      out.push_back(fmt::format("{}: {} / {}", check.what, check.found, check.needed));
    }
  }
  return out;
}

void expect_the_guides_run(const DerivedParams& params) {
  const IdentityText& id = params.identity;
  EXPECT_EQ(id.dag_builder_ctor_as_str, kBuilder);
  EXPECT_EQ(id.start_timestamp_as_str, "20231108_131000");
  EXPECT_EQ(id.end_timestamp_as_str, "20231109_130500");
  EXPECT_EQ(id.mode, "scheduled");
  EXPECT_EQ(id.run_mode, "paper_trading");
  EXPECT_EQ(id.stage, "preprod");
  EXPECT_EQ(id.tag, "");
  EXPECT_EQ(id.prod_data_source_dir, "/data/shared/ecs/preprod/system_reconciliation/");
  EXPECT_EQ(id.dst_root_dir, "/data/shared/ecs/preprod/prod_reconciliation/");
  EXPECT_THAT(params.overrides, ElementsAre(kPassivity, kStyle));
}

// Source: recon_flow.md 11.1, G15.
TEST(DeriveParams, TheGuidesProductionTemplateGivesEveryParameter) {
  const DerivedParams params = derive_params(kProduction, options_with_bar()).value();
  EXPECT_EQ(params.source, "production command");
  expect_the_guides_run(params);
  EXPECT_THAT(broken(params), IsEmpty());
  EXPECT_EQ(params.checks.size(), 8U) << "all rules but those that need the log";
}

TEST(DeriveParams, TheGuidesReconciliationTemplateGivesTheSame) {
  const DerivedParams params = derive_params(kReconciliation, {}).value();
  EXPECT_EQ(params.source, "reconciliation command");
  expect_the_guides_run(params);
  EXPECT_THAT(params.switches, ElementsAre("--mark-as-last-24-hour-run", "--no-prevent-overwriting",
                                           "--run-notebook"));
}

TEST(DeriveParams, ThePrintedCommandDerivesToItself) {
  const DerivedParams params = derive_params(kProduction, options_with_bar()).value();
  std::string text;
  for (const std::string& word : reconcile_command(params)) {
    text += (text.empty() ? "" : " ") + ("'" + word + "'");
  }
  const DerivedParams again = derive_params(text, {}).value();
  expect_the_guides_run(again);
  EXPECT_EQ(reconcile_command(again), reconcile_command(params));
}

struct PlantedCase {
  const char* name;
  const char* from;
  const char* to;
  const char* broken;
};

class ContradictingFacts : public testing::TestWithParam<PlantedCase> {};

TEST_P(ContradictingFacts, AreNamedWithBothValues) {
  std::string text = kProduction;
  const std::size_t at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(GetParam().from).size(), GetParam().to);
  EXPECT_THAT(broken(derive_params(text, options_with_bar()).value()),
              ElementsAre(HasSubstr(GetParam().broken)));
}

INSTANTIATE_TEST_SUITE_P(
    Planted, ContradictingFacts,
    testing::Values(
        PlantedCase{"start", "--start_time '20231108_131000'", "--start_time '20231108_131500'",
                    "--start_time is the start of --dst_dir: 20231108_131500 / 20231108_131000"},
        PlantedCase{"run_mode", "--run_mode 'paper_trading'", "--run_mode 'prod'",
                    "--run_mode is that of --dst_dir: prod / paper_trading"},
        PlantedCase{"strategy", "--strategy 'C1b'", "--strategy 'C3a'", "C3a / C1b"},
        PlantedCase{"trade_date", "--trade_date 20231108", "--trade_date 20231107",
                    "20231107 / 20231108"},
        PlantedCase{"builder", "C1b_pipeline.C1b_DagBuilder", "C3_pipeline.C3a_DagBuilder",
                    "C3a / C1b"},
        PlantedCase{"log_file", "log.scheduled.txt", "log.manual.txt",
                    "--log_file_name lies beside --dst_dir"},
        PlantedCase{"stage", "--stage 'preprod'", "--stage 'prod'", "prod / preprod"},
        PlantedCase{"duration", "--run_duration 86400", "--run_duration 82800",
                    "20231109_130500 / 20231109_120500"}),
    [](const auto& test) { return test.param.name; });

TEST(DeriveParams, AnOverriddenBarCounts) {
  std::string text = kProduction;
  text.replace(text.find("\"--set_config_value"), 0,
               R"TEXT("--set_config_value '(\"trading_period\"),(str(\"10T\"))'", )TEXT");
  EXPECT_THAT(broken(derive_params(text, options_with_bar()).value()),
              ElementsAre(HasSubstr("20231109_130500 / 20231109_130000")));
}

TEST(DeriveParams, ADirectoryAloneNeedsTheBuilder) {
  const std::string dir =
      "/x/ecs/test/system_reconciliation/C3a.config1/prod/20231108_131000.20231109_130500/"
      "system_log_dir.manual";
  EXPECT_THAT(derive_params(dir, {}).error().message,
              AllOf(HasSubstr("the builder is not known"), HasSubstr("--remap")));
  DeriveOptions options;
  options.constructor = "p.C3a_DagBuilder";
  const DerivedParams params = derive_params(dir, options).value();
  EXPECT_EQ(params.identity.tag, "config1");
  EXPECT_EQ(params.identity.stage, "test");
  EXPECT_EQ(params.identity.mode, "manual");
}

TEST(DeriveParams, TheLogOfTheRunIsTheAuthority) {
  const ScratchDir scratch;
  const auto root = scratch.path() / "system_reconciliation";
  const auto log_dir =
      root / "C1b/paper_trading/20231108_131000.20231109_130500/system_log_dir.scheduled";
  ASSERT_TRUE(tieout::create_directories(log_dir).ok());
  runlog::Manifest manifest;
  manifest.constructor = kBuilder;
  manifest.run_mode = "paper_trading";
  manifest.mode = "scheduled";
  manifest.stage = "test";
  manifest.start = *parse_ts_name("20231108_131000");
  manifest.end = *parse_ts_name("20231109_130500");
  manifest.bar = minutes(5);
  manifest.command["set_config_value"] = kStyle;
  ASSERT_TRUE(write_file_atomic(log_dir / "manifest.json", runlog::to_json(manifest)).ok());

  const DerivedParams from_directory = derive_params(log_dir.string(), {}).value();
  EXPECT_EQ(from_directory.identity.dag_builder_ctor_as_str, kBuilder);
  EXPECT_THAT(from_directory.overrides, ElementsAre(kStyle));
  EXPECT_EQ(from_directory.identity.dst_root_dir,
            (scratch.path() / "prod_reconciliation/").string());

  DeriveOptions options = options_with_bar();
  options.remap_from = "/data/shared/ecs/preprod";
  options.remap_to = scratch.path().string();
  const DerivedParams from_command = derive_params(kProduction, options).value();
  EXPECT_THAT(broken(from_command),
              ElementsAre(HasSubstr("the stage is that of the log: preprod / test"),
                          HasSubstr("the overrides are those of the log: ")));
}

struct DirCase {
  const char* name;
  const char* path;
  const char* message;
};

class BadDirectories : public testing::TestWithParam<DirCase> {};

TEST_P(BadDirectories, AreRefusedNamingTheComponent) {
  const auto parts = parse_dst_dir(GetParam().path);
  ASSERT_FALSE(parts.ok());
  EXPECT_EQ(parts.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(parts.error().message, HasSubstr(GetParam().message));
}

// Source: recon_flow.md 6.2 and the older layouts of 3.1.
INSTANTIATE_TEST_SUITE_P(
    Table, BadDirectories,
    testing::Values(
        DirCase{"short", "system_log_dir.manual", "at least 4 components"},
        DirCase{"mode", "/r/C1b/prod/20231108_131000.20231109_130500/system_log_dir.hourly",
                "the last component is 'system_log_dir.hourly'"},
        DirCase{"run_mode", "/r/C1b/live/20231108_131000.20231109_130500/system_log_dir.manual",
                "{run_mode} is 'live', needed prod or paper_trading"},
        DirCase{"calendar", "/r/C1b/prod/20231308_131000.20231409_130500/system_log_dir.manual",
                "needed two UTC times"},
        DirCase{"order", "/r/C1b/prod/20231109_130500.20231108_131000/system_log_dir.manual",
                "the first before the second"},
        DirCase{"model", "/r/C-1b/prod/20231108_131000.20231109_130500/system_log_dir.manual",
                "{model[.tag]} is 'C-1b'"},
        DirCase{"empty_tag", "/r/C1b./prod/20231108_131000.20231109_130500/system_log_dir.manual",
                "{model[.tag]} is 'C1b.'"},
        DirCase{"older_name",
                "/r/C3a/20230419/system_log_dir.scheduled.20230419_041000.20230419_100500",
                "the older layout {model}/{date}/system_log_dir.{mode}.{start}.{end}"},
        DirCase{"older_job", "/r/s/20220831/job.live.1", "the older layout {root}/{date}/job.*"},
        DirCase{"older_sim", "/r/a/b/system_log_dir", "no mode in system_log_dir"}),
    [](const auto& test) { return test.param.name; });

TEST(ParseDstDir, ToleratesQuotesSlashesAndS3) {
  const DstDirParts parts =
      parse_dst_dir(
          " 's3://bucket//ecs_tokyo/prod/x/C11a.config1.b/prod//20231108_131000.20231109_130500/"
          "system_log_dir.scheduled/' ")
          .value();
  EXPECT_EQ(parts.root, "s3://bucket/ecs_tokyo/prod/x/");
  EXPECT_EQ(parts.model, "C11a");
  EXPECT_EQ(parts.tag, "config1.b") << "the tag begins after the first dot";
  EXPECT_EQ(parts.stage, "prod");
}

TEST(DeriveParams, AnotherProgramIsRefused) {
  EXPECT_THAT(derive_params("invoke docker_bash --x 1", {}).error().message,
              HasSubstr("the program is 'docker_bash', needed"));
  EXPECT_THAT(derive_params("run_prod_system --stage prod", {}).error().message,
              HasSubstr("has no --dst_dir"));
}

}  // namespace
}  // namespace tieout::flow
