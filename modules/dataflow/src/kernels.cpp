#include "tieout/dataflow/kernels.hpp"

#include <cmath>
#include <numbers>

#include "tieout/core/assert.hpp"
#include "tieout/core/nan.hpp"

namespace tieout::dataflow {
namespace {

template <typename F>
std::vector<double> mapped(std::span<const double> x, F&& f) {
  std::vector<double> result;
  result.reserve(x.size());
  for (const double value : x) {
    result.push_back(f(value));
  }
  return result;
}

std::vector<double> norm_of(std::span<const double> x, const SmoothSpec& spec, double p) {
  const std::vector<double> powers =
      mapped(x, [p](double v) { return p == 2 ? v * v : std::pow(std::abs(v), p); });
  return mapped(smooth_moving_average(powers, spec),
                [p](double v) { return p == 2 ? std::sqrt(v) : std::pow(v, 1 / p); });
}

}  // namespace

std::vector<double> ema(std::span<const double> x, double tau, std::size_t min_periods) {
  TIEOUT_ASSERT(tau > 0);
  // alpha = 1 / (1 + com), com = 1 / (e^(1/tau) - 1)
  const double com = 1.0 / (std::exp(1.0 / tau) - 1.0);
  const double decay = 1.0 - 1.0 / (1.0 + com);
  double numerator = 0;
  double denominator = 0;
  std::size_t seen = 0;
  std::vector<double> result;
  result.reserve(x.size());
  for (const double value : x) {
    numerator *= decay;
    denominator *= decay;
    if (!std::isnan(value)) {
      numerator += value;
      denominator += 1;
      ++seen;
    }
    result.push_back(seen == 0 || seen < min_periods ? kNaN : numerator / denominator);
  }
  return result;
}

std::vector<double> smooth_moving_average(std::span<const double> x, const SmoothSpec& spec) {
  TIEOUT_ASSERT(spec.min_depth >= 1 && spec.min_depth <= spec.max_depth);
  std::vector<double> iterated(x.begin(), x.end());
  std::vector<double> sum(x.size(), 0.0);
  for (std::size_t depth = 1; depth <= spec.max_depth; ++depth) {
    iterated = ema(iterated, spec.tau, spec.min_periods);
    if (depth >= spec.min_depth) {
      for (std::size_t i = 0; i < sum.size(); ++i) {
        sum[i] += iterated[i];
      }
    }
  }
  const auto depths = static_cast<double>(spec.max_depth - spec.min_depth + 1);
  return mapped(sum, [depths](double v) { return v / depths; });
}

std::vector<double> shifted(std::span<const double> x, std::size_t delay) {
  std::vector<double> result(x.size(), kNaN);
  for (std::size_t i = delay; i < x.size(); ++i) {
    result[i] = x[i - delay];
  }
  return result;
}

std::vector<double> rolling_norm(std::span<const double> x, const SmoothSpec& spec, double p_moment,
                                 std::size_t delay) {
  return shifted(norm_of(x, spec, p_moment), delay);
}

std::vector<double> rolling_zscore(std::span<const double> x, const SmoothSpec& spec,
                                   std::size_t delay, double atol) {
  const std::vector<double> mean = smooth_moving_average(x, spec);
  std::vector<double> demeaned(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    demeaned[i] = x[i] - mean[i];
  }
  const std::vector<double> delayed_mean = shifted(mean, delay);
  const std::vector<double> norm = shifted(norm_of(demeaned, spec, 2), delay);
  std::vector<double> result(x.size(), kNaN);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::abs(norm[i]) > atol) {
      result[i] = (x[i] - delayed_mean[i]) / norm[i];
    }
  }
  return result;
}

std::vector<double> swt_volatility(std::span<const double> x) {
  std::vector<double> result(x.size(), kNaN);
  for (std::size_t i = 2; i < x.size(); ++i) {
    result[i] = std::abs(x[i] - x[i - 1]) / 2.0;
  }
  return result;
}

double compress_tails(double x, double scale, double rescale) noexcept {
  return scale * std::tanh(x * rescale / scale);
}

double garman_klass_variance(double open, double high, double low, double close) noexcept {
  const double range = std::log(high) - std::log(low);
  const double move = std::log(close) - std::log(open);
  return 0.5 * range * range - (2.0 * std::numbers::ln2 - 1.0) * move * move;
}

double parkinson_variance(double high, double low) noexcept {
  const double range = std::log(high) - std::log(low);
  return range * range / (4.0 * std::numbers::ln2);
}

double close_variance(double previous_close, double close) noexcept {
  const double move = std::log(close) - std::log(previous_close);
  return move * move;
}

}  // namespace tieout::dataflow
