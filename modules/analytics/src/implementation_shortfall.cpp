#include "tieout/analytics/implementation_shortfall.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "field_columns.hpp"

namespace tieout::analytics {

Result<Panel> implementation_shortfall(const Panel& portfolio, const Panel& target_positions,
                                       const Panel* start_price) {
  constexpr std::string_view kWho = "implementation_shortfall";
  const std::vector<AssetId> assets = assets_of(target_positions);
  TIEOUT_CHECK(need_fields(kWho, "target positions", target_positions,
                           {"price", "target_trades_shares"}, assets));
  TIEOUT_CHECK(need_fields(kWho, "portfolio's columns", portfolio,
                           {"executed_trades_shares", "executed_trades_notional"}, assets));
  Panel out = make_panel({"delay", "impact", "fee", "opportunity", "shortfall", "residual"}, assets,
                         target_positions.index());
  const auto at = [](const Panel& panel, std::string_view field, AssetId asset, Timestamp bar) {
    const auto column = panel.find_column({std::string(field), asset});
    const auto row = panel.find_row(bar);
    return column && row ? panel.at(*row, *column) : kNaN;
  };
  for (const AssetId asset : assets) {
    const auto price = column_of(target_positions, "price", asset);
    const auto wanted = column_of(target_positions, "target_trades_shares", asset);
    const bool has_fees = portfolio.find_column({"fees", asset}).has_value();
    const auto set = [&](std::string_view field, std::size_t r, double value) {
      column_of(out, field, asset)[r] = value;
    };
    for (std::size_t r = 1; r < price.size(); ++r) {
      const Timestamp bar = target_positions.index()[r];
      const double decided = price[r - 1];
      const double q = at(portfolio, "executed_trades_shares", asset, bar);
      const double paid = at(portfolio, "executed_trades_notional", asset, bar);
      const double fee = has_fees ? at(portfolio, "fees", asset, bar) : 0.0;
      const double quoted = start_price == nullptr ? kNaN : at(*start_price, "price", asset, bar);
      const double start = std::isnan(quoted) ? decided : quoted;
      const double move = price[r] - decided;
      const double delay = q * (start - decided);
      const double impact = paid - q * start;
      const double opportunity = (wanted[r - 1] - q) * move;
      const double shortfall = wanted[r - 1] * move - (q * price[r] - paid - fee);
      set("delay", r, delay);
      set("impact", r, impact);
      set("fee", r, fee);
      set("opportunity", r, opportunity);
      set("shortfall", r, shortfall);
      set("residual", r, shortfall - (delay + impact + fee + opportunity));
    }
  }
  return out;
}

ShortfallParts sum_shortfall(const Panel& shortfall) {
  ShortfallParts parts;
  const auto sum = [&](std::string_view field) {
    double total = 0;
    for (const std::size_t c : shortfall.columns_of(field)) {
      for (const double value : shortfall.column(c)) {
        total += std::isnan(value) ? 0.0 : value;
      }
    }
    return total;
  };
  parts.delay = sum("delay");
  parts.impact = sum("impact");
  parts.fee = sum("fee");
  parts.opportunity = sum("opportunity");
  parts.shortfall = sum("shortfall");
  for (const std::size_t c : shortfall.columns_of("residual")) {
    for (const double value : shortfall.column(c)) {
      parts.largest_residual =
          std::max(parts.largest_residual, std::isnan(value) ? 0.0 : std::fabs(value));
    }
  }
  return parts;
}

}  // namespace tieout::analytics
