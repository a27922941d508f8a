#pragma once

#include <span>

#include "tieout/recon/compare.hpp"

#include "run_pair.hpp"

namespace tieout::recon {

/// Write into each finding what both runs are (run_id()) and when each wrote the finding's bar.
void identify_findings(const runlog::RunSource& left, const runlog::RunSource& right,
                       std::span<Finding> findings);
/// Write into every finding of the comparison what both runs are (run_id()) and when each wrote the
/// finding's bar.
void identify_findings(const RunPair& runs, Comparison& comparison);

}  // namespace tieout::recon
