#pragma once

#include <string>

#include "tieout/core/result.hpp"
#include "tieout/recon/checks.hpp"

namespace tieout::recon {

/// Checks of one run on the waves of its child orders (C306), from the tables. Errors: those of the
/// reader.
Status check_children(const runlog::RunSource& run, const std::string& name, CheckReport& out);

}  // namespace tieout::recon
