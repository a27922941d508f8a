#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"

namespace tieout::frames {

/// Name of a frame's column: one text for each level ({"close", "101"}), or one text ({"price"}).
using ColumnLabel = std::vector<std::string>;
/// "close|101".
std::string to_string(const ColumnLabel& label);

/// A typed column that knows nulls: a null is not a NaN.
struct FrameColumn {
  ColumnLabel label;
  ColumnValues values;
  /// One for each row, 0 where the value is null (the value itself is then the type's zero, NaN for
  /// float64); empty when there is no null.
  std::vector<std::uint8_t> valid = {};

  ColumnType type() const noexcept { return static_cast<ColumnType>(values.index() + 1); }
  std::size_t size() const noexcept;
  bool is_null(std::size_t row) const noexcept { return !valid.empty() && valid[row] == 0; }
};

/// Table as a file holds it: rows in the file's order, duplicates and all.
struct Frame {
  /// Names of the column levels; one empty name for a flat header.
  std::vector<std::string> level_names = {""};
  /// The row labels; one column, or none when the file declares none.
  std::optional<FrameColumn> index;
  /// Zone in which the file writes the index ("America/New_York", "-04:00"); "" when it has none.
  std::string zone = {};
  std::vector<FrameColumn> columns;

  std::size_t row_count() const noexcept;
  /// Position of the column, if it exists exactly once.
  std::optional<std::size_t> find(const ColumnLabel& label) const noexcept;
};

/// Make the column with this label the index. Errors: kSchemaMismatch when it does not exist; the
/// message lists the columns.
Status set_index(Frame& frame, std::string_view column);

/// The frame as a table: the index first, labels of several levels as to_string() writes them. A
/// column with nulls becomes text that is empty there, one of float64 keeps its NaN.
/// Errors: kSchemaMismatch for two columns of one name; the message begins with `who`.
Result<Table> to_table(const Frame& frame, std::string_view who);

}  // namespace tieout::frames
