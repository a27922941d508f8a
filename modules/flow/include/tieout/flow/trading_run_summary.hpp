#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::flow {

/// One line of the trading-run summary sheet (recon_flow.md 8.6). Money in the account's currency,
/// not rounded; NaN where it is not known.
struct SummaryRow {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  Timestamp start;           // of the run; midnight of the date when only that is known
  std::string run;           // "20240708_120000.20240709_080000"; empty when no log is known
  std::string account_id;    // --secret_id of production
  std::string model_config;  // "C11a.config3"
  double scheduled_hours = kUnknown;
  double actual_hours = kUnknown;  // bars that were computed
  double pre_usdt = kUnknown, post_usdt = kUnknown;
  double volume = kUnknown;
  std::filesystem::path report;  // page of the fast report; empty when there is none
  std::string notes;

  // Computed by compute_summary().
  double pnl = kUnknown;                // post - pre
  double bps = kUnknown;                // pnl / volume * 1e4
  double cumulative_pnl = kUnknown;     // of this model and account up to this row
  double cumulative_volume = kUnknown;  // of the same rows
  double cumulative_bps = kUnknown;     // cumulative_pnl / cumulative_volume * 1e4
  double pnl_per_24h = kUnknown;        // pnl * 24 / actual_hours: runs of other lengths compare
};

/// Order the rows by start, model and account, and compute what follows from them.
///
/// Rule:    cumulative columns run over the rows of one model and account; a row whose PnL or
///          volume is not known adds nothing to either of the two and repeats them.
std::vector<SummaryRow> compute_summary(std::vector<SummaryRow> rows);

/// The directories of runs in `path`: itself, or those up to three levels below it.
/// Errors: kFileNotFound when it does not exist or holds no run.
Result<std::vector<std::filesystem::path>> find_run_dirs(const std::filesystem::path& path);

/// The line of a run, from its log: account and hours from the manifest and the bars, balances from
/// net_wealth at the first and the last bar, volume from the fills, else from gross_volume. What
/// cannot be read is left unknown, and the notes say why.
SummaryRow summary_row_of_run(const std::filesystem::path& run_dir);

/// Lines given as CSV: `date` (YYYY-MM-DD) or `run`, then any of model, account_id, pre_usdt,
/// post_usdt, traded_volume, scheduled_hours, actual_hours, notes.
/// Errors: those of read_file(); kSchemaMismatch for a column that is not known or neither date nor
/// run; kMalformedData naming the line and the cell.
Result<std::vector<SummaryRow>> read_balances(const std::filesystem::path& file);

/// Put the given lines into those of the runs: what a given line says replaces what the log says; a
/// line without a run is a row of its own.
/// Errors: kMalformedData when a line by date could be one of several runs.
Result<std::vector<SummaryRow>> merge_balances(std::vector<SummaryRow> runs,
                                               const std::vector<SummaryRow>& given);

/// The sheet as CSV: money and bps with two decimals, empty where not known. Links are relative to
/// `dst`.
std::string summary_csv(const std::vector<SummaryRow>& rows, const std::filesystem::path& dst);
/// The sheet as a page of its own.
std::string summary_html(const std::vector<SummaryRow>& rows, const std::filesystem::path& dst,
                         Timestamp stamp);

}  // namespace tieout::flow
