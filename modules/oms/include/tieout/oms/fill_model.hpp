#pragma once

#include <cstdint>
#include <optional>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::oms {

/// What a simulated execution costs and what goes wrong with it. The default is the reference's:
/// every order is filled whole, at its type's price, at no cost.
///
/// Draws depend on (seed, order id, purpose) alone: neither the order of calls nor other orders
/// change them, and a replay repeats them.
struct FillModel {
  std::uint64_t seed = 0;
  double maker_fee_bps = 0.0;  // of the notional; may be negative, a rebate
  double taker_fee_bps = 0.0;
  double minimum_fee = 0.0;   // dollars a fill, also where a rebate was due
  double slippage_bps = 0.0;  // against the order; not for a maker
  double impact_bps = 0.0;    // x sqrt(shares / volume of the window), added to slippage
  Duration latency{};         // moves the start of the window
  Duration latency_jitter{};  // x a uniform draw of the order, added to latency
  std::optional<double> participation_cap;  // share of the window's volume; nothing: no cap
  int carry_windows = 0;                    // windows for which what is left is worked on
  double reject_probability = 0.0;          // of an order
  bool clamp_to_bar = false;                // price within low and high of the bars that priced it

  /// Whether fills have fees; they then also say on which side of the book they were made.
  bool has_fees() const noexcept {
    return maker_fee_bps != 0.0 || taker_fee_bps != 0.0 || minimum_fee != 0.0;
  }
  /// Whether low, high and volume of the window are needed.
  bool needs_bars() const noexcept {
    return participation_cap.has_value() || impact_bps > 0.0 || clamp_to_bar;
  }

  /// When the order reaches the venue.
  Timestamp arrival(std::int64_t order_id, Timestamp start) const noexcept;
  /// The draw of a rejected order; nothing when it is taken.
  std::optional<double> rejection(std::int64_t order_id) const noexcept;

  friend bool operator==(const FillModel&, const FillModel&) = default;
};

/// Errors: kInvalidConfig naming the key that is out of its range.
Status check_fill_model(const FillModel& model);

}  // namespace tieout::oms
