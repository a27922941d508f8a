#include <bit>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/random.hpp"
#include "tieout/frames/file.hpp"

#include "bounded_file.hpp"
#include "duckdb.hpp"
#include "frames_support.hpp"
#include "pandas_meta.hpp"
#include "parquet_footer.hpp"
#include "raw_table.hpp"

namespace tieout::frames {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
constexpr double kInf = std::numeric_limits<double>::infinity();

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

/// Equal in type, nulls and every bit of every value that is no null.
void expect_same_column(const FrameColumn& left, const FrameColumn& right) {
  EXPECT_EQ(left.label, right.label);
  ASSERT_EQ(left.type(), right.type()) << to_string(left.label);
  ASSERT_EQ(left.size(), right.size()) << to_string(left.label);
  for (std::size_t row = 0; row < left.size(); ++row) {
    ASSERT_EQ(left.is_null(row), right.is_null(row)) << to_string(left.label) << " row " << row;
    if (left.type() == ColumnType::kFloat64 && !left.is_null(row)) {
      ASSERT_EQ(bits(std::get<std::vector<double>>(left.values)[row]),
                bits(std::get<std::vector<double>>(right.values)[row]))
          << to_string(left.label) << " row " << row;
    }
  }
  if (left.type() != ColumnType::kFloat64) {
    EXPECT_TRUE(left.values == right.values) << to_string(left.label);
  }
}

void expect_same_frame(const Frame& left, const Frame& right) {
  EXPECT_EQ(left.level_names, right.level_names);
  EXPECT_EQ(left.zone, right.zone);
  ASSERT_EQ(left.index.has_value(), right.index.has_value());
  if (left.index) {
    expect_same_column(*left.index, *right.index);
  }
  ASSERT_EQ(left.columns.size(), right.columns.size());
  for (std::size_t i = 0; i < left.columns.size(); ++i) {
    expect_same_column(left.columns[i], right.columns[i]);
  }
}

const std::vector<double> kFloats = {0.0,
                                     -0.0,
                                     1.5,
                                     kInf,
                                     -kInf,
                                     std::numeric_limits<double>::denorm_min(),
                                     -2.2250738585072009e-308,
                                     std::numeric_limits<double>::max(),
                                     0.1};

/// Every type with nulls; names with odd characters, and two that differ only in case.
Frame typed_frame() {
  Frame frame;
  const std::vector<std::uint8_t> valid = {1, 0, 1, 1, 0, 1, 1, 1, 1};
  const auto times = [](std::int64_t step) {
    std::vector<Timestamp> values;
    for (std::int64_t i = 0; i < 9; ++i) {
      // The last hours of New York's summer time of 2023.
      values.push_back(Timestamp{1'699'160'400'000'000'001 + i * step});
    }
    return values;
  };
  frame.index = FrameColumn{{"end_datetime"}, times(hours(1).ns)};
  frame.zone = "America/New_York";
  frame.columns.push_back({{"f"}, kFloats});
  frame.columns.push_back({{"F"}, std::vector<double>(9, 7.25)});
  frame.columns.push_back({{"it's \"int\""},
                           std::vector<std::int64_t>{1, 0, -1, INT64_MAX, 0, INT64_MIN, 4, 5, 6},
                           valid});
  frame.columns.push_back({{"i|8\n"}, std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}});
  frame.columns.push_back({{"b"}, std::vector<std::uint8_t>{1, 0, 0, 1, 0, 1, 0, 0, 1}, valid});
  frame.columns.push_back(
      {{"caf\xC3\xA9"},
       std::vector<std::string>{"", "", "x", "x", "", "two\nlines", "'", "\"", "\xE2\x82\xBF"},
       valid});
  std::vector<Timestamp> naive = times(1);
  naive[1] = naive[4] = Timestamp{};
  frame.columns.push_back({{"t"}, naive, valid});
  frame.columns.push_back({{""}, std::vector<std::int64_t>(9, 3)});
  return frame;
}

TEST(WriteParquet, EveryTypeComesBackBitForBit) {
  const TestDirectory dir;
  const Frame frame = typed_frame();
  ASSERT_TRUE(write_parquet(frame, dir / "a.parquet").ok());
  const auto back = read_parquet(dir / "a.parquet");
  ASSERT_TRUE(back.ok()) << back.error().message;
  expect_same_frame(frame, *back);
}

TEST(WriteParquet, TwoLevelsAndAnIndexWithoutANameComeBack) {
  const TestDirectory dir;
  Frame frame;
  frame.level_names = {"", "asset_id"};
  frame.index = FrameColumn{{""}, std::vector<std::string>{"a", "b"}};
  frame.columns.push_back({{"close", "101"}, std::vector<double>{1, 2}});
  frame.columns.push_back({{"it's", "-5"}, std::vector<double>{3, 4}});
  ASSERT_TRUE(write_parquet(frame, dir / "a.parquet").ok());
  const auto back = read_parquet(dir / "a.parquet");
  ASSERT_TRUE(back.ok()) << back.error().message;
  expect_same_frame(frame, *back);
}

TEST(WriteParquet, AFrameWithoutIndexOrRowsOrColumnsComesBack) {
  const TestDirectory dir;
  Frame no_rows;
  no_rows.columns.push_back({{"a"}, std::vector<double>{}});
  Frame no_index = no_rows;
  no_index.columns[0].values = std::vector<double>{1};
  Frame nothing;
  int i = 0;
  for (const Frame& frame : {no_rows, no_index, nothing}) {
    const auto file = dir / fmt::format("{}.parquet", i++);
    ASSERT_TRUE(write_parquet(frame, file).ok());
    const auto back = read_parquet(file);
    ASSERT_TRUE(back.ok()) << back.error().message;
    expect_same_frame(frame, *back);
  }
}

TEST(WriteParquet, ANanIsANullUnlessItIsKept) {
  const TestDirectory dir;
  const double payload = std::bit_cast<double>(0xFFF8'0000'0000'BEEFULL);
  Frame frame;
  frame.columns.push_back({{"f"}, std::vector<double>{1.0, payload}});
  ASSERT_TRUE(write_parquet(frame, dir / "null.parquet").ok());
  ASSERT_TRUE(write_parquet(frame, dir / "kept.parquet", NanCells::kKeep).ok());
  const auto kept = read_parquet(dir / "kept.parquet");
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(bits(std::get<std::vector<double>>(kept->columns[0].values)[1]), bits(payload));
  const auto null = read_parquet(dir / "null.parquet");
  ASSERT_TRUE(null.ok());
  EXPECT_TRUE(null->columns[0].valid.empty()) << "a file of pandas has NaN, not null";
  EXPECT_EQ(bits(std::get<std::vector<double>>(null->columns[0].values)[1]),
            bits(std::numeric_limits<double>::quiet_NaN()));
}

TEST(WriteParquet, EqualFramesGiveEqualBytes) {
  const TestDirectory dir;
  ASSERT_TRUE(write_parquet(typed_frame(), dir / "a.parquet").ok());
  ASSERT_TRUE(write_parquet(typed_frame(), dir / "b.parquet").ok());
  EXPECT_EQ(bytes_of(dir / "a.parquet"), bytes_of(dir / "b.parquet"));
}

TEST(WriteParquet, RefusesWhatAReaderCouldNotTellApart) {
  const TestDirectory dir;
  Frame frame;
  frame.columns.push_back({{"a"}, std::vector<double>{1}});
  frame.columns.push_back({{"a"}, std::vector<double>{1}});
  EXPECT_EQ(write_parquet(frame, dir / "a").error().code, ErrorCode::kSchemaMismatch);
  frame.columns.pop_back();
  frame.columns.push_back({{"b"}, std::vector<std::string>{"\xFF"}});
  EXPECT_THAT(write_parquet(frame, dir / "a").error().message, HasSubstr("not UTF-8"));
  frame.columns.pop_back();
  frame.columns.push_back({{"b", "c"}, std::vector<double>{1}});
  EXPECT_THAT(write_parquet(frame, dir / "a").error().message, HasSubstr("levels"));
  frame.columns.pop_back();
  ASSERT_TRUE(write_parquet(frame, dir / "a").ok());
  EXPECT_EQ(write_parquet(frame, dir / "a").error().code, ErrorCode::kPathExists);
}

/// Random columns over dictionary sizes, page edges and null patterns.
Frame random_frame(const CounterRng& random, std::size_t rows) {
  std::uint64_t draw = 0;
  const auto next = [&random, &draw](double below) {
    return static_cast<std::int64_t>(random.uniform(draw++) * below);
  };
  Frame frame;
  for (int c = 0; c < 6; ++c) {
    const double distinct = c == 0 ? 1 : c == 1 ? 3 : c == 2 ? 300 : 1e15;
    std::vector<double> floats;
    std::vector<std::int64_t> integers;
    std::vector<std::uint8_t> flags;
    std::vector<std::string> texts;
    std::vector<std::uint8_t> valid;
    for (std::size_t row = 0; row < rows; ++row) {
      const bool null = c % 2 == 1 && next(3) == 0;
      const std::int64_t value = null ? 0 : next(distinct);
      valid.push_back(null ? 0 : 1);
      floats.push_back(null ? std::numeric_limits<double>::quiet_NaN()
                            : static_cast<double>(value) / 7);
      integers.push_back(value);
      flags.push_back(value % 2 == 1 ? 1 : 0);
      texts.push_back(null ? "" : fmt::format("{}", value));
    }
    if (std::ranges::count(valid, 0) == 0) {
      valid.clear();
    }
    frame.columns.push_back({{fmt::format("f{}", c)}, floats});
    frame.columns.push_back({{fmt::format("i{}", c)}, integers, valid});
    frame.columns.push_back({{fmt::format("b{}", c)}, flags, valid});
    frame.columns.push_back({{fmt::format("s{}", c)}, texts, valid});
  }
  return frame;
}

TEST(WriteParquet, RandomFramesComeBackAndDuckDbReadsTheSame) {
  const TestDirectory dir;
  for (const std::size_t rows : {1U, 2U, 7U, 8U, 9U, 130U, 1152U, 131'073U}) {
    const std::uint64_t seed = 100 + rows;
    const Frame frame = random_frame(CounterRng(seed, 0), rows);
    const auto file = dir / fmt::format("{}.parquet", rows);
    ASSERT_TRUE(write_parquet(frame, file).ok());
    const auto back = read_parquet(file);
    ASSERT_TRUE(back.ok()) << back.error().message;
    SCOPED_TRACE(fmt::format("seed {}", seed));
    expect_same_frame(frame, *back);
    auto table = read_with_duckdb(file, {});
    ASSERT_TRUE(table.ok()) << table.error().message;
    const auto duck = frame_of(*std::move(table));
    ASSERT_TRUE(duck.ok()) << duck.error().message;
    expect_same_frame(frame, *duck);
    if (HasFailure()) {
      return;
    }
  }
}

/// A file that DuckDB writes.
fs::path written_by_duckdb(const TestDirectory& dir, const std::string& name,
                           const std::string& select, const std::string& options) {
  const fs::path file = dir / name;
  auto connection = duck::Connection::open();
  EXPECT_TRUE(connection.ok());
  const auto done = connection->query(
      fmt::format("COPY ({}) TO '{}' (FORMAT parquet{})", select, file.string(), options));
  EXPECT_TRUE(done.ok()) << done.error().message;
  return file;
}

/// All types that a frame holds, with nulls at every seventh row.
constexpr const char* kManyTypes =
    "SELECT * REPLACE (CASE WHEN i % 7 = 3 THEN NULL ELSE f END AS f) FROM (SELECT i::BIGINT AS i, "
    "(i % 100)::TINYINT AS i8, (i % 1000)::SMALLINT AS i16, i::INTEGER AS i32, "
    "(i % 200)::UTINYINT AS u8, (i % 50000)::USMALLINT AS u16, (i + 3000000000)::UINTEGER AS u32, "
    "(i + 3000000000)::UBIGINT AS u64, (i / 8)::FLOAT AS f4, (i / 7)::DOUBLE AS f, "
    "i % 3 = 0 AS b, (i % 5)::VARCHAR AS s, i::VARCHAR AS many, "
    "TIMESTAMP '2023-08-15 10:30:00' + INTERVAL (i) MINUTE AS us, "
    "(TIMESTAMP '2023-08-15 10:30:00' + INTERVAL (i) MINUTE)::TIMESTAMPTZ AS tz, "
    "(TIMESTAMP '2023-08-15 10:30:00' + INTERVAL (i) MINUTE)::TIMESTAMP_MS AS ms, "
    "make_timestamp_ns(i * 1000000007) AS ns, DATE '2023-08-15' + i::INTEGER AS d "
    "FROM range(0, 3000) t(i))";

TEST(ReadParquet, OurDecoderReadsWhatDuckDbWritesAsDuckDbDoes) {
  const TestDirectory dir;
  int i = 0;
  for (const char* options :
       {", CODEC snappy", ", CODEC uncompressed", ", CODEC snappy, ROW_GROUP_SIZE 2048"}) {
    const auto file = written_by_duckdb(dir, fmt::format("{}.parquet", i++), kManyTypes, options);
    auto native = read_natively(bytes_of(file), {});
    ASSERT_TRUE(native.ok()) << native.error().message;
    ASSERT_TRUE(native->has_value()) << options;
    auto duck = read_with_duckdb(file, {});
    ASSERT_TRUE(duck.ok()) << duck.error().message;
    ASSERT_EQ((*native)->columns.size(), duck->columns.size());
    ASSERT_EQ((*native)->row_count, 3000U);
    for (std::size_t c = 0; c < duck->columns.size(); ++c) {
      expect_same_column((*native)->columns[c], duck->columns[c]);
    }
    EXPECT_TRUE((*native)->columns[9].is_null(3));
  }
}

TEST(ReadParquet, WhatOurDecoderLeavesIsReadByDuckDb) {
  const TestDirectory dir;
  const auto plain = read_parquet(written_by_duckdb(dir, "plain.parquet", kManyTypes, ""));
  ASSERT_TRUE(plain.ok());
  int i = 0;
  for (const char* options : {", CODEC zstd", ", CODEC gzip", ", PARQUET_VERSION V2"}) {
    const auto file = written_by_duckdb(dir, fmt::format("{}.parquet", i++), kManyTypes, options);
    const auto native = read_natively(bytes_of(file), {});
    ASSERT_TRUE(native.ok()) << native.error().message;
    EXPECT_FALSE(native->has_value()) << options;
    const auto frame = read_parquet(file);
    ASSERT_TRUE(frame.ok()) << frame.error().message;
    expect_same_frame(*plain, *frame);
  }
}

TEST(ReadParquet, DecimalsAreTextAndNamesOfOneCaseStayApart) {
  const TestDirectory dir;
  const auto file = written_by_duckdb(
      dir, "[a]*?.parquet",
      "SELECT (-0.05)::DECIMAL(4, 2) AS a, 12345678901234567.5::DECIMAL(30, 1) AS b, "
      "7::DECIMAL(9, 0) AS c, NULL::DECIMAL(9, 3) AS d, 1.25::DECIMAL(18, 4) AS e",
      "");
  const auto frame = read_parquet(file);
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  std::vector<std::string> texts;
  for (const FrameColumn& column : frame->columns) {
    texts.push_back(column.is_null(0) ? "null" : cell_text(column, 0));
  }
  EXPECT_EQ(texts,
            (std::vector<std::string>{"-0.05", "12345678901234567.5", "7", "null", "1.2500"}));
}

TEST(ReadParquet, TypesThatAFrameCannotHoldAreErrorsThatNameTheColumn) {
  const TestDirectory dir;
  const auto big =
      written_by_duckdb(dir, "u.parquet", "SELECT 18446744073709551615::UBIGINT AS big", "");
  EXPECT_EQ(read_parquet(big).error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(read_parquet(big).error().message, HasSubstr("big"));
  const auto nested = written_by_duckdb(dir, "l.parquet", "SELECT [1, 2] AS list", "");
  EXPECT_EQ(read_parquet(nested).error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(read_parquet(nested).error().message, HasSubstr("list"));
  const auto time = written_by_duckdb(dir, "t.parquet", "SELECT TIME '10:30:00' AS noon", "");
  EXPECT_EQ(read_parquet(time).error().code, ErrorCode::kSchemaMismatch);
}

TEST(ReadParquet, LimitsStopBeforeTheMemoryIsTaken) {
  const TestDirectory dir;
  const auto file =
      written_by_duckdb(dir, "a.parquet", "SELECT 1 AS a, 2 AS b FROM range(0, 1000000)", "");
  ASSERT_LT(fs::file_size(file), 10'000U) << "a small file of many equal values";
  EXPECT_TRUE(read_parquet(file).ok());
  const auto large = read_parquet(file, {.max_bytes = 1'000'000});
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(large.error().message, HasSubstr("1000000 rows"));
  EXPECT_THAT(read_parquet(file, {.max_columns = 1}).error().message, HasSubstr("2 columns"));
  EXPECT_FALSE(read_with_duckdb(file, {.max_bytes = 1'000'000}).ok());
  EXPECT_FALSE(read_with_duckdb(file, {.max_columns = 1}).ok());
}

TEST(ReadParquet, EveryPrefixOfAFileIsMalformed) {
  const TestDirectory dir;
  ASSERT_TRUE(write_parquet(typed_frame(), dir / "whole.parquet").ok());
  const std::string whole = bytes_of(dir / "whole.parquet");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto read = read_natively(std::string_view(whole).substr(0, size), {});
    ASSERT_FALSE(read.ok()) << size;
    ASSERT_EQ(read.error().code, ErrorCode::kMalformedData) << size;
  }
  const auto truncated = dir.with("truncated.parquet", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(read_parquet(truncated).error().message,
              ::testing::AllOf(HasSubstr("truncated.parquet"), HasSubstr("is truncated")));
}

TEST(ReadParquet, FlippedBytesNeverCrash) {
  const TestDirectory dir;
  ASSERT_TRUE(write_parquet(typed_frame(), dir / "whole.parquet").ok());
  const std::string whole = bytes_of(dir / "whole.parquet");
  constexpr std::uint64_t kSeed = 20230815;
  const CounterRng random(kSeed, 0);
  std::size_t refused = 0;
  std::uint64_t draw = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = whole;
    const int flips = 1 + static_cast<int>(random.uniform(draw++) * 3);
    for (int i = 0; i < flips; ++i) {
      const auto at =
          static_cast<std::size_t>(random.uniform(draw++) * static_cast<double>(damaged.size()));
      damaged[at] = static_cast<char>(random.uniform(draw++) * 256);
    }
    refused += read_natively(damaged, {.max_bytes = 1 << 20}).ok() ? 0U : 1U;
  }
  EXPECT_GT(refused, 5'000U) << "seed " << kSeed;
}

TEST(ReadParquet, WhatIsNoParquetFileIsNamedSo) {
  const TestDirectory dir;
  EXPECT_EQ(read_parquet(dir / "none").error().code, ErrorCode::kFileNotFound);
  EXPECT_EQ(read_parquet(dir / "").error().code, ErrorCode::kFileUnreadable);
  for (const char* content : {"", "PAR1", "PAR1PAR1", "a,b\n1,2\n", "PAR1\xFF\xFF\xFF\x7FPAR1"}) {
    const auto read = read_parquet(dir.with("x.parquet", content));
    ASSERT_FALSE(read.ok()) << content;
    EXPECT_EQ(read.error().code, ErrorCode::kMalformedData) << content;
    EXPECT_THAT(read.error().message, HasSubstr("x.parquet"));
  }
}

TEST(ReadParquet, ADirectoryNameLikeAPartitionAddsNoColumn) {
  const TestDirectory dir;
  fs::create_directories(dir / "year=2023");
  const auto file = written_by_duckdb(dir, "year=2023/a.parquet", "SELECT 1 AS a", ", CODEC zstd");
  const auto frame = read_parquet(file);
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  EXPECT_EQ(frame->columns.size(), 1U);
}

/// The pandas block of a file.
std::string pandas_block(const fs::path& file) {
  const std::string bytes = bytes_of(file);
  parquet::Footer footer;
  EXPECT_TRUE(parquet::read_footer(bytes, {}, footer).ok());
  return std::string(footer.pandas);
}

/// Without blanks behind separators and without the part that names the writer.
std::string comparable(std::string block) {
  std::string text;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool separator =
        i > 1 && block[i] == ' ' && (block[i - 1] == ',' || block[i - 1] == ':') &&
        (block[i - 2] == '"' || block[i - 2] == '}' || block[i - 2] == ']' || block[i - 2] == 'l');
    text += separator ? "" : std::string(1, block[i]);
  }
  return text.substr(0, text.find("\"creator\""));
}

TEST(WriteParquet, TheMetadataIsWhatPandasWroteForTheSameFrame) {
  const fs::path folder = fs::path(TIEOUT_SHARED_DIR) /
                          "golden/logs/prod_clean/system_log_dir.manual/dag/node_io/node_io.data";
  if (!fs::exists(folder)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const TestDirectory dir;
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".parquet") {
      continue;
    }
    const auto frame = read_parquet(entry.path());
    ASSERT_TRUE(frame.ok()) << frame.error().message;
    const auto copy = dir / entry.path().filename().string();
    ASSERT_TRUE(write_parquet(*frame, copy).ok());
    EXPECT_EQ(comparable(pandas_block(copy)), comparable(pandas_block(entry.path())))
        << entry.path();
    const auto back = read_parquet(copy);
    ASSERT_TRUE(back.ok()) << back.error().message;
    expect_same_frame(*frame, *back);
    if (++files == 30 || HasFailure()) {
      break;
    }
  }
  EXPECT_GT(files, 0U);
}

}  // namespace
}  // namespace tieout::frames
