#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/report/market_rows.hpp"
#include "tieout/report/observer.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::report {

enum class ReportKind { kFast, kSlow, kObserver };
/// "fast", "slow": the name of the report's directory; "observer".
std::string_view to_string(ReportKind kind) noexcept;

/// A line of evidence about the first divergence that the flow found in the market data: "bar
/// 2018-01-23 00:45 of bittrex::ETH_BTC: version 1 known 00:45:10.1 close=..., version 2 known
/// 00:47:03.2 close=... (revised; prod used version 1, sim version 2)".
struct Evidence {
  std::string title;
  std::vector<std::string> lines;
};

/// What the notebook of a report computes it from again. Paths are relative to the notebook, so
/// that a tree that was moved still opens; a file that is not there is empty.
struct NotebookSources {
  std::filesystem::path prod, sim;    // run logs
  std::filesystem::path market_data;  // the dump of market data that the evidence is from
  std::filesystem::path noise_floor;
  std::filesystem::path policy;
  bool check_self_consistency = false;  // asked for; a slow report always does
  /// Directory of the notebook, absolute: what the paths are relative to once it was copied away.
  std::filesystem::path base;
};

struct ReportInput {
  ReportKind kind = ReportKind::kFast;
  /// A stage that failed leaves its result null: the report then says what it lacks, and the
  /// verdict is INCONCLUSIVE.
  const runlog::RunReader* prod = nullptr;
  const runlog::RunReader* sim = nullptr;
  const recon::Comparison* comparison = nullptr;
  std::vector<Evidence> evidence;
  /// The market data behind a cell; empty: there is none beside the logs.
  MarketLookup market;
  std::string title;        // "C1b paper_trading 20231108_131000.20231109_130500 scheduled"
  std::string config_text;  // parameters of the reconciliation, for config.txt and config.pkl
  std::vector<std::pair<std::string, std::string>> parameters;
  Timestamp
      stamp;  // names of the artefacts; taken from the run or the caller, never from a clock here

  /// False when the comparison was told not to check T against T-1: its zeros then mean nothing.
  bool self_consistency_checked = true;
  /// Link or path of the published page, for run_notebook.0.html.log; empty: the path of the html
  /// file.
  std::string published_link;
  /// Command line that makes this report again, offered by the notebook; empty: none is offered.
  std::vector<std::string> rerun_command;
  /// Config paths that must differ, for the config diff; empty:
  /// recon::default_expected_config_differences().
  std::vector<std::string> expected_config_differences;
  /// Of a run in progress; needed by kObserver.
  const ObserverFacts* observer = nullptr;
  /// Nothing: the notebook shows report.json beside it, since what it was made from is gone or goes
  /// on.
  std::optional<NotebookSources> notebook_sources;
};

struct ReportFiles {
  std::filesystem::path html;
  std::filesystem::path notebook;
  bool success = false;
};

/// Render the page: one self-contained HTML document (no network; readable without JavaScript).
/// Byte-reproducible.
std::string render_html(const ReportInput& input);

/// Write `log.YYYYMMDD-HHMMSS.txt` and `result_0/` with the artefacts of the guide
/// (recon_flow.md 3.3) below `dir`: html, ipynb, config.pkl, config.txt, run_notebook.0.log,
/// run_notebook.0.html.log, report.json, findings.jsonl, complete.txt, and success.txt only when
/// the verdict passes. A failing verdict writes the log in the guide's form (dashed cell, banner
/// with values, threshold and node).
///
/// Rule:    everything is written beside `dir` and renamed at the end: `dir` is the old report, or
/// the new one, whole. A `dir` that
///          holds a report already is replaced; anything else in it is left alone.
/// Errors:  kPathExists when `dir` holds something that is not a report; kFileUnwritable,
/// kDiskFull.
Result<ReportFiles> write_report(const std::filesystem::path& dir, const ReportInput& input);

}  // namespace tieout::report
