#include "tieout/oms/price_source.hpp"

#include <cmath>
#include <limits>

namespace tieout::oms {

double mean_price(std::span<const double> prices) noexcept {
  double sum = 0.0;
  double compensation = 0.0;
  double count = 0.0;
  for (const double price : prices) {
    if (std::isnan(price)) {
      continue;
    }
    const double corrected = price - compensation;
    const double next = sum + corrected;
    compensation = next - sum - corrected;
    if (std::isnan(compensation)) {
      compensation = 0.0;  // An infinite price stays infinite.
    }
    sum = next;
    count += 1.0;
  }
  return count > 0.0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace tieout::oms
