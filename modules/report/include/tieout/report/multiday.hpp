#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tieout/recon/compare.hpp"
#include "tieout/report/report.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::report {

/// The page of one run, as a link from the page of many: relative paths, empty where there is none.
struct RunPage {
  std::string name;  // "fast"
  std::string in_report, published;
};

/// One run of the window. A log that is missing or damaged leaves its reader null and says why.
struct MultidayRun {
  std::string name;  // "20231108_131000.20231109_130500"
  std::string mode;  // "scheduled"
  Timestamp start, end;
  const runlog::RunReader* prod = nullptr;
  const runlog::RunReader* sim = nullptr;
  const recon::Comparison* comparison = nullptr;
  std::string problem;           // why there is no comparison; empty when there is one
  int exit = 0;                  // of this run alone
  std::string recorded_verdict;  // of its status.json; empty: none
  bool partial = false;          // production's log was not sealed when it was copied
  std::vector<RunPage> pages;
};

/// A stretch of time, closed on both ends.
struct TimeSpan {
  Timestamp from, to;
};

struct MultidayInput {
  std::string title;              // "C1b.config1 paper_trading 20230717_000000.20230723_235959"
  std::vector<MultidayRun> runs;  // ascending by start
  std::vector<Timestamp> missing_days;
  std::vector<TimeSpan> gaps;  // last bar of a run, first bar of the next, more than a bar apart
  std::vector<std::string> overlaps;   // one sentence each
  std::vector<std::string> set_aside;  // directories that were not read, one sentence each
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string config_text;
  std::vector<std::string> rerun_command;
  /// Bins of the statistics ("5T"); empty: the bar of the runs.
  std::string pnl_resampling_frequency;
  /// Bars left out at the start of each run, before anything is computed from its books.
  std::size_t burn_in_bars = 1;
  Timestamp stamp;
};

/// What the window came to.
struct MultidayVerdict {
  recon::Verdict verdict = recon::Verdict::kInconclusive;  // the worst of the runs
  int exit = 3;
  std::string sentence;
};

/// Rule:    the worst of the runs: corrupt (4), trouble (2), DIVERGED, INCONCLUSIVE, then
/// EXPLAINED,
///          EQUIVALENT, IDENTICAL. A day that misses its run makes the window INCONCLUSIVE, since
///          nothing was compared there. The word of a corrupt run is INCONCLUSIVE; its exit is 4.
MultidayVerdict multiday_verdict(const MultidayInput& input);

struct MultidayFiles {
  std::filesystem::path html, notebook, json;
  std::string published_html;  // the same page with the links that hold among published pages
  MultidayVerdict verdict;
};

/// Write `log.YYYYMMDD-HHMMSS.txt` and `result_0/` as write_report() does: page, executed notebook,
/// report.json, config.pkl, config.txt, run_notebook.0.log, complete.txt, and success.txt only when
/// the verdict passes.
///
/// Rule:    books are stitched run after run: PnL is additive, so that the cumulative curve goes on
///          at the level at which the run before ended; a run starts anew, and its first
///          `burn_in_bars` bars earn nothing; between runs nothing is added and no line is drawn;
///          a bar that two runs share is the earlier run's. Levels (gmv, cash, wealth) are those of
///          the runs and are not carried over.
/// Errors:  as write_report().
/// Source:  recon_flow.md 4.4.
Result<MultidayFiles> write_multiday_report(const std::filesystem::path& dir,
                                            const MultidayInput& input);

}  // namespace tieout::report
