#include <cmath>
#include <vector>

#include "tieout/analytics/execution_quality.hpp"

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

/// One asset's columns: `in` of the targets, `out` of the result.
void fill_stats_of(const Panel& in, AssetId asset, Panel& out) {
  const auto holdings = column_of(in, "holdings_shares", asset);
  const auto notional = column_of(in, "holdings_notional", asset);
  const auto price = column_of(in, "price", asset);
  const auto target_holdings = column_of(in, "target_holdings_shares", asset);
  const auto target_notional = column_of(in, "target_holdings_notional", asset);
  const auto target_trades = column_of(in, "target_trades_shares", asset);
  const auto executed = column_of(out, "executed_trades_shares", asset);
  const auto fill_rate = column_of(out, "fill_rate", asset);
  const auto underfill = column_of(out, "underfill_share_count", asset);
  const auto underfill_notional = column_of(out, "underfill_notional", asset);
  const auto realized = column_of(out, "underfill_opportunity_cost_realized_notional", asset);
  const auto cost = column_of(out, "underfill_opportunity_cost_notional", asset);
  const auto error_shares = column_of(out, "tracking_error_shares", asset);
  const auto error_notional = column_of(out, "tracking_error_notional", asset);
  const auto error_bps = column_of(out, "tracking_error_bps", asset);
  const auto is_buy = column_of(out, "is_buy", asset);
  const auto is_sell = column_of(out, "is_sell", asset);
  const auto profitable = column_of(out, "is_benchmark_profitable", asset);
  for (std::size_t t = 0; t < in.row_count(); ++t) {
    const double wanted = lagged(target_trades, t, 1);
    const bool nothing_wanted = wanted == 0;
    // What was held before the first row, or where it is not known, counts as nothing.
    const double before = t == 0 || std::isnan(holdings[t - 1]) ? 0.0 : holdings[t - 1];
    executed[t] = holdings[t] - before;
    fill_rate[t] = nothing_wanted ? kNaN : std::fabs(executed[t] / wanted);
    underfill[t] = std::fabs(wanted) - std::fabs(executed[t]);
    underfill_notional[t] = underfill[t] * lagged(price, t, 1);
    realized[t] = sign_of(lagged(target_trades, t, 2)) * lagged(underfill, t, 1) *
                  (price[t] - lagged(price, t, 1));
    error_shares[t] = holdings[t] - lagged(target_holdings, t, 1);
    error_notional[t] = notional[t] - lagged(target_notional, t, 1);
    error_bps[t] = nothing_wanted ? kNaN : 1e4 * error_notional[t] / lagged(target_notional, t, 1);
    is_buy[t] = executed[t] > 0 ? 1 : 0;
    is_sell[t] = executed[t] < 0 ? 1 : 0;
    profitable[t] = side_of(executed[t]) * sign_of(led(price, t) - price[t]);
  }
  for (std::size_t t = 0; t < in.row_count(); ++t) {
    cost[t] = led(realized, t);
  }
}

}  // namespace

Result<Panel> compute_fill_stats(const Panel& target_positions) {
  const std::vector<AssetId> assets = assets_of(target_positions);
  TIEOUT_CHECK(
      need_fields("compute_fill_stats", "target positions", target_positions,
                  {"holdings_shares", "holdings_notional", "price", "target_holdings_shares",
                   "target_holdings_notional", "target_trades_shares"},
                  assets));
  Panel out = make_panel(
      {"executed_trades_shares", "fill_rate", "underfill_share_count", "underfill_notional",
       "underfill_opportunity_cost_realized_notional", "underfill_opportunity_cost_notional",
       "tracking_error_shares", "tracking_error_notional", "tracking_error_bps", "is_buy",
       "is_sell", "is_benchmark_profitable"},
      assets, target_positions.index());
  for (const AssetId asset : assets) {
    fill_stats_of(target_positions, asset, out);
  }
  return out;
}

}  // namespace tieout::analytics
