#include "tieout/core/random.hpp"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

namespace tieout {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  // Source: kat_vectors of Random123, philox4x32 with 10 rounds.
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(CounterRng, MapsSeedStreamAndCounterToKeyAndCounterWords) {
  // The third known answer again, through the class.
  const CounterRng rng(0x299f31d0'a4093822, 0x03707344'13198a2e);
  EXPECT_EQ(rng.block(0x85a308d3'243f6a88),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(CounterRng, ADrawDependsOnSeedStreamAndCounterOnly) {
  const CounterRng rng(1, 2);
  const double tenth = rng.uniform(10);
  for (std::uint64_t i = 0; i < 10; ++i) {
    static_cast<void>(rng.normal(i));
  }
  EXPECT_EQ(rng.uniform(10), tenth);
  std::set<double> seen;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t stream = 0; stream < 10; ++stream) {
      for (std::uint64_t counter = 0; counter < 10; ++counter) {
        EXPECT_TRUE(seen.insert(CounterRng(seed, stream).uniform(counter)).second);
      }
    }
  }
}

struct Moments {
  double mean = 0, variance = 0;
};

template <typename Draw>
Moments moments_of(Draw draw) {
  constexpr int kDraws = 100'000;
  Moments m;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const double x = draw(i);
    m.mean += x / kDraws;
    m.variance += x * x / kDraws;
  }
  m.variance -= m.mean * m.mean;
  return m;
}

// The bounds are five standard errors of the estimate at 100,000 draws.
TEST(CounterRng, UniformHasItsMomentsAndRange) {
  const CounterRng rng(3, 0);
  const Moments m = moments_of([&](std::uint64_t i) {
    const double x = rng.uniform(i);
    EXPECT_GE(x, 0.0);
    EXPECT_LT(x, 1.0);
    return x;
  });
  EXPECT_NEAR(m.mean, 0.5, 0.0046);
  EXPECT_NEAR(m.variance, 1.0 / 12.0, 0.0012);
}

TEST(CounterRng, NormalHasItsMoments) {
  const CounterRng rng(4, 0);
  const Moments m = moments_of([&](std::uint64_t i) { return rng.normal(i); });
  EXPECT_NEAR(m.mean, 0.0, 0.016);
  EXPECT_NEAR(m.variance, 1.0, 0.023);
}

TEST(CounterRng, ExponentialHasItsMomentsAndIsNeverNegative) {
  const CounterRng rng(5, 0);
  const Moments m = moments_of([&](std::uint64_t i) {
    const double x = rng.exponential(i);
    EXPECT_GE(x, 0.0);
    return x;
  });
  EXPECT_NEAR(m.mean, 1.0, 0.016);
  EXPECT_NEAR(m.variance, 1.0, 0.045);
}

}  // namespace
}  // namespace tieout
