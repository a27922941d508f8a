#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check.hpp"
#include "document.hpp"
#include "facts.hpp"
#include "page.hpp"

namespace tieout::report {

/// What a notebook says around its sections.
struct NotebookHead {
  std::string title;  // markdown of the first cell, after "# "
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> rerun_command;  // empty: none is offered
  Section summary;                         // summary_section()
  std::string kind;                        // "fast"
  /// Nothing: the cells show report.json beside the notebook.
  std::optional<NotebookSources> sources;
};

/// Verdict, sentence and facts of the first screen, as a section.
Section summary_section(const std::string& verdict, Tone tone, const std::string& sentence,
                        const std::vector<KeyFact>& facts);
Section summary_section(const Facts& facts);

/// A section's markup as report.json has it, without the numbers of charts, which stand beside it;
/// the summary brings the style sheet of them all.
std::string stored_html(const Section& section);
/// The same as a notebook shows it: in <div class="tieout">, which the style sheet is for.
std::string notebook_html(const Section& section);

/// The executed notebook of any report, nbformat 4.5, with the outputs that running it again gives.
///
/// Rule:    with `sources` its code opens the run logs with the Python package tieout, compares
///          them and computes each section again; without, it shows report.json beside it with
///          Python's standard library. Parameters stand in one cell behind an if-else.
std::string notebook_of(const NotebookHead& head, const std::vector<Section>& sections,
                        const Check& check);
std::string notebook_of(const Facts& facts, const std::vector<Section>& sections,
                        const Check& check);

/// Number of the cell that asserts, In[n], of those notebooks.
std::size_t check_cell_number(const NotebookHead& head,
                              const std::vector<Section>& sections) noexcept;
std::size_t check_cell_number(const Facts& facts, const std::vector<Section>& sections) noexcept;

}  // namespace tieout::report
