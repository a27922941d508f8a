#include "field_columns.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tieout::analytics {

std::vector<AssetId> assets_of(const Panel& panel) {
  std::vector<AssetId> assets;
  for (const ColumnKey& key : panel.columns()) {
    if (key.asset != kNoAsset) {
      assets.push_back(key.asset);
    }
  }
  std::ranges::sort(assets);
  assets.erase(std::ranges::unique(assets).begin(), assets.end());
  return assets;
}

Status need_fields(std::string_view who, std::string_view what, const Panel& panel,
                   std::initializer_list<std::string_view> fields,
                   std::span<const AssetId> assets) {
  for (const std::string_view field : fields) {
    for (const AssetId asset : assets) {
      if (!panel.find_column({std::string(field), asset})) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("{}: the {} lack column {}[{}]", who, what, field, asset.value)};
      }
    }
    if (assets.empty()) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("{}: the {} have no column of an asset", who, what)};
    }
  }
  return {};
}

std::span<const double> column_of(const Panel& panel, std::string_view field, AssetId asset) {
  const auto column = panel.find_column({std::string(field), asset});
  TIEOUT_ASSERT(column.has_value());
  return panel.column(*column);
}

std::span<double> column_of(Panel& panel, std::string_view field, AssetId asset) {
  const auto column = panel.find_column({std::string(field), asset});
  TIEOUT_ASSERT(column.has_value());
  return panel.column(*column);
}

Panel make_panel(std::initializer_list<std::string_view> fields, std::span<const AssetId> assets,
                 std::span<const Timestamp> index) {
  std::vector<ColumnKey> keys;
  keys.reserve(fields.size() * assets.size());
  for (const std::string_view field : fields) {
    for (const AssetId asset : assets) {
      keys.push_back({std::string(field), asset});
    }
  }
  Panel panel(std::move(keys));
  panel.append_rows(index);
  return panel;
}

}  // namespace tieout::analytics
