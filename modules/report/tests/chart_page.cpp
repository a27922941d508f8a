// Prints a page with every kind of chart, a long table and targets in closed folds, for the browser
// tests (tests/browser).
#include <cmath>
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "document.hpp"
#include "page.hpp"

namespace tieout::report {
namespace {

constexpr int kRows = 100;
constexpr int kAbsentRow = 10;
constexpr double kStart = 1516665600;  // 2018-01-23 00:00:00
constexpr double kBar = 300;           // seconds

/// Production is 0, 1, 2, ...; simulation is one more, and absent in one row.
Section section_of(const char* id, ChartKind kind) {
  Chart chart;
  chart.caption = "Two curves";
  chart.note = "the second is one above the first";
  chart.kind = kind;
  chart.unit = "USDT";
  const bool is_scatter = kind == ChartKind::kScatter;
  chart.x.kind = is_scatter ? ChartAxisKind::kNumber : ChartAxisKind::kTime;
  chart.x.name = is_scatter ? "place" : "time";
  chart.series = {{"prod", ChartRole::kProd, {}}, {"sim", ChartRole::kSim, {}}};
  for (int i = 0; i < kRows; ++i) {
    // The places of a scatter are in no order.
    chart.x.values.push_back(is_scatter ? i * 37 % kRows : kStart + kBar * i);
    chart.series[0].values.push_back(i);
    chart.series[1].values.push_back(i == kAbsentRow ? std::nan("") : i + 1.0);
  }
  return {id, id, true, "", {chart}};
}

/// Points of another form and lines across.
Section marked_section() {
  Section section = section_of("marked", ChartKind::kLines);
  Chart& chart = std::get<Chart>(section.blocks[0].value);
  chart.series.push_back({"buys", ChartRole::kOther, chart.series[0].values, SeriesDraw::kUp});
  chart.series.push_back({"sells", ChartRole::kOther, chart.series[1].values, SeriesDraw::kDown});
  chart.marks = {{ChartMark::Across::kX, kStart + 20 * kBar, "first break"},
                 {ChartMark::Across::kY, 80, "limit"}};
  return section;
}

Section long_table() {
  TableBlock table{"Thirty rows", {{"name"}, {"number", Align::kNumber}, {"text"}}, {}};
  for (int i = 0; i < 30; ++i) {
    const std::string number = i == 4   ? "1,234,567"
                               : i == 5 ? "NaN"
                                        : fmt::format("{}", i * 7 % 30 * 100);
    table.rows.push_back({fmt::format("item{:02}", i), number, "text"});
  }
  return {"long", "A long table", true, "", {table}};
}

}  // namespace
}  // namespace tieout::report

int main() {
  using namespace tieout::report;
  std::string body =
      "<header class=\"verdict warn\">\n<h1>Charts</h1>\n<p><a href=\"#deep\">Into the "
      "folds</a> <a href=\"#fold\">A fold</a></p></header>\n<main id=\"sections\">\n";
  body += html_of(section_of("lines", ChartKind::kLines));
  body += html_of(section_of("steps", ChartKind::kSteps));
  body += html_of(section_of("bars", ChartKind::kBars));
  body += html_of(section_of("area", ChartKind::kArea));
  body += html_of(marked_section());
  body += html_of(long_table());
  body +=
      "<section id=\"folds\" aria-labelledby=\"folds.h\">\n<h2 id=\"folds.h\">Folds</h2>\n"
      "<details><summary>Outer</summary><details><summary>Inner</summary><p id=\"deep\">Deep</p>"
      "</details></details>\n<div id=\"fold\"><details><summary>Fold</summary><p>Inside</p>"
      "</details></div>\n</section>\n";
  body += html_of(section_of("scatter", ChartKind::kScatter));
  std::fputs(render_document("Charts", body + "</main>\n", "for its tests").c_str(), stdout);
  return 0;
}
