#pragma once

#include <string>
#include <vector>

#include "check.hpp"
#include "document.hpp"
#include "facts.hpp"

namespace tieout::report {

/// report.json: verdict, the sections (text and HTML, what they lack), the check, the comparison.
/// The notebook reads it again.
std::string json_report(const Facts& facts, const std::vector<Section>& sections,
                        const Check& check);

}  // namespace tieout::report
