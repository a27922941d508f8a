#pragma once

#include <array>
#include <cstdint>

namespace tieout {

/// Counter-based random numbers (Philox4x32-10): a draw depends on (seed, stream, counter) only, so
/// that adding a draw in one place changes nothing elsewhere, in any order and on any thread.
///
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11); known-answer
/// vectors of Random123 in the tests.
class CounterRng {
 public:
  CounterRng(std::uint64_t seed, std::uint64_t stream) noexcept : seed_(seed), stream_(stream) {}

  /// Four 32-bit words for this counter.
  std::array<std::uint32_t, 4> block(std::uint64_t counter) const noexcept;
  /// Uniform in [0, 1), 53 bits.
  double uniform(std::uint64_t counter) const noexcept;
  /// Standard normal (Box-Muller on the two halves of the block).
  double normal(std::uint64_t counter) const noexcept;
  /// Exponential with mean 1.
  double exponential(std::uint64_t counter) const noexcept;

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
};

/// The raw Philox4x32-10 function.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) noexcept;

}  // namespace tieout
