#include "frame_prices.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"
#include "tieout/frames/file.hpp"

namespace tieout::system {
namespace {

const frames::FrameColumn* find(const frames::Frame& frame,
                                std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (frame.index && frame.index->label.back() == name) {
      return &*frame.index;
    }
    if (const auto at = frame.find({std::string(name)})) {
      return &frame.columns[*at];
    }
  }
  return nullptr;
}

Error missing(const std::filesystem::path& file, std::string_view what) {
  return {ErrorCode::kSchemaMismatch,
          fmt::format("market data: '{}' needed {}", file.string(), what)};
}

Result<std::vector<AssetId>> assets_of(const frames::Frame& frame,
                                       const std::filesystem::path& file) {
  std::vector<AssetId> assets;
  if (const auto* ids = find(frame, {"asset_id"})) {
    const auto* values = std::get_if<std::vector<std::int64_t>>(&ids->values);
    if (values == nullptr) {
      return missing(file, "integers in asset_id");
    }
    for (const std::int64_t id : *values) {
      assets.push_back(AssetId{id});
    }
    return assets;
  }
  const auto* symbols = find(frame, {"full_symbol"});
  const auto* values =
      symbols == nullptr ? nullptr : std::get_if<std::vector<std::string>>(&symbols->values);
  if (values == nullptr) {
    return missing(file, "a column asset_id or full_symbol");
  }
  std::map<std::string, AssetId> known;
  for (const std::string& symbol : *values) {
    const auto found = known.find(symbol);
    if (found == known.end()) {
      TIEOUT_TRY(const Universe one, Universe::from_symbols({symbol}));
      known[symbol] = one.ids().front();
    }
    assets.push_back(known.at(symbol));
  }
  return assets;
}

double number(const frames::FrameColumn& column, std::size_t row) {
  if (const auto* doubles = std::get_if<std::vector<double>>(&column.values)) {
    return column.is_null(row) ? kNaN : (*doubles)[row];
  }
  const auto* ints = std::get_if<std::vector<std::int64_t>>(&column.values);
  return ints == nullptr || column.is_null(row) ? kNaN : static_cast<double>((*ints)[row]);
}

bool has_numbers(const frames::FrameColumn& column) {
  return column.type() == ColumnType::kFloat64 || column.type() == ColumnType::kInt64;
}

}  // namespace

Status FramePrices::add(const std::filesystem::path& file) {
  TIEOUT_TRY(const frames::Frame frame, frames::read_frame(file));
  const auto times_of = [](const frames::FrameColumn* column) {
    return column == nullptr ? nullptr : std::get_if<std::vector<Timestamp>>(&column->values);
  };
  const auto* ends = times_of(find(frame, {"end_datetime", "end_timestamp"}));
  if (ends == nullptr) {
    return missing(file, "a column end_datetime or end_timestamp with times");
  }
  const auto* known =
      times_of(find(frame, {"timestamp_db", "knowledge_timestamp", "knowledge_datetime"}));
  TIEOUT_TRY(const std::vector<AssetId> assets, assets_of(frame, file));
  std::vector<std::pair<const frames::FrameColumn*, std::size_t>> sources;  // to a position
  for (const frames::FrameColumn& column : frame.columns) {
    const std::string& name = column.label.back();
    if (!has_numbers(column) || name == "asset_id") {
      continue;
    }
    const auto at = std::ranges::find(columns_, name);
    sources.emplace_back(&column, static_cast<std::size_t>(at - columns_.begin()));
    if (at == columns_.end()) {
      columns_.push_back(name);
    }
  }
  for (std::size_t row = 0; row < ends->size(); ++row) {
    Version version{known == nullptr ? (*ends)[row] : (*known)[row],
                    std::vector<double>(columns_.size(), kNaN)};
    for (const auto& [column, position] : sources) {
      version.values[position] = number(*column, row);
    }
    bars_[assets[row]][(*ends)[row]].push_back(std::move(version));
  }
  return {};
}

Result<std::size_t> FramePrices::position_of(std::string_view column) const {
  const auto at = std::ranges::find(columns_, column);
  if (at == columns_.end()) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("market data has no column '{}'; its columns of numbers are {}",
                             column, fmt::join(columns_, ", "))};
  }
  return static_cast<std::size_t>(at - columns_.begin());
}

const FramePrices::Version* FramePrices::winner(const std::vector<Version>& versions,
                                                const AsOf& as_of) {
  const Version* best = nullptr;
  for (const Version& version : versions) {
    if (version.knowledge <= as_of.knowledge &&
        (best == nullptr || version.knowledge >= best->knowledge)) {
      best = &version;
    }
  }
  return best;
}

Result<std::vector<oms::BarSeries>> FramePrices::series(std::span<const std::string_view> columns,
                                                        Timestamp first, Timestamp last,
                                                        std::span<const AssetId> assets,
                                                        const AsOf& as_of) {
  std::vector<std::size_t> positions;
  for (const std::string_view column : columns) {
    TIEOUT_TRY(const std::size_t position, position_of(column));
    positions.push_back(position);
  }
  std::vector<oms::BarSeries> result(assets.size());
  for (std::size_t a = 0; a < assets.size(); ++a) {
    result[a].values.resize(columns.size());
    const auto bars = bars_.find(assets[a]);
    if (bars == bars_.end()) {
      continue;
    }
    for (auto bar = bars->second.upper_bound(first);
         bar != bars->second.end() && bar->first <= last; ++bar) {
      const Version* version = winner(bar->second, as_of);
      if (version == nullptr) {
        continue;
      }
      result[a].ends.push_back(bar->first);
      result[a].knowledge.push_back(version->knowledge);
      result[a].end_download.push_back(version->knowledge);  // the files do not say it
      for (std::size_t c = 0; c < positions.size(); ++c) {
        // A file that came later may have brought columns that this one lacks.
        const bool there = positions[c] < version->values.size();
        result[a].values[c].push_back(there ? version->values[positions[c]] : kNaN);
      }
    }
  }
  return result;
}

Result<std::vector<double>> FramePrices::twap(std::string_view column, Timestamp first,
                                              Timestamp last, std::span<const AssetId> assets,
                                              const AsOf& as_of) {
  TIEOUT_TRY(const std::vector<oms::BarSeries> found,
             series(std::span(&column, 1), first, last, assets, as_of));
  std::vector<double> means;
  for (const oms::BarSeries& of_asset : found) {
    means.push_back(oms::mean_price(of_asset.values.front()));
  }
  return means;
}

Result<std::vector<double>> FramePrices::at_end(std::string_view column, Timestamp end,
                                                std::span<const AssetId> assets,
                                                const AsOf& as_of) {
  return twap(column, end - nanoseconds(1), end, assets, as_of);
}

Result<std::optional<Timestamp>> FramePrices::last_end(std::span<const AssetId> assets,
                                                       const AsOf& as_of) {
  std::optional<Timestamp> newest;
  for (const AssetId asset : assets) {
    const auto bars = bars_.find(asset);
    if (bars == bars_.end()) {
      continue;
    }
    // A bar ends at or before the instant at which it is known.
    auto bar = bars->second.upper_bound(as_of.knowledge);
    while (bar != bars->second.begin()) {
      --bar;
      if (winner(bar->second, as_of) != nullptr) {
        newest = std::max(newest.value_or(bar->first), bar->first);
        break;
      }
    }
  }
  return newest;
}

}  // namespace tieout::system
