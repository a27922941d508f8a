#include "tieout/oms/trade_filter.hpp"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::oms {

std::optional<std::string> refusal_of_asset(const TradeFilter& filter, double spread,
                                            double traded_notional) {
  constexpr double kBps = 1e4;
  if (filter.max_spread_in_bps && !(spread * kBps <= *filter.max_spread_in_bps)) {
    return fmt::format("spread is {} bps, at most {} is traded", format_double(spread * kBps),
                       format_double(*filter.max_spread_in_bps));
  }
  if (filter.min_traded_notional && !(traded_notional >= *filter.min_traded_notional)) {
    return fmt::format("{} dollars were traded in {}, at least {} is traded",
                       format_double(traded_notional), to_period(filter.lookback),
                       format_double(*filter.min_traded_notional));
  }
  return std::nullopt;
}

std::optional<std::string> refusal_of_trade(const TradeFilter& filter, double trade_notional,
                                            double traded_notional) {
  const bool trades = std::isfinite(trade_notional) && trade_notional != 0.0;
  if (!filter.max_frac_of_traded_notional || !trades) {
    return std::nullopt;
  }
  const double most = *filter.max_frac_of_traded_notional * traded_notional;
  if (std::abs(trade_notional) <= most) {
    return std::nullopt;
  }
  return fmt::format("a trade of {} dollars is more than {} of the {} that were traded in {}",
                     format_double(trade_notional),
                     format_double(*filter.max_frac_of_traded_notional),
                     format_double(traded_notional), to_period(filter.lookback));
}

Result<std::vector<double>> traded_notionals(const TradeFilter& filter, const std::string& price,
                                             const std::vector<AssetId>& assets, const AsOf& as_of,
                                             PriceSource& prices) {
  std::vector<double> result(assets.size(), 0.0);
  TIEOUT_TRY(const std::optional<Timestamp> last, prices.last_end(assets, as_of));
  if (!last) {
    return result;
  }
  const std::array<std::string_view, 2> columns = {price, filter.volume_column};
  TIEOUT_TRY(const std::vector<BarSeries> series,
             prices.series(columns, *last - filter.lookback, *last, assets, as_of));
  for (std::size_t a = 0; a < assets.size(); ++a) {
    for (std::size_t i = 0; i < series[a].ends.size(); ++i) {
      result[a] += series[a].values[0][i] * series[a].values[1][i];
    }
  }
  return result;
}

}  // namespace tieout::oms
