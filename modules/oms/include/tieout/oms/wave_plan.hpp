#pragma once

#include <cstdint>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::oms {

/// One round of child orders: made at `start`, cancelled at `end`.
struct Wave {
  std::int64_t id = 0;
  Timestamp start;
  Timestamp end;

  friend bool operator==(const Wave&, const Wave&) = default;
};

/// The waves of parent orders over (start, end].
struct WavePlan {
  std::int64_t wave_count = 0;        // the last of them is kept for collecting fills
  std::vector<Wave> waves;            // those that trade, ascending
  std::vector<std::int64_t> skipped;  // ids of waves that should trade and had passed

  friend bool operator==(const WavePlan&, const WavePlan&) = default;
};

/// No wave is begun less than this before the next.
inline constexpr Duration kLeastWave = seconds(4);

/// Lay out the waves of oms.md 3.10.
///
/// Rule:    wave_count = ceil((end - floor(start, 1 minute)) / frequency). A wave begins at the
///          start and at each multiple of the frequency after it, but not within 4 s before the
///          next one and not in the last `frequency` before the end. Its id is wave_count less the
///          whole frequencies from the multiple at or before it to the end.
/// Returns: no waves where the window is not longer than one frequency.
WavePlan plan_waves(Timestamp start, Timestamp end, Duration frequency);

}  // namespace tieout::oms
