#include "tieout/report/sheet.hpp"

#include <fmt/format.h>

#include "document.hpp"
#include "page.hpp"
#include "text.hpp"

namespace tieout::report {

std::string render_sheet(const Sheet& sheet) {
  TableBlock table;
  table.caption = sheet.caption;
  for (const SheetColumn& column : sheet.columns) {
    const Align align = column.align == SheetAlign::kNumber ? Align::kNumber
                        : column.align == SheetAlign::kTime ? Align::kTime
                                                            : Align::kText;
    table.columns.push_back({column.name, align});
  }
  for (const std::vector<SheetCell>& row : sheet.rows) {
    std::vector<Cell> cells;
    for (const SheetCell& item : row) {
      Cell cell{item.text};
      if (!item.link.empty()) cell.links.emplace_back("open", Link{item.link, item.link});
      cells.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(cells));
  }
  Section section;
  section.id = "summary";
  section.title = "Summary";
  section.blocks.emplace_back(std::move(table));
  for (const std::string& note : sheet.notes) {
    section.blocks.emplace_back(Paragraph{note, Tone::kMuted});
  }
  return render_document(sheet.title,
                         "<main id=\"sections\">\n<h1>" + escape_html(sheet.title) + "</h1>\n" +
                             html_of(section) + "</main>\n",
                         fmt::format("summary sheet, stamp {}", stamp_text(sheet.stamp)));
}

}  // namespace tieout::report
