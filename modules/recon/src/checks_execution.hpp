#pragma once

#include <string>

#include "tieout/recon/checks.hpp"

namespace tieout::recon {

/// C308, C311, C312 and C313 of one run: its books from its fills, its PnL from its books, its
/// wealth from its PnL, its slippage two ways. Errors: those of the reader.
Status check_execution(const runlog::RunSource& run, const std::string& name, CheckReport& out);

}  // namespace tieout::recon
