#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::report {

/// One reconciliation, as the index of all of them has it.
struct IndexedRun {
  std::string model;     // "C1b.config1"
  std::string run_mode;  // "paper_trading"
  std::string name;      // "20231108_131000.20231109_130500"
  Timestamp start, end;
  std::string verdict;                  // "IDENTICAL", ...; "" when there is none
  std::string sentence;                 // why; what is missing when there is no verdict
  bool partial = false;                 // production's log was not sealed when it was copied
  std::optional<std::uint64_t> breaks;  // distinct ones, of the fast report
  /// Parts with their columns that differ ("predict.3.compute_vol/vwap.ret_0.vol"): those that no
  /// earlier run of the model and mode had, and the others.
  std::vector<std::string> new_breaks, known_breaks;
  std::string fast_page, slow_page;  // relative links; "" when there is no page
};

/// All reconciliations below a directory.
struct RunIndex {
  std::string title;
  std::vector<IndexedRun> runs;    // by model, run mode, start
  std::vector<std::string> notes;  // directories that were not read, one sentence each
};

/// One self-contained page (no network, no script): a calendar and the trend of breaks of each
/// model and run mode, and all runs, the newest first. Equal indexes give equal bytes.
std::string render_run_index(const RunIndex& index);
/// The same as JSON, schema tieout.run_index/1.
std::string to_json(const RunIndex& index);

}  // namespace tieout::report
