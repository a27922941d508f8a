#pragma once

#include <cstdint>
#include <string_view>

#include "tieout/core/time.hpp"

namespace tieout::oms {

/// How a parent order is split over its waves.
enum class ChildQuantity {
  kStatic,   // the same in each wave, whatever was filled
  kDynamic,  // all that is left, in each wave
};

/// "StaticSchedulingChildOrderQuantityComputer", "DynamicSchedulingChildOrderQuantityComputer".
std::string_view name_of(ChildQuantity computer) noexcept;

/// Cut toward zero: sign(x) * floor(|x| * 10^d) / 10^d; with d < 0 to tens, hundreds, ...
double floor_decimals(double value, int decimals) noexcept;

/// Shares of one wave by the static computer: floor_decimals(parent / waves).
double static_quantity(double parent_shares, std::int64_t wave_count, int decimals) noexcept;

/// Shares of one wave by the dynamic computer: what leads from `position` to `target`.
///
/// Rule:  floor_decimals(target - position); a difference within 1e-9 of a step of a whole number
///        of steps is that number: sums of decimals leave such a residue, and without it 0.3 - 0.2
///        would not be worth 0.1.
double dynamic_quantity(double target, double position, int decimals) noexcept;

}  // namespace tieout::oms
