#pragma once

#include <span>
#include <vector>

namespace tieout::dataflow {

// Series kernels with infinite memory (dataflow.md 5.4) and estimators (5.5). All of them take and
// give series of equal length; NaN marks a missing value. Source: the reference's formulas; tests
// compare with its output to 1e-12.

/// Depths of a smooth moving average: exponential averages iterated k times, averaged over k =
/// min_depth .. max_depth.
struct SmoothSpec {
  double tau = 1;               // rows; alpha = 1 - exp(-1 / tau)
  std::size_t min_periods = 0;  // values that must have been seen
  std::size_t min_depth = 1;
  std::size_t max_depth = 1;
};

/// Exponential moving average, adjusted: num and den decay at every row, also at NaN ones, which
/// repeat the value.
std::vector<double> ema(std::span<const double> x, double tau, std::size_t min_periods = 0);
std::vector<double> smooth_moving_average(std::span<const double> x, const SmoothSpec& spec);
/// SMA(|x|^p)^(1/p), then shifted by `delay` rows.
std::vector<double> rolling_norm(std::span<const double> x, const SmoothSpec& spec,
                                 double p_moment = 2, std::size_t delay = 0);
/// (x - SMA(x)[-delay]) / norm(x - SMA(x))[-delay]; a denominator of at most `atol` gives NaN.
std::vector<double> rolling_zscore(std::span<const double> x, const SmoothSpec& spec,
                                   std::size_t delay = 0, double atol = 0);
/// |x[t] - x[t-1]| / 2 from the third row on.
std::vector<double> swt_volatility(std::span<const double> x);
/// The series moved later by `delay` rows.
std::vector<double> shifted(std::span<const double> x, std::size_t delay);

double compress_tails(double x, double scale, double rescale = 1.0) noexcept;

/// Squared volatility of one bar: Garman-Klass, Parkinson; and close to close.
double garman_klass_variance(double open, double high, double low, double close) noexcept;
double parkinson_variance(double high, double low) noexcept;
double close_variance(double previous_close, double close) noexcept;

}  // namespace tieout::dataflow
