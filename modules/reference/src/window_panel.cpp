#include "window_panel.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::reference {
namespace {

using frames::Frame;
using frames::FrameColumn;

constexpr std::uint64_t kNull = std::bit_cast<std::uint64_t>(kNullWord);

double word(std::int64_t value) {
  return std::bit_cast<double>(value);
}

Error corrupt(const std::filesystem::path& file, std::string_view what) {
  return {ErrorCode::kCorruptEvidence, fmt::format("open_log: '{}': {}", file.string(), what)};
}

/// (field, asset id); also of one text "field|asset id", as a flat file joins the two.
ColumnKey key_of(const frames::ColumnLabel& label) {
  if (label.size() == 2) {
    if (const auto asset = parse_int(label[1])) {
      return {label[0], AssetId{*asset}};
    }
  }
  std::string field;
  for (const std::string& level : label) {
    field += field.empty() || level.empty() ? "" : "|";
    field += level;
  }
  if (const std::size_t bar = field.rfind('|'); bar != std::string::npos && label.size() == 1) {
    if (const auto asset = parse_int(std::string_view(field).substr(bar + 1))) {
      return {field.substr(0, bar), AssetId{*asset}};
    }
  }
  return {field, kNoAsset};
}

/// Whether any cell is neither NaN nor null.
bool has_value(std::span<const std::uint64_t> words, ColumnType type) {
  return type == ColumnType::kFloat64
             ? std::ranges::any_of(
                   words, [](std::uint64_t w) { return !std::isnan(std::bit_cast<double>(w)); })
             : std::ranges::any_of(words, [](std::uint64_t w) { return w != kNull; });
}

/// An int64 as the same number in float64.
std::optional<double> exact_float(std::int64_t value) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  return value >= -kExact && value <= kExact ? std::optional(static_cast<double>(value))
                                             : std::nullopt;
}

/// A float64 as the same number in int64; NaN is a null. -0.0 has no counterpart.
std::optional<std::int64_t> exact_int(double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::isnan(value)) {
    return kNullWord;
  }
  const bool fits = value >= -kExact && value <= kExact && value == std::trunc(value) &&
                    !(value == 0 && std::signbit(value));
  return fits ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
}

/// The cells of a column in the type that the schema has. False when a value does not fit.
bool fill(std::span<const std::uint64_t> from, ColumnType from_type, ColumnType type,
          Promotions& promotions, std::span<double> to) {
  if (from_type == type) {
    if (!from.empty()) {
      std::memcpy(to.data(), from.data(), from.size_bytes());
    }
    return true;
  }
  if (!has_value(from, from_type)) {
    std::ranges::fill(to, type == ColumnType::kFloat64 ? kNaN : word(kNullWord));
    return true;
  }
  if (from_type == ColumnType::kFloat64 && type == ColumnType::kInt64) {
    for (std::size_t r = 0; r < to.size(); ++r) {
      const auto value = exact_int(std::bit_cast<double>(from[r]));
      if (!value) {
        return false;
      }
      to[r] = word(*value);
    }
    ++promotions.float_to_int;
    return true;
  }
  if (from_type == ColumnType::kInt64 && type == ColumnType::kFloat64) {
    for (std::size_t r = 0; r < to.size(); ++r) {
      const auto value = from[r] == kNull ? std::optional(kNaN)
                                          : exact_float(std::bit_cast<std::int64_t>(from[r]));
      if (!value) {
        return false;
      }
      to[r] = *value;
    }
    ++promotions.int_to_float;
    return true;
  }
  return false;
}

/// The words of one column of a frame.
void append_words(const FrameColumn& column, StringPool& strings,
                  std::vector<std::uint64_t>& words) {
  const auto add = [&](const auto& values, auto word_of) {
    for (std::size_t r = 0; r < values.size(); ++r) {
      words.push_back(column.is_null(r) && column.type() != ColumnType::kFloat64
                          ? kNull
                          : std::bit_cast<std::uint64_t>(word_of(values[r])));
    }
  };
  std::visit(
      [&](const auto& values) {
        using Value = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_same_v<Value, std::string>) {
          add(values, [&](const std::string& text) { return strings.intern(text); });
        } else if constexpr (std::is_same_v<Value, Timestamp>) {
          add(values, [](Timestamp t) { return t.ns; });
        } else if constexpr (std::is_same_v<Value, std::uint8_t>) {
          add(values, [](std::uint8_t flag) { return std::int64_t{flag}; });
        } else {
          add(values, [](Value value) { return value; });
        }
      },
      column.values);
}

Status check_rows(std::span<const std::int64_t> rows, const std::filesystem::path& file) {
  for (std::size_t r = 1; r < rows.size(); ++r) {
    if (rows[r - 1] >= rows[r]) {
      return corrupt(file, fmt::format("rows {} and {} are {} and {}: needed strictly increasing "
                                       "timestamps",
                                       r - 1, r, to_iso({rows[r - 1]}), to_iso({rows[r]})));
    }
  }
  return {};
}

/// Positions in the file of the node's columns.
Result<std::vector<std::size_t>> match_columns(const frames::WindowSchema& frame,
                                               const NodeSchema& schema,
                                               const std::filesystem::path& file) {
  std::vector<std::size_t> positions(schema.columns.size());
  bool same_order = frame.columns.size() == schema.columns.size();
  for (std::size_t c = 0; c < positions.size() && same_order; ++c) {
    positions[c] = c;
    same_order = key_of(frame.columns[c].label) == schema.columns[c];
  }
  if (same_order) {
    return positions;
  }
  std::map<ColumnKey, std::size_t> at;
  for (std::size_t c = 0; c < frame.columns.size(); ++c) {
    if (!at.emplace(key_of(frame.columns[c].label), c).second) {
      return corrupt(
          file, fmt::format("has column '{}' twice", frames::to_string(frame.columns[c].label)));
    }
  }
  for (std::size_t c = 0; c < positions.size(); ++c) {
    const auto found = at.find(schema.columns[c]);
    if (found == at.end()) {
      return corrupt(file, fmt::format("lacks column '{}' ({}), which the node's first window has",
                                       to_string(schema.columns[c]), to_string(schema.types[c])));
    }
    positions[c] = found->second;
    at.erase(found);
  }
  if (!at.empty()) {
    const auto& [key, position] = *at.begin();
    return corrupt(file, fmt::format("has column '{}' ({}), which the node's first window lacks",
                                     to_string(key), to_string(frame.columns[position].type)));
  }
  return positions;
}

/// Bits equal, or, in a float64 column, both NaN.
bool same(double left, double right, ColumnType type) {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right) ||
         (type == ColumnType::kFloat64 && std::isnan(left) && std::isnan(right));
}

/// Mark the rows of `after` that differ from row + shift of `before`; rows [0, count).
void mark_changes(const Panel& before, std::size_t shift, const Panel& after, std::size_t count,
                  const std::vector<ColumnType>& types, std::vector<std::uint8_t>& changed) {
  for (std::size_t c = 0; c < after.column_count(); ++c) {
    const double* old_cells = before.column(c).data() + shift;
    const double* new_cells = after.column(c).data();
    if (count == 0 || std::memcmp(old_cells, new_cells, count * sizeof(double)) == 0) {
      continue;
    }
    for (std::size_t r = 0; r < count; ++r) {
      if (!same(old_cells[r], new_cells[r], types[c])) {
        changed[r] = 1;
      }
    }
  }
}

Panel rows_at(const Panel& panel, const std::vector<std::size_t>& rows) {
  std::vector<Timestamp> index;
  index.reserve(rows.size());
  for (const std::size_t r : rows) {
    index.push_back(panel.index()[r]);
  }
  Panel out(panel.columns());
  out.append_rows(index);
  for (std::size_t c = 0; c < panel.column_count(); ++c) {
    const auto from = panel.column(c);
    const auto to = out.column(c);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      to[r] = from[rows[r]];
    }
  }
  return out;
}

}  // namespace

bool NodeSchema::all_float() const noexcept {
  return std::ranges::all_of(types, [](ColumnType type) { return type == ColumnType::kFloat64; });
}

Result<frames::DecodedWindow> to_words(Frame&& frame, const std::filesystem::path& file,
                                       StringPool& strings) {
  // A flat file says by nothing but its first column what its rows are.
  if (!frame.index && !frame.columns.empty() &&
      frame.columns.front().type() == ColumnType::kTimestamp) {
    frame.index = std::move(frame.columns.front());
    frame.columns.erase(frame.columns.begin());
  }
  if (!frame.index) {
    return corrupt(file, "has no index, needed timestamps");
  }
  frames::DecodedWindow window;
  const auto* rows = std::get_if<std::vector<Timestamp>>(&frame.index->values);
  if (rows == nullptr && frame.index->size() > 0) {
    return corrupt(
        file, fmt::format("its index '{}' is {}, needed timestamps",
                          frames::to_string(frame.index->label), to_string(frame.index->type())));
  }
  for (std::size_t r = 0; rows != nullptr && r < rows->size(); ++r) {
    if (frame.index->is_null(r)) {
      return corrupt(file, fmt::format("row {} has no timestamp", r));
    }
    window.index.push_back((*rows)[r].ns);
  }
  auto schema = std::make_shared<frames::WindowSchema>();
  for (const FrameColumn& column : frame.columns) {
    schema->columns.push_back({column.label, column.type()});
    append_words(column, strings, window.words);
  }
  window.schema = std::move(schema);
  return window;
}

Result<NodeSchema> schema_of(const frames::DecodedWindow& window,
                             const std::filesystem::path& file) {
  NodeSchema schema;
  for (std::size_t c = 0; c < window.schema->columns.size(); ++c) {
    const frames::WindowSchema::Column& column = window.schema->columns[c];
    schema.columns.push_back(key_of(column.label));
    schema.types.push_back(has_value(window.column(c), column.type) ? column.type
                                                                    : ColumnType::kFloat64);
  }
  std::vector<ColumnKey> sorted = schema.columns;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    return corrupt(file, fmt::format("has column '{}' twice", to_string(*twice)));
  }
  return schema;
}

Result<Panel> to_window(const frames::DecodedWindow& decoded, const NodeSchema& schema,
                        const std::filesystem::path& file, ColumnMatch& match,
                        Promotions& promotions) {
  if (match.schema != decoded.schema) {
    TIEOUT_TRY(match.positions, match_columns(*decoded.schema, schema, file));
    match.schema = decoded.schema;
  }
  TIEOUT_CHECK(check_rows(decoded.index, file));
  std::vector<Timestamp> rows(decoded.row_count());
  std::ranges::transform(decoded.index, rows.begin(),
                         [](std::int64_t ns) { return Timestamp{ns}; });
  Panel window(schema.columns);
  window.append_rows(rows);
  for (std::size_t c = 0; c < match.positions.size(); ++c) {
    const std::size_t from = match.positions[c];
    const ColumnType type = decoded.schema->columns[from].type;
    if (!fill(decoded.column(from), type, schema.types[c], promotions, window.column(c))) {
      return corrupt(file, fmt::format("column '{}' is {} and its values do not fit {}, which the "
                                       "node's first window has",
                                       to_string(schema.columns[c]), to_string(type),
                                       to_string(schema.types[c])));
    }
  }
  return window;
}

runlog::NodeFrame change_between(const Panel* before, const Panel& after,
                                 const std::vector<ColumnType>& types) {
  runlog::NodeFrame frame;
  frame.window_rows = after.row_count();
  const auto keyframe = [&] {
    frame.keyframe = true;
    frame.changed = after;
    return frame;
  };
  if (before == nullptr || before->empty() || after.empty()) {
    return keyframe();
  }
  const auto old_index = before->index();
  const auto new_index = after.index();
  frame.dropped_front = before->lower_bound(new_index.front());
  const std::size_t kept = old_index.size() - frame.dropped_front;
  std::vector<std::uint8_t> changed(new_index.size(), 1);
  // Nearly always the rows that both have are a run at the end of the one and the start of the
  // other.
  if (kept <= new_index.size() &&
      std::equal(old_index.begin() + static_cast<std::ptrdiff_t>(frame.dropped_front),
                 old_index.end(), new_index.begin())) {
    std::fill_n(changed.begin(), kept, std::uint8_t{0});
    mark_changes(*before, frame.dropped_front, after, kept, types, changed);
  } else {
    std::size_t found = 0;
    for (std::size_t r = 0; r < new_index.size(); ++r) {
      const auto old_row = before->find_row(new_index[r]);
      if (!old_row) {
        continue;
      }
      ++found;
      changed[r] = 0;
      for (std::size_t c = 0; c < after.column_count() && changed[r] == 0; ++c) {
        changed[r] = same(before->at(*old_row, c), after.at(r, c), types[c]) ? 0 : 1;
      }
    }
    if (found < kept) {
      return keyframe();
    }
  }
  std::vector<std::size_t> rows;
  for (std::size_t r = 0; r < changed.size(); ++r) {
    if (changed[r] != 0) {
      rows.push_back(r);
    }
  }
  frame.changed = rows_at(after, rows);
  return frame;
}

}  // namespace tieout::reference
