#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/marketdata/bar.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/report/report.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {

/// A run in progress, reconciled as far as it went.
struct RollingOptions {
  std::filesystem::path prod_log;                // system_log_dir.{mode}, being written or sealed
  std::filesystem::path dir;                     // of the state; made
  std::filesystem::path market_data_store = {};  // instead of the store that production recorded
  const recon::Policy* policy = nullptr;         // null: exact; must outlive the call
};

/// One bar that was reconciled: what both sides computed.
struct RollingBar {
  Timestamp bar;
  Timestamp wall;         // when production committed it
  std::string prod, sim;  // content hashes
  friend bool operator==(const RollingBar&, const RollingBar&) = default;
};

/// What one look at the run said; kept for ever.
struct RollingPass {
  Timestamp at;  // wall clock
  std::size_t bars = 0;
  Timestamp last_bar;
  bool sealed = false;
  std::string policy_hash;
  std::string verdict, sentence;
  std::optional<Timestamp> first_bar;  // of the first divergence, when it is at a bar
};

/// The state of a rolling reconciliation, and the runs that it compared.
struct Rolling {
  explicit Rolling(runlog::RunReader production) : prod(std::move(production)) {}

  runlog::RunReader prod;
  std::optional<runlog::RunReader> sim;          // of the same bars; nothing before the first one
  std::optional<recon::Comparison> comparison;   // likewise
  std::vector<report::Evidence> evidence;        // about the first divergence
  std::vector<marketdata::BarVersion> versions;  // market data behind it; empty: all agrees
  std::optional<std::size_t> bars_expected;      // nothing: the run has no end
  std::size_t new_bars = 0;                      // since the last call
  bool simulated = false;                        // false: nothing was new, the simulation was kept
  std::vector<RollingBar> bars;                  // all, ascending
  std::vector<RollingPass> passes;               // all looks that saw something new
  std::vector<std::string> notes;
};

/// "IDENTICAL", ...; INCONCLUSIVE before the first bar is finished.
std::string verdict_of(const Rolling& rolling);
std::string sentence_of(const Rolling& rolling);

/// Reconcile the bars that production has committed by now.
///
/// Rule:    the prefix of the run is replayed faithfully, from production's journal and all
/// versions in its store, and compared as reconcile_run_all compares whole runs: after the last bar
/// the verdict is that of the fast report. Production's log is read, never locked or changed.
/// `dir` holds bars.jsonl and verdicts.jsonl, which only grow, state.json, the dump and the newest
/// simulation. A call that sees no new bar simulates nothing and adds nothing. The log of another
/// run in the same place moves the old state aside under a new name.
/// Errors:  those of opening the log, of the store and of system::run_simulation;
/// kCorruptEvidence when a bar that was reconciled before is no longer what it was;
/// kPathExists when another process holds `dir`.
/// Cost:    nothing new: reading the log and comparing hashes. Else a dump and a simulation of the
/// prefix.
Result<Rolling> reconcile_so_far(const RollingOptions& options, const Context& context);

}  // namespace tieout::flow
