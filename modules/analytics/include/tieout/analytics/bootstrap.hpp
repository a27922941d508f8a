#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tieout::analytics {

struct BootstrapOptions {
  std::uint64_t seed = 1;
  std::size_t replicates = 2000;
  /// Mean length of a block, in samples; 0 takes the cube root of n, rounded up.
  std::size_t block_length = 0;
  double confidence = 0.95;
};

/// Interval of a mean that holds also when neighbouring samples depend on each other.
struct MeanInterval {
  double lower, upper;
  std::size_t block_length;  // that was used
};

/// Stationary block bootstrap of the mean: blocks of geometric length, wrapped around the end; the
/// interval is that of the quantiles of the resampled means.
///
/// Nulls:   NaN are left out before; fewer than two values give NaN.
/// Cost:    replicates * n / block_length draws: prefix sums give the sum of a block at once.
/// Source:  D. Politis, J. Romano, "The Stationary Bootstrap", JASA 89 (1994). Draws: CounterRng
///          (seed, stream = replicate), so that a replicate does not depend on the others.
MeanInterval bootstrap_mean(std::span<const double> values, const BootstrapOptions& options);

}  // namespace tieout::analytics
