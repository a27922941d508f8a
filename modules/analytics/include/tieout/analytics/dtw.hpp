#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace tieout::analytics {

/// Distance of two series when either may wait for the other (dynamic time warping).
///
/// Shapes:  left [n], right [m]; `band` bounds how many rows apart two paired points may lie (after
///          Sakoe and Chiba); it is widened to |n - m| where it is narrower; none is no bound.
/// Units:   those of the series.
/// Rule:    the square root of the least sum of (left[i] - right[j])^2 over all paths from (0, 0)
///          to (n-1, m-1) by steps (1,0), (0,1), (1,1). Symmetric; 0 for equal series; never more
///          than the Euclidean distance of two series of one length.
/// Nulls:   NaN when a series is empty or holds a NaN or an infinity.
/// Cost:    O(n m) time, or O(n band); O(n + m) memory. Works along anti-diagonals, whose cells do
///          not depend on each other.
/// Source:  H. Sakoe, S. Chiba, IEEE Trans. ASSP 26 (1978). Oracle: the plain matrix, in the tests
///          and the benchmark.
double dtw_distance(std::span<const double> left, std::span<const double> right,
                    std::optional<std::size_t> band = std::nullopt);

}  // namespace tieout::analytics
