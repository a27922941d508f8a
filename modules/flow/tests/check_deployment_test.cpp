#include "tieout/flow/check_deployment.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/render_deployment.hpp"
#include "tieout/system/run.hpp"

#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Timestamp kDay = parse_ts_name("20230828_000000").value();

/// The deployment whose run SampleLog writes: two bars, 13:05 and 13:10.
Deployment sample() {
  Deployment d;
  d.file = "d.toml";
  d.constructor = kBuilder;
  d.model = "Mock1";
  d.stage = "preprod";
  d.run_mode = "paper_trading";
  d.bar = minutes(5);
  d.launch = hours(13);
  d.lead = seconds(300);
  d.duration = minutes(10);
  d.secret_id = "3";
  d.overrides = {R"(("a","b"),(int(1)))"};
  d.prod_data_root = "/data/system_reconciliation";
  d.dst_root = "/data/prod_reconciliation";
  return d;
}

class CheckDeploymentTest : public testing::Test {
 protected:
  CheckDeploymentTest() { system::register_builtin_pipelines(registry_); }

  CheckDeploymentOptions options() const { return {registry_, {}}; }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = dir_.path() / name;
    EXPECT_TRUE(write_file_atomic(path, text).ok());
    return path;
  }
  void render(const Deployment& d) const {
    for (const RenderedFile& file : render_deployment(d, dir_.path(), kDay)) {
      write(file.name, file.text);
    }
  }
  /// "check what found needed", without the place.
  static std::vector<std::string> texts(const DriftReport& report) {
    std::vector<std::string> out;
    for (const Drift& d : report.drifts) {
      out.push_back(fmt::format("{} {} '{}' '{}'", d.check, d.what, d.found, d.needed));
    }
    return out;
  }

  ScratchDir dir_;
  dataflow::DagBuilderRegistry registry_;
};

TEST_F(CheckDeploymentTest, WhatWasRenderedHasNoDrift) {
  render(sample());
  DriftReport report;
  ASSERT_TRUE(check_directory(sample(), dir_.path(), options(), report).ok());
  EXPECT_THAT(texts(report), IsEmpty());
  EXPECT_THAT(report.checked, ElementsAre(testing::StartsWith("19 files in")));
}

TEST_F(CheckDeploymentTest, AnEditedLineIsNamedWithItsNumber) {
  render(sample());
  const std::filesystem::path crontab = dir_.path() / "crontab";
  std::string text = read_file(crontab).value();
  text.replace(text.find("0 13 * * *"), 4, "0 14");
  write("crontab", text);
  DriftReport report;
  ASSERT_TRUE(check_directory(sample(), dir_.path(), options(), report).ok());
  ASSERT_EQ(report.drifts.size(), 1U);
  EXPECT_EQ(report.drifts[0].where, crontab.string() + ":3");
  EXPECT_THAT(report.drifts[0].found, testing::StartsWith("0 14 * * *"));
  EXPECT_THAT(report.drifts[0].needed, testing::StartsWith("0 13 * * *"));
}

TEST_F(CheckDeploymentTest, ADayOfItsOwnIsNoDriftButAnotherLaunchIs) {
  Deployment d = sample();
  const auto other_day = render_deployment(d, dir_.path(), kDay + days(1));
  write("production.json", other_day[6].text);
  ASSERT_EQ(other_day[6].name, "production.json");
  DriftReport report;
  ASSERT_TRUE(check_templates(d, {dir_.path() / "production.json"}, options(), report).ok());
  EXPECT_THAT(texts(report), IsEmpty());
  d.launch = hours(14);
  ASSERT_TRUE(check_templates(d, {dir_.path() / "production.json"}, options(), report).ok());
  EXPECT_THAT(texts(report),
              testing::Contains("schedule first bar '20230829_130500' '20230829_140500'"));
}

TEST_F(CheckDeploymentTest, AMissingUnitOrScriptIsDriftOnceAnotherIsThere) {
  render(sample());
  std::filesystem::remove(dir_.path() / "production.sh");
  std::filesystem::remove(dir_.path() / "submit.sh");
  std::filesystem::remove(dir_.path() / "reconcile.command");
  DriftReport report;
  ASSERT_TRUE(check_directory(sample(), dir_.path(), options(), report).ok());
  EXPECT_THAT(
      report.drifts,
      UnorderedElementsAre(testing::Field(&Drift::where, (dir_.path() / "production.sh").string()),
                           testing::Field(&Drift::where, (dir_.path() / "submit.sh").string())));
}

TEST_F(CheckDeploymentTest, AnEmptyDirectoryIsAnError) {
  DriftReport report;
  const Status status = check_directory(sample(), dir_.path(), options(), report);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kFileNotFound);
}

// Source: recon_flow.md 6.5, the drift that was measured: bar and overrides of both commands.
TEST_F(CheckDeploymentTest, TemplatesThatDriftedApartAreTold) {
  Deployment drifted = sample();
  drifted.bar = minutes(10);
  drifted.duration = minutes(20);
  drifted.overrides = {R"(("a","b"),(int(2)))"};
  const auto right = render_deployment(sample(), dir_.path(), kDay);
  const auto wrong = render_deployment(drifted, dir_.path(), kDay);
  write("production.json", right[6].text);
  write("reconcile.json", wrong[7].text);
  DriftReport report;
  ASSERT_TRUE(check_templates(sample(),
                              {dir_.path() / "production.json", dir_.path() / "reconcile.json"},
                              options(), report)
                  .ok());
  EXPECT_THAT(
      texts(report),
      testing::IsSupersetOf(
          {R"(override trading_period '("trading_period"),(str("10T"))' '("trading_period"),(str("5T"))')",
           R"(override a.b '("a","b"),(int(2))' '("a","b"),(int(1))')",
           R"(reconcile_against_production a.b '("a","b"),(int(2))' '("a","b"),(int(1))')"}));
}

TEST_F(CheckDeploymentTest, ATemplateWithoutABarHasTheBuildersBar) {
  const std::string text =
      "run_prod_system --dag_builder_ctor_as_str " + std::string(kBuilder) +
      " --strategy Mock1 --trade_date 20230828 --liveness CANDIDATE --instance_type PROD "
      "--exchange binance --stage preprod --account_type trading --secret_id 3 --start_time "
      "20230828_130500 --run_duration 600 --run_mode paper_trading --log_file_name "
      "/data/system_reconciliation/Mock1/paper_trading/20230828_130500.20230828_131000/logs/"
      "log.scheduled.txt --dst_dir "
      "/data/system_reconciliation/Mock1/paper_trading/20230828_130500.20230828_131000/"
      "system_log_dir.scheduled --set_config_value '(\"a\",\"b\"),(int(1))'";
  const auto file = write("template.txt", text);
  DriftReport report;
  ASSERT_TRUE(check_templates(sample(), {file}, options(), report).ok());
  EXPECT_THAT(texts(report), IsEmpty()) << "Mock1's own bar is 5T";
  Deployment other = sample();
  other.bar = minutes(1);
  other.secret_id = "4";
  report = {};
  ASSERT_TRUE(check_templates(other, {file}, options(), report).ok());
  EXPECT_THAT(
      texts(report),
      testing::IsSupersetOf(
          {R"(override trading_period '("trading_period"),(str("5T"))' '("trading_period"),(str("1T"))')",
           "flag --secret_id '3' '4'"}));
}

TEST_F(CheckDeploymentTest, ARunIsHeldAgainstItsManifest) {
  SampleLog log;
  log.command = {{"strategy", "Mock1"},
                 {"exchange", "binance"},
                 {"account_type", "sandbox"},
                 {"secret_id", "3"},
                 {"set_config_value", R"(("a","b"),(int(7)))"}};
  log.write(dir_.path() / "log");
  Deployment d = sample();
  d.stage = "";  // the sample says none
  DriftReport report;
  ASSERT_TRUE(check_run(d, dir_.path() / "log", options(), report).ok());
  EXPECT_THAT(texts(report), UnorderedElementsAre(
                                 "run account_type 'sandbox' 'trading'",
                                 R"(run_override a.b '("a","b"),(int(7))' '("a","b"),(int(1))')"));
  EXPECT_EQ(report.notes.size(), 2U) << "liveness and instance_type are not in the manifest";
  d.duration = minutes(15);
  report = {};
  ASSERT_TRUE(check_run(d, dir_.path() / "log", options(), report).ok());
  EXPECT_THAT(texts(report), testing::Contains("run end '20230828_131000' '20230828_131500'"));
}

TEST_F(CheckDeploymentTest, OverridesAndBarAreHeldAgainstTheBuilder) {
  Deployment d = sample();
  d.overrides = {};
  DriftReport report;
  ASSERT_TRUE(check_against_builder(d, options(), report).ok());
  EXPECT_THAT(texts(report), IsEmpty());
  d.overrides = {R"(("dag_config","no_such_key"),(int(1)))"};
  d.bar = seconds(30);
  ASSERT_TRUE(check_against_builder(d, options(), report).ok());
  std::vector<std::string> what;
  for (const Drift& drift : report.drifts) {
    what.push_back(drift.what);
  }
  EXPECT_THAT(what, ElementsAre("dag_config.no_such_key", "DAG",
                                "process_forecasts_node_dict.process_forecasts_dict.order_config."
                                "order_duration_in_mins"));
  d.constructor = "x.No_DagBuilder";
  EXPECT_EQ(check_against_builder(d, options(), report).error().code, ErrorCode::kUnknownName);
}

}  // namespace
}  // namespace tieout::flow
