#include "tieout/core/table.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout {
namespace {

ColumnValues empty_values(ColumnType type) {
  switch (type) {
    case ColumnType::kFloat64:
      return std::vector<double>{};
    case ColumnType::kInt64:
      return std::vector<std::int64_t>{};
    case ColumnType::kBool:
      return std::vector<std::uint8_t>{};
    case ColumnType::kString:
      return std::vector<std::string>{};
    case ColumnType::kTimestamp:
      return std::vector<Timestamp>{};
  }
  TIEOUT_ASSERT(false && "a column type that does not exist");
}

void add_cell(Hasher& hasher, double value) {
  hasher.add_f64(value);
}
void add_cell(Hasher& hasher, std::int64_t value) {
  hasher.add_i64(value);
}
void add_cell(Hasher& hasher, std::uint8_t value) {
  hasher.add_u64(value);
}
void add_cell(Hasher& hasher, const std::string& value) {
  hasher.add_text(value);
}
void add_cell(Hasher& hasher, Timestamp value) {
  hasher.add_i64(value.ns);
}

std::string text_of(double value) {
  return format_double(value);
}
std::string text_of(std::int64_t value) {
  return std::to_string(value);
}
std::string text_of(std::uint8_t value) {
  return value != 0 ? "true" : "false";
}
std::string text_of(const std::string& value) {
  return value;
}
std::string text_of(Timestamp value) {
  return to_iso(value);
}

}  // namespace

std::string_view to_string(ColumnType type) noexcept {
  switch (type) {
    case ColumnType::kFloat64:
      return "float64";
    case ColumnType::kInt64:
      return "int64";
    case ColumnType::kBool:
      return "bool";
    case ColumnType::kString:
      return "string";
    case ColumnType::kTimestamp:
      return "timestamp";
  }
  return "unknown";
}

std::size_t TypedColumn::size() const noexcept {
  return std::visit([](const auto& v) { return v.size(); }, values);
}

std::string cell_text(const TypedColumn& column, std::size_t row) {
  TIEOUT_ASSERT(row < column.size());
  return std::visit([row](const auto& v) { return text_of(v[row]); }, column.values);
}

const TypedColumn* Table::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(columns, name, &TypedColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

bool Table::is_well_formed() const noexcept {
  if (key_count > columns.size()) {
    return false;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].size() != columns.front().size() || find(columns[i].name) != &columns[i]) {
      return false;
    }
  }
  return true;
}

void Table::append(const Table& other) {
  TIEOUT_ASSERT(this != &other && schema_of(*this) == schema_of(other));
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::visit(
        [&](auto& mine) {
          const auto& theirs =
              std::get<std::remove_reference_t<decltype(mine)>>(other.columns[c].values);
          mine.insert(mine.end(), theirs.begin(), theirs.end());
        },
        columns[c].values);
  }
}

Table make_table(std::span<const ColumnSpec> columns, std::size_t key_count) {
  Table table;
  table.key_count = key_count;
  for (const ColumnSpec& spec : columns) {
    table.columns.push_back({spec.name, empty_values(spec.type)});
  }
  TIEOUT_ASSERT(table.is_well_formed());
  return table;
}

std::vector<ColumnSpec> schema_of(const Table& table) {
  std::vector<ColumnSpec> schema;
  for (const TypedColumn& column : table.columns) {
    schema.push_back({column.name, column.type()});
  }
  return schema;
}

Hash128 hash_table(const Table& table) {
  Hasher hasher;
  hasher.add_u64(table.key_count);
  hasher.add_u64(table.columns.size());
  for (const TypedColumn& column : table.columns) {
    hasher.add_text(column.name);
    hasher.add_u64(static_cast<std::uint64_t>(column.type()));
  }
  hasher.add_u64(table.row_count());
  for (std::size_t r = 0; r < table.row_count(); ++r) {
    for (const TypedColumn& column : table.columns) {
      std::visit([&](const auto& v) { add_cell(hasher, v[r]); }, column.values);
    }
  }
  return hasher.digest();
}

}  // namespace tieout
