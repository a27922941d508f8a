#include "tieout/cli/flags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The variables that the flags of these tests set.
struct Variables {
  std::string dir = "here", stage;
  std::optional<std::string> start;
  std::optional<std::int64_t> duration;
  std::vector<std::string> overrides;
  bool keep = true, print = false;
  double factor = 1.0;

  std::vector<Flag> flags() {
    return {
        {"--dst-dir", &dir, "Directory", Need::kOptional, "DIR"},
        {"--stage", &stage, "Stage", Need::kRequired, "STAGE", {"test", "prod"}},
        {"--start_time", &start, "First bar", Need::kOptional, "TS"},
        {"--run_duration", &duration, "Length in seconds", Need::kOptional, "SECONDS"},
        {"--set_config_value", &overrides, "Override", Need::kOptional, "OVERRIDE"},
        {"--prevent-overwriting", &keep, "Protect", Need::kOptional, "", {}, true},
        {"--print_config", &print, "Print"},
        {"--speed_up_factor", &factor, "Factor", Need::kOptional, "X"},
    };
  }
  Result<HelpText> parse(const std::vector<std::string>& arguments) {
    return parse_flags("command", "Do it", flags(), arguments);
  }
};

TEST(FlagsTest, DashAndUnderscoreAreTheSame) {
  for (const char* name : {"--dst-dir", "--dst_dir"}) {
    Variables v;
    ASSERT_TRUE(v.parse({name, "/data", "--stage=test"}).ok());
    EXPECT_EQ(v.dir, "/data");
  }
}

TEST(FlagsTest, AValueMayBeginWithADashOrABracket) {
  Variables v;
  ASSERT_TRUE(v.parse({"--stage", "test", "--dst-dir", "-x", "--set_config_value", R"([a,b])",
                       "--set_config_value", R"(("a","b"),(int(-1)))"})
                  .ok());
  EXPECT_EQ(v.dir, "-x");
  EXPECT_THAT(v.overrides, ElementsAre("[a,b]", R"(("a","b"),(int(-1)))"));
}

TEST(FlagsTest, AScalarThatIsGivenTwiceTakesTheLast) {
  Variables v;
  ASSERT_TRUE(v.parse({"--stage", "test", "--dst-dir", "first", "--dst-dir", "last"}).ok());
  EXPECT_EQ(v.dir, "last");
}

TEST(FlagsTest, AnEmptyValueIsAValue) {
  Variables v;
  ASSERT_TRUE(v.parse({"--stage", "test", "--dst-dir", "", "--start_time", ""}).ok());
  EXPECT_EQ(v.dir, "");
  EXPECT_EQ(v.start, "");
}

TEST(FlagsTest, ASwitchIsNegated) {
  Variables v;
  ASSERT_TRUE(v.parse({"--stage", "test", "--no_prevent_overwriting", "--print-config"}).ok());
  EXPECT_FALSE(v.keep);
  EXPECT_TRUE(v.print);
}

TEST(FlagsTest, WhatIsNotGivenKeepsItsDefault) {
  Variables v;
  ASSERT_TRUE(v.parse({"--stage", "test"}).ok());
  EXPECT_EQ(v.dir, "here");
  EXPECT_TRUE(v.keep);
  EXPECT_FALSE(v.print);
  EXPECT_FALSE(v.start.has_value());
  EXPECT_FALSE(v.duration.has_value());
}

struct BadCase {
  const char* name;
  std::vector<std::string> arguments;
  ErrorCode code;
  const char* fragment;
};

class BadFlagsTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadFlagsTest, IsAnErrorThatSaysWhatIsNeeded) {
  Variables v;
  const Result<HelpText> result = v.parse(GetParam().arguments);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, GetParam().code);
  EXPECT_THAT(result.error().message, HasSubstr(GetParam().fragment));
  EXPECT_EQ(result.error().message.find('\n'), std::string::npos) << result.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadFlagsTest,
    ::testing::Values(
        BadCase{"unknown_flag_names_the_nearest",
                {"--stage", "test", "--dst_dr", "x"},
                ErrorCode::kUnknownName,
                "the nearest is '--dst-dir'"},
        BadCase{"unknown_negation",
                {"--stage", "test", "--no-print-config"},
                ErrorCode::kUnknownName,
                "'--no-print-config'"},
        BadCase{"missing_required", {}, ErrorCode::kInvalidArgument, "--stage is required"},
        BadCase{"missing_value_at_the_end",
                {"--stage"},
                ErrorCode::kInvalidArgument,
                "'--stage' needs a value"},
        BadCase{"missing_value_before_a_flag",
                {"--dst-dir", "--stage", "test"},
                ErrorCode::kInvalidArgument,
                "'--dst-dir' needs a value"},
        BadCase{"not_among_the_choices",
                {"--stage", "staging"},
                ErrorCode::kInvalidArgument,
                "one of test, prod"},
        BadCase{"not_a_number",
                {"--stage", "test", "--run_duration", "1h"},
                ErrorCode::kInvalidArgument,
                "1h"},
        BadCase{"value_for_a_switch",
                {"--stage", "test", "--print_config=yes"},
                ErrorCode::kInvalidArgument,
                "takes no value"},
        BadCase{"stray_word", {"--stage", "test", "word"}, ErrorCode::kInvalidArgument, "word"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(FlagsTest, HelpTellsDefaultsAndChoices) {
  Variables v;
  const Result<HelpText> help = v.parse({"--help"});
  ASSERT_TRUE(help.ok());
  ASSERT_TRUE(help->has_value());
  for (const char* part : {"tieout command", "--dst-dir", "(default: here)", "one of: test, prod",
                           "--run_duration", "SECONDS", "--no-prevent-overwriting"}) {
    EXPECT_THAT(**help, HasSubstr(part));
  }
}

TEST(NearestNameTest, IsNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("reconcile_run_al", {"compare", "reconcile_run_all"}),
            "reconcile_run_all");
  EXPECT_EQ(nearest_name("xyzzy", {"compare", "reconcile_run_all"}), "");
}

}  // namespace
}  // namespace tieout::cli
