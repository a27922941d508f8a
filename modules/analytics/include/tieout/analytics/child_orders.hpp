#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tieout/analytics/fill_metrics.hpp"

namespace tieout::analytics {

/// Child orders of one wave over all their parents, or of all waves.
struct WaveSummary {
  std::int64_t wave = -1;    // -1: all
  std::size_t children = 0;  // that were sent to the venue
  std::size_t skipped = 0;   // that should have been and were not
  std::size_t accepted = 0, rejected = 0, filled = 0;
  double wanted = 0.0;                           // dollars at the limit, of the accepted
  double executed = 0.0;                         // shares filled, in dollars at the limit
  double fill_rate = 0.0;                        // executed / wanted; NaN when nothing was wanted
  double time_to_fill_s = 0.0;                   // mean of the filled; NaN without one
  double life_s = 0.0;                           // mean of the accepted; NaN without one
  double largest_buy = 0.0, largest_sell = 0.0;  // dollars at the limit, of all children
};

/// Child orders wave by wave, ascending, and of all waves (last).
///
/// Rule:    time to fill is the first trade less `placed`; the life is `updated` less `placed`. An
///          order without a limit adds nothing to the dollars.
/// Source:  oms.md 5.5, 5.9.
std::vector<WaveSummary> summarize_waves(std::span<const PlacedOrder> children,
                                         std::span<const OrderFills> fills,
                                         std::span<const std::int64_t> skipped_waves);

/// How long the accepted orders of a group took to be filled.
struct TimeToFill {
  AssetId asset = kNoAsset;     // kNoAsset: all
  std::int64_t wave = -1;       // -1: all
  std::size_t orders = 0;       // accepted
  std::vector<double> seconds;  // of those with a trade, ascending
  double life_s = 0.0;          // mean of all; NaN without one

  /// The share of the orders that was filled within seconds[i].
  double share(std::size_t i) const noexcept {
    return static_cast<double>(i + 1) / static_cast<double>(orders);
  }
  /// The seconds within which this share (0 to 1) of the orders was filled; NaN when fewer were.
  double quantile(double share) const noexcept;
};

enum class TimeToFillGroup { kAll, kAsset, kWave };

/// The distribution of the time to fill, scaled so that it ends at the share of orders that were
/// filled at all.
///
/// Returns: one for each asset or wave that has accepted orders, ascending; of kAll one always.
/// Source:  oms.md 5.9, but that the reference counts an order with several trades several times
///          among the orders.
std::vector<TimeToFill> time_to_fill(std::span<const PlacedOrder> orders,
                                     std::span<const OrderFills> fills, TimeToFillGroup group);

}  // namespace tieout::analytics
