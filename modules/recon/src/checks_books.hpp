#pragma once

#include "tieout/core/result.hpp"
#include "tieout/recon/checks.hpp"

namespace tieout::recon {

/// Checks of one run on its decisions and books (C007, C302, C304, C305, C307, C310, C314), from
/// the tables. Errors: those of the reader.
Status check_books(const runlog::RunSource& run, const std::string& name, CheckReport& out);

/// Checks of one run on its operation (C401 to C404). Errors: those of the reader.
Status check_operation(const runlog::RunSource& run, const std::string& name, CheckReport& out);

}  // namespace tieout::recon
