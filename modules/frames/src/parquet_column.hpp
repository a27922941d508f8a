#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/string_pool.hpp"
#include "tieout/core/table.hpp"

#include "parquet_footer.hpp"

namespace tieout::frames::parquet {

/// What a native read came to.
enum class Outcome {
  kDone,
  kUnsupported  // an encoding, compression or type that is left to DuckDB
};

/// True for the types that ColumnDecoder knows; encodings show only in the pages.
bool is_native(const Field& field) noexcept;
/// The type of the words that a native field is decoded to.
ColumnType column_type(const Field& field) noexcept;
/// The word of a null: the quiet NaN of a double, kNullWord of all others.
std::uint64_t null_word(ColumnType type) noexcept;

/// Decodes flat columns into 64-bit words: doubles (also of float32) and integers by their bits,
/// timestamps in nanoseconds UTC, booleans 0 or 1, texts as numbers of a pool. Buffers are reused
/// from chunk to chunk.
///
/// Rule: reads what pyarrow writes by default and some more: data pages of both versions, PLAIN and
///       dictionary encoding, RLE booleans, no compression or Snappy.
class ColumnDecoder {
 public:
  explicit ColumnDecoder(StringPool& pool) : pool_(pool) {}

  struct Target {
    std::span<std::uint64_t> words;  // one for each row of the row group
    std::uint8_t* valid = nullptr;   // one for each row, set to 0 at nulls, when it is given
  };
  /// Errors: kMalformedData for damage, kSchemaMismatch for a value that does not fit.
  Result<Outcome> decode(std::string_view file, const ColumnChunk& chunk, const Field& field,
                         const Target& target);

  std::size_t null_count() const noexcept { return null_count_; }
  /// True when an int64 had the value that stands for null.
  bool saw_null_word() const noexcept { return saw_null_word_; }

 private:
  struct Page;

  Result<Outcome> decode_page(const Page& page, const Field& field, std::int64_t codec,
                              const Target& target, std::size_t done);
  Status decompress(const Page& page, std::string_view& bytes);
  Result<std::string_view> read_levels(const Page& page, std::string_view bytes);
  Status read_values(const Field& field, std::string_view bytes, std::span<std::uint64_t> words);
  Status read_texts(std::string_view bytes, std::span<std::uint64_t> words);
  static Status read_flags(std::string_view bytes, std::span<std::uint64_t> words);
  Status read_indices(std::string_view bytes, std::span<std::uint64_t> words) const;

  StringPool& pool_;
  std::vector<char> page_;
  std::vector<std::uint64_t> dictionary_;
  std::vector<std::uint8_t> levels_;  // of a page, empty when every value is present
  std::size_t present_ = 0;           // values of the page that are no nulls
  std::size_t null_count_ = 0;
  bool saw_null_word_ = false;
};

}  // namespace tieout::frames::parquet
