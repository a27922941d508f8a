#include "notebook_style.hpp"

#include <vector>

#include <fmt/format.h>

#include "assets.hpp"

namespace tieout::report {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string without_comments(std::string_view sheet) {
  std::string out;
  while (true) {
    const std::size_t begin = sheet.find("/*");
    out += sheet.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const std::size_t end = sheet.find("*/", begin + 2);
    if (end == std::string_view::npos) return out;
    sheet.remove_prefix(end + 2);
  }
}

/// Parts of a selector list; a comma in parentheses is none of its commas.
std::vector<std::string_view> selectors_of(std::string_view list) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    const char c = i < list.size() ? list[i] : ',';
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && (depth <= 0 || i == list.size())) {
      out.push_back(trimmed(list.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  return out;
}

/// True when `selector` begins with the whole name `element`.
bool names(std::string_view selector, std::string_view element) {
  return selector.starts_with(element) &&
         (selector.size() == element.size() ||
          std::string_view(" .:[>#").find(selector[element.size()]) != std::string_view::npos);
}

/// Empty for a selector that is left out.
std::string scoped_selector(std::string_view selector, std::string_view scope) {
  if (selector.empty() || names(selector, "body")) return "";
  for (const std::string_view whole : {":root", "html"}) {
    if (names(selector, whole)) return fmt::format(".{}{}", scope, selector.substr(whole.size()));
  }
  return fmt::format(".{} {}", scope, selector);
}

/// Rules until the end; `sheet` has no comments.
void append_rules(std::string_view sheet, std::string_view scope, std::string& out) {
  while (true) {
    const std::size_t open = sheet.find('{');
    if (open == std::string_view::npos) return;
    std::size_t close = open + 1;
    for (int depth = 1; close < sheet.size(); ++close) {
      depth += sheet[close] == '{' ? 1 : sheet[close] == '}' ? -1 : 0;
      if (depth == 0) break;
    }
    std::string_view head = sheet.substr(0, open);
    head = trimmed(head.substr(
        head.find_last_of(';') == std::string_view::npos ? 0 : head.find_last_of(';') + 1));
    const std::string_view inside = sheet.substr(open + 1, close - open - 1);
    sheet.remove_prefix(std::min(close + 1, sheet.size()));
    if (head.starts_with("@media") || head.starts_with("@supports")) {
      out += fmt::format("{} {{\n", head);
      append_rules(inside, scope, out);
      out += "}\n";
      continue;
    }
    if (head.starts_with('@')) continue;
    std::string list;
    for (const std::string_view selector : selectors_of(head)) {
      const std::string scoped = scoped_selector(selector, scope);
      if (!scoped.empty()) list += (list.empty() ? "" : ", ") + scoped;
    }
    if (!list.empty()) out += fmt::format("{} {{{}}}\n", list, inside);
  }
}

}  // namespace

std::string scoped_style(std::string_view sheet, std::string_view scope) {
  std::string out;
  const std::string rules = without_comments(sheet);
  append_rules(rules, scope, out);
  return out;
}

const std::string& notebook_style() {
  static const std::string kStyle =
      scoped_style(style_sheet(), "tieout") +
      ".tieout { padding: 0.25rem 0.75rem; background: var(--page); color: var(--text); }\n"
      ".tieout section { margin-top: 0.25rem; }\n"
      ".tieout h2 { font-size: 1.1rem; }\n";
  return kStyle;
}

}  // namespace tieout::report
