#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parquet_column.hpp"
#include "thrift.hpp"

namespace tieout::frames::parquet {
namespace {

using thrift::Type;

/// An uncompressed page: type 2 with header field 7 is a dictionary, type 0 with 5 holds data.
std::string page(int type, std::int16_t kind, int values, int encoding, const std::string& body) {
  thrift::Writer out;
  out.begin_struct();
  out.integer_field(1, Type::kI32, type);
  out.integer_field(2, Type::kI32, static_cast<std::int64_t>(body.size()));
  out.integer_field(3, Type::kI32, static_cast<std::int64_t>(body.size()));
  out.struct_field(kind);
  out.integer_field(1, Type::kI32, values);
  out.integer_field(2, Type::kI32, encoding);
  out.end_struct();
  out.end_struct();
  return out.bytes() + body;
}

/// Decode a required int64 column of a dictionary {10, 20, 30} and these positions.
Result<std::vector<std::uint64_t>> decode_positions(const std::string& positions,
                                                    std::size_t count) {
  std::string dictionary;
  for (const std::int64_t value : {10, 20, 30}) {
    dictionary.append(reinterpret_cast<const char*>(&value), 8);  // NOLINT: bytes
  }
  const std::string pages =
      page(2, 7, 3, 0, dictionary) + page(0, 5, static_cast<int>(count), 8, positions);
  const std::string file = pages + std::string(8, 0);
  StringPool pool;
  ColumnDecoder decoder(pool);
  Field field;
  field.physical = Physical::kInt64;
  std::vector<std::uint64_t> words(count);
  const ColumnChunk chunk{.offset = 0, .size = pages.size(), .value_count = count};
  TIEOUT_TRY(const Outcome outcome, decoder.decode(file, chunk, field, {.words = words}));
  EXPECT_EQ(outcome, Outcome::kDone);
  return words;
}

TEST(ColumnDecoder, ReadsPackedAndRepeatedDictionaryPositions) {
  // Width 2; one group of eight: 0 1 2 0, 1 2 0 1, low bits first; then 2 three times.
  const std::string positions = {2, 3, 0b00100100, 0b01001001, 3 << 1, 2};
  EXPECT_EQ(*decode_positions(positions, 11),
            (std::vector<std::uint64_t>{10, 20, 30, 10, 20, 30, 10, 20, 30, 30, 30}));
}

TEST(ColumnDecoder, APositionOutsideOfTheDictionaryIsAnError) {
  const std::string packed = {2, 3, 0b00110100, 0b01001001};  // the third is 3
  const std::string repeated = {2, 3 << 1, 3};
  for (const auto& [positions, count] :
       {std::pair<std::string, std::size_t>(packed, 8), {repeated, 3}}) {
    const auto words = decode_positions(positions, count);
    ASSERT_FALSE(words.ok());
    EXPECT_EQ(words.error().code, ErrorCode::kMalformedData);
  }
}

TEST(ColumnDecoder, PositionsThatEndTooEarlyAreAnError) {
  EXPECT_FALSE(decode_positions({2, 3, 0b00100100}, 8).ok());
  EXPECT_FALSE(decode_positions({2}, 1).ok());
  EXPECT_FALSE(decode_positions({}, 1).ok());
}

}  // namespace
}  // namespace tieout::frames::parquet
