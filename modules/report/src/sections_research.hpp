#pragma once

#include "sections.hpp"

namespace tieout::report {

// The third leg of the reconciliation: the research portfolio of production's last outputs, else of
// the simulation's (Facts::research()).
Result<Blocks> research_section(const Facts& facts);             // fast.10
Result<Blocks> targets_vs_research_section(const Facts& facts);  // fast.17

// The sections of two sides, and research beside them, or why there is none.
Result<Blocks> portfolios_with_research(const Facts& facts);    // fast.11
Result<Blocks> correlations_with_research(const Facts& facts);  // fast.15

}  // namespace tieout::report
