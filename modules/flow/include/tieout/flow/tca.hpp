#pragma once

#include <filesystem>

#include "tieout/core/result.hpp"
#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {

/// A dump of what the broker traded in one run (recon_flow.md 2.9).
struct TcaDump {
  RunIdentity run;
  bool incremental = false;           // keep a dump that is whole
  bool prevent_overwriting = true;    // remove its write bits
  std::filesystem::path trades_file;  // of the venue; empty: the fills of the run log
};

/// Write the trades of a run's window to {target}/tca: trades.csv, manifest.json (source, window,
/// counts, SHA-256) and log.txt.
///
/// Rule:    the window is [start - bar, end + bar], closed: what the last bar decided trades in the
///          bar after it. Rows are ordered by time, then id. The columns are those that --trades
///          reads. Written beside its place and renamed; equal inputs give equal bytes. An earlier
///          dump is replaced, or kept when `incremental` and its manifest describes it, else
///          kPathExists.
/// Errors:  kFileNotFound when the run's log is not there; those of the log and of the trades file;
///          kPathExists; kFileUnwritable.
Result<StageOutcome> dump_tca_data(const TcaDump& dump, const Context& context);

}  // namespace tieout::flow
