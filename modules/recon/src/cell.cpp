#include "cell.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::recon {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

CellComparison compare_values(double left, double right) noexcept {
  if (same_cell(left, right)) {
    return {.equal = true, .kind = BreakKind::kValue, .distance = {}};
  }
  return {.equal = false, .kind = kind_of(left, right), .distance = distance_of(left, right)};
}

CellComparison compare_values(std::int64_t left, std::int64_t right) noexcept {
  return {.equal = left == right, .kind = BreakKind::kValue, .distance = distance_of(left, right)};
}

template <typename T>
CellComparison compare_values(const T& left, const T& right) noexcept {
  return {.equal = left == right, .kind = BreakKind::kValue, .distance = no_distance()};
}

}  // namespace

Distance distance_of(double left, double right) noexcept {
  Distance distance;
  distance.ulp = ulp_distance(left, right);
  if (left == right) {
    return distance;
  }
  distance.abs = std::fabs(left - right);
  const double scale = std::max(std::fabs(left), std::fabs(right));
  // The difference of two large numbers of opposite sign may overflow although the ratio does not.
  distance.rel = std::isinf(distance.abs) && std::isfinite(scale)
                     ? std::fabs(left / scale - right / scale)
                     : distance.abs / scale;
  return distance;
}

Distance distance_of(std::int64_t left, std::int64_t right) noexcept {
  const auto magnitude = [](std::int64_t v) {
    return v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
  };
  const auto low = static_cast<std::uint64_t>(std::min(left, right));
  const auto high = static_cast<std::uint64_t>(std::max(left, right));
  Distance distance;
  if (high == low) {
    return distance;
  }
  distance.abs = static_cast<double>(high - low);
  distance.rel = distance.abs / static_cast<double>(std::max(magnitude(left), magnitude(right)));
  return distance;
}

Distance no_distance() noexcept {
  return {.abs = kNaN, .rel = kNaN, .ulp = 0};
}

CellComparison compare_cells(const TypedColumn& left, std::size_t left_row,
                             const TypedColumn& right, std::size_t right_row) {
  TIEOUT_ASSERT(left.type() == right.type());
  return std::visit(
      [&](const auto& values) {
        using Values = std::decay_t<decltype(values)>;
        return compare_values(values[left_row], std::get<Values>(right.values)[right_row]);
      },
      left.values);
}

}  // namespace tieout::recon
