#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout::flow {

/// One try of a stage. Tries are only ever added: a later one does not hide the error of an earlier
/// one.
struct StageAttempt {
  int number = 0;      // from 1
  std::string status;  // "running", "ok", "failed", "interrupted", "killed"
  int exit = 0;
  std::string started, ended;  // ISO, UTC; `ended` is empty while it runs and when it was killed
  std::string error;           // one line
};

/// One stage of a reconciliation, as status.json has it (recon_flow.md 15).
struct StageStatus {
  std::string name;            // "reconcile_run_sim"
  std::string status;          // "running", "ok", "failed", "skipped", "interrupted"
  int exit = 0;                // exit code of the stage alone; a report's is that of its verdict
  std::string started, ended;  // ISO, UTC
  int attempts = 0;
  std::string inputs_sha256;  // of what the stage depends on; empty when it did not get that far
  std::vector<std::string>
      outputs;        // paths relative to the run's directory; published ones absolute, or URLs
  std::string error;  // one line
  /// Of all files of the outputs in the run's directory (digest_of_outputs()); empty in the status
  /// of older versions.
  std::string outputs_sha256 = {};
  std::vector<StageAttempt> history = {};  // all tries; empty in the status of older versions
};

/// Checks by outcome. NOT_CHECKED never counts as a pass.
struct CheckCounts {
  std::uint64_t pass = 0, fail = 0, warn = 0, not_checked = 0, error = 0;
};

/// What happened to an alert about the run.
struct AlertRecord {
  std::string sink;
  std::string key;
  std::string status;  // "sent", "pending": not taken yet, "already sent": the same news
  std::string error;   // one line, of a pending one
};

/// The machine-readable state of a reconciliation.
struct RunStatus {
  std::string run_id;
  std::string verdict;   // "IDENTICAL", ...; empty before the first comparison
  std::string sentence;  // why, in one line
  /// Of the policy of the verdict, that without a policy included; empty before a comparison.
  std::string policy_name, policy_hash;
  bool partial = false;          // production's log was not sealed when it was copied
  std::string first_divergence;  // one line; empty when nothing diverged
  std::string link;              // of the report's page
  std::vector<StageStatus> stages;
  CheckCounts counts;
  std::vector<AlertRecord> alerts;  // of the last `reconcile_run_all --alerts`
};

std::string to_json(const RunStatus& status);
Result<RunStatus> status_from_json(std::string_view json);

/// The status file, or an empty status when there is none. Errors: kMalformedData, kFileUnreadable.
Result<RunStatus> read_status(const std::filesystem::path& path);
/// Atomic. Errors: kFileUnwritable, kDiskFull.
Status write_status(const std::filesystem::path& path, const RunStatus& status);

/// The record of a stage, or nullptr.
const StageStatus* find_stage(const RunStatus& status, std::string_view name) noexcept;

/// A digest of the files of `outputs` that lie in `root`: their paths, sizes and bytes. Outputs
/// elsewhere on this machine must only exist: a page under a static name belongs to who published
/// last. URLs are not looked at. Errors: kFileNotFound, kFileUnreadable.
Result<std::string> digest_of_outputs(const std::filesystem::path& root,
                                      const std::vector<std::string>& outputs);

/// The worse of two exit codes: 130 interrupted, 4 corrupt, 2 trouble, 1 diverged, 3 inconclusive,
/// 0.
int worse_exit(int left, int right) noexcept;

}  // namespace tieout::flow
