#pragma once

#include <string>
#include <string_view>

namespace tieout::report {

/// The rules of a style sheet, each for what lies in an element of class `scope` only, so that they
/// can stand in a page of somebody else.
///
/// Rule:    a selector of the whole document (:root, html) becomes the element itself; rules of
/// body
///          are left out, and so are at-rules other than @media and @supports. Comments go.
/// Source:  CSS Syntax Module Level 3, as far as a sheet without strings that hold braces needs it.
std::string scoped_style(std::string_view sheet, std::string_view scope);

/// The sheet of the page for what a notebook shows in <div class="tieout">.
const std::string& notebook_style();

}  // namespace tieout::report
