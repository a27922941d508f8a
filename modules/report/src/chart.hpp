#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::report {

/// How a chart's values are drawn. kSteps: a value holds from its x to the next one; kBars: from
/// zero; kArea: a line, filled to zero; kScatter: points.
enum class ChartKind : std::uint8_t { kLines, kSteps, kBars, kArea, kScatter };

/// What a series is of: colour and dash pattern follow it, so that a run looks the same in every
/// chart.
enum class ChartRole : std::uint8_t { kProd, kSim, kResearch, kGap, kOther };

/// A series that is drawn otherwise than its chart. Markers are points: what they show (a buy, a
/// sell) is in their form too.
enum class SeriesDraw : std::uint8_t { kAsChart, kLine, kSteps, kArea, kDots, kUp, kDown };

struct ChartSeries {
  std::string name;
  ChartRole role = ChartRole::kOther;
  std::vector<double> values;  // one for each x; NaN or infinite: absent, a gap in the line
  SeriesDraw draw = SeriesDraw::kAsChart;
};

enum class ChartAxisKind : std::uint8_t { kTime, kNumber };

/// x of all series of a chart, strictly increasing but in a scatter.
struct ChartAxis {
  ChartAxisKind kind = ChartAxisKind::kTime;
  std::string name = "bar";
  std::vector<double> values;  // kTime: unix seconds, UTC
};

/// A line across the picture: an instant at which something happened, or a threshold.
struct ChartMark {
  enum class Across : std::uint8_t { kX, kY };
  Across across = Across::kX;
  double at = 0;
  std::string label;
};

/// A picture of series over one x, with its numbers: the page can be read without scripts, and a
/// script finds the numbers to make the picture interactive.
struct Chart {
  std::string caption;
  std::string note;  // the formula or convention, in words
  ChartKind kind = ChartKind::kLines;
  std::string unit;  // of the values
  ChartAxis x;
  std::vector<ChartSeries> series;
  std::vector<ChartMark> marks = {};
};

/// The axis of bars.
ChartAxis time_axis_of(const std::vector<Timestamp>& bars, std::string name = "bar");

}  // namespace tieout::report
