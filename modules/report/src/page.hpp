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

/// The whole page from sections that are computed already.
std::string page_of(const Facts& facts, const std::vector<Section>& sections);

}  // namespace tieout::report
