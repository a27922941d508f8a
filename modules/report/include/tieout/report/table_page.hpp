#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::report {

/// A page that is no reconciliation: a word in colour, a sentence, facts, and sections of text and
/// tables, in the style of the reports.
struct TablePage {
  enum class Sign { kGood, kWarn, kBad };
  struct Fact {
    std::string name, value, detail;
  };
  struct Table {
    std::string caption;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;  // the first cell of each is its heading
  };
  struct Section {
    std::string id, title;
    Sign sign = Sign::kGood;  // of the first paragraph
    std::vector<std::string> paragraphs;
    std::vector<Table> tables;
  };

  std::string title;  // "C1b: qualification"
  std::string word;   // "GO"
  Sign sign = Sign::kWarn;
  std::string sentence;
  std::vector<Fact> facts;
  std::vector<Section> sections;
  Timestamp stamp;
};

/// One self-contained document: no script, no network. Every text is escaped. Byte-reproducible.
std::string render_page(const TablePage& page);

}  // namespace tieout::report
