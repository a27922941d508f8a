#include "clocks.hpp"

#include <algorithm>
#include <thread>

#include "tieout/core/assert.hpp"

namespace tieout::system {

Timestamp machine_now() {
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

PacedClock::PacedClock(StopPredicate stop) : PacedClock(machine_now(), 1.0, std::move(stop)) {}

PacedClock::PacedClock(Timestamp origin, double factor, StopPredicate stop)
    : anchor_(std::chrono::steady_clock::now()),
      origin_(origin),
      factor_(factor),
      pace_(factor),
      stop_(std::move(stop)) {
  TIEOUT_ASSERT(factor > 0);
}

Timestamp PacedClock::read() const {
  const auto elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::steady_clock::now() - anchor_);
  return origin_ +
         nanoseconds(static_cast<std::int64_t>(static_cast<double>(elapsed.count()) * pace_));
}

Timestamp PacedClock::now() {
  const std::lock_guard lock(mutex_);
  return read();
}

void PacedClock::set_pace(Pace pace) {
  const std::lock_guard lock(mutex_);
  origin_ = read();
  anchor_ = std::chrono::steady_clock::now();
  pace_ = pace == Pace::kReal ? 1.0 : factor_;
}

bool PacedClock::sleep_until(Timestamp deadline, const StopPredicate& stop) {
  using namespace std::chrono_literals;
  while (!stop()) {
    const Duration left = deadline - now();
    if (left.ns <= 0) {
      return true;
    }
    const auto real = std::chrono::nanoseconds(
        static_cast<std::int64_t>(static_cast<double>(left.ns) / factor_) + 1);
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(real, 10ms));
  }
  return false;
}

bool FeedClock::sleep_until(Timestamp deadline) {
  const bool waited = shared_.sleep_until(deadline, [this] { return flushing_.load() || stop_(); });
  reached_ = std::max(reached_, deadline);
  return waited || (flushing_.load() && !stop_());
}

}  // namespace tieout::system
