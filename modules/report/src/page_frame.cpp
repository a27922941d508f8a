#include "page_frame.hpp"

#include <fmt/format.h>

#include "style.hpp"
#include "text.hpp"

namespace tieout::report {

std::string_view mark_of(Tone tone) noexcept {
  return tone == Tone::kGood ? "\xE2\x9C\x93" : tone == Tone::kBad ? "\xE2\x9C\x97" : "?";
}

std::string frame_page(std::string_view title, std::string_view head,
                       const std::vector<Section>& sections, std::string_view made) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; img-src data:\">\n";
  out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
      "name=\"color-scheme\" content=\"light dark\">\n";
  out += fmt::format("<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
                     escape_html(title), style_sheet());
  out += "<a class=\"skip\" href=\"#sections\">Skip to the sections</a>\n";
  out += head;
  out += "<nav aria-label=\"Sections\">\n<ul>\n";
  for (const Section& section : sections) {
    out += fmt::format("<li><a href=\"#{}\">{}</a>{}</li>\n", escape_html(section.id),
                       escape_html(section.title), section.ok ? "" : " (not available)");
  }
  out += "</ul>\n</nav>\n<main id=\"sections\">\n";
  for (const Section& section : sections) out += html_of(section);
  out += fmt::format(
      "</main>\n<footer><p>All times are UTC unless they carry another offset. Bars are labelled "
      "by their end. {}</p></footer>\n</body>\n</html>\n",
      escape_html(made));
  return out;
}

}  // namespace tieout::report
