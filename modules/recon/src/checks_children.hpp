#pragma once

#include <string>

#include "tieout/core/result.hpp"
#include "tieout/recon/checks.hpp"

namespace tieout::recon {

/// Checks of one run on its child orders, from the tables: waves (C306), and that they add up to
/// the fills of their parents (C317). Errors: those of the reader and of read_child_orders().
Status check_children(const runlog::RunSource& run, const std::string& name, CheckReport& out);

}  // namespace tieout::recon
