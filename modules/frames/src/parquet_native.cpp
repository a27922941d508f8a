#include <bit>
#include <utility>

#include <fmt/format.h>

#include "parquet_column.hpp"
#include "parquet_footer.hpp"
#include "raw_table.hpp"

namespace tieout::frames {
namespace {

/// Words as values of the column's type; nulls are the type's zero, NaN for doubles.
ColumnValues values_of(ColumnType type, const std::vector<std::uint64_t>& words,
                       const std::vector<std::uint8_t>& valid, const StringPool& pool) {
  const auto is_null = [&valid](std::size_t row) { return !valid.empty() && valid[row] == 0; };
  const std::size_t count = words.size();
  switch (type) {
    case ColumnType::kFloat64: {
      std::vector<double> cells(count);
      for (std::size_t row = 0; row < count; ++row) {
        cells[row] = std::bit_cast<double>(words[row]);
      }
      return cells;
    }
    case ColumnType::kBool: {
      std::vector<std::uint8_t> cells(count);
      for (std::size_t row = 0; row < count; ++row) {
        cells[row] = !is_null(row) && words[row] != 0 ? 1 : 0;
      }
      return cells;
    }
    case ColumnType::kString: {
      std::vector<std::string> cells(count);
      for (std::size_t row = 0; row < count; ++row) {
        if (!is_null(row)) {
          cells[row] = pool.text(static_cast<std::int64_t>(words[row]));
        }
      }
      return cells;
    }
    case ColumnType::kTimestamp: {
      std::vector<Timestamp> cells(count);
      for (std::size_t row = 0; row < count; ++row) {
        cells[row] = Timestamp{is_null(row) ? 0 : static_cast<std::int64_t>(words[row])};
      }
      return cells;
    }
    case ColumnType::kInt64:
      break;
  }
  std::vector<std::int64_t> cells(count);
  for (std::size_t row = 0; row < count; ++row) {
    cells[row] = is_null(row) ? 0 : static_cast<std::int64_t>(words[row]);
  }
  return cells;
}

}  // namespace

Status check_exact_in_duckdb(const std::vector<parquet::Field>& fields) {
  for (const parquet::Field& field : fields) {
    if (field.meaning == parquet::Meaning::kTimestamp && field.utc && field.unit_ns == 1) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("column '{}' has nanoseconds with a zone, and the file a type, a "
                               "compression or an encoding with which they cannot be read exactly; "
                               "needed flat columns, PLAIN or dictionary, Snappy",
                               field.name)};
    }
  }
  return {};
}

Result<std::optional<RawTable>> read_natively(std::string_view file, const ReadLimits& limits) {
  parquet::Footer footer;
  TIEOUT_CHECK(parquet::read_footer(file, {}, footer));
  TIEOUT_TRY(const std::vector<parquet::Field> fields,
             parquet::read_schema(footer.schema_bytes, limits.max_columns));
  for (const parquet::Field& field : fields) {
    if (!parquet::is_native(field)) {
      TIEOUT_CHECK(check_exact_in_duckdb(fields));
      return std::optional<RawTable>{};
    }
  }
  TIEOUT_CHECK(parquet::check_shape(footer, fields.size(), limits.max_bytes));
  RawTable table;
  table.row_count = static_cast<std::size_t>(footer.row_count);
  if (footer.has_pandas) {
    table.pandas = std::string(footer.pandas);
  }
  StringPool pool;
  parquet::ColumnDecoder decoder(pool);
  std::vector<std::uint64_t> words(table.row_count);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::vector<std::uint8_t> valid(table.row_count, 1);
    std::size_t done = 0;
    std::size_t nulls = 0;
    for (const parquet::RowGroup& group : footer.groups) {
      const auto rows = static_cast<std::size_t>(group.row_count);
      auto outcome = decoder.decode(file, group.columns[i], fields[i],
                                    {std::span(words).subspan(done, rows), valid.data() + done});
      if (!outcome) {
        return Error{outcome.error().code,
                     fmt::format("column '{}': {}", fields[i].name, outcome.error().message)};
      }
      if (*outcome == parquet::Outcome::kUnsupported) {
        TIEOUT_CHECK(check_exact_in_duckdb(fields));
        return std::optional<RawTable>{};
      }
      nulls += decoder.null_count();
      done += rows;
    }
    if (nulls == 0) {
      valid.clear();
    }
    FrameColumn& column = table.columns.emplace_back();
    column.label = {fields[i].name};
    column.values = values_of(parquet::column_type(fields[i]), words, valid, pool);
    column.valid = std::move(valid);
  }
  return std::optional<RawTable>(std::move(table));
}

}  // namespace tieout::frames
