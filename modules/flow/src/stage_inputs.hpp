#pragma once

#include <string>

#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {

// Digests of what a stage's outputs are a function of. A stage records the one of what it read;
// --resume computes it again and compares.

/// Every file of production's run that is copied.
Result<std::string> copy_inputs(const RunIdentity& run);
/// The window, the assets, and every row that the store has of them.
Result<std::string> dump_inputs(const Reconciliation& recon);
/// Market data, production's log, overrides, rules, kind of replay, and what computes.
Result<std::string> sim_inputs(const Reconciliation& recon, const Context& context);
/// Both logs, the market data, the policy, the noise floor, and what is checked and published.
Result<std::string> report_inputs(const Reconciliation& recon, report::ReportKind kind);

}  // namespace tieout::flow
