#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tieout/flow/reconcile.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {

/// The overrides that a run was started with: as its manifest has them; in an older log, every leaf
/// that an override wrote. Errors: those of the config.
Result<std::vector<std::string>> recorded_overrides(const runlog::RunReader& run);

/// The overrides that the replay of the run in `prod_log` gets: production's own when none is
/// given, so that nobody types them twice.
///
/// Errors: kInvalidArgument showing both values when a given override contradicts production's, or
/// one of production's is not given, unless recon.force_overrides; those of the reader and of the
/// overrides.
Result<std::vector<std::string>> settle_overrides(const Reconciliation& recon,
                                                  const std::filesystem::path& prod_log,
                                                  const Context& context);

/// The stage of the run in `prod_log` when --stage is not given; "preprod" when neither says one,
/// or the log cannot be read (that is the copy's to tell). Errors: kInvalidArgument showing both
/// when they contradict each other.
Result<std::string> settle_stage(const RunIdentity& run, const std::filesystem::path& prod_log);

}  // namespace tieout::flow
