#include "reconcile_flags.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/flow/stages.hpp"

#include "commands.hpp"
#include "trading_files.hpp"

namespace tieout::cli {

void add_identity(std::vector<Flag>& flags, ReconcileFlags& f) {
  flow::IdentityText& id = f.identity;
  flags.push_back({"--dag-builder-ctor-as-str", &id.dag_builder_ctor_as_str,
                   "DagBuilder of the strategy, as production's", Need::kRequired, "NAME"});
  flags.push_back({"--run-mode",
                   &id.run_mode,
                   "Run mode of production",
                   Need::kRequired,
                   "MODE",
                   {"prod", "paper_trading"}});
  flags.push_back({"--start-timestamp-as-str", &id.start_timestamp_as_str, "First bar, UTC",
                   Need::kRequired, "YYYYMMDD_HHMMSS"});
  flags.push_back({"--end-timestamp-as-str", &id.end_timestamp_as_str, "Last bar, UTC",
                   Need::kRequired, "YYYYMMDD_HHMMSS"});
  flags.push_back({"--tag", &id.tag, "Tag of the config, as in C1b.tag", Need::kOptional, "TAG"});
  flags.push_back({"--stage",
                   &id.stage,
                   "Stage of production (default: that of its run, preprod when it recorded none)",
                   Need::kOptional,
                   "STAGE",
                   {"local", "test", "preprod", "prod"}});
  flags.push_back(
      {"--aws-profile", &f.aws_profile,
       "Profile of the AWS credentials file for s3:// addresses (default: the environment's)",
       Need::kOptional, "NAME"});
}

void add_dst_root(std::vector<Flag>& flags, ReconcileFlags& f, Need need) {
  flags.push_back({"--dst-root-dir", &f.dst_root_dir, "Root of the reconciliations; it must exist",
                   need, "DIR"});
}

void add_mode(std::vector<Flag>& flags, ReconcileFlags& f, Need need) {
  flags.push_back({"--mode",
                   &f.identity.mode,
                   need == Need::kRequired
                       ? "How production was started"
                       : "How production was started (default: that of the one copied run)",
                   need,
                   "MODE",
                   {"scheduled", "manual"}});
}

void add_source(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--prod-data-source-dir", &f.prod_data_source_dir,
                   "Root of production's runs, a directory that exists or s3://bucket/prefix",
                   Need::kRequired, "DIR|S3"});
}

void add_existing(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--abort-if-exists",
                   &f.abort_if_exists,
                   "Stop when the run's directory exists",
                   Need::kOptional,
                   "",
                   {},
                   true});
  flags.push_back({"--backup-dir-if-exists", &f.backup_dir_if_exists,
                   "Rename an existing directory to name.{its UTC time} first"});
}

void add_incremental(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--incremental", &f.incremental,
                   "Keep what exists (needs --no-abort-if-exists for the run's directory)"});
}

void add_prevent(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--prevent-overwriting",
                   &f.prevent_overwriting,
                   "Remove the write bits of what was made",
                   Need::kOptional,
                   "",
                   {},
                   true});
}

void add_simulation(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--market-data-source-dir", &f.market_data_source_dir,
                   "Take test_data.csv.gz from there instead of the simulation directory",
                   Need::kOptional, "DIR"});
  flags.push_back({"--replay",
                   &f.replay,
                   "faithful: production's decision times and data versions; nominal: every row "
                   "known 10 s after its bar, last versions",
                   Need::kOptional,
                   "KIND",
                   {"faithful", "nominal"}});
  flags.push_back({"--fills", &f.fills,
                   "simulated: the simulation's broker fills its orders; replayed: production's "
                   "fills are booked, bar by bar; or the log (of either kind) or file whose fills "
                   "are booked instead",
                   Need::kOptional, "KIND|LOG_DIR|FILE"});
  flags.push_back({"--sim-run-mode",
                   &f.sim_run_mode,
                   "Run mode of the simulation; simulation_with_replayed_fills is --fills replayed",
                   Need::kOptional,
                   "MODE",
                   {"simulation", "simulation_with_replayed_fills"}});
  flags.push_back(
      {"--oms-db", &f.oms_db,
       "The simulation's OMS tables, opened or made, for broker_config.kind 'database': "
       "a SQLite file, 'postgresql:' or 'postgresql:FILE' (default: a new SQLite file "
       "beside its log)",
       Need::kOptional, "DATABASE"});
  flags.push_back({"--universe", &f.universe, "Symbols: a file, or all of production's",
                   Need::kOptional, "FILE|all"});
  flags.push_back({"--market-info", &f.market_info,
                   "JSON of the exchange's limits (default: those that production recorded)",
                   Need::kOptional, "FILE"});
  flags.push_back({"--restrictions", &f.restrictions,
                   "CSV of restricted assets (default: those that production recorded)",
                   Need::kOptional, "FILE"});
}

void add_overrides(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--set-config-values", &f.overrides,
                   "Config overrides of production, joined by ';' (default: those in its log)",
                   Need::kOptional, "OVERRIDES"});
}

void add_force_overrides(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--force-overrides", &f.force_overrides,
                   "Replay with --set-config-values alone, though production had others"});
}

void add_plugins(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--plugin", &f.plugins, "Shared object with DagBuilders; repeatable",
                   Need::kOptional, "SO"});
}

void add_store(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--market-data-store", &f.market_data_store,
                   "SQLite store to dump (default: the one that production recorded)",
                   Need::kOptional, "PATH"});
}

void add_dump(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--db-stage",
                   &f.db_stage,
                   "Stage of the store (default: production's; another one is refused)",
                   Need::kOptional,
                   "STAGE",
                   {"local", "test", "preprod", "prod"}});
  flags.push_back({"--universe-version", &f.universe_version,
                   "Version of the universe, written into test_data.json; which assets they are, "
                   "production or --universe says",
                   Need::kOptional, "vN.N"});
  flags.push_back({"--source-dir", &f.source_dir,
                   "With --incremental take the rows of DIR/test_data.csv.gz, if it exists, "
                   "instead of the store's",
                   Need::kOptional, "DIR"});
  flags.push_back({"--interactive", &f.interactive,
                   "Show the first and last rows and ask whether the file is ok before it is kept; "
                   "needs a terminal"});
}

void add_report(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--check-dag-output-self-consistency", &f.self_consistency,
                   "Compare each bar's output with the bar's before, in the fast report too"});
  flags.push_back({"--mark-as-last-24-hour-run", &f.mark_as_last,
                   "Publish under the static name of the last 24 hours too"});
  flags.push_back(
      {"--publish-dir", &f.publish_dir,
       "Where pages are published: a directory, file:///directory or s3://bucket/prefix "
       "(default: {dst-root-dir}/published)",
       Need::kOptional, "PLACE"});
  flags.push_back({"--publish-url", &f.publish_url,
                   "What people reach --publish-dir by, for the links that are printed",
                   Need::kOptional, "URL"});
  flags.push_back({"--policy", &f.policy,
                   "Policy file: what is allowed to differ; without it nothing is", Need::kOptional,
                   "FILE"});
}

void add_control(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--resume", &f.resume,
                   "Go on where an earlier reconciliation of this run failed or was killed: keep "
                   "the stages that are done, whose inputs are the same and whose outputs are "
                   "whole, and do the others anew"});
  flags.push_back({"--stage-timeout-secs", &f.stage_timeout_secs,
                   "Time of each stage; 0 is no limit. A stage that is out of time is stopped, its "
                   "output is not kept, and the exit code is 2",
                   Need::kOptional, "SECONDS"});
  flags.push_back({"--stage-timeout", &f.stage_timeouts,
                   "Time of one stage, as reconcile_run_sim=600; repeatable", Need::kOptional,
                   "STAGE=SECONDS"});
  flags.push_back({"--retries", &f.retries,
                   "More tries of a stage after a fault that may pass: a locked store, a busy file",
                   Need::kOptional, "N"});
  flags.push_back({"--retry-wait-secs", &f.retry_wait_secs,
                   "Wait before the first retry; doubled for each further one, 60 at most",
                   Need::kOptional, "SECONDS"});
}

void add_alerts(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--alerts", &f.alerts,
                   "TOML file of who is told what came of it; an alert that fails changes no "
                   "exit code",
                   Need::kOptional, "FILE"});
}

void add_json(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--json", &f.json, "Print status.json at the end instead of lines"});
}

namespace {

/// Seconds of a flag that names a length of time.
Result<Duration> length_of(std::string_view flag, double secs) {
  constexpr double kYear = 366.0 * 86400.0;
  if (!(secs >= 0.0) || secs > kYear) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} is {}, it must be a number of seconds from 0 to {:.0f}", flag,
                             format_double(secs), kYear)};
  }
  return Duration{static_cast<std::int64_t>(secs * 1e9)};
}

/// "reconcile_run_sim=600".
Status add_timeout(const std::string& text, flow::StageControl& control) {
  const std::size_t equals = text.find('=');
  const std::string stage = text.substr(0, equals);
  const std::optional<double> secs =
      equals == std::string::npos ? std::nullopt : parse_double(text.substr(equals + 1));
  if (!secs.has_value()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--stage-timeout is '{}', it must be STAGE=SECONDS", text)};
  }
  const std::vector<std::string> names = flow::stage_names();
  if (std::find(names.begin(), names.end(), stage) == names.end()) {
    return Error{ErrorCode::kUnknownName,
                 fmt::format("--stage-timeout: there is no stage '{}'; there are {}", stage,
                             fmt::join(names, ", "))};
  }
  TIEOUT_TRY(control.timeout_of[stage], length_of("--stage-timeout", *secs));
  return {};
}

Result<flow::StageControl> control_of(const ReconcileFlags& f) {
  flow::StageControl control;
  control.resume = f.resume;
  constexpr std::uint64_t kMostRetries = 100;
  if (f.retries > kMostRetries) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--retries is {}, it must be from 0 to {}", f.retries, kMostRetries)};
  }
  control.retries = static_cast<int>(f.retries);
  TIEOUT_TRY(control.timeout, length_of("--stage-timeout-secs", f.stage_timeout_secs));
  TIEOUT_TRY(control.first_wait, length_of("--retry-wait-secs", f.retry_wait_secs));
  for (const std::string& text : f.stage_timeouts) {
    TIEOUT_CHECK(add_timeout(text, control));
  }
  return control;
}

/// "v7.4".
Status check_universe_version(const std::string& text) {
  const bool fits =
      text.empty() || (text.size() > 1 && text.front() == 'v' &&
                       text.find_first_not_of("0123456789.", 1) == std::string::npos &&
                       text.find_first_of("0123456789") == 1);
  return fits ? Status()
              : Status(Error{ErrorCode::kInvalidArgument,
                             fmt::format("--universe-version is '{}', it must be as v7.4", text)});
}

/// Rule: --sim-run-mode says whether fills are replayed, --fills whose; neither: they are not.
Status choose_fills(const ReconcileFlags& f, flow::Reconciliation& recon) {
  const bool mode_replays = f.sim_run_mode == "simulation_with_replayed_fills";
  const bool fills_replay = f.fills && *f.fills != "simulated";
  const bool contradict = (mode_replays && f.fills && !fills_replay) ||
                          (f.sim_run_mode == "simulation" && fills_replay);
  if (contradict) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--sim-run-mode is {} and --fills {}: needed one of them, or both of "
                             "one meaning",
                             *f.sim_run_mode, *f.fills)};
  }
  if (!mode_replays && !fills_replay) {
    return {};
  }
  recon.fills = system::Fills::kReplayed;
  if (fills_replay && *f.fills != "replayed") {
    TIEOUT_TRY(recon.fills_from, open_fills(*f.fills));
  }
  return {};
}

}  // namespace

Result<flow::Reconciliation> make_reconciliation(const ReconcileFlags& f) {
  flow::Reconciliation recon;
  flow::IdentityText identity = f.identity;
  TIEOUT_TRY(identity.dst_root_dir, local_path("--dst-root-dir", f.dst_root_dir));
  identity.prod_data_source_dir = f.prod_data_source_dir;
  TIEOUT_TRY(recon.run, flow::make_identity(identity));
  recon.existing = {f.incremental, f.abort_if_exists, f.backup_dir_if_exists};
  recon.prevent_overwriting = f.prevent_overwriting;
  recon.check_dag_output_self_consistency = f.self_consistency;
  recon.mark_as_last_24_hour_run = f.mark_as_last;
  recon.run_notebook = f.run_notebook;
  recon.allow_update = f.allow_update;
  recon.overrides = f.overrides;
  recon.force_overrides = f.force_overrides;
  TIEOUT_TRY(recon.rules, rule_files(f.market_info, f.restrictions));
  TIEOUT_TRY(recon.market_data_source_dir,
             local_path("--market-data-source-dir", f.market_data_source_dir));
  recon.market_data_store = f.market_data_store;
  recon.publish_dir = f.publish_dir;
  recon.publish_url = f.publish_url;
  recon.aws_profile = f.aws_profile;
  recon.replay = f.replay == "nominal" ? system::Replay::kNominal : system::Replay::kFaithful;
  recon.oms_db = f.oms_db;
  TIEOUT_CHECK(choose_fills(f, recon));
  TIEOUT_TRY(recon.universe, read_universe(f.universe));
  TIEOUT_CHECK(check_universe_version(f.universe_version));
  recon.dump.db_stage = f.db_stage;
  recon.dump.universe_version = f.universe_version;
  TIEOUT_TRY(recon.dump.source_dir, local_path("--source-dir", f.source_dir));
  recon.dump.interactive = f.interactive;
  TIEOUT_TRY(recon.control, control_of(f));
  if (!f.policy.empty()) {
    TIEOUT_TRY(recon.policy_file, local_path("--policy", f.policy));
    TIEOUT_TRY(recon.policy, recon::load_policy(recon.policy_file));
  }
  return recon;
}

}  // namespace tieout::cli
