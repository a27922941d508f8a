#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tieout::report {

// What plots are made of: coordinates in units of the view box, one decimal.

inline constexpr double kPlotWidth = 960;
inline constexpr double kPlotLeft = 64;  // room for the axis labels
inline constexpr double kPlotRight = 952;

/// A picture with links is a group of them: what an image contains cannot be reached.
enum class SvgRole { kImage, kGroup };

std::string open_svg(double height, std::string_view label, SvgRole role = SvgRole::kImage);
std::string text_svg(double x, double y, std::string_view anchor, std::string_view text);
std::string grid_line(double y);

/// Least and largest of the finite values, and zero.
struct Range {
  double low = 0, high = 0;
  void include(double value);
};

/// One panel of a line plot: maps values to y, draws its own grid.
class PlotPanel {
 public:
  PlotPanel(double top, double bottom, Range range);
  double y(double value) const {
    return bottom_ - (bottom_ - top_) * (value - range_.low) / (range_.high - range_.low);
  }
  std::string grid() const;

 private:
  double top_, bottom_;
  Range range_;
  bool flat_ = false;
};

/// Positions to draw: all, or the extremes of each of 500 buckets.
std::vector<std::size_t> thin(const std::vector<double>& values);

}  // namespace tieout::report
