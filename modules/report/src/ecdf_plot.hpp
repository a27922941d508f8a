#pragma once

#include <string>
#include <vector>

namespace tieout::report {

/// Two distributions in one panel: the share of each sample that is <= x.
struct TwoEcdfs {
  std::string label;  // what a screen reader says
  std::string left_name, right_name;
  std::string unit;                 // of the values
  std::vector<double> left, right;  // ascending
};

/// Static SVG as plot.hpp has it. A sample without values has no curve.
std::string two_ecdfs_svg(const TwoEcdfs& plot);

}  // namespace tieout::report
