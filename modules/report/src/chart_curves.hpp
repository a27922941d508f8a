#pragma once

#include <span>
#include <string>
#include <vector>

#include "tieout/core/panel.hpp"

#include "chart.hpp"
#include "facts.hpp"

namespace tieout::report {

/// A curve on bars of its own.
struct Curve {
  std::string name;
  ChartRole role = ChartRole::kOther;
  std::vector<Timestamp> bars;  // ascending
  std::vector<double> values;   // [bars]
  SeriesDraw draw = SeriesDraw::kAsChart;
};

/// The column of a panel as a curve; nothing in it when there is no such column.
Curve curve_of(std::string name, ChartRole role, const Panel& panel, const ColumnKey& column);

/// What a chart says beside its curves.
struct ChartHead {
  std::string caption, note, unit;
  ChartKind kind = ChartKind::kLines;
};

/// Curves on the union of their bars; where a curve has no bar it has a gap.
Chart chart_of(ChartHead head, std::span<const Curve> curves);

/// One distribution of several that are shown together.
struct Sample {
  std::string name;
  ChartRole role = ChartRole::kOther;
  std::vector<double> values;  // any order; NaN is left out
  /// Of how many the values are a part: the curve ends at that share. 0: they are all.
  std::size_t total = 0;
};

/// The share of each sample that is <= x, in percent, at no more than 100 quantiles of all of them
/// together. Samples without values are left out. `unit` is that of x.
Chart ecdf_chart(std::string caption, std::string note, const std::string& unit,
                 std::span<const Sample> samples);

ChartRole role_of_side(std::size_t side) noexcept;

}  // namespace tieout::report
