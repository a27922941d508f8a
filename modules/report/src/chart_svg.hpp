#pragma once

#include <string>

#include "chart.hpp"

namespace tieout::report {

/// The static picture of a chart: axes with round ticks, a legend, marks. Colours and dash patterns
/// come from classes of the style sheet, so that it follows dark and light and colour is never the
/// only sign. Coordinates are whole numbers in a box 1,200 wide, lines are relative: short, and a
/// function of the values alone.
std::string chart_svg(const Chart& chart);

}  // namespace tieout::report
