#include <algorithm>
#include <array>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tieout/core/nan.hpp"

#include "duckdb.hpp"
#include "raw_table.hpp"

namespace tieout::frames {
namespace {

__extension__ using Int128 = __int128;

/// An open file under a name without odd characters, so that no character of its own name is a
/// pattern to DuckDB.
class PlainName {
 public:
  explicit PlainName(const std::filesystem::path& file)
      : descriptor_(open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}  // NOLINT: POSIX's varargs
  PlainName(const PlainName&) = delete;
  PlainName& operator=(const PlainName&) = delete;
  ~PlainName() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  bool ok() const { return descriptor_ >= 0; }
  std::string text() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

/// Nanoseconds in one unit of a timestamp type; 0 for other types.
std::int64_t timestamp_unit(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return 1;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return 1'000;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return 1'000'000;
    case DUCKDB_TYPE_TIMESTAMP_S:
      return 1'000'000'000;
    default:
      return 0;
  }
}

std::string decimal_text(Int128 value, unsigned scale) {
  const bool negative = value < 0;
  std::string digits;
  // Digit by digit from the end, towards zero, so that the smallest value needs no negation.
  do {
    const int digit = static_cast<int>(value % 10);
    digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    value /= 10;
  } while (value != 0 || digits.size() <= scale);
  if (negative) {
    digits += '-';
  }
  std::reverse(digits.begin(), digits.end());
  if (scale > 0) {
    digits.insert(digits.size() - scale, 1, '.');
  }
  return digits;
}

/// Gathers one column of a result over its chunks.
class Gather {
 public:
  Gather(const duck::Rows& rows, std::size_t position)
      : position_(position), type_(rows.type(position)) {
    logical_ = Logical(rows.logical_type(position));
    column_.label = {rows.column_name(position)};
    switch (type_) {
      case DUCKDB_TYPE_FLOAT:
      case DUCKDB_TYPE_DOUBLE:
        column_.values = std::vector<double>{};
        break;
      case DUCKDB_TYPE_BOOLEAN:
        column_.values = std::vector<std::uint8_t>{};
        break;
      case DUCKDB_TYPE_VARCHAR:
      case DUCKDB_TYPE_BLOB:
      case DUCKDB_TYPE_DECIMAL:
        column_.values = std::vector<std::string>{};
        break;
      case DUCKDB_TYPE_DATE:
        column_.values = std::vector<Timestamp>{};
        break;
      default:
        if (timestamp_unit(type_) != 0) {
          column_.values = std::vector<Timestamp>{};
        } else {
          column_.values = std::vector<std::int64_t>{};
        }
    }
  }

  Status add(const duck::Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const bool null = chunk.is_null(position_, row);
      valid_.push_back(null ? 0 : 1);
      any_null_ = any_null_ || null;
    }
    switch (type_) {
      case DUCKDB_TYPE_FLOAT:
        return add_floats<float>(chunk);
      case DUCKDB_TYPE_DOUBLE:
        return add_floats<double>(chunk);
      case DUCKDB_TYPE_BOOLEAN:
        return add_values<bool, std::uint8_t>(chunk, [](bool flag) { return flag ? 1 : 0; });
      case DUCKDB_TYPE_TINYINT:
        return add_integers<std::int8_t>(chunk);
      case DUCKDB_TYPE_SMALLINT:
        return add_integers<std::int16_t>(chunk);
      case DUCKDB_TYPE_INTEGER:
        return add_integers<std::int32_t>(chunk);
      case DUCKDB_TYPE_BIGINT:
        return add_integers<std::int64_t>(chunk);
      case DUCKDB_TYPE_UTINYINT:
        return add_integers<std::uint8_t>(chunk);
      case DUCKDB_TYPE_USMALLINT:
        return add_integers<std::uint16_t>(chunk);
      case DUCKDB_TYPE_UINTEGER:
        return add_integers<std::uint32_t>(chunk);
      case DUCKDB_TYPE_UBIGINT:
        return add_integers<std::uint64_t>(chunk);
      case DUCKDB_TYPE_VARCHAR:
      case DUCKDB_TYPE_BLOB:
        return add_texts(chunk);
      case DUCKDB_TYPE_DECIMAL:
        return add_decimals(chunk);
      case DUCKDB_TYPE_DATE:
        return add_times<std::int32_t>(chunk, days(1).ns);
      default:
        break;
    }
    if (const std::int64_t unit = timestamp_unit(type_); unit != 0) {
      return add_times<std::int64_t>(chunk, unit);
    }
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("column '{}' has a type that a frame cannot hold (DuckDB's type {}), "
                             "needed numbers, booleans, text, timestamps or dates",
                             column_.label.front(), static_cast<int>(type_))};
  }

  FrameColumn take() && {
    if (any_null_) {
      column_.valid = std::move(valid_);
    }
    return std::move(column_);
  }

 private:
  using Logical = duck::Handle<duckdb_logical_type, duckdb_destroy_logical_type>;

  template <typename From, typename To, typename Convert>
  Status add_values(const duck::Chunk& chunk, Convert convert) {
    auto& cells = std::get<std::vector<To>>(column_.values);
    const auto values = chunk.values<From>(position_);
    for (std::size_t row = 0; row < values.size(); ++row) {
      cells.push_back(chunk.is_null(position_, row) ? To{} : static_cast<To>(convert(values[row])));
    }
    return {};
  }
  template <typename From>
  Status add_floats(const duck::Chunk& chunk) {
    auto& cells = std::get<std::vector<double>>(column_.values);
    const auto values = chunk.values<From>(position_);
    for (std::size_t row = 0; row < values.size(); ++row) {
      cells.push_back(chunk.is_null(position_, row) ? kNaN : static_cast<double>(values[row]));
    }
    return {};
  }
  template <typename From>
  Status add_integers(const duck::Chunk& chunk) {
    auto& cells = std::get<std::vector<std::int64_t>>(column_.values);
    const auto values = chunk.values<From>(position_);
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (chunk.is_null(position_, row)) {
        cells.push_back(0);
        continue;
      }
      if (!std::in_range<std::int64_t>(values[row])) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("column '{}' row {}: {} does not fit a 64-bit signed integer",
                                 column_.label.front(), cells.size(), values[row])};
      }
      cells.push_back(static_cast<std::int64_t>(values[row]));
    }
    return {};
  }
  template <typename From>
  Status add_times(const duck::Chunk& chunk, std::int64_t unit) {
    auto& cells = std::get<std::vector<Timestamp>>(column_.values);
    const auto values = chunk.values<From>(position_);
    for (std::size_t row = 0; row < values.size(); ++row) {
      std::int64_t ns = 0;
      if (!chunk.is_null(position_, row) &&
          __builtin_mul_overflow(std::int64_t{values[row]}, unit, &ns)) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("column '{}' row {}: the timestamp is outside of 1678 to 2261",
                                 column_.label.front(), cells.size())};
      }
      cells.push_back(Timestamp{ns});
    }
    return {};
  }
  Status add_texts(const duck::Chunk& chunk) {
    auto& cells = std::get<std::vector<std::string>>(column_.values);
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      cells.emplace_back(chunk.is_null(position_, row) ? std::string_view{}
                                                       : chunk.text(position_, row));
    }
    return {};
  }
  Status add_decimals(const duck::Chunk& chunk) {
    auto& cells = std::get<std::vector<std::string>>(column_.values);
    const unsigned scale = duckdb_decimal_scale(logical_.get());
    const duckdb_type physical = duckdb_decimal_internal_type(logical_.get());
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      if (chunk.is_null(position_, row)) {
        cells.emplace_back();
        continue;
      }
      Int128 value = 0;
      if (physical == DUCKDB_TYPE_SMALLINT) {
        value = chunk.values<std::int16_t>(position_)[row];
      } else if (physical == DUCKDB_TYPE_INTEGER) {
        value = chunk.values<std::int32_t>(position_)[row];
      } else if (physical == DUCKDB_TYPE_BIGINT) {
        value = chunk.values<std::int64_t>(position_)[row];
      } else {
        const duckdb_hugeint wide = chunk.values<duckdb_hugeint>(position_)[row];
        value = (static_cast<Int128>(wide.upper) << 64) | static_cast<Int128>(wide.lower);
      }
      cells.push_back(decimal_text(value, scale));
    }
    return {};
  }

  std::size_t position_;
  duckdb_type type_;
  Logical logical_;
  FrameColumn column_;
  std::vector<std::uint8_t> valid_;
  bool any_null_ = false;
};

/// The fields' own names: those of a SELECT are changed where two differ only in case.
Result<std::vector<std::string>> field_names(duck::Connection& connection,
                                             std::span<const std::string> name,
                                             std::size_t max_columns) {
  TIEOUT_TRY(
      duck::Rows rows,
      connection.query("SELECT name, num_children IS NOT NULL FROM parquet_schema(?)", name));
  std::vector<std::string> names;
  std::size_t seen = 0;
  while (true) {
    TIEOUT_TRY(const auto chunk, rows.next());
    if (!chunk) {
      return names;
    }
    for (std::size_t row = 0; row < chunk->row_count(); ++row) {
      if (seen++ == 0) {
        continue;  // the root
      }
      if (chunk->values<bool>(1)[row]) {
        return Error{
            ErrorCode::kSchemaMismatch,
            fmt::format("column '{}' is nested, needed flat columns", chunk->text(0, row))};
      }
      if (names.size() == max_columns) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("the file has more than {} columns, the limit", max_columns)};
      }
      names.emplace_back(chunk->text(0, row));
    }
  }
}

Result<std::int64_t> row_count(duck::Connection& connection, std::span<const std::string> name) {
  TIEOUT_TRY(duck::Rows rows,
             connection.query("SELECT num_rows::BIGINT FROM parquet_file_metadata(?)", name));
  TIEOUT_TRY(const auto chunk, rows.next());
  return chunk ? chunk->values<std::int64_t>(0)[0] : 0;
}

Result<std::optional<std::string>> pandas_entry(duck::Connection& connection,
                                                std::span<const std::string> name) {
  TIEOUT_TRY(duck::Rows rows,
             connection.query("SELECT value FROM parquet_kv_metadata(?) WHERE key = 'pandas'::BLOB",
                              name));
  TIEOUT_TRY(const auto chunk, rows.next());
  return chunk ? std::optional<std::string>(chunk->text(0, 0)) : std::nullopt;
}

}  // namespace

Result<RawTable> read_with_duckdb(const std::filesystem::path& file, const ReadLimits& limits) {
  const PlainName plain(file);
  if (!plain.ok()) {
    return Error{ErrorCode::kFileUnreadable, "the file cannot be opened"};
  }
  const std::array name = {plain.text()};
  TIEOUT_TRY(duck::Connection connection, duck::Connection::open());
  TIEOUT_TRY(const std::vector<std::string> names,
             field_names(connection, name, limits.max_columns));
  TIEOUT_TRY(const std::int64_t rows_declared, row_count(connection, name));
  if (rows_declared < 0 ||
      static_cast<std::uint64_t>(rows_declared) > limits.max_bytes / 8 / (names.size() + 1)) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("the file declares {} rows of {} columns, more than the limit of {} "
                             "bytes",
                             rows_declared, names.size(), limits.max_bytes)};
  }
  RawTable table;
  TIEOUT_TRY(table.pandas, pandas_entry(connection, name));
  TIEOUT_TRY(duck::Rows rows,
             connection.query("SELECT * FROM read_parquet(?, hive_partitioning = false)", name));
  if (rows.column_count() != names.size()) {
    return Error{ErrorCode::kMalformedData, fmt::format("the schema has {} columns, the data {}",
                                                        names.size(), rows.column_count())};
  }
  std::vector<Gather> columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    columns.emplace_back(rows, i);
  }
  while (true) {
    TIEOUT_TRY(const auto chunk, rows.next());
    if (!chunk) {
      break;
    }
    for (Gather& column : columns) {
      TIEOUT_CHECK(column.add(*chunk));
    }
    table.row_count += chunk->row_count();
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    table.columns.push_back(std::move(columns[i]).take());
    table.columns.back().label = {names[i]};
  }
  return table;
}

}  // namespace tieout::frames
