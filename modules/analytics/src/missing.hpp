#pragma once

#include <limits>

namespace tieout::analytics {

/// A number that is not there.
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

}  // namespace tieout::analytics
