#include "tieout/analytics/execution_quality.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tieout/analytics/bar_metrics.hpp"

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

/// Columns of both panels side by side over the rows of either; a column of both is `left`'s.
Panel join(const Panel& left, const Panel& right) {
  std::vector<ColumnKey> keys = left.columns();
  for (const ColumnKey& key : right.columns()) {
    if (!left.find_column(key)) {
      keys.push_back(key);
    }
  }
  std::vector<Timestamp> rows;
  std::ranges::set_union(left.index(), right.index(), std::back_inserter(rows));
  Panel out(std::move(keys));
  out.append_rows(rows);
  const auto copy = [&](const Panel& from) {
    for (std::size_t c = 0; c < from.column_count(); ++c) {
      const auto to = out.column(*out.find_column(from.columns()[c]));
      for (std::size_t r = 0; r < from.row_count(); ++r) {
        to[*out.find_row(from.index()[r])] = from.at(r, c);
      }
    }
  };
  copy(right);
  copy(left);
  return out;
}

/// One field of a panel; `sign` multiplies it.
Panel field_of(const Panel& panel, std::string_view field, double sign) {
  std::vector<ColumnKey> keys;
  const std::vector<std::size_t> from = panel.columns_of(field);
  for (const std::size_t c : from) {
    keys.push_back(panel.columns()[c]);
  }
  Panel out(std::move(keys));
  out.append_rows(panel.index());
  for (std::size_t c = 0; c < from.size(); ++c) {
    std::ranges::transform(panel.column(from[c]), out.column(c).begin(),
                           [sign](double x) { return sign * x; });
  }
  return out;
}

/// Sums over assets of one field, [rows].
std::vector<double> sums_by_row(const Panel& panel, std::string_view field) {
  const std::vector<std::size_t> columns = panel.columns_of(field);
  std::vector<double> sums(panel.row_count());
  for (std::size_t r = 0; r < sums.size(); ++r) {
    NanSum sum;
    for (const std::size_t c : columns) {
      sum.add(panel.at(r, c));
    }
    sums[r] = sum.value();
  }
  return sums;
}

Result<Panel> metrics_of(const Panel& portfolio, const Panel& quality) {
  const Panel positions = field_of(portfolio, "holdings_notional", 1);
  const Panel flows = field_of(portfolio, "executed_trades_notional", -1);
  const Panel pnl = field_of(portfolio, "pnl", 1);
  TIEOUT_TRY(const Panel metrics,
             compute_bar_metrics({.positions = &positions, .flows = &flows, .pnl = &pnl},
                                 BarMetricsScope::kBasic));
  Panel costs({{"slippage_notional"}, {"underfill_opportunity_cost_realized_notional"}});
  costs.append_rows(quality.index());
  for (std::size_t c = 0; c < costs.column_count(); ++c) {
    std::ranges::copy(sums_by_row(quality, costs.columns()[c].field), costs.column(c).begin());
  }
  return join(costs, metrics);
}

/// Which cells of an execution quality count.
struct Cells {
  std::vector<AssetId> assets;
  std::size_t first_row = 0, last_row = 0;
};

ExecutionTotals totals_of(const ExecutionQuality& execution, const Cells& cells) {
  const Panel& quality = execution.by_asset;
  ExecutionTotals totals;
  const auto add = [](double& sum, double value) { sum += std::isnan(value) ? 0.0 : value; };
  for (const AssetId asset : cells.assets) {
    const auto traded = column_of(execution.traded, "executed_trades_notional", asset);
    const auto underfill = column_of(quality, "underfill_notional", asset);
    const auto slippage = column_of(quality, "slippage_notional", asset);
    const auto cost = column_of(quality, "underfill_opportunity_cost_realized_notional", asset);
    for (std::size_t r = cells.first_row; r < cells.last_row; ++r) {
      totals.trades += std::fabs(traded[r]) > 0 ? 1U : 0U;
      add(totals.volume, std::fabs(traded[r]));
      add(totals.underfill, std::fabs(underfill[r]));
      add(totals.slippage, slippage[r]);
      add(totals.underfill_cost, cost[r]);
    }
  }
  totals.net_cost = totals.slippage + totals.underfill_cost;
  const auto ratio = [](double part, double whole) { return whole == 0 ? kNaN : part / whole; };
  totals.fill_rate = ratio(totals.volume, totals.underfill + totals.volume);
  totals.slippage_bps = ratio(1e4 * totals.slippage, totals.volume);
  totals.underfill_cost_bps = ratio(1e4 * totals.underfill_cost, totals.volume);
  totals.net_cost_bps = ratio(1e4 * totals.net_cost, totals.volume);
  return totals;
}

}  // namespace

Result<ExecutionQuality> compute_execution_quality(const Panel& portfolio,
                                                   const Panel& target_positions) {
  TIEOUT_TRY(const Panel fills, compute_fill_stats(target_positions));
  TIEOUT_TRY(const Panel slippage, compute_share_prices_and_slippage(portfolio, &target_positions));
  TIEOUT_CHECK(need_fields("compute_execution_quality", "portfolio's columns", portfolio,
                           {"holdings_notional", "pnl"}, assets_of(portfolio)));
  ExecutionQuality out;
  out.by_asset = join(fills, slippage);
  // An asset that one of the panels does not know has its columns all the same, of NaN.
  const std::vector<AssetId> assets = assets_of(out.by_asset);
  const auto rows = out.by_asset.index();
  out.traded = join(field_of(portfolio, "executed_trades_notional", 1),
                    make_panel({"executed_trades_notional"}, assets, rows));
  out.by_asset = join(out.by_asset, make_panel({"underfill_notional",
                                                "underfill_opportunity_cost_realized_notional",
                                                "slippage_notional"},
                                               assets, rows));
  TIEOUT_TRY(out.by_bar, metrics_of(portfolio, out.by_asset));
  return out;
}

Result<Panel> summarize_notional_costs(const Panel& costs, CostAggregation aggregation) {
  const std::vector<AssetId> assets = assets_of(costs);
  if (assets.empty()) {
    return Error{ErrorCode::kSchemaMismatch,
                 "summarize_notional_costs: the costs have no column of an asset"};
  }
  std::vector<std::string> fields;
  for (const ColumnKey& key : costs.columns()) {
    if (key.asset != kNoAsset && std::ranges::find(fields, key.field) == fields.end()) {
      fields.push_back(key.field);
    }
  }
  const bool by_bar = aggregation == CostAggregation::kByBar;
  const std::vector<AssetId> groups = by_bar ? std::vector<AssetId>{kNoAsset} : assets;
  std::vector<ColumnKey> keys;
  for (const std::string& field : fields) {
    for (const AssetId group : groups) {
      keys.push_back({field, group});
    }
  }
  for (const AssetId group : groups) {
    keys.push_back({"net", group});
  }
  Panel out(std::move(keys));
  if (costs.empty()) {
    return out;
  }
  out.append_rows(by_bar ? costs.index() : costs.index().last(1));
  for (std::size_t r = 0; r < out.row_count(); ++r) {
    for (const AssetId group : groups) {
      NanSum net;
      for (const std::string& field : fields) {
        NanSum sum;
        for (const std::size_t c : costs.columns_of(field)) {
          if (by_bar) {
            sum.add(costs.at(r, c));
          } else if (costs.columns()[c].asset == group) {
            for (const double value : costs.column(c)) {
              sum.add(value);
            }
          }
        }
        net.add(sum.value());
        out.set(r, *out.find_column({field, group}), sum.value());
      }
      out.set(r, *out.find_column({"net", group}), net.value());
    }
  }
  return out;
}

ExecutionTotals execution_totals(const ExecutionQuality& quality) {
  return totals_of(quality, {assets_of(quality.by_asset), 0, quality.by_asset.row_count()});
}

ExecutionTotals execution_totals(const ExecutionQuality& quality, AssetId asset) {
  return totals_of(quality, {{asset}, 0, quality.by_asset.row_count()});
}

ExecutionTotals execution_totals_of_row(const ExecutionQuality& quality, std::size_t row) {
  TIEOUT_ASSERT(row < quality.by_asset.row_count());
  return totals_of(quality, {assets_of(quality.by_asset), row, row + 1});
}

}  // namespace tieout::analytics
