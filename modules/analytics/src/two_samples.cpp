#include "tieout/analytics/two_samples.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tieout/analytics/distributions.hpp"
#include "tieout/analytics/series_stats.hpp"
#include "tieout/core/nan.hpp"

#include "sums.hpp"

namespace tieout::analytics {
namespace {

std::vector<double> sorted_without_nan(std::span<const double> values) {
  std::vector<double> sorted = without_nan(values);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

/// One distinct value of the pooled sample.
struct Tie {
  std::size_t left, right;  // how many of each sample have it
};

/// The distinct values of both samples, ascending.
std::vector<Tie> pooled_ties(const std::vector<double>& left, const std::vector<double>& right) {
  std::vector<Tie> ties;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    const bool from_left = j == right.size() || (i < left.size() && left[i] <= right[j]);
    const double value = from_left ? left[i] : right[j];
    Tie tie{0, 0};
    for (; i < left.size() && left[i] == value; ++i) {
      ++tie.left;
    }
    for (; j < right.size() && right[j] == value; ++j) {
      ++tie.right;
    }
    ties.push_back(tie);
  }
  return ties;
}

/// Variance of the statistic under equality (Scholz and Stephens, eq. 4), for k = 2.
double anderson_darling_variance(double n_left, double n_right) {
  const double n = n_left + n_right;
  const double k = 2.0;
  const double big_h = 1.0 / n_left + 1.0 / n_right;
  CompensatedSum harmonic;
  CompensatedSum g_sum;
  // g = sum over i < j < n of 1 / ((n - i) j): its inner sum runs backwards with the harmonic tail.
  double tail = 0.0;
  const auto count = static_cast<std::size_t>(n);
  for (std::size_t i = 1; i < count; ++i) {
    harmonic.add(1.0 / static_cast<double>(i));
  }
  for (std::size_t i = count - 2; i >= 1 && count > 2; --i) {
    tail += 1.0 / static_cast<double>(i + 1);
    g_sum.add(tail / (n - static_cast<double>(i)));
  }
  const double h = harmonic.value();
  const double g = g_sum.value();
  const double a = (4.0 * g - 6.0) * (k - 1.0) + (10.0 - 6.0 * g) * big_h;
  const double b = (2.0 * g - 4.0) * k * k + 8.0 * h * k + (2.0 * g - 14.0 * h - 4.0) * big_h -
                   8.0 * h + 4.0 * g - 6.0;
  const double c = (6.0 * h + 2.0 * g - 2.0) * k * k + (4.0 * h - 4.0 * g + 6.0) * k +
                   (2.0 * h - 6.0) * big_h + 4.0 * h;
  const double d = (2.0 * h + 6.0) * k * k - 4.0 * h * k;
  return (((a * n + b) * n + c) * n + d) / ((n - 1.0) * (n - 2.0) * (n - 3.0));
}

}  // namespace

KolmogorovSmirnov kolmogorov_smirnov(std::span<const double> left, std::span<const double> right) {
  const std::vector<double> a = sorted_without_nan(left);
  const std::vector<double> b = sorted_without_nan(right);
  if (a.empty() || b.empty()) {
    return {kNaN, kNaN};
  }
  const double n = static_cast<double>(a.size());
  const double m = static_cast<double>(b.size());
  double seen_left = 0.0;
  double seen_right = 0.0;
  double distance = 0.0;
  for (const Tie& tie : pooled_ties(a, b)) {
    seen_left += static_cast<double>(tie.left);
    seen_right += static_cast<double>(tie.right);
    distance = std::max(distance, std::abs(seen_left / n - seen_right / m));
  }
  return {distance, kolmogorov_survival(distance * std::sqrt(n * m / (n + m)))};
}

double anderson_darling(std::span<const double> left, std::span<const double> right) {
  const std::vector<double> a = sorted_without_nan(left);
  const std::vector<double> b = sorted_without_nan(right);
  const std::vector<Tie> ties = pooled_ties(a, b);
  const double n = static_cast<double>(a.size() + b.size());
  if (a.empty() || b.empty() || n < 4.0 || ties.size() < 2) {
    return kNaN;
  }
  CompensatedSum sum_left;
  CompensatedSum sum_right;
  const double n_left = static_cast<double>(a.size());
  const double n_right = static_cast<double>(b.size());
  double below_left = 0.0;
  double below_right = 0.0;
  for (const Tie& tie : ties) {
    const double l = static_cast<double>(tie.left + tie.right);
    const double mid_left = below_left + 0.5 * static_cast<double>(tie.left);
    const double mid_right = below_right + 0.5 * static_cast<double>(tie.right);
    const double mid = mid_left + mid_right;
    const double scale = mid * (n - mid) - 0.25 * n * l;
    if (scale > 0.0) {
      const double from_left = n * mid_left - n_left * mid;
      const double from_right = n * mid_right - n_right * mid;
      sum_left.add(l / n * (from_left * from_left / scale));
      sum_right.add(l / n * (from_right * from_right / scale));
    }
    below_left += static_cast<double>(tie.left);
    below_right += static_cast<double>(tie.right);
  }
  const double statistic =
      (n - 1.0) / n * (sum_left.value() / n_left + sum_right.value() / n_right);
  return (statistic - 1.0) / std::sqrt(anderson_darling_variance(n_left, n_right));
}

ChangePoint cusum_change_point(std::span<const double> values) {
  const std::vector<double> complete = nan_as_zero(values);
  const double center = mean_of(complete);
  const double deviation = deviation_of(complete);
  ChangePoint change{0, 0.0, kNaN};
  CompensatedSum level;
  for (std::size_t i = 0; i + 1 < complete.size(); ++i) {
    level.add(complete[i] - center);
    if (std::abs(level.value()) > change.statistic) {
      change = {i, std::abs(level.value()), kNaN};
    }
  }
  const double scale = deviation * std::sqrt(static_cast<double>(complete.size()));
  change.statistic = scale > 0.0 ? change.statistic / scale : kNaN;
  change.p_value = kolmogorov_survival(change.statistic);
  return change;
}

}  // namespace tieout::analytics
