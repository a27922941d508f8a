#pragma once

#include <cstddef>
#include <span>

namespace tieout::analytics {

/// Whether two samples come from one distribution. NaN are left out; an empty sample gives NaN.
struct KolmogorovSmirnov {
  double distance;  // largest difference of the two empirical distribution functions
  double p_value;   // asymptotic: P(K >= distance * sqrt(n m / (n + m)))
};
KolmogorovSmirnov kolmogorov_smirnov(std::span<const double> left, std::span<const double> right);

/// The two-sample Anderson-Darling statistic with mid-ranks for ties, less its mean 1 and over its
/// deviation: above 1.961 for 5 %, 3.752 for 1 %.
/// Source: F. Scholz, M. Stephens, "K-Sample Anderson-Darling Tests", JASA 82 (1987), eq. 7 and
///         table 2.
double anderson_darling(std::span<const double> left, std::span<const double> right);

/// Where the mean of a series changes most: the sample after which the running sum of deviations
/// from the mean is farthest from 0.
struct ChangePoint {
  std::size_t last_before;  // index of the last sample before the change
  double statistic;         // that distance over deviation * sqrt(n); NaN without variation
  double p_value;           // P(K >= statistic): largest excursion of a Brownian bridge
};
/// NaN are counted as 0.
ChangePoint cusum_change_point(std::span<const double> values);

}  // namespace tieout::analytics
