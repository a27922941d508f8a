#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "tieout/core/hash.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout {

/// Types of a typed column. The numbers are written to disk: never renumber.
enum class ColumnType : std::uint8_t {
  kFloat64 = 1,
  kInt64 = 2,
  kBool = 3,
  kString = 4,
  kTimestamp = 5
};

std::string_view to_string(ColumnType type) noexcept;

/// Values of one typed column; the variant's order is that of ColumnType. Booleans are 0 or 1.
using ColumnValues =
    std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::uint8_t>,
                 std::vector<std::string>, std::vector<Timestamp>>;

/// A named column whose values have one of the five types; missing floats are NaN, other types have
/// no missing value.
struct TypedColumn {
  std::string name;
  ColumnValues values;

  ColumnType type() const noexcept { return static_cast<ColumnType>(values.index() + 1); }
  std::size_t size() const noexcept;
};

/// One cell as text: shortest round-trip floats, ISO timestamps, true/false.
std::string cell_text(const TypedColumn& column, std::size_t row);

/// Rows of typed columns, identified by the first `key_count` columns (orders by order_id, fills by
/// fill_id, ...).
struct Table {
  std::vector<TypedColumn> columns;
  std::size_t key_count = 0;

  std::size_t row_count() const noexcept { return columns.empty() ? 0 : columns.front().size(); }
  const TypedColumn* find(std::string_view name) const noexcept;
  /// True when all columns have one length, the names are unique and key_count <= number of
  /// columns.
  bool is_well_formed() const noexcept;
  /// Add the rows of `other`, which must have the same columns.
  void append(const Table& other);
};

/// An empty table with these columns.
struct ColumnSpec {
  std::string name;
  ColumnType type;
  friend bool operator==(const ColumnSpec&, const ColumnSpec&) = default;
};
Table make_table(std::span<const ColumnSpec> columns, std::size_t key_count);
std::vector<ColumnSpec> schema_of(const Table& table);

/// Content hash: schema, then cells in row order; every NaN hashes alike.
Hash128 hash_table(const Table& table);

}  // namespace tieout
