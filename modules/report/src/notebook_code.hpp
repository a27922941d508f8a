#pragma once

#include <string>
#include <string_view>

#include "notebook.hpp"

namespace tieout::report {

/// A Python string literal; repr-like, so that nothing in `text` can end it.
std::string python_string(std::string_view text);

// The Python of a notebook's cells, by what it computes from.
std::string imports_cell(const NotebookHead& head);
/// Parameters from config.pkl, or, when its name is set to None, those under `else`.
std::string config_cell(const NotebookHead& head);
std::string run_again_cell();
std::string summary_cell(const NotebookHead& head);
std::string section_cell(const NotebookHead& head, std::string_view section_id);

}  // namespace tieout::report
