#include "row_positions.hpp"

#include "tieout/core/assert.hpp"
#include "tieout/dataflow/window_node.hpp"

namespace tieout::dataflow {

std::optional<FieldColumns> find_field(std::span<const ColumnKey> columns, std::string_view field) {
  std::size_t first = 0;
  while (first < columns.size() && columns[first].field != field) {
    ++first;
  }
  if (first == columns.size()) {
    return std::nullopt;
  }
  std::size_t last = first;
  while (last < columns.size() && columns[last].field == field) {
    ++last;
  }
  return FieldColumns{first, last - first};
}

std::vector<std::size_t> row_positions(const Panel& input, const Panel& output, RowRange rows) {
  std::vector<std::size_t> positions;
  if (rows.empty()) {
    return positions;
  }
  positions.reserve(rows.size());
  const auto from = input.index();
  const auto to = output.index();
  std::size_t position = input.lower_bound(to[rows.first]);
  for (std::size_t row = rows.first; row < rows.last; ++row) {
    while (position < from.size() && from[position] < to[row]) {
      ++position;
    }
    TIEOUT_ASSERT(position < from.size() && from[position] == to[row]);
    positions.push_back(position);
  }
  return positions;
}

std::vector<ColumnKey> make_columns(std::span<const std::string> fields,
                                    std::span<const AssetId> assets) {
  std::vector<ColumnKey> columns;
  columns.reserve(fields.size() * assets.size());
  for (const std::string& field : fields) {
    for (const AssetId asset : assets) {
      columns.push_back({field, asset});
    }
  }
  return columns;
}

std::vector<AssetId> assets_of(std::span<const ColumnKey> columns, std::string_view field) {
  std::vector<AssetId> assets;
  if (const auto block = find_field(columns, field)) {
    for (const ColumnKey& key : columns.subspan(block->first, block->count)) {
      assets.push_back(key.asset);
    }
  }
  return assets;
}

std::string list_fields(std::span<const ColumnKey> columns) {
  std::string text;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (c == 0 || columns[c].field != columns[c - 1].field) {
      text += (text.empty() ? "" : ", ") + columns[c].field;
    }
  }
  return text;
}

}  // namespace tieout::dataflow
