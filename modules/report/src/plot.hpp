#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::report {

/// Static SVG without scripts. Colours come from classes of the style sheet, so that a plot follows
/// dark and light. The markup is a function of the values alone: coordinates are written with one
/// decimal.

struct Strip {
  std::string label;  // what a screen reader says
  std::vector<Timestamp> bars;
  std::vector<std::uint64_t> counts;
  std::string noun = "break";
};

/// One vertical bar for each time on a log scale; empty times keep a tick, so that "no breaks" is
/// seen. Longer than 480 bars: neighbours are added up.
std::string strip_svg(const Strip& strip);

}  // namespace tieout::report
