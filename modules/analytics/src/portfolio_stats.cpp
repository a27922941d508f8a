#include "tieout/analytics/portfolio_stats.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::analytics {
namespace {

constexpr std::array<std::string_view, 5> kMetrics{"pnl", "gross_volume", "net_volume", "gmv",
                                                   "nmv"};

std::vector<double> column_of(const Panel& panel, std::string_view name) {
  const auto column = panel.column(*panel.find_column({std::string(name)}));
  return {column.begin(), column.end()};
}

/// Collects the statistics of one portfolio.
class Collector {
 public:
  Collector(const PortfolioStatsOptions& options, double points, std::size_t bins)
      : options_(options),
        sample_(fmt::format("{} bins of {}, N = {} a year", bins, to_string(options.frequency),
                            format_double(points))) {}

  void add(std::string_view group, std::string_view name, double value) {
    const bool rounded = options_.rounding == Rounding::kTwoDecimals;
    values_.push_back(
        {&statistic_info(group, name), rounded ? round_decimals(value, 2) : value, sample_});
  }
  std::vector<Statistic> take() { return std::move(values_); }

 private:
  const PortfolioStatsOptions& options_;
  std::string sample_;
  std::vector<Statistic> values_;
};

/// The rows that the groups dollar and percentage share.
void add_amounts(std::string_view group, std::span<const double> pnl,
                 std::span<const double> volume, std::span<const double> bias, double points,
                 DrawdownStart start, Collector& out) {
  out.add(group, "annualized_mean_return", annualized_mean(pnl, points));
  out.add(group, "annualized_volatility", annualized_volatility(pnl, points));
  out.add(group, "max_drawdown", max_drawdown(pnl, start));
  out.add(group, "pnl_mean", mean(pnl));
  out.add(group, "pnl_std", standard_deviation(pnl));
  out.add(group, "turnover_mean", mean(volume));
  out.add(group, "turnover_stdev", standard_deviation(volume));
  out.add(group, "market_bias_mean", mean(bias));
  out.add(group, "market_bias_stdev", standard_deviation(bias));
}

std::vector<Statistic> statistics_of(const Panel& bins, const PortfolioStatsOptions& options) {
  const double points = points_per_year(options.frequency);
  std::vector<double> pnl = column_of(bins, "pnl");
  std::vector<double> volume = column_of(bins, "gross_volume");
  std::vector<double> bias = column_of(bins, "nmv");
  const std::vector<double> gmv = column_of(bins, "gmv");
  Collector out(options, points, bins.row_count());
  out.add("ratios", "sharpe_ratio", sharpe_ratio(pnl, points));
  out.add("ratios", "sharpe_ratio_standard_error", sharpe_standard_error(pnl, points));
  const TTest test = t_test(pnl);
  out.add("ratios", "sr.tval", test.statistic);
  out.add("ratios", "sr.pval", test.p_value);
  out.add("ratios", "kratio", k_ratio(pnl, points));
  const double gmv_mean = mean(gmv);
  out.add("dollar", "gmv_mean", gmv_mean);
  out.add("dollar", "gmv_stdev", standard_deviation(gmv));
  add_amounts("dollar", pnl, volume, bias, points, options.drawdown_start, out);
  for (std::vector<double>* values : {&pnl, &volume, &bias}) {
    for (double& x : *values) {
      x = 100.0 * x / gmv_mean;
    }
  }
  add_amounts("percentage", pnl, volume, bias, points, options.drawdown_start, out);
  return out.take();
}

}  // namespace

std::vector<Panel> align_metrics(const std::vector<NamedMetrics>& portfolios) {
  std::set<Timestamp> rows;
  for (const NamedMetrics& portfolio : portfolios) {
    rows.insert(portfolio.metrics.index().begin(), portfolio.metrics.index().end());
  }
  const std::vector<Timestamp> index(rows.begin(), rows.end());
  std::vector<Panel> aligned;
  for (const NamedMetrics& portfolio : portfolios) {
    const Panel& metrics = portfolio.metrics;
    Panel panel(metrics.columns());
    panel.append_rows(index);
    std::size_t at = 0;
    for (std::size_t row = 0; row < metrics.row_count(); ++row) {
      while (index[at] < metrics.index()[row]) {
        ++at;
      }
      for (std::size_t c = 0; c < metrics.column_count(); ++c) {
        panel.set(at, c, metrics.at(row, c));
      }
    }
    aligned.push_back(std::move(panel));
  }
  return aligned;
}

Result<PortfolioStatistics> compute_portfolio_stats(const std::vector<NamedMetrics>& portfolios,
                                                    const PortfolioStatsOptions& options) {
  for (const NamedMetrics& portfolio : portfolios) {
    for (const std::string_view name : kMetrics) {
      if (!portfolio.metrics.find_column({std::string(name)})) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("portfolio_stats: {} has no column {}; needed pnl, gross_volume, "
                                 "net_volume, gmv, nmv",
                                 portfolio.name, name)};
      }
    }
  }
  PortfolioStatistics result;
  const std::vector<Panel> aligned = align_metrics(portfolios);
  if (aligned.empty() || aligned.front().empty()) {
    return Error{ErrorCode::kMissingData, "portfolio_stats: no portfolio has a bar"};
  }
  for (std::size_t i = 0; i < aligned.size(); ++i) {
    TIEOUT_TRY(const Panel bins, resample_bar_metrics(aligned[i], options.frequency, options.zone));
    result.portfolios.push_back(portfolios[i].name);
    result.values.push_back(statistics_of(bins, options));
  }
  return result;
}

}  // namespace tieout::analytics
