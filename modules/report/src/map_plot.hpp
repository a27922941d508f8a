#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::report {

/// How many breaks there are at (row, column): a grid whose marks are the darker the more, on a log
/// scale.
struct HeatMap {
  /// A place that some marks of a row lead to.
  struct Link {
    std::size_t row = 0;
    std::size_t from = 0, until = 0;  // columns [from, until)
    std::string anchor;               // id in the page
    std::string title;                // what is behind it
  };
  std::string label;                               // what a screen reader says
  std::vector<std::string> rows;                   // top to bottom
  std::vector<Timestamp> bars;                     // evenly over the columns
  std::vector<std::vector<std::uint64_t>> counts;  // [rows][columns]
  std::vector<Link> links = {};
};
std::string heat_map_svg(const HeatMap& map);

/// A part of the graph of a run: a node or a table.
struct GraphPart {
  std::string name;
  std::string state;  // "equal", "first break 00:35, 12 breaks"
  bool broken = false;
  std::vector<std::size_t> inputs;  // positions of parts before it
  std::string anchor = {};          // place of its breaks in the page; "": none
};
/// Parts from top to bottom by the length of the longest way to them; an arrow between two broken
/// parts is drawn as a way that the breaks may have taken.
std::string graph_svg(const std::string& label, const std::vector<GraphPart>& parts);

/// Vertical bars with a label below and a count above each.
struct Histogram {
  std::string label;
  std::vector<std::string> bins;
  std::vector<std::uint64_t> counts;  // [bins]
};
std::string histogram_svg(const Histogram& histogram);

}  // namespace tieout::report
