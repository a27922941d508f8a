#pragma once

#include <limits>

namespace tieout {

/// A number that is not there.
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace tieout
