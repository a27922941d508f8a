#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>

#include "tieout/core/clock.hpp"

namespace tieout::system {

/// Tells whether a run should stop; called from any thread.
using StopPredicate = std::function<bool()>;

/// The machine's clock, or a window of the past played `factor` times as fast.
///
/// now() = origin + factor * (elapsed real time). Several threads may use one clock: a feeder and
/// an engine that share it live on the same time line. sleep_until() returns false as soon as
/// `stop` says so (asked every 10 ms).
class PacedClock final : public Clock {
 public:
  /// Real time: origin is the machine's UTC clock at construction.
  explicit PacedClock(StopPredicate stop);
  /// Accelerated: `origin` is the first reading, factor > 0.
  PacedClock(Timestamp origin, double factor, StopPredicate stop);

  enum class Pace { kReal, kAccelerated };
  /// Go on at this pace from now on.
  void set_pace(Pace pace);

  Timestamp now() override;
  bool sleep_until(Timestamp deadline) override { return sleep_until(deadline, stop_); }
  /// As above with another reason to wake up early.
  bool sleep_until(Timestamp deadline, const StopPredicate& stop);

 private:
  Timestamp read() const;  // under mutex_

  mutable std::mutex mutex_;
  std::chrono::steady_clock::time_point anchor_;  // when the pace was set
  Timestamp origin_;                              // the reading then
  const double factor_;
  double pace_;
  StopPredicate stop_;
};

/// The feeder's view of a shared clock. After flush() it no longer waits: what is still to come
/// arrives at once, at its planned time.
class FeedClock final : public Clock {
 public:
  FeedClock(PacedClock& shared, StopPredicate stop) : shared_(shared), stop_(std::move(stop)) {}

  void flush() { flushing_.store(true); }
  Timestamp now() override { return std::max(shared_.now(), reached_); }
  bool sleep_until(Timestamp deadline) override;

 private:
  PacedClock& shared_;
  StopPredicate stop_;
  std::atomic<bool> flushing_{false};
  Timestamp reached_;  // Latest deadline that was waited for; only the feeder's thread uses it.
};

/// Measures compute times; its origin means nothing. Its readings are evidence and never enter a
/// decision.
class Stopwatch final : public Clock {
 public:
  Timestamp now() override {
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(
                std::chrono::steady_clock::now().time_since_epoch())
                .count()};
  }
  bool sleep_until(Timestamp) override { return true; }
};

/// The machine's clock in UTC; for wall stamps of evidence.
Timestamp machine_now();

}  // namespace tieout::system
