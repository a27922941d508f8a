#pragma once

#include <cstdint>

#include "tieout/core/asset.hpp"
#include "tieout/core/random.hpp"
#include "tieout/core/time.hpp"

namespace tieout::marketdata {

/// What a random draw is for. Each purpose has its own stream, so that a new draw changes no other
/// one. Append only: the numbers are part of what a seed means.
enum class Purpose : std::uint64_t {
  kDownloadJitter = 1,
  kInsertDelay,
  kLate,
  kVeryLate,
  kMissing,
  kRevised,
  kUncorrected,
  kLateRevision,
  kFlip,
  kDuplicate,
  kTruncatedVolume,
  kTruncatedClose,
  kTruncatedCloseTicks,
  kTruncatedHigh,
  kTruncatedHighTicks,
  kTruncatedLow,
  kTruncatedLowTicks,
  kRevisionDelay,
  kRevisionTicks,
  kRevisionVolume,
  kAssetTraits,
  kMarket,
  kSector,
  kMinute,
  kVolatility,
  kVolume,
  kTrades,
};

/// The draws of one row: keyed by (seed, asset, purpose) and the row's time.
class RowDraws {
 public:
  RowDraws(std::uint64_t seed, AssetId asset, Timestamp end)
      : seed_(seed), asset_(asset), counter_(static_cast<std::uint64_t>(end.ns)) {}

  double uniform(Purpose purpose) const noexcept { return rng(purpose).uniform(counter_); }
  double exponential(Purpose purpose) const noexcept { return rng(purpose).exponential(counter_); }
  bool happens(Purpose purpose, double probability) const noexcept {
    return probability > 0 && uniform(purpose) < probability;
  }

 private:
  CounterRng rng(Purpose purpose) const noexcept {
    return {seed_,
            (static_cast<std::uint64_t>(asset_.value) << 8) | static_cast<std::uint64_t>(purpose)};
  }

  std::uint64_t seed_;
  AssetId asset_;
  std::uint64_t counter_;
};

}  // namespace tieout::marketdata
