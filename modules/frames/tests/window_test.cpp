#include <bit>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/frames/window_decoder.hpp"

#include "duckdb.hpp"
#include "frames_support.hpp"
#include "pandas_meta.hpp"

namespace tieout::frames {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A cell of a frame as the word that a window has for it.
std::uint64_t word_of(const FrameColumn& column, std::size_t row, StringPool& pool) {
  if (const auto* floats = std::get_if<std::vector<double>>(&column.values)) {
    return std::bit_cast<std::uint64_t>((*floats)[row]);
  }
  if (column.is_null(row)) {
    return static_cast<std::uint64_t>(kNullWord);
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
    return static_cast<std::uint64_t>(pool.intern((*texts)[row]));
  }
  if (const auto* times = std::get_if<std::vector<Timestamp>>(&column.values)) {
    return static_cast<std::uint64_t>((*times)[row].ns);
  }
  if (const auto* flags = std::get_if<std::vector<std::uint8_t>>(&column.values)) {
    return (*flags)[row];
  }
  return static_cast<std::uint64_t>(std::get<std::vector<std::int64_t>>(column.values)[row]);
}

void expect_window_of(const DecodedWindow& window, const Frame& frame, StringPool& pool) {
  ASSERT_EQ(window.row_count(), frame.row_count());
  ASSERT_EQ(window.schema->columns.size(), frame.columns.size());
  EXPECT_EQ(window.schema->zone, frame.zone);
  EXPECT_EQ(window.schema->index_name, to_string(frame.index->label));
  EXPECT_EQ(window.schema->level_names, frame.level_names);
  for (std::size_t row = 0; row < frame.row_count(); ++row) {
    ASSERT_EQ(window.index[row], std::get<std::vector<Timestamp>>(frame.index->values)[row].ns);
  }
  for (std::size_t c = 0; c < frame.columns.size(); ++c) {
    EXPECT_EQ(window.schema->columns[c].label, frame.columns[c].label);
    EXPECT_EQ(window.schema->columns[c].type, frame.columns[c].type());
    const auto words = window.column(c);
    for (std::size_t row = 0; row < frame.row_count(); ++row) {
      ASSERT_EQ(words[row], word_of(frame.columns[c], row, pool))
          << to_string(frame.columns[c].label) << " row " << row;
    }
  }
}

/// A window with a column of each type.
Frame window_frame(std::size_t rows) {
  Frame frame;
  frame.zone = "America/New_York";
  frame.level_names = {"", ""};
  std::vector<Timestamp> index;
  std::vector<double> floats;
  std::vector<std::int64_t> integers;
  std::vector<std::uint8_t> flags;
  std::vector<std::string> texts;
  std::vector<std::uint8_t> valid;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto i = static_cast<std::int64_t>(row);
    index.push_back(Timestamp{1'692'109'800'000'000'001 + i * minutes(5).ns});
    floats.push_back(row < 2 ? std::numeric_limits<double>::quiet_NaN()
                             : static_cast<double>(row) / 3);
    valid.push_back(row % 4 == 1 ? 0 : 1);
    integers.push_back(valid.back() == 1 ? -i : 0);
    flags.push_back(valid.back() == 1 && row % 3 == 0 ? 1 : 0);
    texts.push_back(valid.back() == 1 ? fmt::format("text {}", row % 5) : "");
  }
  frame.columns.push_back({{"close", "101"}, floats});
  frame.columns.push_back({{"volume", "101"}, integers, valid});
  frame.columns.push_back({{"flag", "101"}, flags, valid});
  frame.columns.push_back({{"text", "101"}, texts, valid});
  frame.columns.push_back({{"start", "101"}, index});
  frame.index = FrameColumn{{"end_datetime"}, index};
  return frame;
}

TEST(WindowDecoder, GivesTheCellsOfTheFrame) {
  const TestDirectory dir;
  StringPool pool;
  WindowDecoder decoder(pool);
  DecodedWindow window;
  // Longer, then shorter: nothing of an earlier file may stay.
  for (const std::size_t rows : {5U, 300U, 8U, 0U, 60U}) {
    const auto file = dir / fmt::format("{}.parquet", rows);
    ASSERT_TRUE(write_parquet(window_frame(rows), file).ok());
    const auto status = decoder.decode(file, window);
    ASSERT_TRUE(status.ok()) << status.error().message;
    expect_window_of(window, *read_parquet(file), pool);
  }
}

TEST(WindowDecoder, FilesOfOneSchemaShareItAndOthersDoNot) {
  const TestDirectory dir;
  Frame other = window_frame(10);
  other.columns[0].label = {"open", "101"};
  ASSERT_TRUE(write_parquet(window_frame(10), dir / "a.parquet").ok());
  ASSERT_TRUE(write_parquet(window_frame(20), dir / "b.parquet").ok());
  ASSERT_TRUE(write_parquet(other, dir / "c.parquet").ok());
  StringPool pool;
  WindowDecoder decoder(pool);
  DecodedWindow a;
  DecodedWindow b;
  DecodedWindow c;
  ASSERT_TRUE(decoder.decode(dir / "a.parquet", a).ok());
  ASSERT_TRUE(decoder.decode(dir / "c.parquet", c).ok());
  ASSERT_TRUE(decoder.decode(dir / "b.parquet", b).ok());
  EXPECT_EQ(a.schema, b.schema);
  EXPECT_NE(a.schema, c.schema);
  EXPECT_EQ(c.schema->columns[0].label, (ColumnLabel{"open", "101"}));
}

TEST(WindowDecoder, EqualColumnsInAnotherZoneAreAnotherSchema) {
  const TestDirectory dir;
  Frame tokyo = window_frame(10);
  tokyo.zone = "Asia/Tokyo";
  ASSERT_TRUE(write_parquet(window_frame(10), dir / "a.parquet").ok());
  ASSERT_TRUE(write_parquet(tokyo, dir / "b.parquet").ok());
  StringPool pool;
  WindowDecoder decoder(pool);
  DecodedWindow window;
  ASSERT_TRUE(decoder.decode(dir / "a.parquet", window).ok());
  ASSERT_TRUE(decoder.decode(dir / "b.parquet", window).ok());
  EXPECT_EQ(window.schema->zone, "Asia/Tokyo");
}

TEST(WindowDecoder, GenuineNodeFilesGiveTheCellsOfTheFrame) {
  const fs::path folder = fs::path(TIEOUT_SHARED_DIR) /
                          "golden/logs/prod_clean/system_log_dir.manual/dag/node_io/node_io.data";
  if (!fs::exists(folder)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  StringPool pool;
  WindowDecoder decoder(pool);
  DecodedWindow window;
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".parquet") {
      const auto status = decoder.decode(entry.path(), window);
      ASSERT_TRUE(status.ok()) << status.error().message;
      expect_window_of(window, *read_parquet(entry.path()), pool);
      ++files;
    }
  }
  EXPECT_GT(files, 100U);
}

TEST(WindowDecoder, AFileOfAnotherCompressionGoesThroughDuckDb) {
  const TestDirectory dir;
  Frame frame = window_frame(50);
  frame.level_names = {""};
  for (FrameColumn& column : frame.columns) {
    column.label.pop_back();
  }
  frame.zone = "";
  const std::string meta =
      pandas_meta_json(frame, {"close", "volume", "flag", "text", "start", "end_datetime"});
  ASSERT_TRUE(write_parquet(frame, dir / "a.parquet").ok());
  auto connection = duck::Connection::open();
  ASSERT_TRUE(connection.ok());
  const auto done = connection->query(
      fmt::format("COPY (SELECT * FROM '{}') TO '{}' (FORMAT parquet, CODEC zstd, KV_METADATA "
                  "{{pandas: '{}'}})",
                  (dir / "a.parquet").string(), (dir / "z.parquet").string(), meta));
  ASSERT_TRUE(done.ok()) << done.error().message;
  StringPool pool;
  WindowDecoder decoder(pool);
  DecodedWindow window;
  const auto status = decoder.decode(dir / "z.parquet", window);
  ASSERT_TRUE(status.ok()) << status.error().message;
  expect_window_of(window, frame, pool);
}

TEST(WindowDecoder, WhatIsNoWindowIsAnErrorThatNamesTheFile) {
  const TestDirectory dir;
  StringPool pool;
  WindowDecoder decoder(pool);
  DecodedWindow window;
  const auto error_of = [&](const Frame& frame, const std::string& name) {
    EXPECT_TRUE(write_parquet(frame, dir / name).ok());
    const Status status = decoder.decode(dir / name, window);
    EXPECT_FALSE(status.ok()) << name;
    EXPECT_THAT(status.error().message, HasSubstr(name));
    return status.error();
  };
  Frame no_index = window_frame(3);
  no_index.index.reset();
  EXPECT_EQ(error_of(no_index, "none").code, ErrorCode::kSchemaMismatch);
  Frame other = window_frame(3);
  other.index->values = std::vector<std::int64_t>{1, 2, 3};
  EXPECT_THAT(error_of(other, "other").message, HasSubstr("another type"));
  Frame nulls = window_frame(3);
  nulls.index->valid = {1, 0, 1};
  EXPECT_THAT(error_of(nulls, "nulls").message, HasSubstr("nulls"));
  Frame reserved = window_frame(3);
  reserved.columns[1].valid.clear();
  reserved.columns[1].values = std::vector<std::int64_t>{1, INT64_MIN, 2};
  EXPECT_THAT(error_of(reserved, "reserved").message, HasSubstr("stands for a null"));
  EXPECT_EQ(decoder.decode(dir / "missing", window).error().code, ErrorCode::kFileNotFound);
  EXPECT_EQ(decoder.decode(dir / "", window).error().code, ErrorCode::kFileUnreadable);
}

TEST(WindowDecoder, AfterATruncatedFileTheNextOneIsReadRight) {
  const TestDirectory dir;
  ASSERT_TRUE(write_parquet(window_frame(40), dir / "whole.parquet").ok());
  const std::string whole = bytes_of(dir / "whole.parquet");
  StringPool pool;
  WindowDecoder decoder(pool);
  DecodedWindow window;
  const auto frame = read_parquet(dir / "whole.parquet");
  for (std::size_t size = 0; size < whole.size(); size += 37) {
    ASSERT_FALSE(decoder.decode_bytes(whole.substr(0, size), "cut", window).ok()) << size;
    ASSERT_TRUE(decoder.decode_bytes(whole, "whole", window).ok()) << size;
  }
  expect_window_of(window, *frame, pool);
}

}  // namespace
}  // namespace tieout::frames
