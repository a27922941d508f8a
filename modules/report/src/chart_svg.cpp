#include "chart_svg.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "chart_data.hpp"
#include "chart_path.hpp"
#include "chart_scale.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

constexpr int kWidth = 1200, kLeft = 124, kRight = 1184;
constexpr int kPanelHeight = 320;
constexpr int kLine = 30;    // of text
constexpr int kLetter = 12;  // width of an average one
constexpr int kSample = 44;  // width of a stroke in the legend

std::string text_at(int x, int y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{}\" y=\"{}\"{}>{}</text>\n", x, y,
                     anchor == "start" ? "" : fmt::format(" text-anchor=\"{}\"", anchor),
                     escape_html(text));
}

std::string path_of(std::string_view css_class, const std::string& d) {
  return d.empty() ? "" : fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, d);
}

int letters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// How the chart's kind draws a series that does not say it.
SeriesDraw draw_of(const Chart& chart, const ChartSeries& series) {
  if (series.draw != SeriesDraw::kAsChart) return series.draw;
  switch (chart.kind) {
    case ChartKind::kLines:
      return SeriesDraw::kLine;
    case ChartKind::kSteps:
      return SeriesDraw::kSteps;
    case ChartKind::kArea:
      return SeriesDraw::kArea;
    case ChartKind::kScatter:
      return SeriesDraw::kDots;
    case ChartKind::kBars:
      return SeriesDraw::kAsChart;
  }
  return SeriesDraw::kLine;
}

/// The class of a role; the others of a chart have six patterns in turn.
std::string class_of(ChartRole role, std::size_t others_before) {
  switch (role) {
    case ChartRole::kProd:
      return "left";
    case ChartRole::kSim:
      return "right";
    case ChartRole::kResearch:
      return "third";
    case ChartRole::kGap:
      return "gap";
    case ChartRole::kOther:
      return fmt::format("o{}", others_before % 6 + 1);
  }
  return "o1";
}

/// Points differ by their form too.
const char* shape_of(SeriesDraw draw, ChartRole role) {
  if (draw == SeriesDraw::kUp) return "m-8 7h16l-8-14z";
  if (draw == SeriesDraw::kDown) return "m-8-7h16l-8 14z";
  switch (role) {
    case ChartRole::kSim:
      return "m-6-6l12 12m0-12l-12 12";  // a cross
    case ChartRole::kResearch:
      return "m-7 0h14m-7-7v14";  // a plus
    default:
      return "m-4-4h8v8h-8z";  // a square
  }
}

bool is_markers(SeriesDraw draw) {
  return draw == SeriesDraw::kDots || draw == SeriesDraw::kUp || draw == SeriesDraw::kDown;
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart), rows_(drawn_rows(chart)) {
    Extent x;
    Extent y;
    const bool from_zero = chart.kind == ChartKind::kBars || chart.kind == ChartKind::kArea;
    for (const double value : chart.x.values) x.include(value);
    for (const ChartSeries& series : chart.series) {
      for (const double value : series.values) y.include(value);
      if (series.draw == SeriesDraw::kArea) y.include(0);
    }
    if (from_zero && y.any) y.include(0);
    for (const ChartMark& mark : chart.marks) {
      (mark.across == ChartMark::Across::kX ? x : y).include(mark.at);
    }
    x_ = chart.x.kind == ChartAxisKind::kTime ? time_scale(x) : number_scale(x);
    y_ = number_scale(y);
    if (chart.kind == ChartKind::kBars && chart.x.values.size() > 1) {
      const double half = (x.high - x.low) / static_cast<double>(chart.x.values.size() - 1) / 2;
      x_.low = std::min(x_.low, x.low - half);
      x_.high = std::max(x_.high, x.high + half);
    }
  }

  std::string draw() {
    const std::string legend = this->legend();
    bottom_ = top_ + kPanelHeight;
    const int height = bottom_ + kLine + (chart_.x.kind == ChartAxisKind::kNumber ? kLine : 6);
    std::string out = fmt::format(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" "
        "xmlns=\"http://www.w3.org/2000/svg\">\n",
        kWidth, height, escape_html(chart_.caption));
    out += legend + grid() + x_axis(height);
    std::size_t others = 0;
    for (std::size_t s = 0; s < chart_.series.size(); ++s) {
      const ChartSeries& series = chart_.series[s];
      out += series_svg(series, s, class_of(series.role, others));
      others += series.role == ChartRole::kOther ? 1U : 0U;
    }
    return out + marks() + "</svg>\n";
  }

 private:
  int x_at(double value) const { return place(value, x_, kLeft, kRight); }
  int y_at(double value) const { return place(value, y_, bottom_, top_); }
  static int place(double value, const Scale& scale, int from, int to) {
    const double share = (std::clamp(value, -1e300, 1e300) - scale.low) / (scale.high - scale.low);
    return from + static_cast<int>(std::lround(std::clamp(share, -0.1, 1.1) * (to - from)));
  }

  /// Unit, then a sample and the name of each series; wraps. Sets the panel's top.
  std::string legend() {
    std::string out;
    int x = kLeft;
    int y = kLine - 6;
    if (!chart_.unit.empty()) {
      out += text_at(0, y, "start", chart_.unit);
      x = std::max(kLeft, kLetter * (letters(chart_.unit) + 2));
    }
    std::size_t others = 0;
    for (const ChartSeries& series : chart_.series) {
      const std::string css = class_of(series.role, others);
      others += series.role == ChartRole::kOther ? 1U : 0U;
      const int width = kSample + 10 + kLetter * letters(series.name) + 30;
      if (x + width > kWidth && x > kLeft) {
        x = kLeft;
        y += kLine;
      }
      out += sample(series, css, x, y) + text_at(x + kSample + 10, y, "start", series.name);
      x += width;
    }
    top_ = y + 16;
    return out;
  }

  std::string sample(const ChartSeries& series, const std::string& css, int x, int y) const {
    const SeriesDraw draw = draw_of(chart_, series);
    PathWriter path;
    if (is_markers(draw)) {
      path.stamp(x + kSample / 2, y - 7, shape_of(draw, series.role));
      return path_of("mark " + css, path.take());
    }
    const bool filled = draw == SeriesDraw::kAsChart || draw == SeriesDraw::kArea;
    if (filled) {
      path.move_to(x, y - 16);
      for (const auto& [dx, dy] : {std::pair{kSample, 0}, {kSample, 16}, {0, 16}}) {
        path.line_to(x + dx, y - 16 + dy);
      }
      path.close();
      return path_of((draw == SeriesDraw::kArea ? "area " : "bar ") + css, path.take());
    }
    path.move_to(x, y - 7);
    path.line_to(x + kSample, y - 7);
    return path_of("line " + css, path.take());
  }

  std::string grid() const {
    PathWriter path;
    std::string labels;
    for (const Tick& tick : y_.ticks) {
      path.move_to(kLeft, y_at(tick.at));
      path.line_to(kRight, y_at(tick.at));
      labels += text_at(kLeft - 10, y_at(tick.at) + 7, "end", tick.label);
    }
    return path_of("grid", path.take()) + labels;
  }

  std::string x_axis(int height) const {
    PathWriter path;
    std::string labels;
    path.move_to(kLeft, bottom_);
    path.line_to(kRight, bottom_);
    for (const Tick& tick : x_.ticks) {
      const int x = x_at(tick.at);
      path.move_to(x, bottom_);
      path.line_to(x, bottom_ + 6);
      // A label that would leave the picture is moved in.
      const int half = kLetter * letters(tick.label) / 2;
      labels += text_at(std::min(x, kWidth - half), bottom_ + kLine - 2, "middle", tick.label);
    }
    if (chart_.x.kind == ChartAxisKind::kNumber) {
      labels += text_at((kLeft + kRight) / 2, height - 6, "middle", chart_.x.name);
    }
    return path_of("axis", path.take()) + labels;
  }

  std::string series_svg(const ChartSeries& series, std::size_t index,
                         const std::string& css) const {
    const SeriesDraw draw = draw_of(chart_, series);
    PathWriter path;
    if (is_markers(draw)) {
      for (const std::size_t row : rows_) {
        if (!std::isfinite(series.values[row])) continue;
        path.stamp(x_at(chart_.x.values[row]), y_at(series.values[row]),
                   shape_of(draw, series.role));
      }
      return path_of("mark " + css, path.take());
    }
    if (draw == SeriesDraw::kAsChart) {
      bars(series, index, path);
      return path_of("bar " + css, path.take());
    }
    line(series, draw, path);
    std::string out;
    if (draw == SeriesDraw::kArea) {
      PathWriter area;
      this->area(series, area);
      out = path_of("area " + css, area.take());
    }
    return out + path_of("line " + css, path.take());
  }

  void line(const ChartSeries& series, SeriesDraw draw, PathWriter& path) const {
    bool pen_down = false;
    int before = 0;
    for (std::size_t k = 0; k < rows_.size(); ++k) {
      const double value = series.values[rows_[k]];
      if (!std::isfinite(value)) {
        pen_down = false;
        continue;
      }
      const int x = x_at(chart_.x.values[rows_[k]]);
      const int y = y_at(value);
      if (!pen_down) {
        path.move_to(x, y);
        // A single point has no length: a dot keeps it visible.
        const bool alone = k + 1 == rows_.size() || !std::isfinite(series.values[rows_[k + 1]]);
        if (alone) path.line_to(x + 1, y);
      } else {
        if (draw == SeriesDraw::kSteps) path.line_to(x, before);
        path.line_to(x, y);
      }
      pen_down = true;
      before = y;
    }
  }

  /// Between the line and zero, stretch by stretch.
  void area(const ChartSeries& series, PathWriter& path) const {
    std::size_t k = 0;
    while (k < rows_.size()) {
      if (!std::isfinite(series.values[rows_[k]])) {
        ++k;
        continue;
      }
      path.move_to(x_at(chart_.x.values[rows_[k]]), y_at(0));
      int x = 0;
      for (; k < rows_.size() && std::isfinite(series.values[rows_[k]]); ++k) {
        x = x_at(chart_.x.values[rows_[k]]);
        path.line_to(x, y_at(series.values[rows_[k]]));
      }
      path.line_to(x, y_at(0));
      path.close();
    }
  }

  /// The series of one x stand side by side.
  void bars(const ChartSeries& series, std::size_t index, PathWriter& path) const {
    const double pitch = static_cast<double>(kRight - kLeft) /
                         static_cast<double>(std::max<std::size_t>(1, rows_.size()));
    const double width = pitch * 0.8 / static_cast<double>(chart_.series.size());
    for (const std::size_t row : rows_) {
      if (!std::isfinite(series.values[row])) continue;
      const double middle = static_cast<double>(x_at(chart_.x.values[row]));
      const double left = middle - pitch * 0.4 + width * static_cast<double>(index);
      const int x = static_cast<int>(std::lround(left));
      const int right = std::max(x + 1, static_cast<int>(std::lround(left + width)));
      const int y = y_at(series.values[row]);
      path.move_to(x, y_at(0));
      path.line_to(x, y);
      path.line_to(right, y);
      path.line_to(right, y_at(0));
      path.close();
    }
  }

  std::string marks() const {
    std::string out;
    for (const ChartMark& mark : chart_.marks) {
      if (!std::isfinite(mark.at)) continue;
      PathWriter path;
      if (mark.across == ChartMark::Across::kX) {
        const int x = x_at(mark.at);
        path.move_to(x, top_);
        path.line_to(x, bottom_);
        const bool left_of_it = x > (kLeft + kRight) / 2;
        out +=
            text_at(x + (left_of_it ? -8 : 8), top_ + 20, left_of_it ? "end" : "start", mark.label);
      } else {
        const int y = y_at(mark.at);
        path.move_to(kLeft, y);
        path.line_to(kRight, y);
        out += text_at(kRight, y < top_ + 30 ? y + 22 : y - 8, "end", mark.label);
      }
      out += path_of("limit", path.take());
    }
    return out;
  }

  const Chart& chart_;
  std::vector<std::size_t> rows_;
  Scale x_, y_;
  int top_ = 0, bottom_ = 0;
};

}  // namespace

std::string chart_svg(const Chart& chart) {
  return Drawing(chart).draw();
}

}  // namespace tieout::report
