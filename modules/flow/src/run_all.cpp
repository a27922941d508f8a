#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/config/override.hpp"
#include "tieout/core/file.hpp"
#include "tieout/flow/reconcile.hpp"

#include "production_overrides.hpp"
#include "record.hpp"
#include "test_data.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// Runs the stages one after the other and remembers what came of them.
class Pipeline {
 public:
  Pipeline(const Reconciliation& recon, const Context& context)
      : recon_(recon), context_(context) {}

  /// Run a stage when everything that it needs was made, else record why not. Errors: a status file
  /// that cannot be written.
  Status run(std::string_view name, const std::vector<std::string_view>& needs,
             const std::function<Result<StageOutcome>()>& stage) {
    if (context_.stop.load()) {
      worst_ = worse_exit(worst_, 130);
      return skip(name, "stopped by a signal");
    }
    for (const std::string_view need : needs) {
      if (made_.count(need) == 0) {
        return skip(name, fmt::format("{} made nothing", need));
      }
    }
    const Timestamp started = context_.now();
    context_.say(fmt::format("{} ...", name));
    const Result<int> exit = run_stage(recon_, name, context_, stage);
    if (exit.ok()) {
      made_.insert(name);
      worst_ = worse_exit(worst_, *exit);
      context_.say(fmt::format("{} done in {:.2f} s", name, to_seconds(context_.now() - started)));
    } else {
      worst_ = worse_exit(worst_, exit_code_of(exit.error()));
      context_.complain(exit.error());
    }
    return {};
  }

  /// Take the stage's result from elsewhere.
  Status replace(std::string_view name, const std::string& reason) {
    made_.insert(name);
    return skip(name, reason);
  }

  int worst() const { return worst_; }

 private:
  Status skip(std::string_view name, const std::string& reason) {
    StageStatus status;
    status.name = name;
    status.status = "skipped";
    status.started = status.ended = to_iso(context_.now());
    status.error = reason;
    context_.say(fmt::format("{} skipped: {}", name, reason));
    return record_stage(recon_, std::move(status), nullptr);
  }

  const Reconciliation& recon_;
  const Context& context_;
  std::set<std::string_view> made_;
  int worst_ = 0;
};

/// params.json (recon_flow.md 15). The overrides were checked before.
Result<std::string> parameters_json(const Reconciliation& recon) {
  const RunIdentity& run = recon.run;
  nlohmann::ordered_json overrides = nlohmann::ordered_json::array();
  for (const std::string& text : recon.overrides) {
    TIEOUT_TRY(const config::ParsedOverrides parsed, config::parse_overrides(text));
    for (const config::Override& item : parsed.overrides) {
      overrides.push_back({{"path", config::to_string(item.path)},
                           {"text", config::to_text(item)},
                           {"origin", "--set-config-values"}});
    }
  }
  const nlohmann::ordered_json json{
      {"schema", 1},
      {"run",
       {{"root",
         run.source_address.empty() ? run.prod_data_source_dir.string() : run.source_address},
        {"model", run.model},
        {"tag", run.tag},
        {"run_mode", run.run_mode},
        {"mode", run.mode},
        {"start_utc", to_iso(run.start)},
        {"end_utc", to_iso(run.end)},
        {"stage", run.stage}}},
      {"dst_root", run.dst_root_dir.string()},
      {"ctor", run.constructor},
      {"overrides", overrides},
      {"flags",
       {{"replay", recon.replay == system::Replay::kFaithful ? "faithful" : "nominal"},
        {"fills", recon.fills == system::Fills::kSimulated ? "simulated" : "replayed"},
        {"run_notebook", recon.run_notebook},
        {"incremental", recon.existing.incremental},
        {"abort_if_exists", recon.existing.abort_if_exists},
        {"backup_dir_if_exists", recon.existing.backup_dir_if_exists},
        {"prevent_overwriting", recon.prevent_overwriting},
        {"allow_update", recon.allow_update},
        {"check_dag_output_self_consistency", recon.check_dag_output_self_consistency},
        {"mark_as_last_24_hour_run", recon.mark_as_last_24_hour_run},
        {"market_data_source_dir", recon.market_data_source_dir.string()},
        {"market_data_store", recon.market_data_store.string()},
        {"market_info", recon.rules.market_info.string()},
        {"restrictions", recon.rules.restrictions.string()},
        {"policy", recon.policy_file.string()}}}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// A missing source is found before a directory is made, so that the next try does not fail on the
/// directory.
Status check_source(const RunIdentity& run) {
  const SourceLayout source = source_layout(run);
  std::error_code code;
  if (!fs::is_directory(source.system_log_dir, code)) {
    return Error{
        ErrorCode::kFileNotFound,
        fmt::format("reconcile_run_all: '{}' is not a directory; production's run log must "
                    "be there",
                    source.system_log_dir.string())};
  }
  if (!fs::is_regular_file(source.log_file, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("reconcile_run_all: '{}' is not a file; production's log "
                             "(--log_file_name) must be there",
                             source.log_file.string())};
  }
  return {};
}

Status run_stages(const Reconciliation& recon, const Context& context, Pipeline& pipeline) {
  TIEOUT_CHECK(pipeline.run(kCopyProdData, {}, [&] { return copy_prod_data(recon, context); }));
  if (recon.market_data_source_dir.empty()) {
    TIEOUT_CHECK(pipeline.run(kDumpMarketData, {kCopyProdData},
                              [&] { return dump_market_data(recon, context); }));
  } else {
    TIEOUT_CHECK(pipeline.replace(
        kDumpMarketData,
        fmt::format("--market-data-source-dir gives '{}'", test_data_path(recon).string())));
  }
  TIEOUT_CHECK(pipeline.run(kRunSim, {kCopyProdData, kDumpMarketData},
                            [&] { return run_sim(recon, context); }));
  // As in the reference, --incremental is about the data: reports are always written anew.
  Reconciliation anew = recon;
  anew.existing.incremental = false;
  TIEOUT_CHECK(pipeline.run(kFastReport, {kCopyProdData, kRunSim},
                            [&] { return run_report(anew, report::ReportKind::kFast, context); }));
  if (recon.run_notebook) {
    TIEOUT_CHECK(pipeline.run(kSlowReport, {kCopyProdData, kRunSim}, [&] {
      return run_report(anew, report::ReportKind::kSlow, context);
    }));
  }
  return pipeline.run(kList, {}, [&] { return list_run(recon, context); });
}

}  // namespace

Result<int> reconcile_run_all(const Reconciliation& given, const Context& context) {
  TIEOUT_CHECK(check_reconciliation(given, context));
  TIEOUT_CHECK(check_source(given.run));
  Reconciliation recon = given;
  auto overrides = settle_overrides(given, source_layout(given.run).system_log_dir, context);
  if (overrides.ok()) {
    recon.overrides = std::move(overrides).value();
    recon.force_overrides = true;  // They are settled.
  } else if (overrides.error().code == ErrorCode::kInvalidArgument) {
    return overrides.error();
  }  // A log that cannot be read is the copy's to tell.
  const TargetLayout layout = target_layout(recon.run);
  TIEOUT_TRY(const RunLock lock, RunLock::acquire(layout.root.parent_path() /
                                                  ("." + interval_name(recon.run) + ".lock")));
  TIEOUT_TRY([[maybe_unused]] const int made,
             run_stage(recon, kCreateDirs, context, [&] { return create_dirs(recon, context); }));
  TIEOUT_TRY(const std::string parameters, parameters_json(recon));
  TIEOUT_CHECK(write_file_atomic(layout.parameters, parameters));

  Pipeline pipeline(recon, context);
  TIEOUT_CHECK(run_stages(recon, context, pipeline));
  if (recon.allow_update) {
    TIEOUT_CHECK(pipeline.run(kAllowUpdate, {}, [&]() -> Result<StageOutcome> {
      TIEOUT_CHECK(set_write_bits(layout.root, WriteBits::kAdd));
      return StageOutcome{};
    }));
  }
  TIEOUT_TRY(const RunStatus status, read_status(layout.status));
  if (status.verdict.empty()) {
    context.say(fmt::format("no verdict: see {}", layout.status.string()));
  } else {
    context.say(fmt::format("verdict {}: {}{}", status.verdict, status.sentence,
                            status.partial ? "; PARTIAL: production's log is not sealed" : ""));
  }
  return pipeline.worst();
}

}  // namespace tieout::flow
