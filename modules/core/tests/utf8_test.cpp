#include "tieout/core/utf8.hpp"

#include <gtest/gtest.h>

#include "tieout/core/error.hpp"

namespace tieout {
namespace {

const std::string kBad = "\xEF\xBF\xBD";

TEST(Utf8Length, IsOfTheFirstSequenceOnly) {
  EXPECT_EQ(utf8_length("ab"), 1U);
  EXPECT_EQ(utf8_length("\xC3\xA9z"), 2U);
  EXPECT_EQ(utf8_length("\xE2\x82\xAC"), 3U);
  EXPECT_EQ(utf8_length("\xF0\x9F\x98\x80"), 4U);
  EXPECT_EQ(utf8_length(""), 0U);
  EXPECT_EQ(utf8_length("\xF4\x90\x80\x80"), 0U) << "past U+10FFFF";
  EXPECT_EQ(utf8_length("\xF0\x8F\xBF\xBF"), 0U) << "an overlong form";
}

TEST(IsValidUtf8, LooksAtEverySequence) {
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8("a\xC3\xA9"));
  EXPECT_FALSE(is_valid_utf8("a\xC3\xA9\xC3"));
}

TEST(ValidUtf8, KeepsTextAndReplacesWhatIsNotText) {
  EXPECT_EQ(valid_utf8("ab\n\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "ab\n\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(valid_utf8("a\xFF"), "a" + kBad);
  EXPECT_EQ(valid_utf8("\xC3"), kBad) << "a sequence that ends early";
  EXPECT_EQ(valid_utf8("\xC0\xAF"), kBad + kBad) << "an overlong form";
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), kBad + kBad + kBad) << "a surrogate";
  EXPECT_EQ(valid_utf8(std::string_view("a\0b", 3)), "a" + kBad + "b") << "a control character";
}

TEST(OneLine, LeavesNothingThatEndsALineOrMovesATerminal) {
  EXPECT_EQ(one_line("a\nb\tc"), "a b c");
  EXPECT_EQ(one_line("a\r\x0B\x0C\x1B[31m"), "a" + kBad + kBad + kBad + kBad + "[31m");
  EXPECT_EQ(one_line("a\xC2\x85z"), "a" + kBad + "z") << "next line, U+0085";
  EXPECT_EQ(one_line("a\xE2\x80\xA8z\xE2\x80\xA9"), "a" + kBad + "z" + kBad) << "U+2028, U+2029";
  EXPECT_EQ(one_line("caf\xC3\xA9 \xE2\x82\xAC\xC2\xA0"), "caf\xC3\xA9 \xE2\x82\xAC\xC2\xA0");
  EXPECT_EQ(one_line("\xFF"), kBad);
}

TEST(ErrorText, IsOneLineWhateverItsMessageQuotes) {
  const std::string text = to_string(Error{ErrorCode::kInvalidArgument, "'a\nb\x0B\xC2\x85\xFF'"});
  EXPECT_NE(text.find("'a b" + kBad + kBad + kBad + "'"), std::string::npos) << text;
}

}  // namespace
}  // namespace tieout
