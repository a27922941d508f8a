#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pandas_meta.hpp"

namespace tieout::frames {
namespace {

using ::testing::HasSubstr;

struct TupleCase {
  const char* name;
  const char* text;
  ColumnLabel label;
};

// The texts are str() of Python's tuples.
const TupleCase kCases[] = {
    {"field_and_asset", "('close', '101')", {"close", "101"}},
    {"one_element", "('close',)", {"close"}},
    {"a_single_quote_takes_double_quotes", "(\"it's\", '1')", {"it's", "1"}},
    {"both_quotes_escape_the_single_one", R"(('a\'b"c', '1'))", {"a'b\"c", "1"}},
    {"a_double_quote_stays", R"(('a"b', '1'))", {"a\"b", "1"}},
    {"backslash", R"(('a\\b', '1'))", {"a\\b", "1"}},
    {"newline_tab_return", R"(('a\nb\tc\rd', '1'))", {"a\nb\tc\rd", "1"}},
    {"control_characters", R"(('a\x00b\x7f', '1'))", {std::string("a\0b\x7F", 4), "1"}},
    {"comma_and_parenthesis_inside", "('a, b)', '(c')", {"a, b)", "(c"}},
    {"bar_and_space", "('a|b c', '')", {"a|b c", ""}},
    {"unicode_is_printable",
     "('caf\xC3\xA9 \xE2\x82\xBF', '1')",
     {"caf\xC3\xA9 \xE2\x82\xBF", "1"}},
};

class TupleText : public ::testing::TestWithParam<TupleCase> {};

TEST_P(TupleText, IsReadAndWrittenAsPythonDoes) {
  const auto label = parse_tuple(GetParam().text);
  ASSERT_TRUE(label.ok()) << label.error().message;
  EXPECT_EQ(*label, GetParam().label);
  EXPECT_EQ(tuple_text(GetParam().label), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Cases, TupleText, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(TupleTextErrors, NumbersAndEscapesOfOtherWritersAreRead) {
  EXPECT_EQ(*parse_tuple("('close', 101)"), (ColumnLabel{"close", "101"}));
  EXPECT_EQ(*parse_tuple(R"(('\u20bf\U0001f600', '\xe9'))"),
            (ColumnLabel{"\xE2\x82\xBF\xF0\x9F\x98\x80", "\xC3\xA9"}));
}

TEST(TupleTextErrors, WhatIsNoTupleIsAnErrorThatShowsIt) {
  for (const char* text : {"", "close", "(", "('a'", "('a", "('a' 'b')", "('a',) ", "(,)",
                           R"(('\q',))", R"(('\x1',))", "('a', 'b')x"}) {
    const auto label = parse_tuple(text);
    ASSERT_FALSE(label.ok()) << text;
    EXPECT_EQ(label.error().code, ErrorCode::kMalformedData);
    EXPECT_THAT(label.error().message, HasSubstr(text));
  }
}

TEST(PandasMeta, DamagedBlocksAreErrors) {
  for (const char* text : {"", "{", "[]", "{}", R"({"index_columns": 3, "columns": []})",
                           R"({"index_columns": [{"kind": "range"}], "columns": []})",
                           R"({"index_columns": [], "columns": [{"field_name": 1}]})"}) {
    EXPECT_FALSE(parse_pandas_meta(text).ok()) << text;
  }
}

}  // namespace
}  // namespace tieout::frames
