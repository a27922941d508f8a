#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/config/override.hpp"
#include "tieout/core/file.hpp"
#include "tieout/flow/stages.hpp"

#include "production_overrides.hpp"
#include "record.hpp"
#include "stage_inputs.hpp"
#include "test_data.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

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

Status check_control(const Reconciliation& recon) {
  if (recon.control.resume && recon.existing.backup_dir_if_exists) {
    return Error{ErrorCode::kInvalidArgument,
                 "reconcile_run_all: --resume goes on in the directory that exists, "
                 "--backup-dir-if-exists begins a new one; give one of them"};
  }
  return {};
}

/// A missing source is found before a directory is made, so that the next try does not fail on the
/// directory.
Result<SourceLayout> check_source(const RunIdentity& run) {
  Result<SourceLayout> source = find_source(run);
  if (!source.ok()) {
    return Error{source.error().code, "reconcile_run_all: " + source.error().message};
  }
  return source;
}

Stage report_stage(std::string_view name, report::ReportKind kind, const TargetLayout& layout) {
  return {name,
          {kCopyProdData, kRunSim},
          {layout.notebooks / report::to_string(kind)},
          nullptr,
          [kind](const Reconciliation& recon, const Context& context) {
            // As in the reference, --incremental is about the data: reports are always written
            // anew.
            Reconciliation anew = recon;
            anew.existing.incremental = false;
            return run_report(anew, kind, context);
          }};
}

/// Make everything writable again.
Stage allow_update_stage() {
  return {kAllowUpdate,
          {},
          {},
          nullptr,
          [](const Reconciliation& recon, const Context&) -> Result<StageOutcome> {
            TIEOUT_CHECK(set_write_bits(target_layout(recon.run).root, WriteBits::kAdd));
            return StageOutcome{};
          }};
}

Status run_stages(const Reconciliation& recon, const Context& context, StageRunner& runner) {
  for (const Stage& stage : stages_of(recon, context)) {
    TIEOUT_CHECK(runner.run(stage));
    if (stage.name == kCopyProdData && !recon.market_data_source_dir.empty()) {
      TIEOUT_CHECK(runner.replace(
          kDumpMarketData,
          fmt::format("--market-data-source-dir gives '{}'", test_data_path(recon).string())));
    }
  }
  return {};
}

/// The directory of the run. With --resume an existing one is gone on with.
Status make_target(const Reconciliation& given, const Context& context) {
  Reconciliation recon = given;
  const TargetLayout layout = target_layout(recon.run);
  if (recon.control.resume) {
    recon.existing = {.incremental = true, .abort_if_exists = false};
    TIEOUT_CHECK(remove_leftovers(layout.root, Depth::kAll));
    TIEOUT_CHECK(remove_leftovers(
        recon.publish_dir.empty() ? recon.run.dst_root_dir / "published" : recon.publish_dir,
        Depth::kOne));
  }
  TIEOUT_TRY([[maybe_unused]] const int made,
             run_stage(recon, kCreateDirs, context, [&] { return create_dirs(recon, context); }));
  TIEOUT_TRY(const std::string parameters, parameters_json(given));
  return write_file_atomic(layout.parameters, parameters);
}

}  // namespace

std::vector<Stage> stages_of(const Reconciliation& recon, const Context& context) {
  const TargetLayout layout = target_layout(recon.run);
  std::vector<Stage> stages;
  stages.push_back({kCopyProdData,
                    {},
                    {layout.prod},
                    [&recon] { return copy_inputs(recon.run); },
                    copy_prod_data});
  if (recon.market_data_source_dir.empty()) {
    stages.push_back({kDumpMarketData,
                      {kCopyProdData},
                      {layout.test_data, layout.simulation / "test_data.json"},
                      [&recon] { return dump_inputs(recon); },
                      dump_market_data});
  }
  stages.push_back({kRunSim,
                    {kCopyProdData, kDumpMarketData},
                    {layout.sim_log_dir},
                    [&recon, &context] { return sim_inputs(recon, context); },
                    run_sim});
  stages.push_back(report_stage(kFastReport, report::ReportKind::kFast, layout));
  stages.back().inputs = [&recon] { return report_inputs(recon, report::ReportKind::kFast); };
  if (recon.run_notebook) {
    stages.push_back(report_stage(kSlowReport, report::ReportKind::kSlow, layout));
    stages.back().inputs = [&recon] { return report_inputs(recon, report::ReportKind::kSlow); };
  }
  stages.push_back({kList, {}, {}, nullptr, list_run});
  if (recon.allow_update) {
    stages.push_back(allow_update_stage());
  }
  return stages;
}

Result<int> reconcile_run_all(const Reconciliation& given, const Context& context) {
  TIEOUT_CHECK(check_reconciliation(given, context));
  TIEOUT_CHECK(check_control(given));
  TIEOUT_TRY(const SourceLayout source, check_source(given.run));
  Reconciliation recon = given;
  auto overrides = settle_overrides(given, source.system_log_dir, context);
  if (overrides.ok()) {
    recon.overrides = std::move(overrides).value();
    recon.force_overrides = true;  // They are settled.
  } else if (overrides.error().code == ErrorCode::kInvalidArgument) {
    return overrides.error();
  }  // A log that cannot be read is the copy's to tell.
  TIEOUT_TRY(recon.run.stage, settle_stage(recon.run, source.system_log_dir));
  const TargetLayout layout = target_layout(recon.run);
  TIEOUT_TRY(const RunLock lock, RunLock::acquire(layout.lock));
  TIEOUT_CHECK(make_target(recon, context));
  StageRunner runner(recon, context);
  TIEOUT_CHECK(run_stages(recon, context, runner));
  TIEOUT_TRY(const RunStatus status, read_status(layout.status));
  if (status.verdict.empty()) {
    context.say(fmt::format("no verdict: see {}", layout.status.string()));
  } else {
    context.say(fmt::format(
        "verdict {}: {}{}", status.verdict, status.sentence,
        status.partial ? "; PARTIAL: production's run did not come to the end of the window" : ""));
  }
  return runner.worst();
}

}  // namespace tieout::flow
