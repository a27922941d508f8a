#pragma once

#include <vector>

#include "document.hpp"
#include "multiday_facts.hpp"

namespace tieout::report {

/// The sections of the multi-day report, each a pure function of the facts; ids `multiday.*` are
/// stable. One that cannot be computed says what it lacks and leaves the others alone.
std::vector<Section> compute_multiday_sections(const MultidayFacts& facts);

// sections_multiday.cpp
Result<Blocks> multiday_days_section(const MultidayFacts& facts);
Result<Blocks> multiday_coverage_section(const MultidayFacts& facts);
Result<Blocks> multiday_gaps_section(const MultidayFacts& facts);
Result<Blocks> multiday_breaks_section(const MultidayFacts& facts);
Result<Blocks> multiday_paths_section(const MultidayFacts& facts);

// sections_multiday_pnl.cpp
Result<Blocks> multiday_pnl_section(const MultidayFacts& facts);
Result<Blocks> multiday_joins_section(const MultidayFacts& facts);
Result<Blocks> multiday_statistics_section(const MultidayFacts& facts);
Result<Blocks> multiday_correlations_section(const MultidayFacts& facts);
Result<Blocks> multiday_execution_section(const MultidayFacts& facts);

/// Word and tone of one run's verdict.
Cell verdict_cell(const MultidayRun& run);

}  // namespace tieout::report
