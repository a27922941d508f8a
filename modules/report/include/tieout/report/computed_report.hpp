#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/report/report.hpp"

namespace tieout::report {

/// A table of a section: texts as the page prints them, without markup.
struct SectionTable {
  std::string caption;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as `columns` or shorter
};

/// A section as a notebook shows it.
struct ComputedSection {
  std::string id, title;
  bool ok = true;
  std::string lacks;  // why it could not be computed, when not ok
  std::string text, html;
  std::vector<SectionTable> tables;
};

/// A report whose sections are computed one at a time, each when it is first asked for and once.
///
/// Rule:    texts and markup are byte for byte those that write_report() stores in the notebook.
/// Threads: one at a time.
class ComputedReport {
 public:
  /// `input` and what it points to must live as long. Cost: both books are read; no section is
  /// computed.
  explicit ComputedReport(const ReportInput& input);
  ~ComputedReport();
  ComputedReport(const ComputedReport&) = delete;
  ComputedReport& operator=(const ComputedReport&) = delete;

  /// Of the sections that the report has, in the order of the page.
  const std::vector<std::string>& section_ids() const noexcept;
  /// Null for an id that the report does not have.
  const ComputedSection* section(std::string_view id);
  /// Verdict, sentence and the facts of the first screen.
  const ComputedSection& summary();
  /// Empty when the check passes, else the failed assertion in the words of the guide.
  const std::string& failed_check();
  /// The sentence of the first screen.
  const std::string& sentence();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tieout::report
