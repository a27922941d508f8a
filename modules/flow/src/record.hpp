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

/// Put a stage's result into the run's status.json; `outcome` is null for a stage that failed or
/// was skipped.
Status record_stage(const Reconciliation& recon, StageStatus stage, const StageOutcome* outcome);

}  // namespace tieout::flow
