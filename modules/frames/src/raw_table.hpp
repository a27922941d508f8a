#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tieout/frames/file.hpp"
#include "tieout/frames/frame.hpp"

namespace tieout::frames {

/// A Parquet file before its pandas metadata is applied: columns by position, labels of one text,
/// the field's name.
struct RawTable {
  std::vector<FrameColumn> columns;
  std::size_t row_count = 0;
  std::optional<std::string> pandas;  // the `pandas` entry of the file's metadata
};

/// Read with DuckDB: every encoding and compression, timestamps with a zone to the microsecond.
/// Errors: kMalformedData, kSchemaMismatch for types that a Frame cannot hold and for limits.
Result<RawTable> read_with_duckdb(const std::filesystem::path& file, const ReadLimits& limits);

/// Labels, levels, index and zone as the metadata says; flat columns without index if there is
/// none. Nulls of floats become NaN in a file of pandas. Errors: kMalformedData.
Result<Frame> frame_of(RawTable table);

}  // namespace tieout::frames
