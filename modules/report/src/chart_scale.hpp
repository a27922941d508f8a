#pragma once

#include <string>
#include <vector>

#include "chart.hpp"

namespace tieout::report {

/// A place on an axis that carries a label.
struct Tick {
  double at;
  std::string label;
};

/// Least and largest finite value seen; empty until one was.
struct Extent {
  double low = 0, high = 0;
  bool any = false;
  /// Magnitudes above 1e300 count as that, so that differences stay finite.
  void include(double value) noexcept;
};

/// An axis: values between `low` and `high`, which differ, and about five round places between
/// them.
struct Scale {
  double low = 0, high = 1;
  std::vector<Tick> ticks;
};

/// Round numbers: steps of 1, 2 or 5 times a power of ten, with a margin around the values. Equal
/// values stand in the middle. An empty extent is 0 to 1 without ticks.
Scale number_scale(const Extent& extent);
/// Round times of UTC: seconds to weeks. The first label, and each of a new day, says the date.
Scale time_scale(const Extent& extent);

}  // namespace tieout::report
