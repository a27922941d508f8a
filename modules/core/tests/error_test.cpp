#include "tieout/core/error.hpp"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/core/result.hpp"

namespace tieout {
namespace {

using ::testing::HasSubstr;

TEST(ErrorTable, NumbersAndNamesAreUniqueAndAscending) {
  std::set<std::string_view> names;
  int last = 0;
  for (const ErrorCodeInfo& row : error_table()) {
    const int number = static_cast<int>(row.code);
    EXPECT_GT(number, last) << row.name << " repeats a number or is out of order";
    last = number;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_NE(row.name.front(), 'k');
    EXPECT_FALSE(row.cause.empty());
    EXPECT_FALSE(row.remedy.empty());
    EXPECT_EQ(row.cause.find_first_of("|\n"), std::string_view::npos) << "breaks the page";
    EXPECT_EQ(row.remedy.find_first_of("|\n"), std::string_view::npos) << "breaks the page";
    EXPECT_NE(row.cause.back(), '.') << "to_string() adds the full stop";
    EXPECT_EQ(&error_info(row.code), &row);
  }
  EXPECT_GE(error_table().size(), 27U);
}

TEST(ErrorTable, PublishedNumbersNeverChange) {
  const std::map<ErrorCode, int> published = {
      {ErrorCode::kInvalidArgument, 100}, {ErrorCode::kMalformedOverride, 104},
      {ErrorCode::kFileNotFound, 200},    {ErrorCode::kDiskFull, 204},
      {ErrorCode::kSchemaMismatch, 300},  {ErrorCode::kDuplicateId, 305},
      {ErrorCode::kCorruptEvidence, 400}, {ErrorCode::kIncompleteEvidence, 402},
      {ErrorCode::kInterrupted, 501},     {ErrorCode::kInternal, 504}};
  for (const auto& [code, number] : published) {
    EXPECT_EQ(static_cast<int>(code), number);
  }
}

TEST(ErrorTable, OnlyInterruptionAndCorruptEvidenceHaveExitCodesOfTheirOwn) {
  for (const ErrorCodeInfo& row : error_table()) {
    const int expected = row.code == ErrorCode::kInterrupted       ? 130
                         : row.code == ErrorCode::kCorruptEvidence ? 4
                                                                   : 2;
    EXPECT_EQ(exit_code_of(Error{row.code, ""}), expected) << row.name;
  }
}

TEST(ErrorTable, TextNamesTheCodeTheMessageAndTheRemedy) {
  EXPECT_EQ(to_string(Error{ErrorCode::kFileNotFound, "read_file: 'x': gone"}),
            "FileNotFound (200): read_file: 'x': gone. Check the path.");
}

TEST(ErrorTable, ThePageInDocsIsTheTable) {
  const auto page = read_file(std::string(TIEOUT_SOURCE_DIR) + "/docs/errors.md");
  ASSERT_TRUE(page.ok()) << to_string(page.error());
  EXPECT_EQ(*page, error_table_markdown())
      << "docs/errors.md is generated: ninja -C build/release errors_page && "
         "build/release/bin/errors_page > docs/errors.md";
}

TEST(ErrorTable, ThePageHasOneRowForEachCode) {
  const std::string page = error_table_markdown();
  for (const ErrorCodeInfo& row : error_table()) {
    EXPECT_THAT(page, HasSubstr("| " + std::to_string(static_cast<int>(row.code)) + " | " +
                                std::string(row.name) + " |"));
  }
}

Result<int> half_of(int number) {
  if (number % 2 != 0) {
    return Error{ErrorCode::kInvalidArgument, "half_of: found an odd number"};
  }
  return number / 2;
}

Result<int> quarter_of(int number) {
  TIEOUT_TRY(const int half, half_of(number));
  TIEOUT_TRY(const int quarter, half_of(half));
  return quarter;
}

Status check_even(int number) {
  TIEOUT_CHECK(half_of(number));
  return {};
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(*quarter_of(12), 3);
  EXPECT_FALSE(quarter_of(6).ok());
  EXPECT_EQ(quarter_of(3).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(check_even(2).ok());
  EXPECT_FALSE(check_even(1).ok());
  EXPECT_EQ(half_of(3).value_or(-1), -1);
}

TEST(ResultDeathTest, AskingTheWrongSideIsAProgrammerError) {
  EXPECT_DEATH(static_cast<void>(half_of(3).value()), "programmer error: ok\\(\\)");
  EXPECT_DEATH(static_cast<void>(half_of(2).error()), "programmer error: !ok\\(\\)");
  EXPECT_DEATH(check_even(1).value(), "programmer error: ok\\(\\)");
}

}  // namespace
}  // namespace tieout
