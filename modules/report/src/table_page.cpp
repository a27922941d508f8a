#include "tieout/report/table_page.hpp"

#include "document.hpp"
#include "page.hpp"

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
  PageHead head;
  head.title = page.title;
  head.verdict = page.word;
  head.tone = tone_of(page.sign);
  head.sentence = page.sentence;
  for (const TablePage::Fact& fact : page.facts) {
    head.facts.push_back({fact.name, fact.value, fact.detail});
  }
  head.kind = "qualification";
  head.stamp = page.stamp;
  std::vector<Section> sections;
  for (const TablePage::Section& part : page.sections) {
    sections.push_back(section_of(part));
  }
  return render_page(head, sections);
}

}  // namespace tieout::report
