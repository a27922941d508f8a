#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "tieout/marketdata/feed.hpp"

#include "clocks.hpp"

namespace tieout::system {

/// Plays arrivals into a store from a thread of its own, so that data arrive asynchronously to the
/// engine.
class Feeder {
 public:
  /// Open a writing connection of its own to `store` and start. Arrivals must be ordered by
  /// knowledge time.
  static Result<std::unique_ptr<Feeder>> start(const std::filesystem::path& store,
                                               std::vector<marketdata::Arrival> arrivals,
                                               PacedClock& clock, StopPredicate stop);
  ~Feeder();
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

  /// True once playing has failed: nothing more will arrive.
  bool failed() const noexcept { return failed_.load(); }
  /// Let everything that is still to come arrive at its planned time without waiting, and end.
  /// Returns what playing returned.
  Status finish();

 private:
  Feeder(std::unique_ptr<marketdata::BarStore> store, std::vector<marketdata::Arrival> arrivals,
         PacedClock& clock, StopPredicate stop);

  std::unique_ptr<marketdata::BarStore> store_;
  std::vector<marketdata::Arrival> arrivals_;
  std::atomic<bool> abandoned_{false};
  FeedClock clock_;
  std::atomic<bool> failed_{false};
  Status status_;
  std::thread thread_;
};

}  // namespace tieout::system
