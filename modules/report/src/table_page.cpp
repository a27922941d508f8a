#include "tieout/report/table_page.hpp"

#include <fmt/format.h>

#include "document.hpp"
#include "page_frame.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

Tone tone_of(TablePage::Sign sign) {
  switch (sign) {
    case TablePage::Sign::kGood:
      return Tone::kGood;
    case TablePage::Sign::kWarn:
      return Tone::kWarn;
    case TablePage::Sign::kBad:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

Section section_of(const TablePage::Section& part) {
  Section section{part.id, part.title, true, "", {}};
  for (std::size_t i = 0; i < part.paragraphs.size(); ++i) {
    section.blocks.emplace_back(
        Paragraph{part.paragraphs[i], i == 0 ? tone_of(part.sign) : Tone::kPlain});
  }
  for (const TablePage::Table& table : part.tables) {
    TableBlock block;
    block.caption = table.caption;
    for (const std::string& column : table.columns) {
      block.columns.push_back({column});
    }
    for (const auto& row : table.rows) {
      block.rows.emplace_back(row.begin(), row.end());
    }
    section.blocks.emplace_back(std::move(block));
  }
  return section;
}

}  // namespace

std::string render_page(const TablePage& page) {
  std::string head = fmt::format(
      "<header class=\"verdict {}\">\n<p class=\"title\">{}</p>\n<h1><span "
      "aria-hidden=\"true\">{}</span> {}</h1>\n<p class=\"sentence\">{}</p>\n</header>\n",
      class_of(tone_of(page.sign)), escape_html(page.title), mark_of(tone_of(page.sign)),
      escape_html(page.word), escape_html(page.sentence));
  head += "<dl class=\"key\">\n";
  for (const TablePage::Fact& fact : page.facts) {
    head += fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n",
                        escape_html(fact.name), escape_html(fact.value), escape_html(fact.detail));
  }
  head += "</dl>\n";
  std::vector<Section> sections;
  for (const TablePage::Section& part : page.sections) {
    sections.push_back(section_of(part));
  }
  return frame_page(fmt::format("{}: {}", page.word, page.title), head, sections,
                    fmt::format("Made by tieout, stamp {}.", stamp_text(page.stamp)));
}

}  // namespace tieout::report
