#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tieout/analytics/statistic.hpp"
#include "tieout/core/panel.hpp"

namespace tieout::analytics {

struct EqualityOptions {
  /// Lags that are tried, in rows, to both sides.
  std::size_t max_lag = 10;
  /// Beyond this many cells, percentiles, ranks and concordance are of every k-th cell and the lag
  /// of every k-th column, so that a large frame stays cheap. Counts, extremes and moments are of
  /// all cells.
  std::size_t max_sampled_cells = 100'000;
};

/// How equal two frames are, in numbers: the group `equality` of docs/formats/statistics.md.
///
/// Shapes:  rows are matched by timestamp, columns by (field, asset); a frame may lack rows and
///          columns of the other.
/// Rule:    counts are of all cells of the union; differences are over the cells in which both are
///          finite. Two NaN, and two equal infinities, are equal. A row is clean when it is on both
///          sides and all its cells are equal to the bit (-0 equals 0).
/// Nulls:   a NaN or an infinity on one side only counts as nan_mismatch, and is in no difference.
/// Cost:    one pass, and the sampled cells once more for each lag.
/// Source:  peers.md 6.2.
std::vector<Statistic> compute_equality(const Panel& left, const Panel& right,
                                        const EqualityOptions& options = {});

/// Lin's concordance correlation: 2 s_xy / (s_x^2 + s_y^2 + (m_x - m_y)^2), divisor n, over the
/// pairs that are finite; 1 for equal series without variation, NaN for fewer than two pairs.
/// Source: L. Lin, Biometrics 45 (1989).
double concordance(std::span<const double> left, std::span<const double> right);

}  // namespace tieout::analytics
