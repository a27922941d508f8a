#pragma once

#include <filesystem>

#include "tieout/core/result.hpp"
#include "tieout/report/run_index.hpp"

namespace tieout::flow {

/// Read what every reconciliation below `root` came to.
///
/// Rule:    {root}/{model[.tag]}/{prod,paper_trading}/{start}.{end} with its status.json and the
///          report.json of its fast report; links are relative to `dst`. A run without a verdict is
///          shown as such, a status or report that cannot be read is a note of the run.
/// Errors:  kFileNotFound when there is no reconciliation below `root`.
/// Cost:    reads no log: two small files for each run.
Result<report::RunIndex> index_runs(const std::filesystem::path& root,
                                    const std::filesystem::path& dst);

/// index.html and index.json in `dst`, each atomically. Errors: kFileUnwritable, kDiskFull.
Status write_run_index(const report::RunIndex& index, const std::filesystem::path& dst);

}  // namespace tieout::flow
