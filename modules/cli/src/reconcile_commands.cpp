#include <optional>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/alerts.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/flow/s3_source.hpp"

#include "commands.hpp"
#include "network.hpp"
#include "progress.hpp"
#include "trading_files.hpp"

namespace tieout::cli {
namespace {

/// The flags of the reconcile_* family as they are given; each command takes its part of them
/// (recon_flow.md 2.1 to 2.10).
struct ReconcileFlags {
  flow::IdentityText identity;
  std::string dst_root_dir, prod_data_source_dir, market_data_source_dir, market_data_store,
      publish_dir, publish_url, alerts, aws_profile, replay = "faithful", oms_db, universe = "all",
                                                     notebook_run_mode, policy, market_info,
                                                     restrictions;
  std::optional<std::string> fills, sim_run_mode;
  std::vector<std::string> overrides, plugins;
  bool incremental = false, prevent_overwriting = true, abort_if_exists = true,
       backup_dir_if_exists = false, self_consistency = false, mark_as_last = false,
       run_notebook = false, allow_update = false, json = false, force_overrides = false;
};

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
                   "Stage of production, a label",
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

void add_json(std::vector<Flag>& flags, ReconcileFlags& f) {
  flags.push_back({"--json", &f.json, "Print status.json at the end instead of lines"});
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
  if (!f.policy.empty()) {
    TIEOUT_TRY(recon.policy_file, local_path("--policy", f.policy));
    TIEOUT_TRY(recon.policy, recon::load_policy(recon.policy_file));
  }
  return recon;
}

/// A command of the family: flags, then one call of the flow.
class Reconcile : public Command {
 public:
  Result<int> run(Session& session) final {
    TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(flags_.plugins));
    TIEOUT_TRY(flow::Reconciliation recon, make_reconciliation(flags_));
    ProgressLine line(session);
    // With --json only the JSON goes to the standard output.
    Session quiet{session.err, session.err,  session.terminal,
                  session.now, session.stop, session.environment};
    ProgressLine quiet_line(quiet);
    ProgressLine& lines = flags_.json ? quiet_line : line;
    const Network network(session);
    const flow::Context context{registry,
                                session.now,
                                [&](std::string_view text) { lines.say(text); },
                                [&](const Error& error) { lines.complain(error); },
                                [&](const system::Progress& progress) { lines.show(progress); },
                                session.stop,
                                &network.outside()};
    TIEOUT_TRY(const int code, call(recon, context));
    lines.finish();
    if (flags_.json) {
      TIEOUT_TRY(const std::string status, read_file(flow::target_layout(recon.run).status));
      session.out << status;
    }
    return code;
  }

 protected:
  virtual Result<int> call(flow::Reconciliation& recon, const flow::Context& context) = 0;
  ReconcileFlags flags_;
};

class RunAll final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_run_all"; }
  std::string_view summary() const noexcept override {
    return "Copy, dump, replay, compare, report, publish: the whole reconciliation";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_source(flags, flags_);
    add_mode(flags, flags_, Need::kRequired);
    add_overrides(flags, flags_);
    add_force_overrides(flags, flags_);
    flags.push_back({"--run-notebook", &flags_.run_notebook, "Write the slow report too"});
    add_report(flags, flags_);
    add_simulation(flags, flags_);
    add_store(flags, flags_);
    add_existing(flags, flags_);
    add_incremental(flags, flags_);
    add_prevent(flags, flags_);
    flags.push_back(
        {"--allow-update", &flags_.allow_update, "At the end make everything writable again"});
    flags.push_back({"--alerts", &flags_.alerts,
                     "TOML file of who is told what came of it; an alert that fails changes no "
                     "exit code",
                     Need::kOptional, "FILE"});
    add_plugins(flags, flags_);
    add_json(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    std::optional<flow::AlertConfig> alerts;
    if (!flags_.alerts.empty()) {
      TIEOUT_TRY(alerts, flow::load_alerts(flags_.alerts, context.outside->environment));
    }
    const flow::Reconciliation given = recon;
    const Result<int> outcome = reconcile(recon, context);
    if (alerts) {
      flow::fire_alerts(given, *alerts, outcome, context);
    }
    return outcome;
  }
  static Result<int> reconcile(flow::Reconciliation& recon, const flow::Context& context) {
    TIEOUT_TRY(const flow::SourceMirror mirror, flow::fetch_source(recon, context));
    return flow::reconcile_run_all(recon, context);
  }
};

class CreateDirs final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_create_dirs"; }
  std::string_view summary() const noexcept override {
    return "Make the directories of a reconciliation";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_mode(flags, flags_, Need::kOptional);
    add_existing(flags, flags_);
    add_incremental(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    return flow::run_stage(recon, name(), context,
                           [&] { return flow::create_dirs(recon, context); });
  }
};

class CopyProdData final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_copy_prod_data"; }
  std::string_view summary() const noexcept override {
    return "Copy a production run and verify every byte of the copy";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_source(flags, flags_);
    add_mode(flags, flags_, Need::kRequired);
    add_incremental(flags, flags_);
    add_prevent(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    TIEOUT_TRY(const flow::SourceMirror mirror, flow::fetch_source(recon, context));
    return flow::run_stage(recon, name(), context,
                           [&] { return flow::copy_prod_data(recon, context); });
  }
};

class DumpMarketData final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_dump_market_data"; }
  std::string_view summary() const noexcept override {
    return "Dump all versions of the market data that a run could see";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_mode(flags, flags_, Need::kOptional);
    add_store(flags, flags_);
    flags.push_back({"--universe", &flags_.universe, "Symbols: a file, or all of production's",
                     Need::kOptional, "FILE|all"});
    add_incremental(flags, flags_);
    add_prevent(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    TIEOUT_CHECK(flow::find_mode(recon.run));
    return flow::run_stage(recon, name(), context,
                           [&] { return flow::dump_market_data(recon, context); });
  }
};

class RunSim final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_run_sim"; }
  std::string_view summary() const noexcept override {
    return "Replay a production run in simulated time";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_mode(flags, flags_, Need::kOptional);
    add_overrides(flags, flags_);
    add_force_overrides(flags, flags_);
    add_simulation(flags, flags_);
    add_incremental(flags, flags_);
    add_plugins(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    TIEOUT_CHECK(flow::find_mode(recon.run));
    TIEOUT_CHECK(flow::check_reconciliation(recon, context));
    return flow::run_stage(recon, name(), context, [&] { return flow::run_sim(recon, context); });
  }
};

class RunNotebook final : public Reconcile {
 public:
  // The guide's example has no --dst-root-dir.
  RunNotebook() { flags_.dst_root_dir = "prod_reconciliation"; }
  std::string_view name() const noexcept override { return "reconcile_run_notebook"; }
  std::string_view summary() const noexcept override {
    return "Compare production and simulation, write and publish a report";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    flags.push_back({"--notebook-run-mode",
                     &flags_.notebook_run_mode,
                     "Which report",
                     Need::kRequired,
                     "KIND",
                     {"fast", "slow"}});
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kOptional);
    add_mode(flags, flags_, Need::kOptional);
    add_overrides(flags, flags_);
    add_report(flags, flags_);
    flags.push_back({"--market-data-source-dir", &flags_.market_data_source_dir,
                     "Take test_data.csv.gz from there for the evidence", Need::kOptional, "DIR"});
    add_incremental(flags, flags_);
    add_prevent(flags, flags_);
    add_plugins(flags, flags_);
    add_json(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    const bool slow = flags_.notebook_run_mode == "slow";
    if (slow && !flags_.overrides.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "reconcile_run_notebook: --set-config-values belongs to the fast report; the "
                   "slow one takes none"};
    }
    TIEOUT_CHECK(flow::find_mode(recon.run));
    const std::string stage = fmt::format("{}.{}", name(), flags_.notebook_run_mode);
    return flow::run_stage(recon, stage, context, [&] {
      return flow::run_report(recon, slow ? report::ReportKind::kSlow : report::ReportKind::kFast,
                              context);
    });
  }
};

class ListRun final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_ls"; }
  std::string_view summary() const noexcept override {
    return "List the directory of a reconciliation with sizes";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_mode(flags, flags_, Need::kOptional);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    TIEOUT_TRY(const flow::StageOutcome outcome, flow::list_run(recon, context));
    return outcome.exit;
  }
};

}  // namespace

std::unique_ptr<Command> make_reconcile_run_all() {
  return std::make_unique<RunAll>();
}
std::unique_ptr<Command> make_reconcile_create_dirs() {
  return std::make_unique<CreateDirs>();
}
std::unique_ptr<Command> make_reconcile_copy_prod_data() {
  return std::make_unique<CopyProdData>();
}
std::unique_ptr<Command> make_reconcile_dump_market_data() {
  return std::make_unique<DumpMarketData>();
}
std::unique_ptr<Command> make_reconcile_run_sim() {
  return std::make_unique<RunSim>();
}
std::unique_ptr<Command> make_reconcile_run_notebook() {
  return std::make_unique<RunNotebook>();
}
std::unique_ptr<Command> make_reconcile_ls() {
  return std::make_unique<ListRun>();
}

}  // namespace tieout::cli
