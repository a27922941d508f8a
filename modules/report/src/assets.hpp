#pragma once

#include <string_view>

namespace tieout::report {

/// What pages carry, embedded when configuring. None of it holds "</style" or "</script".

/// report.css.
std::string_view style_sheet() noexcept;
/// page.js: of every page.
std::string_view page_script() noexcept;
/// The style sheet of uPlot, the chart library: of pages with charts.
std::string_view chart_style_sheet() noexcept;
/// uPlot behind its licence, then charts.js: of pages with charts.
std::string_view chart_script() noexcept;

}  // namespace tieout::report
