#include "tieout/oms/child_quantity.hpp"

#include <cmath>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

double power_of_ten(int exponent) noexcept {
  double power = 1.0;
  for (int i = 0; i < exponent; ++i) {
    power *= 10.0;
  }
  return power;
}

}  // namespace

std::string_view name_of(ChildQuantity computer) noexcept {
  return computer == ChildQuantity::kStatic ? "StaticSchedulingChildOrderQuantityComputer"
                                            : "DynamicSchedulingChildOrderQuantityComputer";
}

double floor_decimals(double value, int decimals) noexcept {
  const double scale = power_of_ten(std::abs(decimals));
  const double steps = decimals >= 0 ? std::abs(value) * scale : std::abs(value) / scale;
  const double cut = decimals >= 0 ? std::floor(steps) / scale : std::floor(steps) * scale;
  return std::copysign(cut, value);
}

double static_quantity(double parent_shares, std::int64_t wave_count, int decimals) noexcept {
  TIEOUT_ASSERT(wave_count > 0);
  return floor_decimals(parent_shares / static_cast<double>(wave_count), decimals);
}

double dynamic_quantity(double target, double position, int decimals) noexcept {
  constexpr double kResidue = 1e-9;
  const double rest = target - position;
  const double whole = round_decimals(rest, decimals);
  const double scale = power_of_ten(std::abs(decimals));
  const double off = std::abs(rest - whole);
  const double off_steps = decimals >= 0 ? off * scale : off / scale;
  return off_steps <= kResidue ? whole : floor_decimals(rest, decimals);
}

}  // namespace tieout::oms
