#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tieout::analytics {

/// Statistics of the last `window` values at each place, as curves. Each window is computed on its
/// own, in fixed order: no running sums.
///
/// Shapes:  values [n]; result [n].
/// Nulls:   NaN are left out; a place without a full window behind it is NaN.
/// Cost:    n * window.

/// correlation() of each window of two series of one length.
std::vector<double> rolling_correlation(std::span<const double> left, std::span<const double> right,
                                        std::size_t window);
/// standard_deviation() of each window.
std::vector<double> rolling_deviation(std::span<const double> values, std::size_t window);

}  // namespace tieout::analytics
