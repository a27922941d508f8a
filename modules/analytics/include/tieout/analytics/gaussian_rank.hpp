#pragma once

#include <span>
#include <vector>

namespace tieout::analytics {

/// Inverse of the standard normal distribution function.
///
/// Rule:    p = 0 and 1 give minus and plus infinity; outside [0, 1] and for NaN the result is NaN.
/// Source:  M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988); relative error
/// about 1e-16.
double inverse_normal_cdf(double p) noexcept;

/// Rank of each value within its row, mapped to a standard normal deviate.
///
/// Shapes:  row [n], result [n]; NaN stays NaN and counts only in the number of quantiles.
/// Rule:    oms.md 3.1, with the reference's quirks because positions depend on them: for odd n the
/// median is (about) 0, whose sign
///          may be that of rounding noise; values that all lie within 1e-7 of the smallest all
///          become the lower bound; values are clipped to [-5.199337582605575, 5.19933758270342].
/// Cost:    O(n log n).
/// Source:  scikit-learn's QuantileTransformer(n_quantiles=1001, output_distribution="normal") on
/// one row. Oracle: kernels.json.
std::vector<double> gaussian_rank(std::span<const double> row);

}  // namespace tieout::analytics
