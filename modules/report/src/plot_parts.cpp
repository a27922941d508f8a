#include "plot_parts.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "text.hpp"

namespace tieout::report {
namespace {

/// A step of 1, 2 or 5 times a power of ten that cuts `span` into three to seven parts.
double nice_step(double span) {
  const double power = std::pow(10.0, std::floor(std::log10(span / 4)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (span / (factor * power) <= 6) return factor * power;
  }
  return 10 * power;
}

}  // namespace

std::string open_svg(double height, std::string_view label, SvgRole role) {
  return fmt::format(
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"{}\" aria-label=\"{}\" "
      "xmlns=\"http://www.w3.org/2000/svg\">\n",
      kPlotWidth, height, role == SvgRole::kImage ? "img" : "group", escape_html(label));
}

std::string text_svg(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escape_html(text));
}

std::string grid_line(double y) {
  return fmt::format(
      "<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kPlotLeft,
      kPlotRight, y, y);
}

void Range::include(double value) {
  if (!std::isfinite(value)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

PlotPanel::PlotPanel(double top, double bottom, Range range)
    : top_(top), bottom_(bottom), range_(range) {
  if (range_.low == range_.high) {
    // All values are zero, since the range always includes zero.
    range_.low = -1;
    range_.high = 1;
    flat_ = true;
  }
  const double margin = (range_.high - range_.low) * 0.06;
  range_.low -= margin;
  range_.high += margin;
}

std::string PlotPanel::grid() const {
  if (flat_) return grid_line(y(0)) + text_svg(kPlotLeft - 6, y(0) + 4, "end", "0");
  std::string out;
  const double step = nice_step(range_.high - range_.low);
  const auto first = static_cast<int>(std::ceil(range_.low / step));
  const auto last = static_cast<int>(std::floor(range_.high / step));
  for (int k = first; k <= last; ++k) {
    const double value = k * step;
    out += grid_line(y(value)) +
           text_svg(kPlotLeft - 6, y(value) + 4, "end", fmt::format("{:.4g}", value));
  }
  return out;
}

/// Positions to draw: all, or the extremes of each of 500 buckets.
std::vector<std::size_t> thin(const std::vector<double>& values) {
  constexpr std::size_t kBuckets = 500;
  std::vector<std::size_t> out;
  if (values.size() <= 2 * kBuckets) {
    for (std::size_t i = 0; i < values.size(); ++i) out.push_back(i);
    return out;
  }
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    const std::size_t first = values.size() * bucket / kBuckets;
    const std::size_t last = values.size() * (bucket + 1) / kBuckets;
    std::size_t low = first;
    std::size_t high = first;
    for (std::size_t i = first; i < last; ++i) {
      if (values[i] < values[low] || std::isnan(values[low])) low = i;
      if (values[i] > values[high] || std::isnan(values[high])) high = i;
    }
    out.push_back(std::min(low, high));
    if (low != high) out.push_back(std::max(low, high));
  }
  return out;
}

}  // namespace tieout::report
