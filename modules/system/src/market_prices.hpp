#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "tieout/marketdata/source.hpp"
#include "tieout/oms/price_source.hpp"

namespace tieout::system {

/// Told about every market read: purpose, as-of, what came back.
using ReadRecorder = std::function<Status(std::string_view purpose, const AsOf& as_of,
                                          std::span<const marketdata::BarVersion> bars)>;

/// The trading module's view of the market data source. Every read is recorded.
class MarketPrices final : public oms::PriceSource {
 public:
  /// `lookback` bounds how far back the newest bar is looked for.
  MarketPrices(marketdata::MarketDataSource& source, Duration lookback, ReadRecorder recorder)
      : source_(source), lookback_(lookback), recorder_(std::move(recorder)) {}

  Result<std::vector<double>> at_end(std::string_view column, Timestamp end,
                                     std::span<const AssetId> assets, const AsOf& as_of) override;
  Result<std::vector<double>> twap(std::string_view column, Timestamp first, Timestamp last,
                                   std::span<const AssetId> assets, const AsOf& as_of) override;
  Result<std::vector<oms::BarSeries>> series(std::span<const std::string_view> columns,
                                             Timestamp first, Timestamp last,
                                             std::span<const AssetId> assets,
                                             const AsOf& as_of) override;
  Result<std::optional<Timestamp>> last_end(std::span<const AssetId> assets,
                                            const AsOf& as_of) override;

 private:
  Result<std::vector<marketdata::BarVersion>> read(std::string_view purpose, Timestamp first,
                                                   Timestamp last, std::span<const AssetId> assets,
                                                   const AsOf& as_of);

  marketdata::MarketDataSource& source_;
  Duration lookback_;
  ReadRecorder recorder_;
};

/// The bar's value of a column: open, high, low, close or volume. Errors: kInvalidConfig for
/// another name.
Result<double marketdata::BarVersion::*> bar_column(std::string_view name);

}  // namespace tieout::system
