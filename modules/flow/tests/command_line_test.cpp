#include "tieout/flow/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::flow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

struct SplitCase {
  const char* name;
  const char* text;
  Words words;
};

class SplitWords : public testing::TestWithParam<SplitCase> {};

TEST_P(SplitWords, MatchesTheTable) {
  EXPECT_EQ(split_words(GetParam().text).value(), GetParam().words);
}

// Source: the quoting rules of POSIX.1-2017, Shell Command Language, 2.2.
INSTANTIATE_TEST_SUITE_P(
    Table, SplitWords,
    testing::Values(SplitCase{"blanks_separate", " a  b\tc\n", {"a", "b", "c"}},
                    SplitCase{"single_quotes_join", "--x 'a b'  --y", {"--x", "a b", "--y"}},
                    SplitCase{"an_empty_word_is_a_word", "a '' b", {"a", "", "b"}},
                    SplitCase{"double_quotes_escape", R"("a\"b" "c\d")", {"a\"b", "c\\d"}},
                    SplitCase{"single_quotes_do_not", R"('a\b')", {"a\\b"}},
                    SplitCase{"a_line_is_continued", "a \\\n b\\\nc", {"a", "bc"}},
                    SplitCase{"quotes_join_within_a_word", "--x='a b'c", {"--x=a bc"}}),
    [](const auto& test) { return test.param.name; });

TEST(SplitWordsErrors, AnOpenQuoteIsRefused) {
  EXPECT_THAT(split_words("a 'b").error().message, HasSubstr("is not closed"));
  EXPECT_EQ(split_words("a \"b").error().code, ErrorCode::kMalformedData);
}

TEST(QuoteWord, ReadsBackAsTheSameWord) {
  for (const std::string text : {"plain-1.2:/x", "", "a b", "it's", "(\"k\"),(1);x", "$HOME`x`"}) {
    EXPECT_THAT(split_words(quote_word(text)).value(), ElementsAre(text));
  }
  EXPECT_EQ(quote_word("20231108_131000"), "20231108_131000") << "no quotes without need";
}

TEST(ReadCommandLine, TakesTheProgramAndItsFlags) {
  const CommandLine line =
      read_command_line(
          "> mkdir /.dockerenv && invoke reconcile_run_all --run-mode 'prod' --stage=preprod "
          "--run-notebook --no-prevent-overwriting -v 'DEBUG' 2>&1 | tee log.txt")
          .value();
  EXPECT_EQ(line.program, "reconcile_run_all");
  EXPECT_EQ(line.flags.at("run_mode"), Words{"prod"});
  EXPECT_EQ(line.flags.at("stage"), Words{"preprod"});
  EXPECT_EQ(line.flags.at("run_notebook"), Words{""});
  EXPECT_EQ(line.flags.at("no_prevent_overwriting"), Words{""});
  EXPECT_EQ(line.flags.at("v"), Words{"DEBUG"});
  EXPECT_TRUE(line.warnings.empty());
}

TEST(ReadCommandLine, NamesAScriptWithoutItsPath) {
  EXPECT_EQ(
      read_command_line("python /app/x/run_Cx_prod_system.py --stage 'preprod'").value().program,
      "run_Cx_prod_system");
  EXPECT_EQ(read_command_line("--stage preprod").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(read_command_line("").error().code, ErrorCode::kInvalidArgument);
}

TEST(ReadCommandLine, ReadsATemplateWithItsSlipsAndSaysThem) {
  const CommandLine line = read_command_line(R"({"image": "x", "command": [
    "/app/run_Cx_prod_system.py",
    "--exchange 'binance' ",
    "--dst_dir '/a/b'"
    "--set_config_value '(\"k\",\"l\"),(float(0.5))'" \
    "--set_config_value '(\"k\"),(str(\"v\"));\("m\"),(int(2))'"
  ], "cpu": 4})")
                               .value();
  EXPECT_EQ(line.program, "run_Cx_prod_system");
  EXPECT_EQ(line.flags.at("dst_dir"), Words{"/a/b"});
  EXPECT_THAT(line.flags.at("set_config_value"),
              ElementsAre(R"(("k","l"),(float(0.5)))", R"(("k"),(str("v"));("m"),(int(2)))"));
  EXPECT_THAT(line.warnings,
              ElementsAre(HasSubstr("comma is missing before the string in line 5"),
                          HasSubstr("backslash stands between two strings in line 5"),
                          HasSubstr("comma is missing before the string in line 6"),
                          HasSubstr("line 6: '\\(' read as '('")));
}

TEST(ReadCommandLine, RefusesATemplateThatIsNoListOfStrings) {
  EXPECT_THAT(read_command_line("\"command\": [\n\"a\", 3]").error().message,
              HasSubstr("line 2 has '3' between the strings"));
  EXPECT_THAT(read_command_line("\"command\": [\"a\", \"b").error().message,
              HasSubstr("line 1 is not closed"));
  EXPECT_THAT(read_command_line("[\"a\", \"b\"").error().message, HasSubstr("no closing ']'"));
}

}  // namespace
}  // namespace tieout::flow
