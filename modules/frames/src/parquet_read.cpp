#include <array>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "tieout/frames/file.hpp"

#include "bounded_file.hpp"
#include "pandas_meta.hpp"
#include "raw_table.hpp"

namespace tieout::frames {
namespace {

constexpr std::string_view kMagic = "PAR1";

/// The four bytes at `offset`, fewer when the file ends.
std::string four_bytes(std::ifstream& stream, std::uint64_t offset) {
  std::array<char, 4> bytes{};
  stream.clear();
  stream.seekg(static_cast<std::streamoff>(offset));
  stream.read(bytes.data(), bytes.size());
  return {bytes.data(), static_cast<std::size_t>(stream.gcount())};
}

/// The range that pandas declares instead of a column. A plain 0, 1, 2, ... without a name is its
/// way to say that there is no index.
Result<std::optional<FrameColumn>> range_index(const PandasMeta::Range& range,
                                               std::size_t row_count) {
  if (range.name.empty() && range.start == 0 && range.step == 1) {
    return std::optional<FrameColumn>{};
  }
  std::vector<std::int64_t> values;
  std::int64_t value = range.start;
  for (std::size_t row = 0; row < row_count; ++row) {
    values.push_back(value);
    if (__builtin_add_overflow(value, range.step, &value) && row + 1 < row_count) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("the range index starts at {} with step {}: row {} overflows",
                               range.start, range.step, row + 1)};
    }
  }
  return std::optional<FrameColumn>(FrameColumn{{range.name}, std::move(values)});
}

/// With our own decoder where it can, else with DuckDB.
Result<RawTable> read_table(const std::filesystem::path& file, const ReadLimits& limits) {
  {
    TIEOUT_TRY(const std::string bytes, read_bounded(file, limits.max_bytes, "read_file"));
    TIEOUT_TRY(std::optional<RawTable> table, read_natively(bytes, limits));
    if (table) {
      return *std::move(table);
    }
  }
  return read_with_duckdb(file, limits);
}

void nulls_to_nan(FrameColumn& column) {
  if (column.type() == ColumnType::kFloat64) {
    column.valid.clear();  // the values are NaN already
  }
}

}  // namespace

Result<Frame> frame_of(RawTable table) {
  Frame frame;
  if (!table.pandas) {
    frame.columns = std::move(table.columns);
    return frame;
  }
  TIEOUT_TRY(PandasMeta meta, parse_pandas_meta(*table.pandas));
  frame.level_names = meta.level_names;
  // More than one index column has no place in a frame: they stay columns.
  const std::string* index_field =
      meta.index_fields.size() == 1 ? &meta.index_fields.front() : nullptr;
  std::string column_zone;
  for (FrameColumn& column : table.columns) {
    const std::string field = column.label.front();
    const auto known = meta.columns.find(field);
    const std::string zone = known == meta.columns.end() ? "" : known->second.zone;
    nulls_to_nan(column);
    if (index_field != nullptr && field == *index_field && !frame.index) {
      column.label = {known == meta.columns.end() ? field : known->second.name};
      frame.zone = zone;
      frame.index = std::move(column);
      continue;
    }
    if (frame.level_names.size() > 1) {
      TIEOUT_TRY(column.label, parse_tuple(field));
      if (column.label.size() != frame.level_names.size()) {
        return Error{ErrorCode::kMalformedData,
                     fmt::format("the column name '{}' has {} levels, the pandas metadata {}",
                                 field, column.label.size(), frame.level_names.size())};
      }
    }
    if (column_zone.empty()) {
      column_zone = zone;
    }
    frame.columns.push_back(std::move(column));
  }
  if (index_field != nullptr && !frame.index) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("the pandas metadata names the index '{}', no such column is there",
                             *index_field)};
  }
  if (meta.range && !frame.index) {
    TIEOUT_TRY(frame.index, range_index(*meta.range, table.row_count));
  }
  if (!frame.index || frame.index->type() != ColumnType::kTimestamp) {
    frame.zone = column_zone;
  }
  return frame;
}

Result<Frame> read_parquet(const std::filesystem::path& file, const ReadLimits& limits) {
  const auto in_file = [&file](const Error& error) {
    return Error{error.code, fmt::format("read_parquet: '{}': {}", file.string(), error.message)};
  };
  auto table = read_table(file, limits);
  if (!table) {
    return in_file(table.error());
  }
  auto frame = frame_of(*std::move(table));
  if (!frame) {
    return in_file(frame.error());
  }
  return frame;
}

Result<Frame> read_frame(const std::filesystem::path& file, const CsvOptions& options,
                         const ReadLimits& limits) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || four_bytes(stream, 0) != kMagic) {
    return read_csv(file, options, limits);
  }
  TIEOUT_TRY(Frame frame, read_parquet(file, limits));
  if (!options.index.empty() &&
      !(frame.index && frame.index->label == ColumnLabel{options.index})) {
    TIEOUT_CHECK(set_index(frame, options.index));
  }
  return frame;
}

}  // namespace tieout::frames
