#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/frames/file.hpp"
#include "tieout/frames/frame.hpp"

#include "parquet_footer.hpp"

namespace tieout::frames {

/// A Parquet file before its pandas metadata is applied: columns by position, labels of one text,
/// the field's name.
struct RawTable {
  std::vector<FrameColumn> columns;
  std::size_t row_count = 0;
  std::optional<std::string> pandas;  // the `pandas` entry of the file's metadata
};

/// Read with our own decoder, or nothing when the file has a type, an encoding or a compression
/// that it leaves to DuckDB. Errors: kMalformedData, kSchemaMismatch for limits.
Result<std::optional<RawTable>> read_natively(std::string_view file, const ReadLimits& limits);

/// Read with DuckDB: every encoding and compression.
/// Errors: kMalformedData; kSchemaMismatch for types that a Frame cannot hold, for limits, and for
/// timestamps of nanoseconds with a zone, of which DuckDB cuts the last three digits.
Result<RawTable> read_with_duckdb(const std::filesystem::path& file, const ReadLimits& limits);

/// DuckDB cuts the nanoseconds of timestamps with a zone: refuse such fields.
/// Errors: kSchemaMismatch.
Status check_exact_in_duckdb(const std::vector<parquet::Field>& fields);

/// Labels, levels, index and zone as the metadata says; flat columns without index if there is
/// none. Nulls of floats become NaN in a file of pandas. Errors: kMalformedData.
Result<Frame> frame_of(RawTable table);

}  // namespace tieout::frames
