#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "check.hpp"
#include "document.hpp"
#include "facts.hpp"

namespace tieout::report {

/// A section as an object: id, title, ok, lacks, text, html.
nlohmann::ordered_json section_json(const Section& section);

/// report.json: verdict, the summary and the sections (text and HTML, what they lack), the check,
/// the comparison. A notebook without sources reads it again.
std::string json_report(const Facts& facts, const std::vector<Section>& sections,
                        const Check& check);

}  // namespace tieout::report
