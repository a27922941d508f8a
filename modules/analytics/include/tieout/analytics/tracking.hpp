#pragma once

#include <vector>

#include "tieout/analytics/bootstrap.hpp"
#include "tieout/analytics/performance.hpp"

namespace tieout::analytics {

struct TrackingOptions {
  PortfolioStatsOptions portfolio;
  BootstrapOptions bootstrap;
  /// A PnL smaller than this many basis points of the gross volume is too small to divide by: the
  /// stand-in for one tick per trade where ticks are not known.
  double retention_floor_bps = 1.0;
  /// DTW on more samples than this is banded, so that a long run stays fast.
  std::size_t dtw_full_samples = 4000;
};

/// The group `difference` of docs/formats/statistics.md: how far `left` is from `right`, the run
/// that it should have equalled.
///
/// Rule:    both are put on the union of their bars and resampled to the same bins; a PnL that is
///          missing counts as 0 in sums, and a bin without a PnL on either side is in no sample of
///          gaps. Returns have one basis on both sides: net wealth where both know it, else mean
///          GMV.
/// Errors:  those of compute_portfolio_stats().
/// Source:  peers.md 6.4 and 6.10; QuantConnect's documentation, "Reconciliation", for DTW and the
///          correlation of returns.
Result<std::vector<Statistic>> compute_tracking(const NamedMetrics& left, const NamedMetrics& right,
                                                const TrackingOptions& options);

}  // namespace tieout::analytics
