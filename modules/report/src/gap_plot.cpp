#include "gap_plot.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "plot_parts.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

std::string rect_svg(std::string_view css, double x, double y, double width, double height,
                     std::string_view words) {
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\">"
      "<title>{}</title></rect>\n",
      css, x, y, std::max(width, 2.0), height, escape_html(words));
}

}  // namespace

std::string waterfall_svg(const Waterfall& plot) {
  constexpr double kNames = 170, kNumbers = 110, kRow = 26;
  const double left = kNames;
  const double right = kPlotWidth - kNumbers;
  Range range;
  double sum = plot.from.second;
  range.include(sum);
  range.include(plot.to.second);
  for (const auto& step : plot.steps) range.include(sum += step.second);
  const double span = range.high > range.low ? range.high - range.low : 1;
  const auto x_of = [&](double value) {
    return left + (right - left) * (value - range.low) / span;
  };
  std::string out = open_svg(kRow * static_cast<double>(plot.steps.size() + 2) + 8, plot.label);
  out +=
      fmt::format("<line class=\"grid\" x1=\"{0:.0f}\" x2=\"{0:.0f}\" y1=\"0\" y2=\"{1:.0f}\"/>\n",
                  x_of(0), kRow * static_cast<double>(plot.steps.size() + 2) + 4);
  double y = 4;
  const auto row = [&](const std::string& name, double from, double to, std::string_view css,
                       const std::string& number) {
    const double begin = std::min(x_of(from), x_of(to));
    const double end = std::max(x_of(from), x_of(to));
    out += text_svg(kNames - 8, y + 16, "end", name);
    out += rect_svg(css, begin, y + 3, end - begin, kRow - 6, name + ": " + number);
    out += text_svg(kPlotWidth - 4, y + 16, "end", number);
    y += kRow;
  };
  row(plot.from.first, 0, plot.from.second, "calm", money_text(plot.from.second));
  sum = plot.from.second;
  for (const auto& [name, value] : plot.steps) {
    row(name, sum, sum + value, value < 0 ? "loss" : "gain",
        (value > 0 ? "+" : "") + money_text(value));
    sum += value;
  }
  row(plot.to.first, 0, plot.to.second, "calm", money_text(plot.to.second));
  return out + "</svg>\n";
}

std::string signed_map_svg(const SignedMap& map) {
  constexpr double kNames = 200, kRow = 20;
  const double step =
      map.columns.empty() ? 0 : (kPlotRight - kNames) / static_cast<double>(map.columns.size());
  const double bottom = kRow * static_cast<double>(map.rows.size()) + 4;
  std::string out = open_svg(bottom + 24, map.label);
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    const double y = 2 + kRow * static_cast<double>(r);
    out += text_svg(kNames - 8, y + 14, "end", map.rows[r]);
    double largest = 0;
    for (const double value : map.values[r]) largest = std::max(largest, std::abs(value));
    // One path for each shade, one text for all signs of the row.
    std::map<std::string, std::string> shades;
    std::string places;
    std::string signs;
    for (std::size_t c = 0; c < map.columns.size(); ++c) {
      const double value = map.values[r][c];
      const double x = kNames + step * static_cast<double>(c);
      const int level =
          value == 0 || largest == 0
              ? 0
              : std::clamp(static_cast<int>(std::ceil(4 * std::abs(value) / largest)), 1, 4);
      const std::string css =
          level == 0 ? "calm" : fmt::format("{}{}", value < 0 ? "heat" : "more", level);
      shades[css] +=
          fmt::format("M{:.0f} {:.0f}h{:.0f}v{:.0f}h-{:.0f}z", x, y, step - 1, kRow - 2, step - 1);
      if (level == 0) continue;
      places += fmt::format("{}{:.0f}", places.empty() ? "" : " ", x + step / 2 - 3);
      signs += value < 0 ? '-' : '+';
    }
    for (const auto& [css, path] : shades) {
      out += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css, path);
    }
    if (!signs.empty()) {
      out += fmt::format("<text class=\"sign\" x=\"{}\" y=\"{:.0f}\">{}</text>\n", places, y + 14,
                         signs);
    }
  }
  const std::size_t labels = std::min<std::size_t>(map.columns.size(), 7);
  for (std::size_t k = 0; k < labels; ++k) {
    const std::size_t c = labels < 2 ? 0 : (map.columns.size() - 1) * k / (labels - 1);
    const bool last = k + 1 == labels && k > 0;
    out += text_svg(last ? kPlotRight : kNames + step * static_cast<double>(c), bottom + 16,
                    last ? "end" : "start", map.columns[c]);
  }
  return out + "</svg>\n";
}

std::string timeline_svg(const Timeline& timeline) {
  constexpr double kNames = 250, kTrack = 13, kRow = 46;
  std::string out = open_svg(kRow * static_cast<double>(timeline.rows.size()) + 24, timeline.label);
  out += "<rect class=\"span left\" x=\"250\" y=\"4\" width=\"24\" height=\"10\"/>\n" +
         text_svg(280, 14, "start", timeline.left_name + " (above)");
  out += "<rect class=\"span right\" x=\"480\" y=\"4\" width=\"24\" height=\"10\"/>\n" +
         text_svg(510, 14, "start", timeline.right_name + " (below)");
  double y = 24;
  for (const Timeline::Row& row : timeline.rows) {
    std::optional<Timestamp> first;
    std::optional<Timestamp> last;
    for (const auto* spans : {&row.left, &row.right}) {
      for (const Timeline::Span& span : *spans) {
        first = first ? std::min(*first, span.from) : span.from;
        last = last ? std::max(*last, span.to) : span.to;
      }
    }
    if (!first) continue;
    const double whole = std::max(1.0, static_cast<double>((*last - *first).ns));
    const auto x_of = [&](Timestamp at) {
      return kNames + (kPlotRight - kNames - 4) * static_cast<double>((at - *first).ns) / whole;
    };
    out += text_svg(kNames - 8, y + 17, "end", row.name);
    out += grid_line(y - 2);
    for (const bool is_left : {true, false}) {
      for (const Timeline::Span& span : is_left ? row.left : row.right) {
        out += rect_svg(is_left ? "span left" : "span right", x_of(span.from),
                        y + (is_left ? 0 : kTrack), std::max(3.0, x_of(span.to) - x_of(span.from)),
                        kTrack - 3, span.words);
      }
    }
    out += text_svg(kNames, y + kRow - 6, "start", time_text(*first).substr(0, 23));
    out += text_svg(kPlotRight, y + kRow - 6, "end", "+" + duration_text(*last - *first));
    y += kRow;
  }
  return out + "</svg>\n";
}

}  // namespace tieout::report
