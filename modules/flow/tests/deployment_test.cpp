#include "tieout/flow/deployment.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::flow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kMinimal = R"TOML(version = 1
dag_builder_ctor_as_str = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder"
stage = "preprod"
run_mode = "paper_trading"
bar = "5T"
[schedule]
launch = "13:00"
duration = 86400
[paths]
prod_data_root = "/data/shared/ecs/preprod/system_reconciliation/"
dst_root = "/data/shared/ecs/preprod/prod_reconciliation"
)TOML";

/// The minimal file with one part replaced.
std::string with(const std::string& part, const std::string& other) {
  std::string text = kMinimal;
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), other);
}

std::string error_of(const std::string& text) {
  const auto parsed = parse_deployment(text, "d.toml");
  return parsed.ok() ? "no error" : to_string(parsed.error());
}

TEST(Deployment, TheShortestFileHasTheReferencesDefaults) {
  const Deployment d = parse_deployment(kMinimal, "d.toml").value();
  EXPECT_EQ(d.model, "C1b");
  EXPECT_EQ(d.tag, "");
  EXPECT_EQ(d.mode, "scheduled");
  EXPECT_EQ(d.lead, seconds(300));
  EXPECT_EQ(d.prod_data_root, "/data/shared/ecs/preprod/system_reconciliation");
  EXPECT_FALSE(d.prevent_overwriting);
  EXPECT_TRUE(d.run_notebook);
}

TEST(Deployment, TheExampleIsValid) {
  const auto d =
      load_deployment(std::string(TIEOUT_SOURCE_DIR) + "/examples/deployments/C1b.config1.toml");
  ASSERT_TRUE(d.ok()) << to_string(d.error());
  EXPECT_EQ(model_dir_name(*d), "C1b.config1");
  EXPECT_EQ(d->overrides.size(), 2U);
}

struct Refused {
  const char* name;
  const char* part;
  const char* other;
  const char* message;
};

class DeploymentRefuses : public testing::TestWithParam<Refused> {};

TEST_P(DeploymentRefuses, SayingFileLineAndColumn) {
  const Refused& c = GetParam();
  EXPECT_THAT(error_of(with(c.part, c.other)), HasSubstr(c.message));
}

constexpr Refused kRefused[] = {
    {"no_toml", "version = 1", "version = ", "d.toml:1:11: not TOML"},
    {"unknown_key",
     "bar = ", "barr = ", "d.toml:5:1: deployment: unknown key 'barr', the nearest is 'bar'"},
    {"unknown_key_of_a_table", "duration = 86400", "duraton = 86400",
     "d.toml:8:1: [schedule]: unknown key 'duraton', the nearest is 'duration'"},
    {"missing_key", "bar = \"5T\"\n", "", "bar is missing"},
    {"missing_table", "[paths]", "[observer]", "paths is missing"},
    {"other_version", "version = 1", "version = 2", "d.toml:1:11: deployment: version is 2"},
    {"wrong_type", "bar = \"5T\"", "bar = true", "d.toml:5:7: deployment: bar is true, needed"},
    {"wrong_type_of_a_table", "launch = \"13:00\"", "launch = 13",
     "d.toml:7:10: [schedule]: launch is 13, needed a text"},
    {"no_time_of_day", "13:00", "25:00", "launch is '25:00', needed a time of day"},
    {"no_builder", "C1b_DagBuilder", "C1b", "d.toml:2:27: deployment: "},
    {"no_stage", "\"preprod\"", "\"pre\"", "stage is 'pre', needed one of"},
    {"duration_off_the_grid", "86400", "86000",
     "d.toml:8:12: [schedule]: duration is 86000S, needed a multiple of the bar 5T"},
    {"bar_of_two_days", "bar = \"5T\"", "bar = \"2D\"", "bar is '2D', needed at most a day"},
    {"one_bar", "86400", "300", "two at least"},
    {"overlap", "86400", "\"25H\"", "the runs would overlap"},
    {"overlap_of_days", "86400", "\"49H\"\ndays = [\"Mon\", \"Wed\"]",
     "launched after 2D: the runs would overlap"},
    {"no_day", "86400", "86400\ndays = [\"Mo\"]", "days holds 'Mo', needed some of Mon"},
    {"stage_of_the_paths", "ecs/preprod/prod_r", "ecs/test/prod_r",
     "of stage test, but stage is preprod"},
    {"one_root", "prod_reconciliation", "system_reconciliation", "dst_root is prod_data_root"},
    {"relative_path", "\"/data/shared/ecs/preprod/prod_r", "\"data/prod_r",
     "needed an absolute path"},
    {"bar_twice", "bar = \"5T\"",
     "bar = \"5T\"\noverrides = ['(\"trading_period\"),(str(\"15T\"))']",
     "d.toml:6:14: deployment: overrides has (\"trading_period\"),(str(\"15T\")); the bar is said "
     "once"},
    {"override_twice", "bar = \"5T\"",
     "bar = \"5T\"\noverrides = ['(\"a\"),(int(1));(\"a\"),(int(2))']",
     "overrides has a twice: (\"a\"),(int(1)) and (\"a\"),(int(2))"},
    {"malformed_override", "bar = \"5T\"", "bar = \"5T\"\noverrides = ['(\"a\",(int(1))']",
     "d.toml:6:14: deployment: overrides: "},
    {"speed_without_feed", "[schedule]", "[market_data]\nspeed_up_factor = 10\n[schedule]",
     "speed_up_factor needs feed"},
    {"feed_of_a_real_run", "run_mode = \"paper_trading\"",
     "run_mode = \"prod\"\nmarket_data = {feed = \"/f.csv\"}", "would trade on them"},
    {"tag_that_is_a_flag", "bar =", "tag = \"--x\"\nbar =", "tag is '--x', needed letters"},
    {"line_break", "bar =", "universe = \"/a\\nb\"\nbar =", "control character"},
    {"observer_off_the_hour", "[schedule]", "[observer]\nevery = \"7T\"\n[schedule]",
     "every is '7T', needed whole minutes that divide an hour"},
};
INSTANTIATE_TEST_SUITE_P(Cases, DeploymentRefuses, testing::ValuesIn(kRefused),
                         [](const auto& test) { return std::string(test.param.name); });

struct Window {
  const char* name;
  const char* run_mode;
  const char* bar;
  std::int64_t duration;
  const char* launch;
  const char* start;
  const char* end;
};

class DeploymentWindow : public testing::TestWithParam<Window> {};

// Source: recon_flow.md 6.4 (first two rows: its examples) and 13 (durations and bars).
TEST_P(DeploymentWindow, FollowsTheSchedulersFormula) {
  const Window& c = GetParam();
  Deployment d = parse_deployment(kMinimal, "d.toml").value();
  d.bar = parse_period(c.bar).value();
  d.duration = seconds(c.duration);
  d.launch = parse_ts_name(std::string("19700101_") + c.launch).value() - Timestamp{};
  d.lead = std::string_view(c.run_mode) == "prod" ? seconds(480) : seconds(300);
  const Timestamp day = parse_ts_name("20231108_000000").value();
  const DeployedRun run = run_of_day(d, day);
  EXPECT_EQ(to_ts_name(run.start), c.start);
  EXPECT_EQ(to_ts_name(run.end), c.end);
  EXPECT_EQ(run.end - run.start, d.duration - d.bar)
      << "C003: the window is the duration less a bar";
  EXPECT_EQ(day_of_start(d, run.start), day);
  EXPECT_EQ(day_of_start(d, run.start + seconds(1)), std::nullopt);
}
constexpr Window kWindows[] = {
    {"C1b", "paper_trading", "5T", 86400, "130030", "20231108_131000", "20231109_130500"},
    {"C11a_live", "prod", "120T", 79200, "113000", "20231108_120000", "20231109_080000"},
    {"aligned_launch", "paper_trading", "5T", 86400, "130000", "20231108_130500",
     "20231109_130000"},
    {"C14a", "prod", "15T", 82800, "113000", "20231108_114500", "20231109_103000"},
    {"past_midnight", "paper_trading", "15T", 3600, "235800", "20231109_001500", "20231109_010000"},
};
INSTANTIATE_TEST_SUITE_P(Cases, DeploymentWindow, testing::ValuesIn(kWindows),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Deployment, TheBarIsTheFirstOverrideOfBothCommands) {
  Deployment d = parse_deployment(kMinimal, "d.toml").value();
  d.bar = minutes(15);
  EXPECT_THAT(production_words(d), testing::Contains(R"(("trading_period"),(str("15T")))"));
  EXPECT_EQ(reconcile_words(d).back(), R"(("trading_period"),(str("15T")))");
}

}  // namespace
}  // namespace tieout::flow
