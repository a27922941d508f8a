#include "tieout/core/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/random.hpp"

namespace tieout {
namespace {

using ::testing::HasSubstr;
using Rows = std::vector<std::vector<std::string>>;

/// All rows, or the error.
Result<Rows> read_all(std::string_view text) {
  CsvReader reader(text);
  Rows rows;
  while (true) {
    TIEOUT_TRY(const bool more, reader.next());
    if (!more) {
      return rows;
    }
    rows.emplace_back(reader.fields().begin(), reader.fields().end());
  }
}

TEST(Csv, ReadsLfAndCrLfAlike) {
  const Rows expected = {{"a", "b"}, {"1", "2"}};
  EXPECT_EQ(*read_all("a,b\n1,2\n"), expected);
  EXPECT_EQ(*read_all("a,b\r\n1,2\r\n"), expected);
  EXPECT_EQ(*read_all("a,b\n1,2"), expected) << "no newline at the end";
}

TEST(Csv, KeepsEmptyFieldsAndSkipsBlankLines) {
  EXPECT_EQ(*read_all("\n\na,,\n\r\n,\n\n"), (Rows{{"a", "", ""}, {"", ""}}));
  EXPECT_EQ(*read_all("a,"), (Rows{{"a", ""}}));
  EXPECT_EQ(*read_all(""), Rows{});
  EXPECT_EQ(*read_all("\n\r\n"), Rows{});
}

TEST(Csv, QuotedFieldsHoldSeparatorsQuotesAndNewlines) {
  EXPECT_EQ(*read_all("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\nx,y,z\n"),
            (Rows{{"a,b", "say \"hi\"", "two\nlines"}, {"x", "y", "z"}}));
  EXPECT_EQ(*read_all("\"\",1"), (Rows{{"", "1"}}));
  EXPECT_EQ(*read_all("\"ab\"c,1"), (Rows{{"abc", "1"}}));
}

TEST(Csv, ARowOfTooManyFieldsIsAnErrorThatNamesTheLine) {
  CsvReader reader("a,b\n1,2,3\n", 2);
  EXPECT_TRUE(*reader.next());
  const auto row = reader.next();
  ASSERT_FALSE(row.ok());
  EXPECT_EQ(row.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(row.error().message, HasSubstr("line 2 has more than 2 fields"));
}

TEST(Csv, CountsLinesAlsoInsideQuotes) {
  CsvReader reader("a\n\n\"b\nb\"\nc\n");
  std::vector<std::size_t> lines;
  while (*reader.next()) {
    lines.push_back(reader.line());
  }
  EXPECT_EQ(lines, (std::vector<std::size_t>{1, 3, 5}));
}

TEST(Csv, AnUnterminatedQuoteIsAnErrorOnItsLine) {
  const auto rows = read_all("a,b\n\"x\ny\",\"z\n");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kMalformedData);
  EXPECT_THAT(rows.error().message, HasSubstr("line 3"));
}

TEST(Csv, FindsFieldsByName) {
  const std::vector<std::string_view> header = {"open", "close"};
  EXPECT_EQ(find_field(header, "close"), 1U);
  EXPECT_EQ(find_field(header, "Close"), std::nullopt);
}

TEST(Csv, QuotesOnlyWhereItMust) {
  EXPECT_EQ(csv_field("plain text"), "plain text");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
}

TEST(Csv, WhatIsWrittenIsReadBack) {
  constexpr std::uint64_t kSeed = 20251123;
  const CounterRng rng(kSeed, 0);
  constexpr std::string_view kAlphabet = "ab,\"\r\n x";
  std::uint64_t draw = 0;
  for (int round = 0; round < 300; ++round) {
    Rows rows;
    std::string text;
    const auto row_count = 1 + static_cast<std::size_t>(rng.uniform(draw++) * 4);
    for (std::size_t r = 0; r < row_count; ++r) {
      std::vector<std::string> row{"first"};  // Keeps the line from being blank.
      text += "first";
      const auto field_count = static_cast<std::size_t>(rng.uniform(draw++) * 4);
      for (std::size_t f = 0; f < field_count; ++f) {
        std::string field;
        const auto length = static_cast<std::size_t>(rng.uniform(draw++) * 6);
        for (std::size_t i = 0; i < length; ++i) {
          field += kAlphabet[static_cast<std::size_t>(rng.uniform(draw++) * kAlphabet.size())];
        }
        text += "," + csv_field(field);
        row.push_back(std::move(field));
      }
      text += "\n";
      rows.push_back(std::move(row));
    }
    const auto read = read_all(text);
    ASSERT_TRUE(read.ok()) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(*read, rows) << "seed " << kSeed << " round " << round << "\n" << text;
  }
}

}  // namespace
}  // namespace tieout
