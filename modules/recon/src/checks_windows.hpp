#pragma once

#include "tieout/core/result.hpp"
#include "tieout/recon/checks.hpp"
#include "tieout/recon/compare.hpp"

namespace tieout::recon {

/// C204 of one run. Errors: those of the reader.
Status check_warm_up(const runlog::RunSource& run, const std::string& name, CheckReport& out);
/// C108 of a pair. Errors: those of the reader.
Status check_labels(const runlog::RunSource& left, const runlog::RunSource& right,
                    const CheckOptions& options, CheckReport& out);
/// C207 of a pair, from the findings of its comparison.
void check_nan_census(const Comparison& comparison, CheckReport& out);

}  // namespace tieout::recon
