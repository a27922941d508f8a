#pragma once

#include <string>
#include <string_view>

namespace tieout::report {

/// Markdown as HTML, as far as notebooks need it: headings (one level lower: the page has its own
/// first), paragraphs, lists, fenced code, `code`, **strong**, *emphasis* and links. Everything
/// else stands as it is written; markup in it is text.
std::string html_of_markdown(std::string_view markdown);

}  // namespace tieout::report
