#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::report {

// Static SVG of what has no x axis of numbers, as plot.hpp has it.

/// From one sum to another in steps that add up to their difference.
struct Waterfall {
  std::string label;  // what a screen reader says
  std::pair<std::string, double> from, to;
  std::vector<std::pair<std::string, double>> steps;
};
/// One row for each step, its bar where the sum moves; the number stands beside it.
std::string waterfall_svg(const Waterfall& plot);

/// Signed numbers at (row, column): the darker the larger, and each with its sign.
struct SignedMap {
  std::string label;
  std::vector<std::string> rows, columns;
  std::vector<std::vector<double>> values;  // [rows][columns]
};
/// Each row has its own scale: four steps up to its largest magnitude.
std::string signed_map_svg(const SignedMap& map);

/// What lasted from when to when, of two runs: one above the other in each row.
struct Timeline {
  std::string label;
  std::string left_name, right_name;
  struct Span {
    Timestamp from, to;
    std::string words;
  };
  struct Row {
    std::string name;
    std::vector<Span> left, right;
  };
  std::vector<Row> rows;
};
/// Every row has its own time axis, from the first to the last instant of either run in it: its
/// ends stand beside it.
std::string timeline_svg(const Timeline& timeline);

}  // namespace tieout::report
