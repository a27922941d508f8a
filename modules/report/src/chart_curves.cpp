#include "chart_curves.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tieout/analytics/curves.hpp"
#include "tieout/analytics/series_stats.hpp"

namespace tieout::report {

Curve curve_of(std::string name, ChartRole role, const Panel& panel, const ColumnKey& column) {
  Curve curve{std::move(name), role, {}, {}};
  if (const auto found = panel.find_column(column)) {
    curve.bars.assign(panel.index().begin(), panel.index().end());
    curve.values.assign(panel.column(*found).begin(), panel.column(*found).end());
  }
  return curve;
}

Chart chart_of(ChartHead head, std::span<const Curve> curves) {
  std::vector<Timestamp> bars;
  for (const Curve& curve : curves) bars.insert(bars.end(), curve.bars.begin(), curve.bars.end());
  std::ranges::sort(bars);
  bars.erase(std::ranges::unique(bars).begin(), bars.end());
  Chart chart;
  chart.caption = std::move(head.caption);
  chart.note = std::move(head.note);
  chart.unit = std::move(head.unit);
  chart.kind = head.kind;
  chart.x = time_axis_of(bars);
  for (const Curve& curve : curves) {
    ChartSeries series{curve.name, curve.role,
                       std::vector<double>(bars.size(), std::numeric_limits<double>::quiet_NaN()),
                       curve.draw};
    std::size_t at = 0;
    for (std::size_t i = 0; i < curve.bars.size(); ++i) {
      while (bars[at] < curve.bars[i]) ++at;
      series.values[at] = curve.values[i];
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

Chart ecdf_chart(std::string caption, std::string note, const std::string& unit,
                 std::span<const Sample> samples) {
  constexpr std::size_t kPlaces = 100;
  Chart chart;
  chart.caption = std::move(caption);
  chart.note = std::move(note);
  chart.kind = ChartKind::kSteps;
  chart.unit = std::string("%");
  chart.x = {ChartAxisKind::kNumber, unit.empty() ? "value" : unit, {}};
  std::vector<std::vector<double>> values;
  for (const Sample& sample : samples) {
    values.push_back(analytics::without_nan(sample.values));
    std::ranges::sort(values.back());
  }
  chart.x.values = analytics::pooled_quantiles(values, kPlaces);
  for (std::size_t s = 0; s < samples.size(); ++s) {
    if (values[s].empty()) continue;
    const double whole = static_cast<double>(std::max(samples[s].total, values[s].size()));
    const double part = static_cast<double>(values[s].size()) / whole;
    ChartSeries series{samples[s].name, samples[s].role, {}};
    for (const double x : chart.x.values) {
      series.values.push_back(100 * part * analytics::share_at_most(values[s], x));
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

ChartRole role_of_side(std::size_t side) noexcept {
  return side == 0 ? ChartRole::kProd : ChartRole::kSim;
}

}  // namespace tieout::report
