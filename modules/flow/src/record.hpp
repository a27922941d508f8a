#pragma once

#include <string_view>

#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {

// Names of the stages: those of their commands.
inline constexpr std::string_view kCreateDirs = "reconcile_create_dirs";
inline constexpr std::string_view kCopyProdData = "reconcile_copy_prod_data";
inline constexpr std::string_view kDumpMarketData = "reconcile_dump_market_data";
inline constexpr std::string_view kRunSim = "reconcile_run_sim";
inline constexpr std::string_view kFastReport = "reconcile_run_notebook.fast";
inline constexpr std::string_view kSlowReport = "reconcile_run_notebook.slow";
inline constexpr std::string_view kList = "reconcile_ls";
inline constexpr std::string_view kAllowUpdate = "allow_update";

/// Note in the run's status.json that a stage begins: a try that never comes back is then seen. A
/// try that was still running is noted as killed. Nothing is written while the run has no
/// directory.
Status record_begin(const Reconciliation& recon, std::string_view name, Timestamp now);

/// Note what came of a try; `outcome` is null for one that failed.
Status record_end(const Reconciliation& recon, const StageAttempt& result, std::string_view name,
                  const StageOutcome* outcome);

/// Note that a stage did not run, and why. A stage that is finished stays so when the process was
/// told to stop before it came to it.
enum class SkipReason { kNeeds, kStopped, kReplaced };
Status record_skip(const Reconciliation& recon, std::string_view name, Timestamp now,
                   SkipReason kind, const std::string& reason);

}  // namespace tieout::flow
