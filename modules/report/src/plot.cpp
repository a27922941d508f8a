#include "plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "plot_parts.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

/// Labels of at most seven bars, evenly spread; the first and the last say the date too.
std::string time_axis(const std::vector<Timestamp>& bars, double y) {
  if (bars.empty()) return "";
  std::string out;
  const std::size_t last = bars.size() - 1;
  const std::size_t labels = std::min<std::size_t>(bars.size(), 7);
  for (std::size_t k = 0; k < labels; ++k) {
    const std::size_t i = labels == 1 ? 0 : last * k / (labels - 1);
    const double x = last == 0 ? (kPlotLeft + kPlotRight) / 2
                               : kPlotLeft + (kPlotRight - kPlotLeft) * static_cast<double>(i) /
                                                 static_cast<double>(last);
    const bool edge = k == 0 || k + 1 == labels;
    const std::string text = edge ? time_text(bars[i]).substr(0, 16) : clock_text(bars[i]);
    const std::string_view anchor = labels == 1       ? "middle"
                                    : k == 0          ? "start"
                                    : k + 1 == labels ? "end"
                                                      : "middle";
    out += text_svg(x, y, anchor, text);
  }
  return out;
}

}  // namespace

std::string strip_svg(const Strip& strip) {
  constexpr double kTop = 10, kBottom = 110, kHeight = 134;
  constexpr std::size_t kMaxColumns = 480;
  const std::size_t merge =
      std::max<std::size_t>(1, (strip.bars.size() + kMaxColumns - 1) / kMaxColumns);
  const std::size_t columns = (strip.bars.size() + merge - 1) / merge;
  std::vector<std::uint64_t> counts(columns, 0);
  for (std::size_t i = 0; i < strip.bars.size(); ++i) counts[i / merge] += strip.counts[i];
  const std::uint64_t largest =
      counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  const double scale = std::log10(static_cast<double>(std::max<std::uint64_t>(largest, 9)) + 1);
  const auto height_of = [&](std::uint64_t count) {
    return (kBottom - kTop) * std::log10(static_cast<double>(count) + 1) / scale;
  };

  std::string out = open_svg(kHeight, strip.label);
  out += text_svg(kPlotLeft - 6, kBottom + 4, "end", "0");
  for (std::uint64_t tick = 1;
       tick <= std::max<std::uint64_t>(largest, 9) && tick < 1'000'000'000'000; tick *= 10) {
    const double y = kBottom - height_of(tick);
    if (kBottom - y < 12) continue;  // its label would lie on that of zero
    out += grid_line(y) + text_svg(kPlotLeft - 6, y + 4, "end", count_text(tick));
  }
  const double pitch = columns == 0 ? 0 : (kPlotRight - kPlotLeft) / static_cast<double>(columns);
  for (std::size_t c = 0; c < columns; ++c) {
    const double x = kPlotLeft + pitch * static_cast<double>(c);
    const double width = std::max(pitch * 0.8, 0.8);
    const double height = counts[c] == 0 ? 1.0 : height_of(counts[c]);
    const std::size_t last = std::min(strip.bars.size(), (c + 1) * merge) - 1;
    const std::string when =
        merge == 1 ? time_text(strip.bars[c])
                   : time_text(strip.bars[c * merge]) + " to " + time_text(strip.bars[last]);
    out += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
        "height=\"{:.1f}\"><title>{}: {}</title></rect>\n",
        counts[c] == 0 ? "calm" : "hit", x, kBottom - height, width, height, when,
        plural(counts[c], strip.noun));
  }
  out += time_axis(strip.bars, kHeight - 6);
  return out + "</svg>\n";
}

}  // namespace tieout::report
