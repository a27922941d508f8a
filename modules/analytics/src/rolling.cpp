#include "tieout/analytics/rolling.hpp"

#include <limits>

#include "tieout/analytics/series_stats.hpp"

namespace tieout::analytics {
namespace {

/// statistic(first) of each full window, which begins at `first`.
template <typename Statistic>
std::vector<double> rolling(std::size_t size, std::size_t window, Statistic statistic) {
  std::vector<double> out(size, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t last = window; window > 0 && last <= size; ++last) {
    out[last - 1] = statistic(last - window);
  }
  return out;
}

}  // namespace

std::vector<double> rolling_correlation(std::span<const double> left, std::span<const double> right,
                                        std::size_t window) {
  return rolling(left.size(), window, [&](std::size_t first) {
    return correlation(left.subspan(first, window), right.subspan(first, window));
  });
}

std::vector<double> rolling_deviation(std::span<const double> values, std::size_t window) {
  return rolling(values.size(), window, [&](std::size_t first) {
    return standard_deviation(values.subspan(first, window));
  });
}

}  // namespace tieout::analytics
