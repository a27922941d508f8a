#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tieout/analytics/bar_metrics.hpp"
#include "tieout/analytics/series_stats.hpp"
#include "tieout/analytics/statistic.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/zone.hpp"

namespace tieout::analytics {

/// Bar metrics of a portfolio: pnl, gross_volume, net_volume, gmv, nmv, and what else there is.
struct NamedMetrics {
  std::string name;  // "prod"
  Panel metrics;
};

/// Values as they are, or rounded to two decimals as the reference prints them.
enum class Rounding { kNone, kTwoDecimals };

struct PortfolioStatsOptions {
  Frequency frequency;
  Zone zone = Zone::kUtc;  // whose midnights begin a day
  DrawdownStart drawdown_start = DrawdownStart::kZero;
  Rounding rounding = Rounding::kNone;
};

/// Statistics of several portfolios, side by side.
struct PortfolioStatistics {
  std::vector<std::string> portfolios;
  std::vector<std::vector<Statistic>> values;  // [portfolios][statistics], the same statistics
};

/// The reference's table of statistics: its groups ratios, dollar and percentage.
///
/// Rule:    all metrics are put on the union of their rows and resampled, so that the portfolios
///          have the same bins; then the formulas of docs/formats/statistics.md. A metric without
///          a value in a bin is NaN there.
/// Errors:  kSchemaMismatch naming a portfolio without one of the five metrics; kMissingData when
///          no portfolio has a row; those of resample_bar_metrics().
/// Source:  dataflow.md 5.10, oms.md 5.8. Oracle: stats_01 to stats_05, stats_computer.
Result<PortfolioStatistics> compute_portfolio_stats(const std::vector<NamedMetrics>& portfolios,
                                                    const PortfolioStatsOptions& options);

/// The metrics of several portfolios on the union of their rows, NaN where one has none.
std::vector<Panel> align_metrics(const std::vector<NamedMetrics>& portfolios);

}  // namespace tieout::analytics
