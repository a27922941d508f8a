#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/analytics/curves.hpp"
#include "tieout/analytics/equality.hpp"
#include "tieout/analytics/performance.hpp"
#include "tieout/analytics/rolling.hpp"
#include "tieout/core/numbers.hpp"

#include "chart_curves.hpp"
#include "legs.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

/// Both runs bar by bar: PnL, and returns on one basis.
struct Pairs {
  std::vector<Timestamp> bars;
  std::vector<double> left_pnl, right_pnl;  // [bars]
  std::vector<double> left, right;          // [bars], returns
  std::string basis;                        // of the returns, in words
  double points = 0;                        // bars a year
  std::string period;                       // "5T"
};

Result<Pairs> pairs_of(const Facts& facts) {
  TIEOUT_TRY(const StatisticsSeries left, facts.left.statistics);
  TIEOUT_TRY(const StatisticsSeries right, facts.right.statistics);
  if (!facts.left.trading.ok()) return facts.left.trading.error();
  const std::vector<Panel> both = analytics::align_metrics(
      {{facts.left.name, metrics_of(left)}, {facts.right.name, metrics_of(right)}});
  for (const Panel& metrics : both) {
    if (!metrics.find_column({"pnl"}) || !metrics.find_column({"gmv"})) {
      return Error{ErrorCode::kSchemaMismatch, "returns: the statistics need pnl and gmv"};
    }
  }
  Pairs out;
  out.period = to_period(facts.left.trading->bar);
  TIEOUT_TRY(const analytics::Frequency frequency, analytics::parse_frequency(out.period));
  out.points = analytics::points_per_year(frequency);
  const bool wealth = analytics::basis_of(both[0]) == analytics::ReturnBasis::kNetWealth &&
                      analytics::basis_of(both[1]) == analytics::ReturnBasis::kNetWealth;
  const auto basis = wealth ? analytics::ReturnBasis::kNetWealth : analytics::ReturnBasis::kMeanGmv;
  const analytics::Returns left_returns = analytics::returns_of(both[0], basis);
  const analytics::Returns right_returns = analytics::returns_of(both[1], basis);
  out.bars.assign(both[0].index().begin(), both[0].index().end());
  out.left = left_returns.values;
  out.right = right_returns.values;
  out.basis = left_returns.basis;
  const auto pnl = [](const Panel& metrics) {
    const auto column = metrics.column(*metrics.find_column({"pnl"}));
    return std::vector<double>(column.begin(), column.end());
  };
  out.left_pnl = pnl(both[0]);
  out.right_pnl = pnl(both[1]);
  return out;
}

/// y over x as points, ascending in x, with the line of equality.
Chart scatter_of(ChartHead head, const std::string& x_name, const std::string& y_name,
                 const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(x[i]) && std::isfinite(y[i])) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return x[i]; });
  Chart chart;
  chart.caption = std::move(head.caption);
  chart.note = std::move(head.note);
  chart.unit = std::move(head.unit);
  chart.kind = ChartKind::kScatter;
  chart.x = {ChartAxisKind::kNumber, chart.unit.empty() ? x_name : x_name + ", " + chart.unit, {}};
  ChartSeries points{y_name, ChartRole::kSim, {}};
  for (const std::size_t i : order) {
    chart.x.values.push_back(x[i]);
    points.values.push_back(y[i]);
  }
  chart.series = {std::move(points),
                  {"equal", ChartRole::kOther, chart.x.values, SeriesDraw::kLine}};
  return chart;
}

Chart pnl_scatter(const Facts& facts, const Pairs& pairs) {
  const analytics::Regression line = analytics::regression(pairs.left_pnl, pairs.right_pnl);
  Chart chart = scatter_of(
      {"Bar PnL against bar PnL",
       fmt::format("Lin's concordance (CCC) {}; regression of {} on {}: slope {}, intercept {}",
                   number_text(analytics::concordance(pairs.left_pnl, pairs.right_pnl)),
                   facts.right.name, facts.left.name, number_text(line.slope),
                   number_text(line.intercept)),
       facts.money_unit},
      facts.left.name, facts.right.name, pairs.left_pnl, pairs.right_pnl);
  if (!std::isnan(line.slope)) {
    ChartSeries fitted{"regression", ChartRole::kGap, {}, SeriesDraw::kLine};
    for (const double x : chart.x.values) fitted.values.push_back(line.intercept + line.slope * x);
    chart.series.push_back(std::move(fitted));
  }
  return chart;
}

Chart drawdown_chart(const Facts& facts, const Pairs& pairs) {
  std::vector<Curve> curves;
  for (std::size_t s = 0; s < 2; ++s) {
    Curve curve{s == 0 ? facts.left.name : facts.right.name, role_of_side(s), pairs.bars,
                analytics::drawdown(s == 0 ? pairs.left_pnl : pairs.right_pnl,
                                    analytics::DrawdownStart::kZero)};
    for (double& value : curve.values) value = value == 0 ? 0 : -value;
    curves.push_back(std::move(curve));
  }
  return chart_of({"Drawdown",
                   "cumulative PnL less its highest level so far, which begins at 0; a missing PnL "
                   "is 0",
                   facts.money_unit, ChartKind::kArea},
                  curves);
}

/// Two hours of five-minute bars; a third of a shorter run, but five bars.
std::size_t window_of(std::size_t bars) {
  return std::clamp<std::size_t>(bars / 3, 5, 24);
}

Blocks rolling_charts(const Pairs& pairs) {
  const std::size_t window = window_of(pairs.bars.size());
  if (pairs.bars.size() < window) {
    return {Paragraph{fmt::format("Rolling statistics not available: {}, needs >= {} bars",
                                  plural(pairs.bars.size(), "bar"), window),
                      Tone::kMuted}};
  }
  std::vector<double> active(pairs.bars.size());
  for (std::size_t i = 0; i < active.size(); ++i) active[i] = pairs.left[i] - pairs.right[i];
  const Curve correlation{"correlation", ChartRole::kOther, pairs.bars,
                          analytics::rolling_correlation(pairs.left, pairs.right, window)};
  Curve error{"tracking error", ChartRole::kGap, pairs.bars,
              analytics::rolling_deviation(active, window)};
  for (double& value : error.values) value *= 100 * std::sqrt(pairs.points);
  const std::string of =
      fmt::format("simple returns of bars ({}), the last {} bars", pairs.basis, window);
  return {chart_of({"Rolling correlation of returns", "Pearson, " + of, "correlation"},
                   std::span(&correlation, 1)),
          chart_of({"Rolling tracking error",
                    fmt::format("std(r_prod - r_sim) sqrt(N), ddof 1, N = {} bars of {} a year; {}",
                                format_double(pairs.points), pairs.period, of),
                    "% a year"},
                   std::span(&error, 1))};
}

/// Returns in basis points.
std::vector<double> bps(const std::vector<double>& returns) {
  std::vector<double> out;
  for (const double r : returns) out.push_back(1e4 * r);
  return out;
}

/// Counts of both samples in the same bins, 30 between the least and the largest value.
Chart histogram_chart(const Facts& facts, const Pairs& pairs) {
  constexpr std::size_t kBins = 30;
  const std::array<std::vector<double>, 2> samples{analytics::without_nan(bps(pairs.left)),
                                                   analytics::without_nan(bps(pairs.right))};
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const auto& sample : samples) {
    for (const double x : sample) {
      low = std::min(low, x);
      high = std::max(high, x);
    }
  }
  Chart chart;
  chart.caption = std::string("Distribution of bar returns");
  chart.note = fmt::format(
      "bars by their return, {} equal bins between the least and the largest "
      "of both; returns are simple ({})",
      kBins, pairs.basis);
  chart.unit = std::string("bars");
  chart.kind = ChartKind::kBars;
  chart.x = {ChartAxisKind::kNumber, "return, bps", {}};
  if (!(high > low)) return chart;
  const double width = (high - low) / static_cast<double>(kBins);
  for (std::size_t k = 0; k < kBins; ++k) {
    chart.x.values.push_back(low + width * (static_cast<double>(k) + 0.5));
  }
  for (std::size_t s = 0; s < 2; ++s) {
    ChartSeries series{s == 0 ? facts.left.name : facts.right.name, role_of_side(s),
                       std::vector<double>(kBins, 0)};
    for (const double x : samples[s]) {
      const auto bin = static_cast<std::size_t>((x - low) / width);
      series.values[std::min(bin, kBins - 1)] += 1;
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

Chart quantile_chart(const Facts& facts, const Pairs& pairs) {
  constexpr std::size_t kQuantiles = 100;
  const analytics::QuantilePairs quantiles =
      analytics::quantile_pairs(bps(pairs.left), bps(pairs.right), kQuantiles);
  return scatter_of({"Quantiles of returns against quantiles (Q-Q)",
                     fmt::format("{} quantiles (k + 1/2) / n of each run's bar returns, by linear "
                                 "interpolation; equal distributions lie on the line",
                                 quantiles.left.size()),
                     "bps"},
                    facts.left.name, facts.right.name, quantiles.left, quantiles.right);
}

}  // namespace

Result<Blocks> returns_section(const Facts& facts) {
  TIEOUT_TRY(const Pairs pairs, pairs_of(facts));
  Blocks out{pnl_scatter(facts, pairs), drawdown_chart(facts, pairs)};
  for (Block& block : rolling_charts(pairs)) out.push_back(std::move(block));
  out.emplace_back(histogram_chart(facts, pairs));
  out.emplace_back(quantile_chart(facts, pairs));
  return out;
}

}  // namespace tieout::report
