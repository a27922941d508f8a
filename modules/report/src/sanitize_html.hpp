#pragma once

#include <set>
#include <string>
#include <string_view>

namespace tieout::report {

/// Markup of unknown origin as markup that shows text, tables and drawings and can do nothing.
///
/// Rule:    the result is written anew: elements and attributes that are on a list, each element
///          closed, texts and values escaped. No script, style sheet, form, frame or event; links
///          lead to http(s), to the page itself or to a file beside it; images are in the page.
///          Elements that are not on the list go, their text stays; of those whose content is no
///          text (script, style, ...) it goes too. An id that was given already goes.
/// Cost:    one pass; elements that are nested deeper than 200 lose their tags.
class HtmlSanitizer {
 public:
  /// Ids that the page gives itself.
  explicit HtmlSanitizer(std::set<std::string, std::less<>> ids) : ids_(std::move(ids)) {}
  std::string operator()(std::string_view markup);

 private:
  std::set<std::string, std::less<>> ids_;
};

/// True for a link that may stand in a page of unknown origin.
bool is_safe_link(std::string_view target);
/// True for base64 text, blanks left out.
bool is_base64(std::string_view text);

}  // namespace tieout::report
