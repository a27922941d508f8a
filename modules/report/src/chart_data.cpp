#include "chart_data.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "text.hpp"

namespace tieout::report {
namespace {

constexpr std::size_t kMaxDrawn = 600;
constexpr std::size_t kMaxTableRows = 8;

std::string_view to_string(SeriesDraw draw) noexcept {
  switch (draw) {
    case SeriesDraw::kAsChart:
      return "";
    case SeriesDraw::kLine:
      return "line";
    case SeriesDraw::kSteps:
      return "steps";
    case SeriesDraw::kArea:
      return "area";
    case SeriesDraw::kDots:
      return "dots";
    case SeriesDraw::kUp:
      return "up";
    case SeriesDraw::kDown:
      return "down";
  }
  return "";
}

/// A string of JSON that may stand inside an element.
std::string json_string(std::string_view text) {
  const std::string plain = nlohmann::json(valid_utf8(text)).dump();
  std::string out;
  for (const char c : plain) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  const double magnitude = std::abs(value);
  if (magnitude >= 1e5 && magnitude < 1e10) return fmt::format("{:.0f}", value);
  return fmt::format("{:.6g}", value == 0 ? 0.0 : value);  // -0 is 0
}

/// Whole seconds, or with milliseconds.
std::string json_seconds(double value) {
  if (!std::isfinite(value)) return "null";
  if (value == std::floor(value)) return fmt::format("{:.0f}", value);
  std::string text = fmt::format("{:.3f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
}

template <typename Number>
std::string json_array(const std::vector<double>& values, const std::vector<std::size_t>& rows,
                       Number number) {
  std::string out = "[";
  for (const std::size_t row : rows) {
    if (out.size() > 1) out += ',';
    out += number(values[row]);
  }
  return out + "]";
}

std::string place_text(const Chart& chart, std::size_t row) {
  const double x = chart.x.values[row];
  if (chart.x.kind == ChartAxisKind::kNumber) return number_text(x);
  return time_text(Timestamp{static_cast<std::int64_t>(std::llround(x * 1e3)) * 1'000'000});
}

std::string value_text(double value) {
  return std::isfinite(value) ? number_text(value) : "-";
}

}  // namespace

std::string_view to_string(ChartKind kind) noexcept {
  switch (kind) {
    case ChartKind::kLines:
      return "lines";
    case ChartKind::kSteps:
      return "steps";
    case ChartKind::kBars:
      return "bars";
    case ChartKind::kArea:
      return "area";
    case ChartKind::kScatter:
      return "scatter";
  }
  return "";
}

std::string_view to_string(ChartRole role) noexcept {
  switch (role) {
    case ChartRole::kProd:
      return "prod";
    case ChartRole::kSim:
      return "sim";
    case ChartRole::kResearch:
      return "research";
    case ChartRole::kGap:
      return "gap";
    case ChartRole::kOther:
      return "other";
  }
  return "";
}

ChartAxis time_axis_of(const std::vector<Timestamp>& bars, std::string name) {
  ChartAxis axis{ChartAxisKind::kTime, std::move(name), {}};
  axis.values.reserve(bars.size());
  // Milliseconds are kept: as float64 they are exact for centuries.
  for (const Timestamp bar : bars) {
    axis.values.push_back(static_cast<double>(bar.ns / 1'000'000) / 1e3);
  }
  return axis;
}

std::vector<std::size_t> drawn_rows(const Chart& chart) {
  const std::size_t n = chart.x.values.size();
  std::vector<std::size_t> rows;
  if (n <= kMaxDrawn) {
    for (std::size_t i = 0; i < n; ++i) rows.push_back(i);
    return rows;
  }
  const std::size_t per_part = 2 * std::max<std::size_t>(1, chart.series.size());
  const std::size_t parts = std::max<std::size_t>(1, kMaxDrawn / per_part);
  rows.push_back(0);
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t first = n * part / parts;
    const std::size_t last = n * (part + 1) / parts;
    for (const ChartSeries& series : chart.series) {
      constexpr std::size_t kNone = static_cast<std::size_t>(-1);
      std::size_t low = kNone;
      std::size_t high = kNone;
      std::size_t gap = kNone;
      for (std::size_t i = first; i < last; ++i) {
        if (!std::isfinite(series.values[i])) {
          if (gap == kNone) gap = i;
          continue;
        }
        if (low == kNone || series.values[i] < series.values[low]) low = i;
        if (high == kNone || series.values[i] > series.values[high]) high = i;
      }
      for (const std::size_t row : {low, high, gap}) {
        if (row != kNone) rows.push_back(row);
      }
    }
  }
  rows.push_back(n - 1);
  std::ranges::sort(rows);
  rows.erase(std::ranges::unique(rows).begin(), rows.end());
  return rows;
}

std::string chart_json(const Chart& chart) {
  const std::vector<std::size_t> rows = drawn_rows(chart);
  const bool time = chart.x.kind == ChartAxisKind::kTime;
  std::string out =
      fmt::format(R"({{"kind":"{}","unit":{},"x":{{"kind":"{}","name":{},"values":{}}},"series":[)",
                  to_string(chart.kind), json_string(chart.unit), time ? "time" : "number",
                  json_string(chart.x.name),
                  json_array(chart.x.values, rows, time ? json_seconds : json_number));
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    const ChartSeries& series = chart.series[s];
    const std::string draw = series.draw == SeriesDraw::kAsChart
                                 ? ""
                                 : fmt::format(R"("draw":"{}",)", to_string(series.draw));
    out += fmt::format(R"({}{{"name":{},"role":"{}",{}"values":{}}})", s == 0 ? "" : ",",
                       json_string(series.name), to_string(series.role), draw,
                       json_array(series.values, rows, json_number));
  }
  out += "]";
  for (std::size_t m = 0; m < chart.marks.size(); ++m) {
    const ChartMark& mark = chart.marks[m];
    const bool on_x = mark.across == ChartMark::Across::kX;
    out += fmt::format(
        R"({}{{"axis":"{}","at":{},"label":{}}})", m == 0 ? ",\"marks\":[" : ",", on_x ? "x" : "y",
        on_x && time ? json_seconds(mark.at) : json_number(mark.at), json_string(mark.label));
  }
  if (!chart.marks.empty()) out += "]";
  return out + "}";
}

TableBlock chart_table(const Chart& chart) {
  const std::size_t n = chart.x.values.size();
  const std::size_t shown = std::min(n, kMaxTableRows);
  const bool time = chart.x.kind == ChartAxisKind::kTime;
  TableBlock table;
  table.caption = chart.unit.empty() ? "Values" : "Values in " + chart.unit;
  if (shown < n) {
    table.caption += fmt::format(": {} of {}, evenly spread", shown, plural(n, "row"));
  }
  table.columns = {{chart.x.name, time ? Align::kTime : Align::kNumber}};
  for (const ChartSeries& series : chart.series) {
    table.columns.push_back({series.name, Align::kNumber});
  }
  for (std::size_t k = 0; k < shown; ++k) {
    const std::size_t row = shown < 2 ? 0 : (n - 1) * k / (shown - 1);
    std::vector<Cell> cells{place_text(chart, row)};
    for (const ChartSeries& series : chart.series) {
      cells.emplace_back(value_text(series.values[row]));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::string chart_text(const Chart& chart) {
  std::string out = chart.caption + "\n";
  if (!chart.note.empty()) out += chart.note + "\n";
  TableBlock table;
  table.caption = chart.unit.empty() ? "In numbers" : "In numbers (" + chart.unit + ")";
  table.columns = {{"series"},
                   {"values", Align::kNumber},
                   {"first", Align::kNumber},
                   {"last", Align::kNumber},
                   {"least", Align::kNumber},
                   {"at"},
                   {"largest", Align::kNumber},
                   {"at"}};
  for (const ChartSeries& series : chart.series) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < series.values.size(); ++i) {
      if (std::isfinite(series.values[i])) rows.push_back(i);
    }
    if (rows.empty()) {
      table.rows.push_back({series.name, "0", "-", "-", "-", "-", "-", "-"});
      continue;
    }
    const auto less = [&](std::size_t a, std::size_t b) {
      return series.values[a] < series.values[b];
    };
    const std::size_t low = *std::ranges::min_element(rows, less);
    const std::size_t high = *std::ranges::max_element(rows, less);
    table.rows.push_back(
        {series.name, count_text(rows.size()), value_text(series.values[rows.front()]),
         value_text(series.values[rows.back()]), value_text(series.values[low]),
         place_text(chart, low), value_text(series.values[high]), place_text(chart, high)});
  }
  out += text_of(Blocks{std::move(table)});
  for (const ChartMark& mark : chart.marks) out += "Mark: " + mark.label + "\n";
  return valid_utf8(out);
}

std::vector<const Chart*> charts_of(const Blocks& blocks) {
  std::vector<const Chart*> out;
  for (const Block& block : blocks) {
    if (const auto* chart = std::get_if<Chart>(&block.value)) out.push_back(chart);
    if (const auto* fold = std::get_if<Fold>(&block.value)) {
      const std::vector<const Chart*> inner = charts_of(fold->blocks);
      out.insert(out.end(), inner.begin(), inner.end());
    }
  }
  return out;
}

}  // namespace tieout::report
