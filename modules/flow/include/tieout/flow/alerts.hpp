#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/flow/alert.hpp"
#include "tieout/flow/alert_config.hpp"
#include "tieout/flow/observe.hpp"
#include "tieout/flow/outbox.hpp"
#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {

/// Where the alerts of a run's model lie: {dst_root_dir}/{model[.tag]}/{run_mode}/alerts.
std::filesystem::path outbox_dir(const RunIdentity& run);

/// The command that reconciles the run again, quoted for a shell; an existing directory is renamed
/// by it.
std::string reconcile_command(const Reconciliation& recon);

/// Tell the sinks what came of a reconciliation, and send again what was not taken before.
///
/// Rule:    a sink is told when the verdict is one of its `verdicts`, or, with `stage_errors`, when
/// a stage failed or the
///          reconciliation did not begin (`outcome` is an error). A good run after one that the
///          sink was told of is told once. A reconciliation that a signal stopped is not told.
///          Alerts are in the outbox before they are sent; what became of them is in status.json,
///          when the run has one.
/// Returns: nothing: an alert that fails changes no verdict and no exit code. It is said with
/// context.complain.
void fire_alerts(const Reconciliation& recon, const AlertConfig& config, const Result<int>& outcome,
                 const Context& context);

/// Tell the sinks what a look at a run in progress came to.
///
/// Rule:    as fire_alerts(), with an outbox in {prod_data_source_dir}/{model[.tag]}/{run_mode}/
///          alerts. A sink is told of a verdict of its `verdicts` (INCONCLUSIVE only of a run that
///          ended: before its first bar every run is), and with `thresholds` of those that fired.
///          The same verdict with the same thresholds is told once, however its numbers move; a
///          look in which nothing is wrong any more is told once.
void fire_observer_alerts(const Observation& seen, const AlertConfig& config,
                          const Context& context);

/// Send a test message to every sink, without an outbox. Errors: the first one; the others are
/// still tried and said.
Status test_alerts(const AlertConfig& config, const Context& context);

/// Send what is pending at or below a directory. Returns: what became of each alert. Errors:
/// kFileNotFound, those of the outbox.
Result<std::vector<AlertRecord>> flush_alerts(const std::filesystem::path& dir,
                                              const AlertConfig& config, const Outside& outside);

}  // namespace tieout::flow
