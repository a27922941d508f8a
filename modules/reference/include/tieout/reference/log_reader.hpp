#pragma once

#include <filesystem>
#include <memory>

#include "tieout/core/result.hpp"
#include "tieout/core/string_pool.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::reference {

/// True when `dir` looks like a system log directory of the reference (it has dag/node_io or
/// process_forecasts, and no manifest of ours).
bool is_reference_log(const std::filesystem::path& dir);

/// Open a system log directory that the reference wrote (dataflow.md 3, recon_flow.md 3.1).
///
/// Rule:    nodes by topological id, each computed from the one before (the log holds no edges);
///          bars are the union over nodes and process_forecasts/; stamps in names are New York
///          times, both transitions known; names with one or two stamps. Where Parquet and csv.gz
///          exist for one (node, bar) Parquet is read. Windows are read when asked for; what each
///          bar changed is found by comparing with the window before.
/// Errors:  kFileNotFound; kNotARunLog when nothing of the layout is there; kCorruptEvidence (file
///          and reason) for names that cannot be parsed, two files for one (node, bar), a file that
///          cannot be decoded, rows that are not strictly increasing. What is only missing is a
///          note and a missing window, never a pass.
/// Cost:    opening lists the directories; memory: two windows of each node, and the changes of all
///          bars up to a budget (beyond it files are decoded again).
Result<std::unique_ptr<runlog::RunSource>> open_log(const std::filesystem::path& dir,
                                                    std::shared_ptr<StringPool> strings);

/// A run of either kind.
Result<std::unique_ptr<runlog::RunSource>> open_run(const std::filesystem::path& dir,
                                                    std::shared_ptr<StringPool> strings);

}  // namespace tieout::reference
