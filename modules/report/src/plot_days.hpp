#pragma once

#include <string>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::report {

/// A curve of a plot over several runs: one piece for each of them, so that no line is drawn where
/// there was no run.
struct DayCurve {
  std::string name;
  std::string css_class;  // "line left"
  struct Piece {
    std::vector<Timestamp> bars;
    std::vector<double> values;  // NaN is a gap
  };
  std::vector<Piece> pieces;
};

struct DaysPlot {
  std::string label;  // what a screen reader says
  std::string unit;
  std::vector<DayCurve> curves;
  std::vector<Timestamp> starts;                        // of the runs: a line and a date each
  std::vector<std::pair<Timestamp, Timestamp>> absent;  // shaded: nothing ran
};

/// Curves on a true time axis, static SVG.
std::string days_svg(const DaysPlot& plot);

}  // namespace tieout::report
