#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/flow/publish.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/flow/run_discovery.hpp"
#include "tieout/recon/policy.hpp"

namespace tieout::flow {

/// The report over many runs of one model: every flag (recon_flow.md 2.7, 4.4).
struct Multiday {
  RunIdentity run;                      // of the model; its times and mode are not used
  std::optional<Timestamp> start, end;  // of the runs' starts, closed
  std::string html_notebook_tag;        // "last_week": publish under a static name too
  RunDays days = RunDays::kAll;
  std::string pnl_resampling_frequency;  // empty: the bar of the runs
  std::size_t burn_in_bars = 1;
  bool check_dag_output_self_consistency = false;
  PublishAddress publish;  // no place: {dst_root_dir}/published
  std::filesystem::path policy_file;
  std::optional<recon::Policy> policy;
};

struct MultidayResult {
  int exit = 0;
  std::string verdict, sentence;
  std::filesystem::path report;  // report.json
  std::vector<PublishedPage> links;
};

/// The window that a tag means when none is given: the last whole week (Monday to Sunday, UTC) for
/// "last_week", the last whole calendar month for "last_month"; nothing for other tags: all runs.
std::optional<std::pair<Timestamp, Timestamp>> window_of_tag(const std::string& tag, Timestamp now);

/// Errors: kInvalidArgument: a tag is letters, digits, '_' and '-'.
Status check_html_notebook_tag(const std::string& tag);

/// "C1b.shadow_trading.multiday.20231108_000000.20231110_235959.html".
std::string multiday_page_name(const RunIdentity& window);
/// "C1b.config1.last_week.html" (recon_flow.md 8.2).
std::string multiday_static_page_name(const RunIdentity& run, const std::string& tag);

/// Find the runs of the window, compare each anew from its two logs, write the report to
/// {dst_root_dir}/{model[.tag]}/{run_mode}/multiday/{start}.{end} and publish it.
///
/// Rule:    a run whose log is missing or damaged has its place in the report and its exit code (3,
///          4) in that of the window; the exit code is the worst of all, and at least 3 when a day
///          misses its run.
/// Errors:  kFileNotFound when there is no run at all; kInvalidInterval; those of writing.
Result<MultidayResult> run_multiday(const Multiday& multiday, const Context& context);

}  // namespace tieout::flow
