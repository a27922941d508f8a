#pragma once

#include <string>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::report {

/// A page that is one table.
enum class SheetAlign { kText, kNumber, kTime };
struct SheetColumn {
  std::string name;
  SheetAlign align = SheetAlign::kText;
};
struct SheetCell {
  std::string text;
  std::string link;  // relative path; shown as "open" after the text
};
struct Sheet {
  std::string title, caption;
  std::vector<SheetColumn> columns;
  std::vector<std::vector<SheetCell>> rows;
  std::vector<std::string> notes;
  Timestamp stamp;
};

/// One self-contained document (no network), in the style of the reports. Equal sheets
/// give equal bytes.
std::string render_sheet(const Sheet& sheet);

}  // namespace tieout::report
