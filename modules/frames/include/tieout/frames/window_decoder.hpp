#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/string_pool.hpp"
#include "tieout/core/table.hpp"
#include "tieout/frames/file.hpp"
#include "tieout/frames/frame.hpp"

namespace tieout::frames {

/// Columns of a window. A decoder gives the same object for all files of one schema, so that two
/// windows of one decoder with equal pointers have equal columns.
struct WindowSchema {
  struct Column {
    ColumnLabel label;
    ColumnType type;
    friend bool operator==(const Column&, const Column&) = default;
  };
  std::vector<Column> columns;  // without the index
  std::vector<std::string> level_names;
  std::string index_name;
  std::string zone;
};

/// One file's rows, column by column; to be reused from file to file.
///
/// Shapes: index [row_count], words [columns x row_count], a column's words one after another.
/// Units:  index and timestamps in nanoseconds since 1970 UTC; float64 as its bits; booleans 0, 1;
///         texts as numbers of the decoder's StringPool.
/// Nulls:  the quiet NaN in float64 columns, kNullWord in all others.
struct DecodedWindow {
  std::shared_ptr<const WindowSchema> schema;  // shared with the decoder and its other windows
  std::vector<std::int64_t> index;
  std::vector<std::uint64_t> words;

  std::size_t row_count() const noexcept { return index.size(); }
  std::span<const std::uint64_t> column(std::size_t position) const noexcept {
    return std::span(words).subspan(position * index.size(), index.size());
  }
};

/// Decodes the Parquet files of a log one after another: one decoder for each thread, every buffer
/// reused, the schema and pandas' metadata parsed once for all files in which their bytes are the
/// same.
///
/// Rule:    the file has pandas' metadata with one timestamp index without nulls; the values are
///          those of read_parquet().
/// Errors:  as read_parquet(); kSchemaMismatch without such an index, and for an int64 column with
///          the value of kNullWord, which could not be told from a null.
/// Cost:    a file of 1152 rows and 500 doubles takes about 3 ms: one read, one pass over the
/// bytes.
///          What our decoder does not know goes through DuckDB, at about 40 ms for such a file.
/// Threads: none; the pool is the caller's, and is written to.
class WindowDecoder {
 public:
  explicit WindowDecoder(StringPool& pool, const ReadLimits& limits = {});
  ~WindowDecoder();
  WindowDecoder(const WindowDecoder&) = delete;
  WindowDecoder& operator=(const WindowDecoder&) = delete;

  /// Read `file` whole and decode it into `window`; after an error the window's content is not
  /// specified.
  Status decode(const std::filesystem::path& file, DecodedWindow& window);

  /// Decode the bytes of a file that the caller has read already; `file` is where they came from.
  /// The bytes are not needed afterwards.
  Status decode_bytes(std::string_view bytes, const std::filesystem::path& file,
                      DecodedWindow& window);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Bytes of files, read one after another into a buffer that only grows.
class FileBuffer {
 public:
  /// The whole of a regular file; valid until the next call.
  /// Errors: kFileNotFound, kFileUnreadable; kSchemaMismatch when it has more than `max_bytes`.
  Result<std::string_view> read(const std::filesystem::path& file, std::uint64_t max_bytes);

 private:
  std::unique_ptr<char[]> bytes_;  // NOLINT: a vector would zero what is overwritten at once
  std::size_t capacity_ = 0;
};

}  // namespace tieout::frames
