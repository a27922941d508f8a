#include <fmt/format.h>

#include "tieout/config/override.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/system/environment.hpp"

#include "production_overrides.hpp"
#include "stage_inputs.hpp"
#include "test_data.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// What is booked of another run or file; nothing where none is given.
Result<std::string> fills_digest(const system::FillsFrom& from) {
  std::string text;
  if (!from.file.empty()) {
    TIEOUT_TRY(const std::string content, read_file(from.file));
    text += sha256_hex(content) + "\n";
  }
  for (std::size_t bar = 0; from.run != nullptr && bar < from.run->bars().size(); ++bar) {
    for (const runlog::TableKind kind :
         {runlog::TableKind::kOrders, runlog::TableKind::kFills, runlog::TableKind::kPortfolio}) {
      text += to_hex(from.run->table_hash(kind, bar)) + "\n";
    }
  }
  return text;
}

/// Everything that the simulation is a function of; `recon.overrides` are settled.
Result<std::string> inputs_digest(const Reconciliation& recon) {
  const TargetLayout layout = target_layout(recon.run);
  TIEOUT_TRY(const std::string data, read_file(test_data_path(recon)));
  TIEOUT_TRY(const std::string manifest, read_file(layout.prod_log_dir / "manifest.json"));
  std::string text = sha256_hex(data) + "\n" + sha256_hex(manifest) + "\n";
  // A log that is not sealed grows under one manifest; the copy's own names every file.
  if (const Result<std::string> copied = read_file(layout.prod_manifest); copied.ok()) {
    text += sha256_hex(*copied) + "\n";
  }
  text += recon.replay == system::Replay::kFaithful ? "faithful\n" : "nominal\n";
  text += recon.fills == system::Fills::kReplayed ? "fills replayed\n" : "";
  TIEOUT_TRY(const std::string fills, fills_digest(recon.fills_from));
  text += fills;
  text += recon.run.stage + "\n" + recon.oms_db.string() + "\n";
  for (const std::string& item : recon.overrides) {
    text += item + "\n";
  }
  for (const Asset& asset : recon.universe) {
    text += asset.full_symbol + "\n";
  }
  for (const fs::path& rules : {recon.rules.market_info, recon.rules.restrictions}) {
    if (!rules.empty()) {
      TIEOUT_TRY(const std::string content, read_file(rules));
      text += sha256_hex(content) + "\n";
    }
  }
  for (const auto& [name, value] : system::describe_environment()) {
    text += name + "=" + value + "\n";
  }
  return sha256_hex(text);
}

/// Simulate into `temporary`, where nothing is yet.
Result<system::RunSummary> simulate(const Reconciliation& recon, const fs::path& temporary,
                                    const Context& context) {
  const TargetLayout layout = target_layout(recon.run);
  system::SimulationOptions options;
  options.constructor = recon.run.constructor;
  options.mode = recon.run.mode;
  options.stage = recon.run.stage;
  options.start = recon.run.start;
  options.end = recon.run.end;
  options.dst_dir = temporary / log_dir_name(recon.run);
  options.final_dir = layout.sim_log_dir;
  options.market_data = test_data_path(recon);
  options.overrides = recon.overrides;
  options.rules = recon.rules;
  options.replay = recon.replay;
  options.fills = recon.fills;
  options.fills_from = recon.fills_from;
  options.oms_db = recon.oms_db;
  options.prod_log = layout.prod_log_dir;
  options.universe = recon.universe;
  options.progress = context.progress;
  TIEOUT_TRY(system::RunSummary summary,
             system::run_simulation(options, context.registry, context.stop));
  if (summary.outcome == runlog::RunOutcome::kInterrupted) {
    return Error{ErrorCode::kInterrupted,
                 fmt::format("reconcile_run_sim: stopped by a signal after {} bars", summary.bars)};
  }
  TIEOUT_CHECK(check_stop(context, "reconcile_run_sim"));
  return summary;
}

}  // namespace

fs::path test_data_path(const Reconciliation& recon) {
  return recon.market_data_source_dir.empty() ? target_layout(recon.run).test_data
                                              : recon.market_data_source_dir / "test_data.csv.gz";
}

Status check_reconciliation(const Reconciliation& recon, const Context& context) {
  TIEOUT_TRY(const dataflow::DagBuilder* builder, context.registry.find(recon.run.constructor));
  TIEOUT_TRY(config::Config config, system::make_config(*builder));
  for (const std::string& text : recon.overrides) {
    TIEOUT_TRY(const config::ParsedOverrides parsed, config::parse_overrides(text));
    TIEOUT_CHECK(config::apply_overrides(config, parsed.overrides, "--set-config-values"));
  }
  TIEOUT_CHECK(system::record_rules(config, recon.rules, nullptr));
  TIEOUT_TRY([[maybe_unused]] const auto publisher,
             make_publisher(publish_address(recon), context.outside));
  TIEOUT_TRY(const std::string period, config.get_string({"trading_period"}));
  const Result<Duration> bar = parse_period(period);
  if (!bar.ok()) {
    return Error{ErrorCode::kInvalidConfig, "trading_period: " + bar.error().message};
  }
  const TimeGrid grid{*bar};
  for (const Timestamp edge : {recon.run.start, recon.run.end}) {
    if (!grid.contains(edge)) {
      return Error{
          ErrorCode::kInvalidInterval,
          fmt::format(
              "{} is {}, which is not on the grid of {} bars; the nearest bar is {}",
              edge == recon.run.start ? "--start-timestamp-as-str" : "--end-timestamp-as-str",
              to_ts_name(edge), period, to_ts_name(round_to(edge, *bar)))};
    }
  }
  return {};
}

Result<std::string> sim_inputs(const Reconciliation& given, const Context& context) {
  Reconciliation recon = given;
  const fs::path prod_log = target_layout(given.run).prod_log_dir;
  TIEOUT_TRY(recon.overrides, settle_overrides(given, prod_log, context));
  TIEOUT_TRY(recon.run.stage, settle_stage(given.run, prod_log));
  return inputs_digest(recon);
}

Result<StageOutcome> run_sim(const Reconciliation& given, const Context& context) {
  const TargetLayout layout = target_layout(given.run);
  Reconciliation recon = given;
  TIEOUT_TRY(recon.overrides, settle_overrides(given, layout.prod_log_dir, context));
  TIEOUT_TRY(recon.run.stage, settle_stage(given.run, layout.prod_log_dir));
  const fs::path market_data = test_data_path(recon);
  std::error_code code;
  if (!fs::is_regular_file(market_data, code)) {
    return Error{
        ErrorCode::kFileNotFound,
        fmt::format("reconcile_run_sim: '{}' is not a file; run reconcile_dump_market_data "
                    "first, or give --market-data-source-dir",
                    market_data.string())};
  }
  if (fs::exists(layout.sim_log_dir, code) && !recon.replace_outputs) {
    if (!recon.existing.incremental) {
      return Error{ErrorCode::kPathExists,
                   fmt::format("Path '{}' already exist!", layout.sim_log_dir.string())};
    }
    TIEOUT_CHECK(check_removable(layout.sim_log_dir));
    context.say(fmt::format("replaces the simulation in '{}'", layout.sim_log_dir.string()));
  }
  StageOutcome outcome;
  TIEOUT_TRY(outcome.inputs_sha256, inputs_digest(recon));
  TIEOUT_TRY(const fs::path temporary, make_temporary(layout.simulation, "sim"));
  const Result<system::RunSummary> summary = simulate(recon, temporary, context);
  if (!summary.ok()) {
    static_cast<void>(remove_tree(temporary));  // What failed is the news.
    return summary.error();
  }
  TIEOUT_CHECK(move_into_place(temporary, layout.simulation));
  for (const std::string& warning : summary->warnings) {
    context.say("warning: " + warning);
  }
  context.say(
      fmt::format("simulated {} bars in {:.2f} s", summary->bars, to_seconds(summary->elapsed)));
  outcome.outputs = {layout.sim_log_dir};
  return outcome;
}

}  // namespace tieout::flow
