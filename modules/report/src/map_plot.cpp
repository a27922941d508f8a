#include "map_plot.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "plot_parts.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

std::string open_link(std::string_view anchor, std::string_view title) {
  const std::string text = escape_html(title);
  return fmt::format("<a href=\"#{}\" aria-label=\"{}\"><title>{}</title>", escape_html(anchor),
                     text, text);
}

/// "heat1" to "heat4": one, up to ten, up to a hundred, more.
std::string_view heat_class(std::uint64_t count) {
  return count == 1 ? "heat1" : count <= 10 ? "heat2" : count <= 100 ? "heat3" : "heat4";
}

std::string heat_legend(double left, double y) {
  std::string out;
  double x = left;
  for (const auto& [css, text] :
       {std::pair("calm", "none"), std::pair("heat1", "1"), std::pair("heat2", "2 to 10"),
        std::pair("heat3", "11 to 100"), std::pair("heat4", "more")}) {
    out +=
        fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"14\" height=\"12\"/>\n",
                    css, x, y - 10);
    out += text_svg(x + 20, y, "start", text);
    x += 100;
  }
  return out;
}

std::string heat_axis(const std::vector<Timestamp>& bars, double left, double y) {
  const std::size_t labels = std::min<std::size_t>(bars.size(), 6);
  std::string out;
  for (std::size_t k = 0; k < labels; ++k) {
    const std::size_t i = labels == 1 ? 0 : (bars.size() - 1) * k / (labels - 1);
    const double x = left + (kPlotRight - left) * (static_cast<double>(i) + 0.5) /
                                static_cast<double>(bars.size());
    const bool last = k + 1 == labels;
    out += text_svg(last     ? kPlotRight
                    : k == 0 ? left
                             : x,
                    y,
                    last && k > 0 ? "end"
                    : k == 0      ? "start"
                                  : "middle",
                    k == 0 ? time_text(bars[i]).substr(0, 16) : clock_text(bars[i]));
  }
  return out;
}

/// Depth of each part: the number of parts on the longest way to it.
std::vector<std::size_t> depths_of(const std::vector<GraphPart>& parts) {
  std::vector<std::size_t> depth(parts.size(), 0);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const std::size_t input : parts[i].inputs) {
      if (input < i) depth[i] = std::max(depth[i], depth[input] + 1);
    }
  }
  return depth;
}

}  // namespace

namespace {

constexpr double kMapLeft = 230;
constexpr double kMapRow = 18;

/// The marks of a row, one path for each darkness; equal neighbours are one mark.
std::string marks_svg(const std::vector<std::uint64_t>& counts, double y, double step) {
  std::map<std::string_view, std::string> paths;
  for (std::size_t c = 0; c < counts.size();) {
    const std::string_view css = counts[c] == 0 ? std::string_view() : heat_class(counts[c]);
    std::size_t until = c + 1;
    while (until < counts.size() &&
           (counts[until] == 0 ? std::string_view() : heat_class(counts[until])) == css) {
      ++until;
    }
    if (!css.empty()) {
      const double width = std::max(step * static_cast<double>(until - c), 1.0);
      paths[css] +=
          fmt::format("M{:.1f} {:.0f}h{:.1f}v{:.0f}h-{:.1f}z",
                      kMapLeft + step * static_cast<double>(c), y, width, kMapRow - 2, width);
    }
    c = until;
  }
  std::string out;
  for (const auto& [css, path] : paths)
    out += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css, path);
  return out;
}

std::string links_svg(const HeatMap& map, double step) {
  std::string out;
  for (const HeatMap::Link& link : map.links) {
    out += open_link(link.anchor, link.title);
    out += fmt::format(
        "<rect class=\"way\" x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" "
        "height=\"{:.0f}\"/></a>\n",
        kMapLeft + step * static_cast<double>(link.from),
        4 + kMapRow * static_cast<double>(link.row),
        std::max(step * static_cast<double>(link.until - link.from), 1.0), kMapRow - 2);
  }
  return out;
}

}  // namespace

std::string heat_map_svg(const HeatMap& map) {
  const std::size_t columns = map.counts.empty() ? 0 : map.counts.front().size();
  const double bottom = 4 + kMapRow * static_cast<double>(map.rows.size());
  std::string out =
      open_svg(bottom + 46, map.label, map.links.empty() ? SvgRole::kImage : SvgRole::kGroup);
  const double step = columns == 0 ? 0 : (kPlotRight - kMapLeft) / static_cast<double>(columns);
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    const double y = 4 + kMapRow * static_cast<double>(r);
    out += text_svg(kMapLeft - 8, y + 12.5, "end", map.rows[r]);
    out += fmt::format(
        "<rect class=\"calm\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
        kMapLeft, y, kPlotRight - kMapLeft, kMapRow - 2);
    out += marks_svg(map.counts[r], y, step);
  }
  out += links_svg(map, step);
  out += heat_axis(map.bars, kMapLeft, bottom + 14);
  return out + heat_legend(kMapLeft, bottom + 38) + "</svg>";
}

std::string graph_svg(const std::string& label, const std::vector<GraphPart>& parts) {
  constexpr double kBox = 226;
  constexpr double kHigh = 34;
  constexpr double kStep = 54;
  const std::vector<std::size_t> depth = depths_of(parts);
  const std::size_t levels = parts.empty() ? 0 : *std::ranges::max_element(depth) + 1;
  std::vector<std::size_t> width(levels, 0);
  std::vector<std::size_t> place(parts.size(), 0);
  for (std::size_t i = 0; i < parts.size(); ++i) place[i] = width[depth[i]]++;
  const auto x_of = [&](std::size_t i) {
    const auto count = static_cast<double>(width[depth[i]]);
    return kPlotWidth * (static_cast<double>(place[i]) + 0.5) / count;
  };
  const auto y_of = [&](std::size_t i) { return 2 + kStep * static_cast<double>(depth[i]); };
  const bool has_links =
      std::ranges::any_of(parts, [](const GraphPart& part) { return !part.anchor.empty(); });
  std::string out = open_svg(kStep * static_cast<double>(levels) - kStep + kHigh + 6, label,
                             has_links ? SvgRole::kGroup : SvgRole::kImage);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const std::size_t input : parts[i].inputs) {
      const bool carries = parts[i].broken && parts[input].broken;
      const double end = y_of(i) - 1;
      out += fmt::format("<path class=\"{}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}m-4 -7l4 7l4 -7\"/>\n",
                         carries ? "edge carries" : "edge", x_of(input), y_of(input) + kHigh,
                         x_of(i), end);
    }
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double box = std::min(kBox, kPlotWidth / static_cast<double>(width[depth[i]]) - 8);
    if (!parts[i].anchor.empty())
      out += open_link(parts[i].anchor, parts[i].name + ", " + parts[i].state);
    out += fmt::format(
        "<rect class=\"part {}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" "
        "rx=\"4\"/>\n",
        parts[i].broken ? "broken" : "equal", x_of(i) - box / 2, y_of(i), box, kHigh);
    out += text_svg(x_of(i), y_of(i) + 14, "middle", parts[i].name);
    out += text_svg(x_of(i), y_of(i) + 28, "middle", parts[i].state);
    if (!parts[i].anchor.empty()) out += "</a>\n";
  }
  return out + "</svg>";
}

std::string histogram_svg(const Histogram& histogram) {
  constexpr double kTop = 18;
  constexpr double kBottom = 130;
  std::string out = open_svg(150, histogram.label);
  std::uint64_t most = 1;
  for (const std::uint64_t count : histogram.counts) most = std::max(most, count);
  const double step =
      (kPlotRight - 8) / static_cast<double>(std::max<std::size_t>(1, histogram.bins.size()));
  for (std::size_t i = 0; i < histogram.bins.size(); ++i) {
    const double x = 8 + step * static_cast<double>(i);
    const std::uint64_t count = histogram.counts[i];
    const double high = count == 0 ? 1
                                   : (kBottom - kTop) * std::log1p(static_cast<double>(count)) /
                                         std::log1p(static_cast<double>(most));
    out += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
        count == 0 ? "calm" : "hit", x + step * 0.1, kBottom - high, step * 0.8, high);
    if (count > 0) out += text_svg(x + step / 2, kBottom - high - 4, "middle", count_text(count));
    out += text_svg(x + step / 2, kBottom + 15, "middle", histogram.bins[i]);
  }
  return out + "</svg>";
}

}  // namespace tieout::report
