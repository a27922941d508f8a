#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tieout::analytics {

/// Statistics of one series of PnL or returns, at `points` samples a year. All are functions of the
/// values alone, in fixed order, with compensated sums; where a statistic is not defined it is NaN.
/// docs/formats/statistics.md has the formulas.

/// The values that are not NaN.
std::vector<double> without_nan(std::span<const double> values);
/// The same with 0 for NaN.
std::vector<double> nan_as_zero(std::span<const double> values);

/// Mean of the values that are not NaN; NaN when there are none.
double mean(std::span<const double> values);
/// Standard deviation, n - 1 degrees of freedom, of the values that are not NaN; NaN for fewer than
/// two.
double standard_deviation(std::span<const double> values);

/// mean / deviation * sqrt(points), NaN counted as 0. A deviation of 0 gives an infinity of the
/// mean's sign, or NaN when the mean is 0 too.
double sharpe_ratio(std::span<const double> values, double points);
/// sqrt((1 + s^2 / 2) / (n - 1) * points) with s the Sharpe ratio of one sample (A. Lo, 2002).
double sharpe_standard_error(std::span<const double> values, double points);
/// mean * points and deviation * sqrt(points), NaN counted as 0.
double annualized_mean(std::span<const double> values, double points);
double annualized_volatility(std::span<const double> values, double points);

struct TTest {
  double statistic, p_value;  // two-sided
};
/// Whether the mean is 0: mean / (deviation / sqrt(n)), values without NaN. Without variation the
/// statistic is infinite and p is 0, or both are NaN when the mean is 0.
TTest t_test(std::span<const double> values);

/// Slope of the running sum on 0, 1, 2, ... over the slope's standard error, * sqrt(points) / n;
/// NaN counted as 0. NaN for fewer than three values.
double k_ratio(std::span<const double> values, double points);

/// Where the running maximum of the cumulative PnL begins: at 0, so that a first loss is a
/// drawdown, or at the first value as the reference has it.
enum class DrawdownStart { kZero, kFirstValue };
/// Running maximum minus cumulative sum, NaN counted as 0; [n].
std::vector<double> drawdown(std::span<const double> values, DrawdownStart start);
double max_drawdown(std::span<const double> values, DrawdownStart start);
/// Longest stretch of samples below a high that was reached before, in samples.
std::size_t longest_drawdown(std::span<const double> values, DrawdownStart start);

/// Share of positive values among those that are neither 0 nor NaN nor infinite, with the Jeffreys
/// interval Beta(k + 1/2, n - k + 1/2) at 95 %; in percent.
struct HitRate {
  double percent, lower, upper;
};
HitRate hit_rate(std::span<const double> values);

/// Third and fourth standardised central moments with divisor n; NaN without variation. Normal: 0
/// and 3.
double skewness(std::span<const double> values);
double kurtosis(std::span<const double> values);

/// Quantile by linear interpolation between order statistics (Hyndman and Fan's type 7) of values
/// without NaN; NaN when there are none. q in [0, 1].
double quantile(std::span<const double> values, double q);
/// The same of values that are sorted and hold no NaN.
double sorted_quantile(std::span<const double> sorted, double q);

/// Loss that is exceeded with probability 1 - level, and the mean of the losses beyond it; both
/// positive for a loss. From the historic distribution, no model.
double value_at_risk(std::span<const double> values, double level);
double expected_shortfall(std::span<const double> values, double level);

/// sqrt(points) * mean / sqrt(mean of min(x, 0)^2), NaN counted as 0; target 0.
double sortino_ratio(std::span<const double> values, double points);

/// Probability that the true Sharpe ratio is above 0, given skew and kurtosis.
/// Source: D. Bailey, M. Lopez de Prado, "The Sharpe Ratio Efficient Frontier" (2012).
double probabilistic_sharpe(std::span<const double> values);

/// Sum of (x_t - m)(x_{t+1} - m) over sum of (x_t - m)^2, NaN counted as 0.
double autocorrelation(std::span<const double> values);

/// s / sqrt(1 - s^2) with s = sharpe / sqrt(points): the correlation of forecasts and outcomes that
/// such a Sharpe ratio means. NaN for |s| >= 1.
double implied_correlation(double sharpe, double points) noexcept;

/// Pearson's correlation of two series of one length, over the pairs without NaN or infinity; NaN
/// for fewer than two, or without variation.
double correlation(std::span<const double> left, std::span<const double> right);
/// Pearson's correlation of the ranks; ties have the mean of their ranks.
double rank_correlation(std::span<const double> left, std::span<const double> right);

}  // namespace tieout::analytics
