#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "tieout/core/result.hpp"
#include "tieout/frames/frame.hpp"

namespace tieout::frames {

/// Bounds that a file may not pass, so that a damaged or hostile one cannot exhaust the machine.
struct ReadLimits {
  std::uint64_t max_bytes = 4ULL << 30;  // after decompression
  std::size_t max_columns = 100'000;
};

struct CsvOptions {
  /// Header rows: 1, or 2 for (field, asset) as pandas writes two-level columns (then an index-name
  /// row follows). 0: found out from the first rows.
  std::size_t header_rows = 0;
  /// The first column is the index when its header is empty or the header has two rows, else when
  /// `index` names it.
  std::string index = {};
};

/// Read a CSV file, gzipped when its first bytes say so.
///
/// Rule:   a column has the narrowest type that all its non-empty cells parse as: int64, float64,
///         bool (True/False), timestamp (ISO with offset), string. An empty cell, "NaN" or "nan" is
///         NaN in a float64 column, and turns an int64 column into float64, as pandas reads it; it
///         is a null in any other. "inf", "-inf" are infinities.
/// Errors: kFileNotFound, kFileUnreadable, kMalformedData (file, line, what was found),
///         kSchemaMismatch for rows of unequal length, and for limits that are passed.
Result<Frame> read_csv(const std::filesystem::path& file, const CsvOptions& options = {},
                       const ReadLimits& limits = {});

/// Read a Parquet file; with pandas' metadata: index, zone, column levels. Without: flat columns,
/// no index.
///
/// Rule:   integers of all widths become int64, float32 becomes float64, decimals become text,
/// dates
///         the timestamp of their midnight UTC. Timestamps keep their nanoseconds.
/// Nulls:  NaN in the float64 columns of a file with pandas' metadata, else nulls. pandas' plain
///         range index (0, 1, 2, ... without a name) is no index; another range is.
/// Errors: as read_csv(); kMalformedData for a truncated or corrupt file; kSchemaMismatch for types
///         that a frame cannot hold (nested columns, uint64 past int64, ...).
Result<Frame> read_parquet(const std::filesystem::path& file, const ReadLimits& limits = {});

/// By what the file is: Parquet (magic bytes), else CSV.
Result<Frame> read_frame(const std::filesystem::path& file, const CsvOptions& options = {},
                         const ReadLimits& limits = {});

/// Write as pandas' to_csv does: full-precision floats, "True"/"False", ISO timestamps in the
/// frame's zone, two header rows and an index-name row for two levels; gzipped, byte-reproducible,
/// when the name ends with .gz. Errors: kPathExists, kFileUnwritable, kDiskFull.
Status write_csv(const Frame& frame, const std::filesystem::path& file);

/// What a null or a NaN of a float64 column becomes.
enum class NanCells {
  kAsNull,  // as pandas writes them; the bits of a NaN are lost
  kKeep     // a NaN stays a NaN with all its bits, a null is a null
};

/// The bytes of a file as pandas and pyarrow write it (Snappy, dictionaries where they are smaller,
/// tuple text as names of two-level columns, the pandas metadata block), so that
/// pandas.read_parquet gives the frame back. Equal frames give equal bytes.
///
/// Rule:   timestamps are nanoseconds UTC, shown in the frame's zone; without a zone they are
///         naive.
/// Errors: kSchemaMismatch when two columns have one name, a label has another number of levels
///         than the frame, or a text is not UTF-8.
Result<std::string> to_parquet(const Frame& frame, NanCells nan_cells = NanCells::kAsNull);

/// Write these bytes. Errors: as to_parquet(); kPathExists, kFileUnwritable, kDiskFull.
Status write_parquet(const Frame& frame, const std::filesystem::path& file,
                     NanCells nan_cells = NanCells::kAsNull);

}  // namespace tieout::frames
