#pragma once

#include <string>
#include <string_view>

#include "tieout/core/result.hpp"

namespace tieout::report {

/// A Jupyter notebook (nbformat 4, ours or anyone's) as one self-contained page in the style of the
/// reports: its cells with the outputs that are stored in it. Nothing is executed.
///
/// Rule:    the page has no script and reaches no network. Markup of outputs and of markdown cells
///          is written anew from a list of elements and attributes (sanitize_html.hpp); pictures
///          are data in the page. Of an output with several forms the richest that can be shown
///          safely is: HTML, SVG, PNG, JPEG, markdown, LaTeX, text. Colour codes of terminals go.
///          Equal notebooks and names give equal bytes.
/// Errors:  kMalformedData with what was found where: not JSON, not a notebook, another nbformat, a
///          cell or output that is not formed as nbformat 4 has it; JSON nested deeper than 100.
Result<std::string> render_notebook(std::string_view notebook, std::string_view name);

/// True for the beginning of a page that render_notebook() made.
bool is_notebook_page(std::string_view html);

}  // namespace tieout::report
