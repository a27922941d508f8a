#include <algorithm>
#include <iterator>
#include <utility>

#include "tieout/recon/checks.hpp"
#include "tieout/recon/compare.hpp"

#include "checks_books.hpp"
#include "checks_children.hpp"
#include "checks_execution.hpp"
#include "checks_identity.hpp"
#include "checks_windows.hpp"
#include "run_identity.hpp"

namespace tieout::recon {
namespace {

void sort_by_id(CheckReport& report) {
  std::ranges::stable_sort(report.outcomes, {}, &CheckOutcome::id);
  std::ranges::stable_sort(report.findings, {}, &Finding::check);
}

void append(CheckReport&& part, CheckReport& whole) {
  std::ranges::move(part.outcomes, std::back_inserter(whole.outcomes));
  std::ranges::move(part.findings, std::back_inserter(whole.findings));
}

}  // namespace

Result<CheckReport> check_run(const runlog::RunSource& run, const std::string& name,
                              CheckDepth depth) {
  CheckReport report;
  check_window(run, name, depth, report);
  check_grid(run, name, report);
  check_outputs(run, name, report);
  check_readable(run, name, report);
  check_end(run, name, report);
  TIEOUT_CHECK(check_clocks(run, name, depth, report));
  check_rows_stable(run, name, report);
  if (depth == CheckDepth::kAll) {
    TIEOUT_CHECK(check_warm_up(run, name, report));
    TIEOUT_CHECK(check_books(run, name, report));
    TIEOUT_CHECK(check_children(run, name, report));
    TIEOUT_CHECK(check_execution(run, name, report));
    TIEOUT_CHECK(check_operation(run, name, report));
  }
  sort_by_id(report);
  return report;
}

Result<CheckReport> run_checks(const runlog::RunSource& left, const runlog::RunSource& right,
                               const Comparison* comparison, const CheckOptions& options) {
  TIEOUT_TRY(CheckReport report, check_run(left, options.left_name, options.depth));
  TIEOUT_TRY(CheckReport other, check_run(right, options.right_name, options.depth));
  append(std::move(other), report);
  check_same_identity(left, right, options, report);
  if (options.depth == CheckDepth::kAll) {
    check_overrides(left, right, options, report);
    TIEOUT_CHECK(check_labels(left, right, options, report));
  }
  if (comparison != nullptr) {
    check_nan_census(*comparison, report);
  }
  sort_by_id(report);
  identify_findings(left, right, report.findings);
  return report;
}

}  // namespace tieout::recon
