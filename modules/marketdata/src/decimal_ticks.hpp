#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace tieout::marketdata {

/// Prices as whole multiples of 10^-decimals.
///
/// Exact: n / 10^decimals is correctly rounded, so from_ticks() gives the double that the decimal
/// text reads as.
struct DecimalTicks {
  int decimals = 0;

  std::int64_t to_ticks(double price) const noexcept;
  double from_ticks(std::int64_t ticks) const noexcept;
};

/// The coarsest grid on which all these prices lie, judged by their shortest decimal texts. Nothing
/// when a price is not finite or needs more digits than a double's integers have.
std::optional<DecimalTicks> common_grid(std::span<const double> prices);

}  // namespace tieout::marketdata
