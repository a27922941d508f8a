#pragma once

#include "tieout/core/time.hpp"

namespace tieout {

/// The one seam to time. Real, accelerated and virtual clocks live in `system`; nothing below it
/// knows which it has.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Now. Never goes back.
  virtual Timestamp now() = 0;
  /// Return at `deadline` or as soon as the run is asked to stop. Returns false when asked to stop.
  virtual bool sleep_until(Timestamp deadline) = 0;
};

}  // namespace tieout
