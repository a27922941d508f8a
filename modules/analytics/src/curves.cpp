#include "tieout/analytics/curves.hpp"

#include <algorithm>
#include <cmath>

#include "tieout/analytics/series_stats.hpp"
#include "tieout/core/nan.hpp"

#include "sums.hpp"

namespace tieout::analytics {
namespace {

std::vector<double> sorted_without_nan(std::span<const double> values) {
  std::vector<double> sorted = without_nan(values);
  std::ranges::sort(sorted);
  return sorted;
}

}  // namespace

double share_at_most(std::span<const double> sorted, double x) {
  if (sorted.empty()) {
    return kNaN;
  }
  const auto above = std::ranges::upper_bound(sorted, x);
  return static_cast<double>(above - sorted.begin()) / static_cast<double>(sorted.size());
}

std::vector<double> pooled_quantiles(std::span<const std::vector<double>> samples,
                                     std::size_t count) {
  std::vector<double> pooled;
  for (const std::vector<double>& sample : samples) {
    std::ranges::copy_if(sample, std::back_inserter(pooled),
                         [](double x) { return std::isfinite(x); });
  }
  std::ranges::sort(pooled);
  std::vector<double> out;
  const std::size_t places = std::min(count, pooled.size());
  for (std::size_t k = 0; k < places; ++k) {
    const std::size_t at = places < 2 ? 0 : (pooled.size() - 1) * k / (places - 1);
    if (out.empty() || pooled[at] != out.back()) {
      out.push_back(pooled[at]);
    }
  }
  return out;
}

QuantilePairs quantile_pairs(std::span<const double> left, std::span<const double> right,
                             std::size_t count) {
  const std::vector<double> a = sorted_without_nan(left);
  const std::vector<double> b = sorted_without_nan(right);
  const std::size_t pairs = std::min({count, a.size(), b.size()});
  QuantilePairs out;
  for (std::size_t k = 0; k < pairs; ++k) {
    const double q = (static_cast<double>(k) + 0.5) / static_cast<double>(pairs);
    out.left.push_back(sorted_quantile(a, q));
    out.right.push_back(sorted_quantile(b, q));
  }
  return out;
}

Regression regression(std::span<const double> x, std::span<const double> y) {
  std::vector<double> xs;
  std::vector<double> ys;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(x[i]) && std::isfinite(y[i])) {
      xs.push_back(x[i]);
      ys.push_back(y[i]);
    }
  }
  const double mean_x = mean_of(xs);
  const double mean_y = mean_of(ys);
  CompensatedSum squares;
  CompensatedSum products;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    squares.add((xs[i] - mean_x) * (xs[i] - mean_x));
    products.add((xs[i] - mean_x) * (ys[i] - mean_y));
  }
  if (xs.size() < 2 || !(squares.value() > 0.0)) {
    return {kNaN, kNaN};
  }
  const double slope = products.value() / squares.value();
  return {slope, mean_y - slope * mean_x};
}

}  // namespace tieout::analytics
