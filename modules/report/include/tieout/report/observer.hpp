#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/time.hpp"

namespace tieout::report {

/// What a threshold of an observer came to.
enum class ThresholdState { kHolds, kFired, kNotChecked };

/// A threshold and what it was held against.
struct ThresholdCheck {
  std::string id;     // "usdt_balance"
  std::string title;  // "USDT balance"
  ThresholdState state = ThresholdState::kNotChecked;
  double value = std::numeric_limits<double>::quiet_NaN();
  double limit = std::numeric_limits<double>::quiet_NaN();
  std::string message;  // of the alert when it fired; why not when it was not checked
};

/// One look at the run, as the rolling reconciliation keeps it.
struct RollingLook {
  Timestamp at;  // wall clock
  std::size_t bars = 0;
  Timestamp last_bar;
  std::string verdict, sentence;
};

/// How long after a bar's end its first version became known, in seconds; nearest rank.
struct DataDelay {
  AssetId asset;
  std::size_t bars = 0;
  double p50 = 0, p95 = 0, p99 = 0, max = 0;
};

/// What an observer knows beside the logs of both sides.
struct ObserverFacts {
  std::string notebook_name;
  Timestamp now;                             // wall clock of the look
  std::optional<std::size_t> bars_expected;  // of the whole run; nothing: it has no end
  /// Bars that should be committed by now; nothing when the run does not follow the wall clock.
  std::optional<std::size_t> bars_due;
  /// When the first bar that is missing was due.
  std::optional<Timestamp> stale_since;
  /// When the page is out of date, because the next one should have replaced it.
  Timestamp stale_after;
  Duration allowance;  // after a bar's end, until it is missed
  std::vector<ThresholdCheck> thresholds;
  std::vector<RollingLook> looks;  // ascending
  std::string rolling_problem;     // why there is no comparison; empty when there is one
  std::vector<std::string> notes;  // of the rolling reconciliation
  std::vector<DataDelay> delays;   // by asset
  std::optional<DataDelay> all_delays;
  std::string delays_problem;  // why there are none
};

/// Thresholds that fired.
std::size_t fired_count(const ObserverFacts& facts) noexcept;

}  // namespace tieout::report
