#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout::frames::parquet {

enum class Physical : std::uint8_t {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kInt96 = 3,
  kFloat = 4,
  kDouble = 5,
  kByteArray = 6,
  kFixedBytes = 7
};

/// What the bits of a physical type mean.
enum class Meaning : std::uint8_t {
  kPlain,      // as the physical type says
  kUnsigned,   // integer of 8, 16, 32 or 64 bits without sign
  kText,       // UTF-8
  kTimestamp,  // unit_ns nanoseconds each
  kDate,       // days
  kOther       // decimals, times, ...: DuckDB reads them
};

struct Field {
  std::string name;
  Physical physical = Physical::kDouble;
  Meaning meaning = Meaning::kPlain;
  std::int64_t unit_ns = 0;
  bool utc = false;
  bool optional = false;
  bool nested = false;  // has children or repeats
};

/// Where the pages of one column of one row group lie.
struct ColumnChunk {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t value_count = 0;
  std::int64_t codec = 0;  // 0 none, 1 Snappy
};

struct RowGroup {
  std::uint64_t row_count = 0;
  std::vector<ColumnChunk> columns;
};

/// The metadata at the end of a file. The views point into the file's bytes.
struct Footer {
  std::string_view schema_bytes;  // the encoded schema: equal bytes are equal schemas
  std::uint64_t row_count = 0;
  std::vector<RowGroup> groups;
  bool has_pandas = false;
  std::string_view pandas;
};

/// Read the metadata of a whole file; `known_schema` are schema_bytes of an earlier footer, whose
/// schema need not be walked again.
/// Errors: kMalformedData.
Status read_footer(std::string_view file, std::string_view known_schema, Footer& footer);

/// The columns of an encoded schema. Errors: kMalformedData; kSchemaMismatch for more than
/// `max_columns`.
Result<std::vector<Field>> read_schema(std::string_view schema_bytes, std::size_t max_columns);

/// Check that every row group has all columns, and that the values fit into `max_bytes` as 64-bit
/// words. Errors: kMalformedData; kSchemaMismatch for the limit.
Status check_shape(const Footer& footer, std::size_t column_count, std::uint64_t max_bytes);

}  // namespace tieout::frames::parquet
