#include "tieout/marketdata/bar.hpp"

#include <bit>
#include <cmath>

namespace tieout::marketdata {
namespace {

bool same_double(double left, double right) noexcept {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right) ||
         (std::isnan(left) && std::isnan(right));
}

}  // namespace

bool same_values(const BarVersion& left, const BarVersion& right) noexcept {
  return same_double(left.open, right.open) && same_double(left.high, right.high) &&
         same_double(left.low, right.low) && same_double(left.close, right.close) &&
         same_double(left.volume, right.volume);
}

bool bitwise_equal(const BarVersion& left, const BarVersion& right) noexcept {
  return left.seq == right.seq && left.asset == right.asset &&
         left.full_symbol == right.full_symbol && left.start == right.start &&
         left.end == right.end && same_values(left, right) &&
         left.end_download == right.end_download && left.knowledge == right.knowledge;
}

}  // namespace tieout::marketdata
