#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "document.hpp"

namespace tieout::report {

/// "lines", "steps", "bars", "area", "scatter".
std::string_view to_string(ChartKind kind) noexcept;
/// "prod", "sim", "research", "gap", "other".
std::string_view to_string(ChartRole role) noexcept;

/// Rows of a chart that are drawn: all up to 600, else the extremes of every series, and the
/// beginnings of its gaps, in each of as many equal parts as keep about 600. Ascending, with the
/// first and the last row.
std::vector<std::size_t> drawn_rows(const Chart& chart);

/// The drawn rows as JSON, for scripts:
///
///   {"kind":"lines","unit":"USDT","x":{"kind":"time","name":"bar","values":[1516665900,...]},
///    "series":[{"name":"prod","role":"prod","values":[1.5,null,...]}],
///    "marks":[{"axis":"x","at":1516669500,"label":"change point"}]}
///
/// Rule:    times are unix seconds UTC; numbers have six significant digits, and are whole from 1e5
///          on; what is absent is null; a series drawn otherwise than its chart has "draw": line,
///          steps, area, dots, up, down; marks stand there only when there are any. '<' is \u003c
///          everywhere, so that the text is safe inside an element.
std::string chart_json(const Chart& chart);

/// At most eight rows, evenly spread with the first and the last; the caption says so.
TableBlock chart_table(const Chart& chart);

/// Each series in numbers: how many values, the first, the last, the least and the largest with
/// their places.
std::string chart_text(const Chart& chart);

/// All charts of the blocks, those inside folds too, in their order.
std::vector<const Chart*> charts_of(const Blocks& blocks);

}  // namespace tieout::report
