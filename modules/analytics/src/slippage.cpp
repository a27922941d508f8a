#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "tieout/analytics/execution_quality.hpp"
#include "tieout/core/numbers.hpp"

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

/// For each row of `portfolio` the price of an asset at the row before.
std::vector<double> arrival_prices(const Panel& portfolio, const Panel* price, AssetId asset) {
  const auto index = portfolio.index();
  std::vector<double> marks(index.size(), kNaN);
  if (price == nullptr) {
    const auto shares = column_of(portfolio, "holdings_shares", asset);
    const auto notional = column_of(portfolio, "holdings_notional", asset);
    for (std::size_t t = 0; t < index.size(); ++t) {
      marks[t] = notional[t] / shares[t];
    }
  } else if (const auto column = price->find_column({"price", asset})) {
    for (std::size_t t = 0; t < index.size(); ++t) {
      const auto row = price->find_row(index[t]);
      marks[t] = row ? price->at(*row, *column) : kNaN;
    }
  }
  std::vector<double> arrival(index.size(), kNaN);
  for (std::size_t t = 1; t < index.size(); ++t) {
    arrival[t] = marks[t - 1];
  }
  return arrival;
}

Status need_inputs(std::string_view who, const Panel& portfolio, const Panel* price,
                   std::span<const AssetId> assets) {
  TIEOUT_CHECK(need_fields(who, "portfolio's columns", portfolio,
                           {"executed_trades_shares", "executed_trades_notional"}, assets));
  if (price == nullptr) {
    TIEOUT_CHECK(need_fields(who, "portfolio's columns", portfolio,
                             {"holdings_shares", "holdings_notional"}, assets));
  }
  return {};
}

Status slippage_of(const Panel& in, const Panel* price, AssetId asset, Panel& out) {
  const auto shares = column_of(in, "executed_trades_shares", asset);
  const auto notional = column_of(in, "executed_trades_notional", asset);
  const std::vector<double> arrival = arrival_prices(in, price, asset);
  const auto held_at = column_of(out, "holdings_price_per_share", asset);
  const auto traded_at = column_of(out, "trade_price_per_share", asset);
  const auto slippage = column_of(out, "slippage_notional", asset);
  const auto per_share = column_of(out, "slippage_notional_per_share", asset);
  const auto bps = column_of(out, "slippage_in_bps", asset);
  const auto benchmark = column_of(out, "benchmark_return_notional", asset);
  const auto benchmark_bps = column_of(out, "benchmark_return_in_bps", asset);
  const auto is_buy = column_of(out, "is_buy", asset);
  const auto is_sell = column_of(out, "is_sell", asset);
  const auto profitable = column_of(out, "is_benchmark_profitable", asset);
  for (std::size_t t = 0; t < in.row_count(); ++t) {
    const double side = side_of(shares[t]);
    held_at[t] = arrival[t];
    traded_at[t] = notional[t] / shares[t];
    if (traded_at[t] < 0) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("compute_share_prices_and_slippage: {} of asset {}: {} shares were "
                               "executed for {}: a trade's price cannot be negative",
                               to_iso(in.index()[t]), asset.value, format_double(shares[t]),
                               format_double(notional[t]))};
    }
    per_share[t] = side * (traded_at[t] - arrival[t]);
    slippage[t] = per_share[t] * std::fabs(shares[t]);
    bps[t] = 1e4 * per_share[t] / arrival[t];
    const double next = led(arrival, t);
    benchmark[t] = side * (next - arrival[t]);
    benchmark_bps[t] = 1e4 * side * (next / arrival[t] - 1);
    is_buy[t] = shares[t] > 0 ? 1 : 0;
    is_sell[t] = shares[t] < 0 ? 1 : 0;
    profitable[t] = side * sign_of(next - arrival[t]);
  }
  return {};
}

}  // namespace

Result<Panel> compute_share_prices_and_slippage(const Panel& portfolio, const Panel* price) {
  const std::vector<AssetId> assets = assets_of(portfolio);
  TIEOUT_CHECK(need_inputs("compute_share_prices_and_slippage", portfolio, price, assets));
  Panel out =
      make_panel({"holdings_price_per_share", "trade_price_per_share", "slippage_notional",
                  "slippage_notional_per_share", "slippage_in_bps", "benchmark_return_notional",
                  "benchmark_return_in_bps", "is_buy", "is_sell", "is_benchmark_profitable"},
                 assets, portfolio.index());
  for (const AssetId asset : assets) {
    TIEOUT_CHECK(slippage_of(portfolio, price, asset, out));
  }
  return out;
}

Result<Panel> compute_slippage_from_notional(const Panel& portfolio, const Panel* price) {
  const std::vector<AssetId> assets = assets_of(portfolio);
  TIEOUT_CHECK(need_inputs("compute_slippage_from_notional", portfolio, price, assets));
  Panel out = make_panel({"slippage_notional"}, assets, portfolio.index());
  for (const AssetId asset : assets) {
    const auto shares = column_of(portfolio, "executed_trades_shares", asset);
    const auto notional = column_of(portfolio, "executed_trades_notional", asset);
    const std::vector<double> arrival = arrival_prices(portfolio, price, asset);
    const auto slippage = column_of(out, "slippage_notional", asset);
    for (std::size_t t = 0; t < portfolio.row_count(); ++t) {
      slippage[t] = shares[t] == 0 ? kNaN : notional[t] - shares[t] * arrival[t];
    }
  }
  return out;
}

}  // namespace tieout::analytics
