#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tieout::report {

/// Two distributions in one panel: the share of each sample that is <= x.
struct TwoEcdfs {
  std::string label;  // what a screen reader says
  std::string left_name, right_name;
  std::string unit;                 // of the values
  std::vector<double> left, right;  // ascending
  /// Of how many each sample is a part: its curve ends at that share. 0: the sample is all.
  std::size_t left_total = 0, right_total = 0;
};

/// Static SVG as plot.hpp has it. A sample without values has no curve.
std::string two_ecdfs_svg(const TwoEcdfs& plot);

}  // namespace tieout::report
