#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tieout::analytics {

/// What pictures of samples are made of.

/// Share of `sorted` (ascending, without NaN) that is <= x; NaN for no values.
double share_at_most(std::span<const double> sorted, double x);

/// At most `count` places at which the distributions of several samples are compared: quantiles of
/// all values together by nearest rank, evenly spread from the least to the largest value, each
/// once. Ascending.
/// Nulls:   NaN are left out. Infinities too: they have no place on an axis.
std::vector<double> pooled_quantiles(std::span<const std::vector<double>> samples,
                                     std::size_t count);

/// The same quantiles of two samples, by linear interpolation (quantile() of series_stats.hpp).
struct QuantilePairs {
  std::vector<double> left, right;
};
/// `count` quantiles (k + 1/2) / count, or as many as the smaller sample has values.
/// Nulls:   NaN are left out; a sample without values gives no pairs.
QuantilePairs quantile_pairs(std::span<const double> left, std::span<const double> right,
                             std::size_t count);

/// The line y = intercept + slope x with the least sum of squared errors of y.
struct Regression {
  double slope, intercept;
};
/// Over the pairs that are finite; NaN for fewer than two, or when x does not vary.
Regression regression(std::span<const double> x, std::span<const double> y);

}  // namespace tieout::analytics
