#include "market_prices.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"

namespace tieout::system {
namespace {

using marketdata::BarVersion;

/// Position of each asset id in `assets`, through a sorted copy.
class Positions {
 public:
  explicit Positions(std::span<const AssetId> assets) {
    for (std::size_t i = 0; i < assets.size(); ++i) {
      sorted_.push_back({assets[i], i});
    }
    std::ranges::sort(sorted_);
  }
  std::size_t of(AssetId id) const {
    const auto found = std::ranges::lower_bound(sorted_, id, {}, &Entry::first);
    TIEOUT_ASSERT(found != sorted_.end() && found->first == id);
    return found->second;
  }

 private:
  using Entry = std::pair<AssetId, std::size_t>;
  std::vector<Entry> sorted_;
};

}  // namespace

Result<double BarVersion::*> bar_column(std::string_view name) {
  struct Column {
    std::string_view name;
    double BarVersion::*member;
  };
  static constexpr Column kColumns[] = {{"open", &BarVersion::open},
                                        {"high", &BarVersion::high},
                                        {"low", &BarVersion::low},
                                        {"close", &BarVersion::close},
                                        {"volume", &BarVersion::volume}};
  for (const Column& column : kColumns) {
    if (column.name == name) {
      return column.member;
    }
  }
  return Error{
      ErrorCode::kInvalidConfig,
      fmt::format("market data has no column '{}'; needed open, high, low, close or volume", name)};
}

Result<std::vector<BarVersion>> MarketPrices::read(std::string_view purpose, Timestamp first,
                                                   Timestamp last, std::span<const AssetId> assets,
                                                   const AsOf& as_of) {
  TIEOUT_TRY(std::vector<BarVersion> bars, source_.read({first, last}, assets, as_of));
  TIEOUT_CHECK(recorder_(purpose, as_of, bars));
  return bars;
}

Result<std::vector<double>> MarketPrices::at_end(std::string_view column, Timestamp end,
                                                 std::span<const AssetId> assets,
                                                 const AsOf& as_of) {
  TIEOUT_TRY(double BarVersion::*const member, bar_column(column));
  TIEOUT_TRY(const std::vector<BarVersion> bars,
             read("at_end", end - nanoseconds(1), end, assets, as_of));
  const Positions positions(assets);
  std::vector<double> values(assets.size(), kNaN);
  for (const BarVersion& bar : bars) {
    values[positions.of(bar.asset)] = bar.*member;
  }
  return values;
}

Result<std::vector<double>> MarketPrices::twap(std::string_view column, Timestamp first,
                                               Timestamp last, std::span<const AssetId> assets,
                                               const AsOf& as_of) {
  TIEOUT_TRY(double BarVersion::*const member, bar_column(column));
  TIEOUT_TRY(const std::vector<BarVersion> bars, read("twap", first, last, assets, as_of));
  const Positions positions(assets);
  std::vector<std::vector<double>> prices(assets.size());
  for (const BarVersion& bar :
       bars) {  // Ordered by end: each asset's prices come in order of time.
    prices[positions.of(bar.asset)].push_back(bar.*member);
  }
  std::vector<double> means;
  means.reserve(assets.size());
  for (const std::vector<double>& of_asset : prices) {
    means.push_back(oms::mean_price(of_asset));
  }
  return means;
}

Result<std::vector<oms::BarSeries>> MarketPrices::series(std::span<const std::string_view> columns,
                                                         Timestamp first, Timestamp last,
                                                         std::span<const AssetId> assets,
                                                         const AsOf& as_of) {
  std::vector<double BarVersion::*> members;
  for (const std::string_view column : columns) {
    TIEOUT_TRY(double BarVersion::*const member, bar_column(column));
    members.push_back(member);
  }
  TIEOUT_TRY(const std::vector<BarVersion> bars, read("series", first, last, assets, as_of));
  const Positions positions(assets);
  std::vector<oms::BarSeries> result(assets.size());
  for (oms::BarSeries& of_asset : result) {
    of_asset.values.resize(members.size());
  }
  for (const BarVersion& bar : bars) {
    oms::BarSeries& of_asset = result[positions.of(bar.asset)];
    of_asset.ends.push_back(bar.end);
    of_asset.knowledge.push_back(bar.knowledge);
    of_asset.end_download.push_back(bar.end_download);
    for (std::size_t c = 0; c < members.size(); ++c) {
      of_asset.values[c].push_back(bar.*members[c]);
    }
  }
  return result;
}

Result<std::optional<Timestamp>> MarketPrices::last_end(std::span<const AssetId> assets,
                                                        const AsOf& as_of) {
  // Bars end at or before the instant at which they are known, so the newest is in the window
  // before it.
  TIEOUT_TRY(const std::vector<BarVersion> bars,
             read("last_end", as_of.knowledge - lookback_, as_of.knowledge, assets, as_of));
  return bars.empty() ? std::optional<Timestamp>() : std::optional(bars.back().end);
}

}  // namespace tieout::system
