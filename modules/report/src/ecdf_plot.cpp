#include "ecdf_plot.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "text.hpp"

namespace tieout::report {
namespace {

constexpr double kWidth = 960, kHeight = 260;
constexpr double kLeft = 64, kRight = 952, kTop = 34, kBottom = 226;
constexpr std::size_t kMaxPoints = 500;

std::string text_at(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escape_html(text));
}

double y_of(double share) {
  return kBottom - (kBottom - kTop) * share;
}

/// The steps of one sample; longer than 500 values: every k-th.
std::string steps(const std::vector<double>& values, std::size_t total, double low, double high,
                  std::string_view css_class) {
  if (values.empty()) return "";
  const double whole = static_cast<double>(std::max(total, values.size()));
  const auto x_of = [&](double value) {
    return high > low ? kLeft + (kRight - kLeft) * (value - low) / (high - low)
                      : (kLeft + kRight) / 2;
  };
  const std::size_t stride = (values.size() + kMaxPoints - 1) / kMaxPoints;
  std::string path = fmt::format("M{:.1f} {:.1f}", x_of(values.front()), y_of(0));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % stride != 0 && i + 1 != values.size()) continue;
    const double share = static_cast<double>(i + 1) / whole;
    path += fmt::format("H{:.1f}V{:.1f}", x_of(values[i]), y_of(share));
  }
  return fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, path);
}

}  // namespace

std::string two_ecdfs_svg(const TwoEcdfs& plot) {
  double low = 0;
  double high = 0;
  for (const std::vector<double>* values : {&plot.left, &plot.right}) {
    if (values->empty()) continue;
    low = std::min(low, values->front());
    high = std::max(high, values->back());
  }
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\" "
      "xmlns=\"http://www.w3.org/2000/svg\">\n",
      kWidth, kHeight, escape_html(plot.label));
  out += "<path class=\"line left\" d=\"M64.0 14.0L96.0 14.0\"/>\n" +
         text_at(102, 18, "start", plot.left_name);
  out += "<path class=\"line right\" d=\"M264.0 14.0L296.0 14.0\"/>\n" +
         text_at(302, 18, "start", plot.right_name);
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    out += fmt::format(
        "<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kLeft,
        kRight, y_of(share), y_of(share));
    out += text_at(kLeft - 6, y_of(share) + 4, "end", fmt::format("{:g} %", 100 * share));
  }
  out += text_at(kLeft, kHeight - 10, "start", fmt::format("{:.4g} {}", low, plot.unit));
  out += text_at(kRight, kHeight - 10, "end", fmt::format("{:.4g} {}", high, plot.unit));
  out += steps(plot.left, plot.left_total, low, high, "line left");
  out += steps(plot.right, plot.right_total, low, high, "line right");
  return out + "</svg>\n";
}

}  // namespace tieout::report
