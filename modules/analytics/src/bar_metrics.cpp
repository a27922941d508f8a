#include "tieout/analytics/bar_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"

namespace tieout::analytics {
namespace {

double sign_of(double x) noexcept {
  return x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : (x == 0.0 ? 0.0 : kNaN));
}

/// Positions of a panel's columns, by ascending asset.
std::vector<std::size_t> columns_by_asset(const Panel& panel) {
  std::vector<std::size_t> order(panel.column_count());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return panel.columns()[a].asset < panel.columns()[b].asset;
  });
  return order;
}

Error mismatch(std::string_view name, const std::string& what) {
  return Error{ErrorCode::kSchemaMismatch, fmt::format("bar_metrics: {} {}", name, what)};
}

/// The columns of `panel` by asset, when its rows and assets are those of the positions.
Result<std::vector<std::size_t>> aligned_columns(const Panel* panel, std::string_view name,
                                                 const Panel& positions,
                                                 const std::vector<std::size_t>& expected) {
  if (panel == nullptr) {
    return mismatch(name, "is missing");
  }
  if (!std::ranges::equal(panel->index(), positions.index())) {
    return mismatch(name, fmt::format("has {} rows that are not the {} rows of positions",
                                      panel->row_count(), positions.row_count()));
  }
  const std::vector<std::size_t> order = columns_by_asset(*panel);
  const bool same = std::ranges::equal(order, expected, [&](std::size_t a, std::size_t b) {
    return panel->columns()[a].asset == positions.columns()[b].asset;
  });
  if (!same) {
    return mismatch(name, fmt::format("has {} columns whose assets are not the {} of positions",
                                      order.size(), expected.size()));
  }
  return order;
}

/// Sums over assets, one for each bar; NaN until the first value (min_count 1).
class RowSums {
 public:
  explicit RowSums(std::span<double> out) : out_(out) {}
  void add(std::size_t row, double value) noexcept {
    if (!std::isnan(value)) {
      out_[row] = (std::isnan(out_[row]) ? 0.0 : out_[row]) + value;
    }
  }

 private:
  std::span<double> out_;  // [bars], NaN at first
};

/// Add term(row value) of every column of `panel` to the result's column `name`.
template <typename Term>
void sum_columns(const Panel& panel, const std::vector<std::size_t>& order, Panel& result,
                 std::string_view name, Term term) {
  RowSums sums(result.column(*result.find_column({std::string(name)})));
  for (const std::size_t column : order) {
    const std::span<const double> values = panel.column(column);
    for (std::size_t row = 0; row < values.size(); ++row) {
      sums.add(row, term(values[row]));
    }
  }
}

double same(double x) noexcept {
  return x;
}

}  // namespace

Result<Panel> compute_bar_metrics(const BarFrames& frames, BarMetricsScope scope) {
  if (frames.positions == nullptr) {
    return mismatch("positions", "is missing");
  }
  const Panel& positions = *frames.positions;
  const std::vector<std::size_t> held = columns_by_asset(positions);
  TIEOUT_TRY(const auto traded, aligned_columns(frames.flows, "flows", positions, held));
  TIEOUT_TRY(const auto earned, aligned_columns(frames.pnl, "pnl", positions, held));

  std::vector<ColumnKey> columns{{"pnl"}, {"gross_volume"}, {"net_volume"}, {"gmv"}, {"nmv"}};
  const bool extended = scope == BarMetricsScope::kExtended;
  const bool costs = extended && frames.spread != nullptr;
  if (extended) {
    columns.insert(columns.end(), {{"gpc"}, {"npc"}, {"wnl"}});
  }
  if (costs) {
    columns.push_back({"tc"});
  }
  Panel result(std::move(columns));
  result.append_rows(positions.index());
  sum_columns(*frames.pnl, earned, result, "pnl", same);
  sum_columns(*frames.flows, traded, result, "gross_volume", [](double x) { return std::abs(x); });
  // 0 - x rather than -x: a bar without trades has a net volume of 0, not -0.
  sum_columns(*frames.flows, traded, result, "net_volume", [](double x) { return 0.0 - x; });
  sum_columns(positions, held, result, "gmv", [](double x) { return std::abs(x); });
  sum_columns(positions, held, result, "nmv", same);
  if (extended) {
    sum_columns(positions, held, result, "gpc", [](double x) { return std::abs(sign_of(x)); });
    sum_columns(positions, held, result, "npc", sign_of);
    sum_columns(*frames.pnl, earned, result, "wnl", sign_of);
  }
  if (costs) {
    TIEOUT_TRY(const auto quoted, aligned_columns(frames.spread, "spread", positions, held));
    RowSums sums(result.column(*result.find_column({"tc"})));
    for (std::size_t i = 0; i < traded.size(); ++i) {
      const std::span<const double> flow = frames.flows->column(traded[i]);
      const std::span<const double> spread = frames.spread->column(quoted[i]);
      for (std::size_t row = 0; row < flow.size(); ++row) {
        sums.add(row, 0.5 * (std::abs(flow[row]) * spread[row]));
      }
    }
  }
  return result;
}

}  // namespace tieout::analytics
