#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/flow/directories.hpp"
#include "tieout/flow/outside.hpp"
#include "tieout/flow/publisher.hpp"
#include "tieout/flow/run_identity.hpp"
#include "tieout/flow/status.hpp"
#include "tieout/recon/policy.hpp"
#include "tieout/report/report.hpp"
#include "tieout/system/run.hpp"

namespace tieout::flow {

/// What a stage sees of the process.
struct Context {
  const dataflow::DagBuilderRegistry& registry;
  std::function<Timestamp()> now;              // wall clock, for status and artefact names
  std::function<void(std::string_view)> say;   // one line for people
  std::function<void(const Error&)> complain;  // an error that does not end the command
  system::ProgressSink progress;               // of the simulation
  const std::atomic<bool>& stop;
  const Outside* outside = nullptr;              // none: the stage reaches the file system only
  std::function<void(Duration)> wait = nullptr;  // before a retry; none: at once
  /// Ask a person a question; none: nobody is there to answer.
  std::function<bool(std::string_view)> ask = nullptr;
  std::optional<Timestamp> deadline = std::nullopt;  // of this stage
  const std::atomic<bool>* outer_stop = nullptr;  // of the process, when `stop` is the stage's own
  /// An error that ended a stage of reconcile_run_all; none: `complain`.
  std::function<void(std::string_view stage, const Error&)> fail = nullptr;
};

/// Stages call it between their steps, and once more before their outputs take their place.
/// Errors: kInterrupted when the process was told to stop, kTimeout when the deadline is over.
Status check_stop(const Context& context, std::string_view who);

/// How stages are run; it changes nothing of what they make.
struct StageControl {
  bool resume = false;    // go on where an earlier reconciliation of the run was cut
  Duration timeout = {};  // of each stage; zero: none
  std::map<std::string, Duration, std::less<>> timeout_of = {};  // of single stages, instead
  int retries = 2;                   // more tries after a fault that may pass
  Duration first_wait = seconds(1);  // before the first retry; doubled for each further one
};

/// Flags of reconcile_dump_market_data alone (recon_flow.md 2.4).
struct DumpFlags {
  std::string db_stage;              // empty: production's; another one is refused
  std::string universe_version;      // a label of the dump's summary
  std::filesystem::path source_dir;  // with `incremental`, its test_data.csv.gz is taken
  bool interactive = false;          // ask whether the file is ok before it is kept
};

/// A reconciliation: which run, and every flag of its stages with the reference's defaults
/// (recon_flow.md 2.1 to 2.6).
struct Reconciliation {
  RunIdentity run;
  ExistingDir existing;
  bool prevent_overwriting = true;
  bool check_dag_output_self_consistency = false;
  bool mark_as_last_24_hour_run = false;
  bool run_notebook = false;  // the slow report too
  bool allow_update = false;
  /// Texts of --set-config-values. None: production's own, from its log. Given, they must be
  /// production's, or `force_overrides` is set.
  std::vector<std::string> overrides;
  bool force_overrides = false;  // replay with `overrides`, whatever production had
  system::RuleFiles rules;       // instead of what production recorded
  std::filesystem::path
      market_data_source_dir;               // take test_data.csv.gz from there instead of dumping
  std::filesystem::path market_data_store;  // instead of the store that production recorded
  /// Where pages go, or a file:// or s3:// address of it; empty: {dst_root_dir}/published.
  std::filesystem::path publish_dir;
  std::string publish_url;  // what people reach it by; empty: its own address
  std::string aws_profile;  // of s3:// sources and addresses; empty: the environment's
  system::Replay replay = system::Replay::kFaithful;
  system::Fills fills = system::Fills::kSimulated;
  system::FillsFrom fills_from;  // with replayed fills: instead of production's
  std::filesystem::path oms_db;  // of the simulation; empty: a new file beside its log
  std::vector<Asset> universe;   // empty: production's
  DumpFlags dump;
  StageControl control;
  /// A stage may replace what it made before. Set for a stage that is redone; a flag of nobody.
  bool replace_outputs = false;
  std::filesystem::path policy_file;    // where `policy` was read; empty: none
  std::optional<recon::Policy> policy;  // what a report allows to differ; nothing: nothing may
};

/// What a comparison said, for the status.
struct ReportResult {
  std::string verdict;
  std::string sentence;
  CheckCounts counts;
  std::string policy_name, policy_hash;
  std::string first_divergence;  // one line; empty when nothing diverged
  std::string link;              // of the published page
};

/// What a stage made.
struct StageOutcome {
  int exit = 0;
  std::string inputs_sha256;
  std::vector<std::filesystem::path> outputs;
  std::optional<bool> partial;         // set by the copy: production's log was not sealed
  std::optional<ReportResult> report;  // set by a report
};

/// Where the run's pages go.
PublishAddress publish_address(const Reconciliation& recon);

/// Check what can be checked before anything is written: the builder is known, the overrides parse
/// and apply, the window is on the bar grid, pages can go where they shall. Errors: kUnknownName,
/// kMalformedOverride, kUnknownConfigKey, kConfigTypeMismatch, kInvalidInterval, those of
/// make_publisher().
Status check_reconciliation(const Reconciliation& recon, const Context& context);

/// Target directory with prod, simulation, reconciliation_notebook (tca for run_mode prod). Errors:
/// kPathExists, kFileUnwritable.
Result<StageOutcome> create_dirs(const Reconciliation& recon, const Context& context);

/// Copy the production run's log directory and log file, verify every byte, write
/// prod/manifest.json.
///
/// Rule:    the copy is made beside its place and renamed, so that a failure leaves nothing. Files
/// are copied, never hard-linked:
///          evidence must not change with its source, nor the source's mode with
///          --prevent-overwriting. A log that was not sealed is marked `partial`. An existing copy
///          is kept when `incremental` and it verifies, else kPathExists.
/// Errors:  kFileNotFound naming the path, kCorruptEvidence when the log fails its checksums,
/// kNotARunLog, kDiskFull.
Result<StageOutcome> copy_prod_data(const Reconciliation& recon, const Context& context);

/// Dump every version of every bar that the run could have seen, (start - history_lookback -
/// margin, end], from the store that production recorded; print a sanity report and write it to
/// simulation/test_data.json. Errors:  kFileNotFound, kMissingData when the window is empty,
/// kStoreLocked, kPathExists unless `incremental`.
Result<StageOutcome> dump_market_data(const Reconciliation& recon, const Context& context);

/// Replay the run, with production's overrides unless others are forced. Errors: those of
/// system::run_simulation; kPathExists unless `incremental`; kInvalidArgument for overrides that
/// contradict production's.
Result<StageOutcome> run_sim(const Reconciliation& recon, const Context& context);

/// Compare prod and sim, explain the first divergence from the market data, write and publish the
/// report. The outcome's exit is that of the verdict. Errors: kFileNotFound when a side is missing,
/// kCorruptEvidence.
Result<StageOutcome> run_report(const Reconciliation& recon, report::ReportKind kind,
                                const Context& context);

/// List the run's directory with sizes. Errors: kFileNotFound.
Result<StageOutcome> list_run(const Reconciliation& recon, const Context& context);

/// Run one stage as a command does: that it runs and what came of it goes to status.json of the
/// run, when the run has a directory. An error of the stage is recorded and returned. Returns: the
/// exit code of the stage.
Result<int> run_stage(const Reconciliation& recon, std::string_view name, const Context& context,
                      const std::function<Result<StageOutcome>()>& stage);

/// run_stage() for a command of its own: with the lock of the run, when the run has a directory.
/// Errors: also kPathExists naming the process that holds it.
Result<int> run_stage_alone(const Reconciliation& recon, std::string_view name,
                            const Context& context,
                            const std::function<Result<StageOutcome>()>& stage);

/// All stages of the graph in order (stages.hpp). A stage that fails does not hide the others;
/// those that lack its output are skipped with the reason. Returns the worst exit code. Errors:
/// only those found before the first write (check_reconciliation, create_dirs, the lock).
Result<int> reconcile_run_all(const Reconciliation& recon, const Context& context);

}  // namespace tieout::flow
