#include "decision_tables.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::reference {
namespace {

Error bad_cell(std::size_t line, std::string_view column, std::string_view found,
               std::string_view needed) {
  return {ErrorCode::kMalformedData, fmt::format("line {}: '{}' is '{}', needed {}", line, column,
                                                 found.substr(0, 80), needed)};
}

/// Append the text of one cell to a column of any type.
Status append_cell(TypedColumn& column, std::string_view text, std::size_t line) {
  switch (column.type()) {
    case ColumnType::kFloat64: {
      const auto number = text.empty() || text == "None" ? std::optional(kNaN) : parse_double(text);
      if (!number) {
        return bad_cell(line, column.name, text, "a number");
      }
      std::get<std::vector<double>>(column.values).push_back(*number);
      return {};
    }
    case ColumnType::kInt64: {
      const auto number = parse_int(text);
      if (!number) {
        return bad_cell(line, column.name, text, "an integer");
      }
      std::get<std::vector<std::int64_t>>(column.values).push_back(*number);
      return {};
    }
    case ColumnType::kTimestamp: {
      const auto time = parse_iso(text);
      if (!time.ok()) {
        return bad_cell(line, column.name, text, "a timestamp with an offset");
      }
      std::get<std::vector<Timestamp>>(column.values).push_back(*time);
      return {};
    }
    case ColumnType::kString:
      std::get<std::vector<std::string>>(column.values).emplace_back(text);
      return {};
    case ColumnType::kBool:
      break;
  }
  return bad_cell(line, column.name, text, "another column type");
}

Error no_csv(std::string_view what) {
  return {ErrorCode::kMalformedData, fmt::format("{}", what)};
}

/// Rows of a CSV with one header row, typed by `type_of(name)`.
template <typename TypeOf>
Result<Table> parse_table(std::string_view csv, std::string_view key, TypeOf type_of) {
  CsvReader reader(csv);
  TIEOUT_TRY(const bool has_header, reader.next());
  if (!has_header) {
    return no_csv("the file is empty, needed a header");
  }
  std::vector<ColumnSpec> columns;
  for (const std::string_view field : reader.fields()) {
    const std::string name(field == "index" && key == "asset_id" ? key : field);
    if (std::ranges::find(columns, name, &ColumnSpec::name) != columns.end()) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("the header has column '{}' twice", name)};
    }
    columns.push_back({name, type_of(name)});
  }
  const auto at = std::ranges::find(columns, key, &ColumnSpec::name);
  if (at == columns.end()) {
    return Error{ErrorCode::kSchemaMismatch, fmt::format("the header has no column '{}'", key)};
  }
  Table table = make_table(columns, 0);
  while (true) {
    TIEOUT_TRY(const bool more, reader.next());
    if (!more) {
      break;
    }
    if (reader.fields().size() != columns.size()) {
      return no_csv(fmt::format("line {}: {} fields, needed {}", reader.line(),
                                reader.fields().size(), columns.size()));
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
      TIEOUT_CHECK(append_cell(table.columns[c], reader.fields()[c], reader.line()));
    }
  }
  // The key leads, as Table has it.
  std::rotate(table.columns.begin(), table.columns.begin() + (at - columns.begin()),
              table.columns.begin() + (at - columns.begin()) + 1);
  table.key_count = 1;
  return table;
}

constexpr std::array<std::pair<std::string_view, ColumnType>, 10> kOrderFields{
    {{"order_id", ColumnType::kInt64},
     {"creation_timestamp", ColumnType::kTimestamp},
     {"asset_id", ColumnType::kInt64},
     {"type_", ColumnType::kString},
     {"start_timestamp", ColumnType::kTimestamp},
     {"end_timestamp", ColumnType::kTimestamp},
     {"curr_num_shares", ColumnType::kFloat64},
     {"diff_num_shares", ColumnType::kFloat64},
     {"tz", ColumnType::kString},
     {"extra_params", ColumnType::kString}}};

/// One order line: "key=value" in the order of kOrderFields, values up to the next " key=".
Status parse_order(std::string_view line, std::size_t number, Table& table) {
  constexpr std::string_view kPrefix = "Order:";
  if (!line.starts_with(kPrefix)) {
    return bad_cell(number, "order", line, "'Order: order_id=...'");
  }
  std::size_t at = kPrefix.size();
  for (std::size_t f = 0; f < kOrderFields.size(); ++f) {
    const std::string mark = fmt::format(" {}=", kOrderFields[f].first);
    if (line.substr(at, mark.size()) != mark) {
      return bad_cell(number, kOrderFields[f].first, line.substr(at), fmt::format("'{}...'", mark));
    }
    at += mark.size();
    std::size_t end = line.size();
    if (f + 1 < kOrderFields.size()) {
      end = line.find(fmt::format(" {}=", kOrderFields[f + 1].first), at);
      if (end == std::string_view::npos) {
        return bad_cell(number, kOrderFields[f + 1].first, line.substr(at), "a field of that name");
      }
    }
    TIEOUT_CHECK(append_cell(table.columns[f], line.substr(at, end - at), number));
    at = end;
  }
  return {};
}

bool all_are(const TypedColumn& column, std::string_view text) {
  return std::ranges::all_of(std::get<std::vector<std::string>>(column.values),
                             [&](const std::string& value) { return value == text; });
}

}  // namespace

Result<Table> parse_target_positions(std::string_view csv) {
  return parse_table(csv, "asset_id", [](const std::string& name) {
    return name == "asset_id"             ? ColumnType::kInt64
           : name.ends_with("_timestamp") ? ColumnType::kTimestamp
                                          : ColumnType::kFloat64;
  });
}

Result<Table> parse_fills(std::string_view csv) {
  return parse_table(csv, "fill_id", [](const std::string& name) {
    return name == "liquidity"           ? ColumnType::kString
           : name.ends_with("_id")       ? ColumnType::kInt64
           : name.ends_with("timestamp") ? ColumnType::kTimestamp
                                         : ColumnType::kFloat64;
  });
}

Result<Table> parse_orders(std::string_view text) {
  std::vector<ColumnSpec> columns;
  columns.reserve(kOrderFields.size());
  for (const auto& [name, type] : kOrderFields) {
    columns.push_back({std::string(name), type});
  }
  Table table = make_table(columns, 1);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (!line.empty()) {
      TIEOUT_CHECK(parse_order(line, number, table));
    }
  }
  if (all_are(table.columns.back(), "{}")) {
    table.columns.pop_back();
  }
  const auto zone = std::ranges::find(table.columns, "tz", &TypedColumn::name);
  if (all_are(*zone, "America/New_York")) {
    table.columns.erase(zone);
  }
  return table;
}

Result<PortfolioRow> parse_portfolio_row(std::string_view csv) {
  PortfolioRow out;
  CsvReader reader(csv);
  TIEOUT_TRY(const bool has_header, reader.next());
  if (!has_header) {
    return out;
  }
  for (std::size_t c = 1; c < reader.fields().size(); ++c) {
    const std::string_view text = reader.fields()[c];
    // Some versions wrote the ids as floats.
    const auto id = parse_int(text.ends_with(".0") ? text.substr(0, text.size() - 2) : text);
    if (!id) {
      return bad_cell(reader.line(), "header", text, "an asset id");
    }
    out.assets.push_back(*id);
  }
  std::vector<std::int64_t> sorted = out.assets;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) {
    return no_csv("the header has an asset twice");
  }
  TIEOUT_TRY(const bool has_row, reader.next());
  if (!has_row) {
    return out;
  }
  const auto snapshot = parse_iso(reader.fields().front());
  if (!snapshot.ok()) {
    return bad_cell(reader.line(), "index", reader.fields().front(), "a timestamp with an offset");
  }
  out.snapshot = *snapshot;
  if (reader.fields().size() != out.assets.size() + 1) {
    return no_csv(fmt::format("line {}: {} fields, needed {}", reader.line(),
                              reader.fields().size(), out.assets.size() + 1));
  }
  TypedColumn values{"value", std::vector<double>{}};
  for (std::size_t c = 0; c < out.assets.size(); ++c) {
    TIEOUT_CHECK(append_cell(values, reader.fields()[c + 1], reader.line()));
  }
  out.values = std::move(std::get<std::vector<double>>(values.values));
  TIEOUT_TRY(const bool more, reader.next());
  if (more) {
    return no_csv(fmt::format("line {}: a second row, needed one", reader.line()));
  }
  return out;
}

Result<Table> parse_statistics(std::string_view csv) {
  CsvReader reader(csv);
  TIEOUT_TRY(const bool has_header, reader.next());
  if (!has_header || reader.fields().empty() || !reader.fields().front().empty()) {
    return no_csv("the header does not start with an index, needed ',pnl,...'");
  }
  std::vector<ColumnSpec> columns{{"snapshot_timestamp", ColumnType::kTimestamp}};
  for (std::size_t c = 1; c < reader.fields().size(); ++c) {
    const std::string name(reader.fields()[c]);
    if (std::ranges::find(columns, name, &ColumnSpec::name) != columns.end()) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("the header has column '{}' twice", name)};
    }
    columns.push_back({name, ColumnType::kFloat64});
  }
  Table table = make_table(columns, 0);
  while (true) {
    TIEOUT_TRY(const bool more, reader.next());
    if (!more) {
      return table;
    }
    if (reader.fields().size() != columns.size()) {
      return no_csv(fmt::format("line {}: {} fields, needed {}", reader.line(),
                                reader.fields().size(), columns.size()));
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
      TIEOUT_CHECK(append_cell(table.columns[c], reader.fields()[c], reader.line()));
    }
  }
}

}  // namespace tieout::reference
