#include "tieout/analytics/dtw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace tieout::analytics {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

bool all_finite(std::span<const double> values) noexcept {
  return std::ranges::all_of(values, [](double x) { return std::isfinite(x); });
}

/// cells[k] of an anti-diagonal from its two predecessors; `reversed` is the right series from its
/// end, so that all spans run forward.
void fill_diagonal(const double* left, const double* reversed, const double* above,
                   const double* beside, const double* before, double* cells, std::size_t count) {
  for (std::size_t k = 0; k < count; ++k) {
    const double difference = left[k] - reversed[k];
    const double nearest = above[k] < beside[k] ? above[k] : beside[k];
    const double best = before[k] < nearest ? before[k] : nearest;
    cells[k] = difference * difference + best;
  }
}

}  // namespace

double dtw_distance(std::span<const double> left, std::span<const double> right,
                    std::optional<std::size_t> band) {
  if (left.empty() || right.empty() || !all_finite(left) || !all_finite(right)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const std::size_t n = left.size();
  const std::size_t m = right.size();
  const std::size_t apart = n > m ? n - m : m - n;
  const std::size_t width = std::max(band.value_or(n + m), apart);
  const std::vector<double> reversed(right.rbegin(), right.rend());
  // Anti-diagonal s holds the cells (i, s - i), stored at i + 1; index 0 is the border.
  std::vector<double> two_before(n + 1, kInf);
  std::vector<double> before(n + 1, kInf);
  std::vector<double> cells(n + 1, kInf);
  for (std::size_t s = 0; s < n + m - 1; ++s) {
    std::size_t first = s < m ? 0 : s - m + 1;
    std::size_t last = std::min(s, n - 1);  // included
    if (s > width) {
      first = std::max(first, (s - width + 1) / 2);  // i - (s - i) >= -width
    }
    last = std::min(last, (s + width) / 2);
    if (s == 0) {
      cells[1] = (left[0] - right[0]) * (left[0] - right[0]);
    } else if (first <= last) {
      // (i - 1, j) and (i, j - 1) are on the diagonal before, (i - 1, j - 1) on the one before it.
      fill_diagonal(left.data() + first, reversed.data() + (m - 1 + first - s), &before[first],
                    &before[first + 1], &two_before[first], &cells[first + 1], last - first + 1);
    }
    // The cell below the range is outside the matrix or the band; the one above it was never
    // written, because ranges only move up.
    cells[first] = kInf;
    std::swap(two_before, before);
    std::swap(before, cells);
  }
  return std::sqrt(before[n]);
}

}  // namespace tieout::analytics
