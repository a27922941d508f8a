#include "tieout/analytics/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tieout/analytics/series_stats.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/random.hpp"

#include "sums.hpp"

namespace tieout::analytics {
namespace {

/// prefix[i] is the sum of the first i values.
std::vector<double> prefix_sums(std::span<const double> values) {
  std::vector<double> prefix{0.0};
  prefix.reserve(values.size() + 1);
  CompensatedSum sum;
  for (const double x : values) {
    sum.add(x);
    prefix.push_back(sum.value());
  }
  return prefix;
}

/// Sum of `length` <= n values from `start` on, wrapped around the end.
double block_sum(const std::vector<double>& prefix, std::size_t start, std::size_t length) {
  const std::size_t n = prefix.size() - 1;
  const std::size_t end = start + length;
  return end <= n ? prefix[end] - prefix[start] : prefix[n] - prefix[start] + prefix[end - n];
}

double resampled_sum(const std::vector<double>& prefix, double mean_length, const CounterRng& rng) {
  const std::size_t n = prefix.size() - 1;
  // A block ends after each sample with probability p = 1 / mean_length.
  const double log_stay = mean_length > 1.0 ? std::log1p(-1.0 / mean_length) : 0.0;
  CompensatedSum sum;
  std::size_t left = n;
  for (std::uint64_t block = 0; left > 0; ++block) {
    const double place = rng.uniform(2 * block) * static_cast<double>(n);
    const auto start = std::min(static_cast<std::size_t>(place), n - 1);
    double length = 1.0;
    if (log_stay < 0.0) {
      length += std::floor(std::log(1.0 - rng.uniform(2 * block + 1)) / log_stay);
    }
    const std::size_t taken = static_cast<std::size_t>(std::min(length, static_cast<double>(left)));
    sum.add(block_sum(prefix, start, taken));
    left -= taken;
  }
  return sum.value();
}

}  // namespace

MeanInterval bootstrap_mean(std::span<const double> values, const BootstrapOptions& options) {
  const std::vector<double> kept = without_nan(values);
  const double n = static_cast<double>(kept.size());
  std::size_t block = options.block_length;
  if (block == 0) {
    // The nudge keeps a cube such as 27 at its root where cbrt is an ulp above.
    block = static_cast<std::size_t>(std::max(1.0, std::ceil(std::cbrt(n) - 1e-9)));
  }
  if (kept.size() < 2 || options.replicates == 0) {
    return {kNaN, kNaN, block};
  }
  const std::vector<double> prefix = prefix_sums(kept);
  std::vector<double> means;
  means.reserve(options.replicates);
  for (std::size_t replicate = 0; replicate < options.replicates; ++replicate) {
    const CounterRng rng(options.seed, replicate);
    means.push_back(resampled_sum(prefix, static_cast<double>(block), rng) / n);
  }
  std::sort(means.begin(), means.end());
  const double tail = 0.5 * (1.0 - options.confidence);
  return {sorted_quantile(means, tail), sorted_quantile(means, 1.0 - tail), block};
}

}  // namespace tieout::analytics
