#pragma once

#include <string>
#include <vector>

#include "document.hpp"
#include "facts.hpp"

namespace tieout::report {

/// One fact of the first screen.
struct KeyFact {
  std::string name;
  std::string value;
  std::string detail;
};

/// What the first screen says below the verdict: coverage, bars, breaks, PnL, contents.
std::vector<KeyFact> key_facts(const Facts& facts);

/// The verdict's one-line reason, behind the alerts of an observer.
std::string verdict_sentence(const Facts& facts);
/// That of the comparison alone.
std::string comparison_sentence(const Facts& facts);

/// The first screen of a page and what stands around the sections.
struct PageHead {
  std::string title;
  std::string verdict;  // one word
  Tone tone = Tone::kPlain;
  std::string sentence;
  std::string more_html;  // markup after the sentence; its texts are escaped
  std::vector<KeyFact> facts;
  std::string kind;  // "fast"
  Timestamp stamp;
};

/// A whole document around `body`, which is markup: style sheet, the scripts of its tables, links
/// and charts, and a policy that lets these work and nothing else; no network. `tone` is shown by
/// the icon. A page without charts does not carry the library that makes them interactive.
std::string render_document(const std::string& title, const std::string& body,
                            const std::string& made, Tone tone = Tone::kPlain);

/// A whole page: one document without network, readable without JavaScript.
std::string render_page(const PageHead& head, const std::vector<Section>& sections,
                        Place place = Place::kReport);

/// The whole page from sections that are computed already.
std::string page_of(const Facts& facts, const std::vector<Section>& sections);

}  // namespace tieout::report
