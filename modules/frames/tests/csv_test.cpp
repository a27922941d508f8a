#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/gzip.hpp"
#include "tieout/frames/file.hpp"

#include "frames_support.hpp"

namespace tieout::frames {
namespace {

using ::testing::HasSubstr;

TEST(ReadCsv, GivesEachColumnTheNarrowestTypeOfItsCells) {
  const TestDirectory dir;
  const auto file = dir.with("a.csv",
                             "i,f,g,b,t,n,s,d,e\n"
                             "1,1.5,1,True,2023-08-15 10:30:00-04:00,2023-08-15 10:30:00,x,"
                             "2023-08-15,\n"
                             "-2,inf,,False,2023-08-15T14:30:00.5Z,2023-08-15T10:30:00.25,1,,\n");
  const auto frame = read_csv(file);
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  const ColumnType expected[] = {
      ColumnType::kInt64,  ColumnType::kFloat64,   ColumnType::kFloat64,
      ColumnType::kBool,   ColumnType::kTimestamp, ColumnType::kTimestamp,
      ColumnType::kString, ColumnType::kTimestamp, ColumnType::kFloat64};
  ASSERT_EQ(frame->columns.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(frame->columns[i].type(), expected[i]) << to_string(frame->columns[i].label);
  }
  EXPECT_FALSE(frame->index.has_value());
  const auto& times = std::get<std::vector<Timestamp>>(frame->columns[4].values);
  EXPECT_EQ(times[0].ns, 1'692'109'800'000'000'000);
  EXPECT_EQ(times[1].ns, 1'692'109'800'500'000'000);
  EXPECT_TRUE(is_missing(frame->columns[2], 1));
  EXPECT_TRUE(frame->columns[2].valid.empty()) << "a missing float is NaN, not null";
  EXPECT_TRUE(frame->columns[7].is_null(1));
}

TEST(ReadCsv, WideIntegersStayTextAndMixedNumbersAreFloats) {
  const TestDirectory dir;
  const auto frame = read_csv(dir.with("a.csv",
                                       "wide,mixed,naive_and_zoned,no_date\n"
                                       "9223372036854775808,1,2023-08-15 10:30:00,2023-02-29\n"
                                       "9223372036854775809,1e-05,2023-08-15 10:30:00Z,x\n"));
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  EXPECT_EQ(frame->columns[0].type(), ColumnType::kString) << "as doubles both would be equal";
  EXPECT_EQ(frame->columns[1].type(), ColumnType::kFloat64);
  EXPECT_EQ(frame->columns[2].type(), ColumnType::kString);
  EXPECT_EQ(frame->columns[3].type(), ColumnType::kString);
}

struct TimeCase {
  const char* name;
  const char* cells;  // of one column
  const char* zone;
  std::vector<std::int64_t> ns;
};

// date -u -d '2023-08-15 14:30:00' +%s is 1692109800; summer time of New York ended on 2023-11-05.
const TimeCase kTimes[] = {
    {"offset", "2023-08-15 10:30:00-04:00\n", "-04:00", {1'692'109'800'000'000'000}},
    {"offset_without_colon", "2023-08-15T10:30:00-0400\n", "-04:00", {1'692'109'800'000'000'000}},
    {"zulu", "2023-08-15T14:30:00Z\n", "UTC", {1'692'109'800'000'000'000}},
    {"utc", "2023-08-15 14:30:00.000000001+00:00\n", "UTC", {1'692'109'800'000'000'001}},
    {"naive", "2023-08-15 14:30:00.5\n", "", {1'692'109'800'500'000'000}},
    {"new_york_over_the_end_of_summer_time",
     "2023-11-05 01:30:00-04:00\n2023-11-05 01:30:00-05:00\n",
     "America/New_York",
     {1'699'162'200'000'000'000, 1'699'165'800'000'000'000}},
    {"utc_first_is_not_utc_for_all",
     "2023-08-15 14:30:00Z\n2023-08-15 10:30:00-04:00\n",
     "",
     {1'692'109'800'000'000'000, 1'692'109'800'000'000'000}},
    {"offsets_of_no_known_zone",
     "2023-08-15 10:30:00-04:00\n2023-08-15 14:30:00+00:00\n",
     "",
     {1'692'109'800'000'000'000, 1'692'109'800'000'000'000}},
};

class CsvTimes : public ::testing::TestWithParam<TimeCase> {};

TEST_P(CsvTimes, AreInstantsInTheZoneOfTheirOffsets) {
  const TestDirectory dir;
  const auto frame = read_csv(dir.with("a.csv", std::string("t\n") + GetParam().cells));
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  ASSERT_EQ(frame->columns[0].type(), ColumnType::kTimestamp);
  EXPECT_EQ(frame->zone, GetParam().zone);
  std::vector<std::int64_t> ns;
  for (const Timestamp at : std::get<std::vector<Timestamp>>(frame->columns[0].values)) {
    ns.push_back(at.ns);
  }
  EXPECT_EQ(ns, GetParam().ns);
}

INSTANTIATE_TEST_SUITE_P(Cases, CsvTimes, ::testing::ValuesIn(kTimes),
                         [](const auto& test) { return test.param.name; });

TEST(ReadCsv, TheIndexIsANamelessFirstColumnOrTheOneThatIsAskedFor) {
  const TestDirectory dir;
  const auto nameless = read_csv(dir.with("a.csv", ",a\n2023-08-15 10:30:00-04:00,1\n"));
  ASSERT_TRUE(nameless.ok());
  ASSERT_TRUE(nameless->index.has_value());
  EXPECT_EQ(nameless->index->label, ColumnLabel{""});
  EXPECT_EQ(nameless->zone, "-04:00");
  const auto named = read_csv(dir.with("b.csv", "a,t\n1,2023-08-15 10:30:00Z\n"), {.index = "t"});
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->index->label, ColumnLabel{"t"});
  EXPECT_EQ(named->zone, "UTC");
  const auto none = read_csv(dir / "b.csv", {.index = "u"});
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error().message, HasSubstr("a, t"));
}

TEST(ReadCsv, TwoHeaderRowsAreFoundWithAndWithoutNames) {
  const TestDirectory dir;
  const char* const kData = "2023-08-15 10:30:00-04:00,1,2\n";
  const auto pandas =
      read_csv(dir.with("a.csv", std::string(",close,close\n,101,202\nend_datetime,,\n") + kData));
  ASSERT_TRUE(pandas.ok()) << pandas.error().message;
  EXPECT_EQ(pandas->level_names, (std::vector<std::string>{"", ""}));
  EXPECT_EQ(pandas->index->label, ColumnLabel{"end_datetime"});
  EXPECT_EQ(pandas->columns[1].label, (ColumnLabel{"close", "202"}));
  EXPECT_EQ(pandas->row_count(), 1U);
  const auto named = read_csv(
      dir.with("b.csv", std::string("field,close,close\nasset,101,202\nend_datetime,,\n") + kData));
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->level_names, (std::vector<std::string>{"field", "asset"}));
  const auto no_index_name =
      read_csv(dir.with("c.csv", std::string(",close,close\n,101,202\n") + kData));
  ASSERT_TRUE(no_index_name.ok());
  EXPECT_EQ(no_index_name->level_names.size(), 2U);
  EXPECT_EQ(no_index_name->row_count(), 1U);
  const auto one_asset =
      read_csv(dir.with("d.csv", "field,close\nasset,101\nend_datetime,\n2023-08-15 10:30:00Z,1\n"),
               {.header_rows = 2});
  ASSERT_TRUE(one_asset.ok());
  EXPECT_EQ(one_asset->columns[0].label, (ColumnLabel{"close", "101"}));
}

TEST(ReadCsv, AFlatTableWithEmptyRowsHasOneHeaderRow) {
  const TestDirectory dir;
  for (const char* text : {"asset,price,qty\nBTC,1,1\nETH,,\n",
                           ",a,b\n2023-08-15 10:30:00Z,,\n2023-08-15 10:35:00Z,,\n",
                           "t,a,b\n2023-08-15 10:30:00Z,1,1\nx,,\n", "t,a\n1,2\n3,\n"}) {
    const auto frame = read_csv(dir.with("a.csv", text));
    ASSERT_TRUE(frame.ok()) << frame.error().message;
    EXPECT_EQ(frame->level_names.size(), 1U) << text;
    EXPECT_EQ(frame->row_count(), 2U) << text;
  }
}

TEST(ReadCsv, AnEmptyPortfolioFileIsAnIndexWithoutColumns) {
  const TestDirectory dir;
  const auto frame = read_csv(dir.with("a.csv", "\"\"\n"));
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  EXPECT_TRUE(frame->index.has_value());
  EXPECT_EQ(frame->row_count(), 0U);
  EXPECT_TRUE(frame->columns.empty());
}

struct BadCase {
  const char* name;
  std::string content;
  ErrorCode code;
  const char* told;
};

const BadCase kBad[] = {
    {"empty", "", ErrorCode::kMalformedData, "the file is empty"},
    {"blank", "\n\n", ErrorCode::kMalformedData, "the file is empty"},
    {"short_row", "a,b\n1,2\n3\n", ErrorCode::kSchemaMismatch, "line 3 has 1 fields"},
    {"long_row", "a,b\n1,2,3\n", ErrorCode::kSchemaMismatch, "line 2 has 3 fields"},
    {"open_quote", "a,b\n1,\"2\n", ErrorCode::kMalformedData, "line 2"},
    {"zero_byte", std::string("a,b\n1,\0\n", 8), ErrorCode::kMalformedData,
     "line 2: found a zero byte"},
    {"utf16",
     "\xFF\xFE"
     "a",
     ErrorCode::kMalformedData, "UTF-16"},
    {"no_gzip", "\x1F\x8B garbage", ErrorCode::kMalformedData, "gzip"},
    {"too_many_columns", "a" + std::string(2'000'000, ',') + "\n", ErrorCode::kSchemaMismatch,
     "line 1 has more than 100000 fields"},
};

class BadCsv : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadCsv, IsAnErrorThatNamesFileAndPlace) {
  const TestDirectory dir;
  const auto frame = read_csv(dir.with("odd name.csv", GetParam().content));
  ASSERT_FALSE(frame.ok());
  EXPECT_EQ(frame.error().code, GetParam().code) << frame.error().message;
  EXPECT_THAT(frame.error().message, HasSubstr("odd name.csv"));
  EXPECT_THAT(frame.error().message, HasSubstr(GetParam().told));
  EXPECT_EQ(frame.error().message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Cases, BadCsv, ::testing::ValuesIn(kBad),
                         [](const auto& test) { return test.param.name; });

TEST(ReadCsv, AGzipBombIsStoppedByTheLimit) {
  const TestDirectory dir;
  const auto bomb = dir.with("bomb.csv.gz", gzip("a,b\n" + std::string(50'000'000, ',')));
  ASSERT_LT(std::filesystem::file_size(bomb), 100'000U);
  const auto read = read_csv(bomb, {}, {.max_bytes = 1'000'000});
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().message, HasSubstr("more than 1000000 bytes"));
  const auto columns = read_csv(bomb);
  ASSERT_FALSE(columns.ok());
  EXPECT_EQ(columns.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_FALSE(read_csv(dir.with("big.csv", "a\n1\n2\n"), {}, {.max_bytes = 3}).ok());
}

TEST(ReadCsv, PathsThatAreNoFilesAreNamedSo) {
  const TestDirectory dir;
  EXPECT_EQ(read_csv(dir / "none").error().code, ErrorCode::kFileNotFound);
  EXPECT_EQ(read_csv(dir / "").error().code, ErrorCode::kFileUnreadable);
  EXPECT_EQ(read_csv("/dev/zero").error().code, ErrorCode::kFileUnreadable);
}

/// A frame of every type as pandas could have written it.
Frame csv_frame() {
  Frame frame;
  frame.zone = "America/New_York";
  frame.level_names = {"", ""};
  frame.index = FrameColumn{{"end_datetime"},
                            std::vector<Timestamp>{Timestamp{1'699'162'200'000'000'000},
                                                   Timestamp{1'699'165'800'000'000'000},
                                                   Timestamp{1'699'165'800'100'000'001}}};
  const std::vector<std::uint8_t> valid = {1, 0, 1};
  frame.columns.push_back(
      {{"f", "1"}, std::vector<double>{-0.0, std::numeric_limits<double>::quiet_NaN(), 1e-05}});
  frame.columns.push_back({{"f", "2"},
                           std::vector<double>{std::numeric_limits<double>::infinity(),
                                               std::numeric_limits<double>::denorm_min(), 0.1}});
  frame.columns.push_back({{"i", "1"}, std::vector<std::int64_t>{1, INT64_MIN, 3}});
  frame.columns.push_back({{"b", "1"}, std::vector<std::uint8_t>{1, 0, 0}, valid});
  frame.columns.push_back(
      {{"s, \"x\"", "1"}, std::vector<std::string>{"a,b", "", "two\nlines"}, valid});
  return frame;
}

TEST(WriteCsv, AFrameComesBackCellByCell) {
  const TestDirectory dir;
  const Frame frame = csv_frame();
  for (const char* name : {"a.csv", "a.csv.gz"}) {
    ASSERT_TRUE(write_csv(frame, dir / name).ok());
    const auto back = read_frame(dir / name);
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(back->zone, frame.zone);
    EXPECT_EQ(back->level_names, frame.level_names);
    EXPECT_EQ(back->index->values, frame.index->values);
    ASSERT_EQ(back->columns.size(), frame.columns.size());
    for (std::size_t c = 0; c < frame.columns.size(); ++c) {
      EXPECT_EQ(back->columns[c].label, frame.columns[c].label);
      EXPECT_EQ(back->columns[c].type(), frame.columns[c].type());
      for (std::size_t row = 0; row < 3; ++row) {
        EXPECT_EQ(cell_text(back->columns[c], row), cell_text(frame.columns[c], row));
      }
    }
    EXPECT_EQ(write_csv(frame, dir / name).error().code, ErrorCode::kPathExists);
  }
  ASSERT_TRUE(write_csv(frame, dir / "b.csv.gz").ok());
  EXPECT_EQ(bytes_of(dir / "a.csv.gz"), bytes_of(dir / "b.csv.gz"));
}

TEST(WriteCsv, IsTheTextOfPandas) {
  const TestDirectory dir;
  ASSERT_TRUE(write_csv(csv_frame(), dir / "a.csv").ok());
  EXPECT_EQ(bytes_of(dir / "a.csv"),
            ",f,f,i,b,\"s, \"\"x\"\"\"\n"
            ",1,2,1,1,1\n"
            "end_datetime,,,,,\n"
            "2023-11-05 01:30:00-04:00,-0.0,inf,1,True,\"a,b\"\n"
            "2023-11-05 01:30:00-05:00,,5e-324,-9223372036854775808,,\n"
            "2023-11-05 01:30:00.100000001-05:00,1e-05,0.1,3,False,\"two\nlines\"\n");
}

TEST(WriteCsv, ZonesAreNamesOrOffsetsThatExist) {
  const TestDirectory dir;
  Frame frame;
  frame.columns.push_back({{"t"}, std::vector<Timestamp>{Timestamp{1'692'109'800'000'000'000}}});
  const auto text_in = [&](const char* zone) {
    frame.zone = zone;
    const auto file = dir / "z.csv";
    std::filesystem::remove(file);
    const Status status = write_csv(frame, file);
    return status.ok() ? bytes_of(file) : status.error().message;
  };
  EXPECT_EQ(text_in(""), "t\n2023-08-15 14:30:00\n");
  EXPECT_EQ(text_in("UTC"), "t\n2023-08-15 14:30:00+00:00\n");
  EXPECT_EQ(text_in("-04:00"), "t\n2023-08-15 10:30:00-04:00\n");
  EXPECT_EQ(text_in("Asia/Kolkata"), "t\n2023-08-15 20:00:00+05:30\n");
  EXPECT_THAT(text_in("Mars/Base"), HasSubstr("Mars/Base"));
}

}  // namespace
}  // namespace tieout::frames
