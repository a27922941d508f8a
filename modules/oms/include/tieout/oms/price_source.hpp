#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::oms {

/// Mean of the prices that are not NaN, summed in their order with Kahan's compensation; NaN when
/// none is a number. A price source uses it for twap(): the last bits are then those of the
/// reference (pandas' grouped mean).
double mean_price(std::span<const double> prices) noexcept;

/// Bars of one asset, in order of time: `values[c][i]` is column c of the bar that ends at
/// `ends[i]`.
struct BarSeries {
  std::vector<Timestamp> ends;
  std::vector<Timestamp> knowledge;     // when the bar could be read
  std::vector<Timestamp> end_download;  // when the downloader had it
  std::vector<std::vector<double>> values;
};

/// Prices for marking and filling. The module's own view of market data; `system` adapts the market
/// data source to it. All results are [assets.size()], NaN where no price is known.
class PriceSource {
 public:
  virtual ~PriceSource() = default;

  /// Field `column` of each asset's bar that ends at `end`, exactly.
  virtual Result<std::vector<double>> at_end(std::string_view column, Timestamp end,
                                             std::span<const AssetId> assets,
                                             const AsOf& as_of) = 0;
  /// mean_price() of `column` over the bars with end in (first, last], in order of time.
  virtual Result<std::vector<double>> twap(std::string_view column, Timestamp first, Timestamp last,
                                           std::span<const AssetId> assets, const AsOf& as_of) = 0;
  /// Columns `columns` of each asset's bars with end in (first, last], one series for each asset.
  virtual Result<std::vector<BarSeries>> series(std::span<const std::string_view> columns,
                                                Timestamp first, Timestamp last,
                                                std::span<const AssetId> assets,
                                                const AsOf& as_of) = 0;
  /// Newest bar end that any of the assets has, visible at as_of; nothing when none has.
  virtual Result<std::optional<Timestamp>> last_end(std::span<const AssetId> assets,
                                                    const AsOf& as_of) = 0;
};

}  // namespace tieout::oms
