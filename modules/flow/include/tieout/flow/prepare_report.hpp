#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/recon/policy.hpp"
#include "tieout/report/report.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {

/// What a report of two runs is computed from. Where it goes, and what is said around it, is the
/// caller's.
struct ReportRequest {
  report::ReportKind kind = report::ReportKind::kFast;  // kFast or kSlow
  std::filesystem::path prod, sim;                      // run logs
  /// The dump for the evidence and the checks of the market data; without it they are left out.
  std::filesystem::path market_data;
  std::filesystem::path noise_floor;    // empty: none
  bool check_self_consistency = false;  // a slow report always does
  std::optional<recon::Policy> policy;  // nothing: nothing may differ
};

/// Two runs, compared and checked: everything that sections are computed from.
struct PreparedReport {
  runlog::RunReader prod, sim;
  recon::Comparison comparison;   // the findings of the checks are among its findings
  report::ReportInput input;      // points into the rest
  std::vector<Error> complaints;  // of parts that were left out
};

/// Open both logs, compare them, hold them against the catalogue of checks, and look in the market
/// data for what explains the first divergence.
///
/// Rule:    `proceed` is asked between the steps. A dump that cannot be read is a complaint.
/// Errors:  those of opening and comparing, of the noise floor, and of `proceed`.
Result<std::unique_ptr<PreparedReport>> prepare_report(
    const ReportRequest& request, const std::function<Status()>& proceed = nullptr);

}  // namespace tieout::flow
