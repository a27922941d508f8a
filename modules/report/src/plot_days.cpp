#include "plot_days.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "plot_parts.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

constexpr double kTop = 34, kBottom = 300, kHeight = 330;
constexpr std::size_t kMaxDates = 10;

/// The time axis of a plot.
struct TimeAxis {
  Timestamp first, last;
  double x(Timestamp t) const {
    const auto all = static_cast<double>((last - first).ns);
    return all <= 0
               ? (kPlotLeft + kPlotRight) / 2
               : kPlotLeft + (kPlotRight - kPlotLeft) * static_cast<double>((t - first).ns) / all;
  }
};

TimeAxis axis_of(const DaysPlot& plot) {
  TimeAxis axis{{0}, {0}};
  bool any = false;
  const auto include = [&](Timestamp t) {
    axis.first = any ? std::min(axis.first, t) : t;
    axis.last = any ? std::max(axis.last, t) : t;
    any = true;
  };
  for (const Timestamp t : plot.starts) include(t);
  for (const auto& span : plot.absent) {
    include(span.first);
    include(span.second);
  }
  for (const DayCurve& curve : plot.curves) {
    for (const DayCurve::Piece& piece : curve.pieces) {
      if (piece.bars.empty()) continue;
      include(piece.bars.front());
      include(piece.bars.back());
    }
  }
  return axis;
}

std::string piece_path(const DayCurve::Piece& piece, const TimeAxis& axis, const PlotPanel& panel) {
  std::string path;
  bool pen_down = false;
  for (const std::size_t i : thin(piece.values)) {
    if (!std::isfinite(piece.values[i])) {
      pen_down = false;
      continue;
    }
    path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", axis.x(piece.bars[i]),
                        panel.y(piece.values[i]));
    // A single point has no length: a dot keeps it visible.
    if (!pen_down && (i + 1 == piece.values.size() || !std::isfinite(piece.values[i + 1])))
      path += "h0.1";
    pen_down = true;
  }
  return path;
}

std::string frame_svg(const DaysPlot& plot, const TimeAxis& axis) {
  std::string out;
  for (const auto& [from, to] : plot.absent) {
    out += fmt::format(
        "<rect class=\"absent\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
        "height=\"{:.1f}\"><title>no run from {} to {}</title></rect>\n",
        axis.x(from), kTop, std::max(axis.x(to) - axis.x(from), 1.0), kBottom - kTop,
        time_text(from), time_text(to));
  }
  const std::size_t every = (plot.starts.size() + kMaxDates - 1) / kMaxDates;
  for (std::size_t i = 0; i < plot.starts.size(); ++i) {
    const double x = axis.x(plot.starts[i]);
    out += fmt::format(
        "<line class=\"day\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n", x, x,
        kTop, kBottom);
    constexpr double kDateWidth = 70;  // a date near the edge ends at its line
    const bool at_edge = x + kDateWidth > kPlotRight;
    if (i % every == 0) {
      out += text_svg(x, kHeight - 8, at_edge ? "end" : "start",
                      time_text(plot.starts[i]).substr(0, 10));
    }
  }
  return out;
}

}  // namespace

std::string days_svg(const DaysPlot& plot) {
  Range range;
  for (const DayCurve& curve : plot.curves) {
    for (const DayCurve::Piece& piece : curve.pieces)
      for (const double value : piece.values) range.include(value);
  }
  const TimeAxis axis = axis_of(plot);
  const PlotPanel panel(kTop, kBottom, range);
  std::string out = open_svg(kHeight, plot.label);
  const std::string unit = plot.unit.empty() ? "" : " (" + plot.unit + ")";
  double x = kPlotLeft;
  for (const DayCurve& curve : plot.curves) {
    constexpr double kStroke = 32, kPitch = 200;
    out += fmt::format("<path class=\"{}\" d=\"M{:.1f} 14.0L{:.1f} 14.0\"/>\n", curve.css_class, x,
                       x + kStroke);
    out += text_svg(x + kStroke + 6, 18, "start", curve.name + unit);
    x += kPitch;
  }
  out += frame_svg(plot, axis) + panel.grid();
  for (const DayCurve& curve : plot.curves) {
    std::string path;
    for (const DayCurve::Piece& piece : curve.pieces) path += piece_path(piece, axis, panel);
    if (!path.empty()) out += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", curve.css_class, path);
  }
  return out + "</svg>\n";
}

}  // namespace tieout::report
