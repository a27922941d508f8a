#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/oms/price_source.hpp"

namespace tieout::oms {

/// Which assets are too dear or too thin to trade; by default none are.
struct TradeFilter {
  std::optional<double> max_spread_in_bps;            // of the price
  std::optional<double> min_traded_notional;          // dollars over `lookback`
  std::optional<double> max_frac_of_traded_notional;  // of |trade|, of what was traded
  Duration lookback = hours(1);
  std::string volume_column = "volume";

  bool needs_volume() const noexcept {
    return min_traded_notional.has_value() || max_frac_of_traded_notional.has_value();
  }
};

/// Why an asset is not traded at all; nothing when it may be. A spread or a traded notional that is
/// not known is no reason to trade.
std::optional<std::string> refusal_of_asset(const TradeFilter& filter, double spread,
                                            double traded_notional);
/// Why a trade of that many dollars is dropped; nothing when it passes.
std::optional<std::string> refusal_of_trade(const TradeFilter& filter, double trade_notional,
                                            double traded_notional);

/// Dollars that were traded in each asset over the bars with end in (last end - lookback, last
/// end]: the sum of price times volume.
///
/// Returns: [assets.size()]; 0 for an asset without bars, NaN when a bar lacks its price or volume.
Result<std::vector<double>> traded_notionals(const TradeFilter& filter, const std::string& price,
                                             const std::vector<AssetId>& assets, const AsOf& as_of,
                                             PriceSource& prices);

}  // namespace tieout::oms
