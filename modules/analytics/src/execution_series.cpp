#include "tieout/analytics/execution_series.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

double or_zero(double value) noexcept {
  return std::isnan(value) ? 0.0 : value;
}

/// The cells of `field` for which `keep(row, asset)`, ascending.
template <typename Keep>
Ecdf sample_of(const Panel& quality, std::string_view field, std::string name, const Keep& keep) {
  Ecdf ecdf{std::move(name), {}};
  for (const AssetId asset : assets_of(quality)) {
    const auto values = column_of(quality, field, asset);
    for (std::size_t r = 0; r < values.size(); ++r) {
      if (!std::isnan(values[r]) && keep(r, asset)) {
        ecdf.values.push_back(values[r]);
      }
    }
  }
  std::ranges::sort(ecdf.values);
  return ecdf;
}

EcdfChart by_profit(const Panel& quality, std::string_view field, std::string unit) {
  const auto flag = [&](double wanted) {
    return [&quality, wanted](std::size_t r, AssetId asset) {
      return column_of(quality, "is_benchmark_profitable", asset)[r] == wanted;
    };
  };
  return {std::string(field) + " by profitability",
          std::move(unit),
          {sample_of(quality, field, "profitable", flag(1)),
           sample_of(quality, field, "not profitable", flag(-1))}};
}

EcdfChart by_side(const Panel& quality, std::string_view field, std::string unit) {
  const auto flag = [&](std::string_view side) {
    return [&quality, side](std::size_t r, AssetId asset) {
      return column_of(quality, side, asset)[r] == 1;
    };
  };
  return {std::string(field) + " by side",
          std::move(unit),
          {sample_of(quality, field, "buy", flag("is_buy")),
           sample_of(quality, field, "sell", flag("is_sell"))}};
}

}  // namespace

Panel execution_series(const ExecutionQuality& quality) {
  constexpr std::array<std::string_view, 5> kNames{
      "cumulative_slippage", "cumulative_underfill_cost", "cumulative_net_cost", "cumulative_pnl",
      "cumulative_idealized_pnl"};
  std::vector<ColumnKey> keys;
  for (const std::string_view name : kNames) {
    keys.push_back({std::string(name)});
    keys.push_back({std::string(name) + "_bps"});
  }
  Panel out(std::move(keys));
  const Panel& bars = quality.by_bar;
  out.append_rows(bars.index());
  const auto slippage = column_of(bars, "slippage_notional", kNoAsset);
  const auto underfill = column_of(bars, "underfill_opportunity_cost_realized_notional", kNoAsset);
  const auto pnl = column_of(bars, "pnl", kNoAsset);
  const auto volume = column_of(bars, "gross_volume", kNoAsset);
  std::array<double, kNames.size()> sums{};
  double traded = 0;
  for (std::size_t r = 0; r < bars.row_count(); ++r) {
    sums[0] += or_zero(slippage[r]);
    sums[1] += or_zero(underfill[r]);
    sums[2] = sums[0] + sums[1];
    sums[3] += or_zero(pnl[r]);
    sums[4] = sums[3] + sums[2];
    traded += or_zero(volume[r]);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      out.set(r, 2 * i, sums[i]);
      out.set(r, 2 * i + 1, traded > 0 ? 1e4 * sums[i] / traded : kNaN);
    }
  }
  return out;
}

std::vector<EcdfChart> execution_ecdfs(const ExecutionQuality& quality) {
  constexpr std::string_view kCost = "underfill_opportunity_cost_notional";
  const Panel& cells = quality.by_asset;
  const auto all = [](std::size_t, AssetId) { return true; };
  std::vector<EcdfChart> charts;
  charts.push_back(by_profit(cells, "slippage_in_bps", "bps"));
  charts.push_back(by_side(cells, "slippage_in_bps", "bps"));
  charts.push_back(by_profit(cells, "fill_rate", "ratio"));
  charts.push_back(by_side(cells, "fill_rate", "ratio"));
  charts.push_back({std::string(kCost), "$", {sample_of(cells, kCost, "all", all)}});
  charts.push_back(by_side(cells, kCost, "$"));
  return charts;
}

}  // namespace tieout::analytics
