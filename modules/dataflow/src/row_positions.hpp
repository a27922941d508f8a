#pragma once

#include <vector>

#include "tieout/core/panel.hpp"

namespace tieout::dataflow {

/// Position in `input` of each of the rows `rows` of `output`; they must all be there.
std::vector<std::size_t> row_positions(const Panel& input, const Panel& output, RowRange rows);

/// One output column for each output field and asset, field by field.
std::vector<ColumnKey> make_columns(std::span<const std::string> fields,
                                    std::span<const AssetId> assets);

/// Assets of a field's columns, in their order.
std::vector<AssetId> assets_of(std::span<const ColumnKey> columns, std::string_view field);

/// "close, high, vwap": the distinct fields, for messages.
std::string list_fields(std::span<const ColumnKey> columns);

}  // namespace tieout::dataflow
