#pragma once

#include "tieout/core/result.hpp"
#include "tieout/recon/checks.hpp"

namespace tieout::recon {

// Checks of one run on its identity and completeness (C003 to C011), each one CheckLog.

void check_window(const runlog::RunSource& run, const std::string& name, CheckDepth depth,
                  CheckReport& out);
void check_grid(const runlog::RunSource& run, const std::string& name, CheckReport& out);
void check_outputs(const runlog::RunSource& run, const std::string& name, CheckReport& out);
void check_readable(const runlog::RunSource& run, const std::string& name, CheckReport& out);
void check_end(const runlog::RunSource& run, const std::string& name, CheckReport& out);
/// C010 and C011. Errors: those of the journal.
Status check_clocks(const runlog::RunSource& run, const std::string& name, CheckDepth depth,
                    CheckReport& out);
void check_rows_stable(const runlog::RunSource& run, const std::string& name, CheckReport& out);

/// C001 and C012 of a pair.
void check_same_identity(const runlog::RunSource& left, const runlog::RunSource& right,
                         const CheckOptions& options, CheckReport& out);
/// C014 of a pair.
void check_overrides(const runlog::RunSource& left, const runlog::RunSource& right,
                     const CheckOptions& options, CheckReport& out);

}  // namespace tieout::recon
