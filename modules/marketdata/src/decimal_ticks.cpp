#include "decimal_ticks.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace tieout::marketdata {
namespace {

constexpr int kMaxDecimals = 15;
constexpr std::array<double, kMaxDecimals + 1> kPowers{
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/// Digits after the point of the shortest decimal text.
std::optional<int> decimals_of(double value) {
  std::array<char, 400> buffer{};
  const auto [end, status] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t point = text.find('.');
  const std::size_t digits = point == std::string_view::npos ? 0 : text.size() - point - 1;
  return digits > kMaxDecimals ? std::nullopt : std::optional(static_cast<int>(digits));
}

}  // namespace

std::int64_t DecimalTicks::to_ticks(double price) const noexcept {
  return std::llround(price * kPowers[static_cast<std::size_t>(decimals)]);
}

double DecimalTicks::from_ticks(std::int64_t ticks) const noexcept {
  return static_cast<double>(ticks) / kPowers[static_cast<std::size_t>(decimals)];
}

std::optional<DecimalTicks> common_grid(std::span<const double> prices) {
  DecimalTicks grid;
  double largest = 0;
  for (const double price : prices) {
    if (!std::isfinite(price)) {
      return std::nullopt;
    }
    const std::optional<int> decimals = decimals_of(price);
    if (!decimals) {
      return std::nullopt;
    }
    grid.decimals = std::max(grid.decimals, *decimals);
    largest = std::max(largest, std::fabs(price));
  }
  if (largest * kPowers[static_cast<std::size_t>(grid.decimals)] > 0x1p52) {
    return std::nullopt;
  }
  return grid;
}

}  // namespace tieout::marketdata
