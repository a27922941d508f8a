#include "tieout/analytics/series_stats.hpp"

#include <algorithm>
#include <cmath>

#include "tieout/analytics/distributions.hpp"
#include "tieout/core/assert.hpp"
#include "tieout/core/nan.hpp"

#include "sums.hpp"

namespace tieout::analytics {
namespace {

/// Sharpe ratio of one sample.
double sample_sharpe(std::span<const double> complete) {
  return mean_of(complete) / deviation_of(complete);
}

double standardised_moment(std::span<const double> values, int power) {
  const std::vector<double> kept = without_nan(values);
  if (kept.size() < 2) {
    return kNaN;
  }
  const double n = static_cast<double>(kept.size());
  const double center = mean_of(kept);
  const double variance = central_sum(kept, center, 2) / n;
  return variance > 0.0 ? central_sum(kept, center, power) / n / std::pow(variance, 0.5 * power)
                        : kNaN;
}

/// The pairs in which both are finite.
struct Pairs {
  std::vector<double> left, right;
};

Pairs finite_pairs(std::span<const double> left, std::span<const double> right) {
  TIEOUT_ASSERT(left.size() == right.size());
  Pairs pairs;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (std::isfinite(left[i]) && std::isfinite(right[i])) {
      pairs.left.push_back(left[i]);
      pairs.right.push_back(right[i]);
    }
  }
  return pairs;
}

/// Ranks from 1; ties share the mean of theirs.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) {
      ++last;
    }
    for (std::size_t i = first; i <= last; ++i) {
      ranks[order[i]] = 0.5 * static_cast<double>(first + last) + 1.0;
    }
    first = last + 1;
  }
  return ranks;
}

double correlation_of(const Pairs& pairs) {
  if (pairs.left.size() < 2) {
    return kNaN;
  }
  const double mean_left = mean_of(pairs.left);
  const double mean_right = mean_of(pairs.right);
  CompensatedSum products;
  for (std::size_t i = 0; i < pairs.left.size(); ++i) {
    products.add((pairs.left[i] - mean_left) * (pairs.right[i] - mean_right));
  }
  const double scale = std::sqrt(central_sum(pairs.left, mean_left, 2)) *
                       std::sqrt(central_sum(pairs.right, mean_right, 2));
  return scale > 0.0 ? std::clamp(products.value() / scale, -1.0, 1.0) : kNaN;
}

}  // namespace

std::vector<double> without_nan(std::span<const double> values) {
  std::vector<double> kept;
  kept.reserve(values.size());
  std::ranges::copy_if(values, std::back_inserter(kept), [](double x) { return !std::isnan(x); });
  return kept;
}

std::vector<double> nan_as_zero(std::span<const double> values) {
  std::vector<double> complete(values.begin(), values.end());
  for (double& x : complete) {
    x = std::isnan(x) ? 0.0 : x;
  }
  return complete;
}

double mean(std::span<const double> values) {
  return mean_of(without_nan(values));
}

double standard_deviation(std::span<const double> values) {
  return deviation_of(without_nan(values));
}

double sharpe_ratio(std::span<const double> values, double points) {
  return sample_sharpe(nan_as_zero(values)) * std::sqrt(points);
}

double sharpe_standard_error(std::span<const double> values, double points) {
  const double s = sample_sharpe(nan_as_zero(values));
  const double n = static_cast<double>(values.size());
  return std::sqrt((1.0 + 0.5 * s * s) / (n - 1.0)) * std::sqrt(points);
}

double annualized_mean(std::span<const double> values, double points) {
  return mean_of(nan_as_zero(values)) * points;
}

double annualized_volatility(std::span<const double> values, double points) {
  return deviation_of(nan_as_zero(values)) * std::sqrt(points);
}

TTest t_test(std::span<const double> values) {
  const std::vector<double> kept = without_nan(values);
  if (kept.size() < 2) {
    return {kNaN, kNaN};
  }
  const double n = static_cast<double>(kept.size());
  const double t = mean_of(kept) / (deviation_of(kept) / std::sqrt(n));
  return {t, student_t_two_sided(t, n - 1.0)};
}

double k_ratio(std::span<const double> values, double points) {
  const std::size_t count = values.size();
  if (count < 3) {
    return kNaN;
  }
  std::vector<double> level(count);
  CompensatedSum running;
  for (std::size_t i = 0; i < count; ++i) {
    running.add(std::isnan(values[i]) ? 0.0 : values[i]);
    level[i] = running.value();
  }
  const double n = static_cast<double>(count);
  const double center = 0.5 * (n - 1.0);
  const double level_mean = mean_of(level);
  CompensatedSum products;
  for (std::size_t i = 0; i < count; ++i) {
    products.add((static_cast<double>(i) - center) * (level[i] - level_mean));
  }
  const double spread = n * (n * n - 1.0) / 12.0;  // sum of (i - center)^2
  const double slope = products.value() / spread;
  CompensatedSum residuals;
  for (std::size_t i = 0; i < count; ++i) {
    const double residual = level[i] - level_mean - slope * (static_cast<double>(i) - center);
    residuals.add(residual * residual);
  }
  const double error = std::sqrt(residuals.value() / (n - 2.0) / spread);
  return slope / error * std::sqrt(points) / n;
}

std::vector<double> drawdown(std::span<const double> values, DrawdownStart start) {
  std::vector<double> result;
  result.reserve(values.size());
  CompensatedSum level;
  double high = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    level.add(std::isnan(values[i]) ? 0.0 : values[i]);
    const bool restart = i == 0 && start == DrawdownStart::kFirstValue;
    high = restart ? level.value() : std::max(high, level.value());
    result.push_back(high - level.value());
  }
  return result;
}

double max_drawdown(std::span<const double> values, DrawdownStart start) {
  const std::vector<double> depth = drawdown(values, start);
  return depth.empty() ? kNaN : *std::ranges::max_element(depth);
}

std::size_t longest_drawdown(std::span<const double> values, DrawdownStart start) {
  std::size_t longest = 0;
  std::size_t current = 0;
  for (const double depth : drawdown(values, start)) {
    current = depth > 0.0 ? current + 1 : 0;
    longest = std::max(longest, current);
  }
  return longest;
}

HitRate hit_rate(std::span<const double> values) {
  double wins = 0.0;
  double n = 0.0;
  for (const double x : values) {
    if (std::isfinite(x) && x != 0.0) {
      n += 1.0;
      wins += x > 0.0 ? 1.0 : 0.0;
    }
  }
  if (n == 0.0) {
    return {kNaN, kNaN, kNaN};
  }
  const double a = wins + 0.5;
  const double b = n - wins + 0.5;
  return {100.0 * wins / n, 100.0 * incomplete_beta_inverse(a, b, 0.025),
          100.0 * incomplete_beta_inverse(a, b, 0.975)};
}

double skewness(std::span<const double> values) {
  return standardised_moment(values, 3);
}

double kurtosis(std::span<const double> values) {
  return standardised_moment(values, 4);
}

double sorted_quantile(std::span<const double> sorted, double q) {
  if (sorted.empty()) {
    return kNaN;
  }
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= sorted.size()) {
    return sorted.back();
  }
  const double weight = at - static_cast<double>(below);
  return weight == 0.0 ? sorted[below]
                       : sorted[below] + weight * (sorted[below + 1] - sorted[below]);
}

double quantile(std::span<const double> values, double q) {
  std::vector<double> sorted = without_nan(values);
  std::sort(sorted.begin(), sorted.end());
  return sorted_quantile(sorted, q);
}

double value_at_risk(std::span<const double> values, double level) {
  return 0.0 - quantile(values, 1.0 - level);
}

double expected_shortfall(std::span<const double> values, double level) {
  const double edge = quantile(values, 1.0 - level);
  CompensatedSum sum;
  double n = 0.0;
  for (const double x : values) {
    if (x <= edge) {
      sum.add(x);
      n += 1.0;
    }
  }
  return n == 0.0 ? kNaN : 0.0 - sum.value() / n;
}

double sortino_ratio(std::span<const double> values, double points) {
  const std::vector<double> complete = nan_as_zero(values);
  if (complete.empty()) {
    return kNaN;
  }
  CompensatedSum squares;
  for (const double x : complete) {
    squares.add(x < 0.0 ? x * x : 0.0);
  }
  const double downside = std::sqrt(squares.value() / static_cast<double>(complete.size()));
  return mean_of(complete) / downside * std::sqrt(points);
}

double probabilistic_sharpe(std::span<const double> values) {
  const std::vector<double> complete = nan_as_zero(values);
  const double s = sample_sharpe(complete);
  const double variance = 1.0 - skewness(complete) * s + 0.25 * (kurtosis(complete) - 1.0) * s * s;
  if (!(variance > 0.0)) {
    return kNaN;
  }
  const double n = static_cast<double>(complete.size());
  return normal_cdf(s * std::sqrt(n - 1.0) / std::sqrt(variance));
}

double autocorrelation(std::span<const double> values) {
  const std::vector<double> complete = nan_as_zero(values);
  if (complete.size() < 2) {
    return kNaN;
  }
  const double center = mean_of(complete);
  CompensatedSum products;
  for (std::size_t i = 1; i < complete.size(); ++i) {
    products.add((complete[i - 1] - center) * (complete[i] - center));
  }
  const double squares = central_sum(complete, center, 2);
  return squares > 0.0 ? products.value() / squares : kNaN;
}

double implied_correlation(double sharpe, double points) noexcept {
  const double s = sharpe / std::sqrt(points);
  return std::abs(s) < 1.0 ? s / std::sqrt(1.0 - s * s) : kNaN;
}

double correlation(std::span<const double> left, std::span<const double> right) {
  return correlation_of(finite_pairs(left, right));
}

double rank_correlation(std::span<const double> left, std::span<const double> right) {
  const Pairs pairs = finite_pairs(left, right);
  return correlation_of({ranks_of(pairs.left), ranks_of(pairs.right)});
}

}  // namespace tieout::analytics
