#pragma once

#include <string>
#include <vector>

#include "check.hpp"
#include "document.hpp"
#include "facts.hpp"

namespace tieout::report {

/// What a notebook says around its sections.
struct NotebookHead {
  std::string title;  // markdown of the first cell, after "# "
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> rerun_command;  // empty: none is offered
};

/// The notebook of any report.
std::string render_notebook(const NotebookHead& head, const std::vector<Section>& sections,
                            const Check& check);
std::size_t check_cell_number(const NotebookHead& head,
                              const std::vector<Section>& sections) noexcept;

/// The executed notebook, nbformat 4.5. Its code is plain Python on report.json and config.pkl
/// beside it, so that running it again gives the outputs that are stored; parameters stand in one
/// cell behind an if-else.
std::string notebook_of(const Facts& facts, const std::vector<Section>& sections,
                        const Check& check);

/// Number of the cell that asserts, In[n], of that notebook.
std::size_t check_cell_number(const Facts& facts, const std::vector<Section>& sections) noexcept;

}  // namespace tieout::report
