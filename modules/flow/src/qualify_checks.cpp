#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/check_deployment.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/system/check_strategy.hpp"
#include "tieout/system/run.hpp"

#include "qualify_steps.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// Bars of the window without any data.
std::size_t count_empty_bars(const Subject& subject,
                             const std::vector<marketdata::BarVersion>& rows) {
  std::vector<Timestamp> with_data;
  for (const marketdata::BarVersion& row : rows) {
    with_data.push_back(ceil_to(row.end, subject.bar));
  }
  std::ranges::sort(with_data);
  std::size_t empty = 0;
  for (const Timestamp bar : TimeGrid{subject.bar}.bars_between(subject.start, subject.end)) {
    empty += std::ranges::binary_search(with_data, bar) ? 0U : 1U;
  }
  return empty;
}

}  // namespace

Status check_system(const Subject& subject, QualifyStep& step) {
  TIEOUT_TRY(const dataflow::DagBuilder* builder,
             subject.registry.find(subject.options.constructor));
  TIEOUT_TRY(const config::Config config, configured(subject.options, *builder));
  const fs::path file = subject.options.out / "config.txt";
  TIEOUT_CHECK(write_file_atomic(file, config.to_text()));
  step.evidence = {file, subject.dump};
  TIEOUT_TRY(const auto rows, marketdata::read_dump(subject.dump));
  std::vector<std::string> symbols;
  for (const marketdata::BarVersion& row : rows) {
    symbols.push_back(row.full_symbol);
  }
  std::ranges::sort(symbols);
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  TIEOUT_TRY(const Universe universe, Universe::from_symbols(symbols));
  const auto dag = builder->build(config, universe);
  if (!dag.ok()) {
    step.status = StepStatus::kFail;
    step.sentence = "the DAG cannot be built: " + dag.error().message;
    return {};
  }
  if (const std::size_t empty = count_empty_bars(subject, rows); empty > 0) {
    step.status = StepStatus::kFail;
    step.sentence = fmt::format("{} bars of the window have no market data at all", empty);
    return {};
  }
  step.status = StepStatus::kPass;
  step.sentence = fmt::format("{} leaves of the config, {} assets, {} rows of market data",
                              config.leaves().size(), universe.size(), rows.size());
  return {};
}

Status check_look_ahead(const Subject& subject, QualifyStep& step) {
  system::CheckStrategyOptions options;
  options.constructor = subject.options.constructor;
  options.overrides = subject.options.overrides;
  options.market_data = subject.dump;
  options.start = subject.start;
  options.end = subject.end;
  TIEOUT_TRY(const system::StrategyCheck check,
             system::check_strategy(options, subject.registry, subject.stop));
  StepTable table{"Nodes", {"node", "result", "rows", "cells", "with values", "what it does"}, {}};
  std::string first;
  std::string text;
  for (const dataflow::NodeCheck& node : check.report.nodes) {
    table.rows.push_back({node.name, std::string(to_string(node.outcome)),
                          std::to_string(node.rows), std::to_string(node.cells),
                          std::to_string(node.values), node.sentence});
    text += fmt::format("{} {} {}\n", node.name, to_string(node.outcome), node.sentence);
    if (first.empty() && node.outcome == dataflow::NodeOutcome::kViolates) {
      first = fmt::format("node {} {}: {}", node.name, to_string(node.suspicion), node.sentence);
    }
    if (first.empty() && node.outcome == dataflow::NodeOutcome::kNotChecked &&
        check.report.clean()) {
      first = fmt::format("node {} gave no value that could be checked", node.name);
    }
  }
  const fs::path file = subject.options.out / "look_ahead.txt";
  TIEOUT_CHECK(write_file_atomic(file, text));
  step.evidence = {file};
  step.tables.push_back(std::move(table));
  step.status = !check.report.clean()     ? StepStatus::kFail
                : check.report.complete() ? StepStatus::kPass
                                          : StepStatus::kNotRun;
  step.sentence = first.empty() ? fmt::format("{} nodes at {} bars depend on no later data",
                                              check.report.nodes.size(), check.report.bars)
                                : first;
  return {};
}

Status check_paper_run(const Subject& subject, QualifyStep& step) {
  const QualifyOptions& options = subject.options;
  const auto bars = static_cast<std::int64_t>(options.paper_bars);
  const Timestamp end = std::min(subject.end, subject.start + subject.bar * (bars - 1));
  const fs::path root = options.out / "paper";
  IdentityText text;
  text.dag_builder_ctor_as_str = options.constructor;
  text.run_mode = "paper_trading";
  text.mode = "manual";
  text.stage = "test";
  text.start_timestamp_as_str = to_ts_name(subject.start);
  text.end_timestamp_as_str = to_ts_name(end);
  text.prod_data_source_dir = root / "system_reconciliation";
  text.dst_root_dir = root / "prod_reconciliation";
  TIEOUT_CHECK(tieout::create_directories(text.prod_data_source_dir));
  TIEOUT_CHECK(tieout::create_directories(text.dst_root_dir));
  Reconciliation recon;
  TIEOUT_TRY(recon.run, make_identity(text));
  recon.prevent_overwriting = false;
  const SourceLayout source = source_layout(recon.run);
  const TargetLayout target = target_layout(recon.run);

  system::ProductionOptions production;
  production.constructor = options.constructor;
  production.mode = "manual";
  production.stage = "test";
  production.start_time = subject.start;
  production.run_duration = end - subject.start + subject.bar;
  production.dst_dir = source.system_log_dir;
  production.overrides = options.overrides;
  production.feed = subject.feed;
  production.feed_profile = options.feed_profile;
  production.feed_seed = options.seed;
  production.speed_up_factor = options.speed_up_factor;
  TIEOUT_CHECK(tieout::create_directories(source.log_file.parent_path()));
  TIEOUT_TRY(const system::RunSummary summary,
             system::run_production(production, subject.registry, subject.stop));
  const std::string ran = fmt::format("{} bars ({} partial, {} skipped)", summary.bars,
                                      summary.partial_bars, summary.skipped_bars);
  TIEOUT_CHECK(write_file_atomic(
      source.log_file,
      fmt::format("paper run of qualify_model: {}: {}\n", to_string(summary.outcome), ran)));
  step.evidence = {source.system_log_dir};
  if (summary.outcome == runlog::RunOutcome::kInterrupted) {
    return Error{ErrorCode::kInterrupted, "qualify_model: the paper run was stopped by a signal"};
  }
  if (summary.outcome != runlog::RunOutcome::kComplete) {
    step.status = StepStatus::kFail;
    step.sentence = fmt::format("the paper run {}: {}", to_string(summary.outcome), ran);
    return {};
  }

  std::string said;
  const Context context{subject.registry,
                        options.now,
                        [&said](std::string_view line) { said += std::string(line) + "\n"; },
                        [&said](const Error& error) { said += to_string(error) + "\n"; },
                        nullptr,
                        subject.stop};
  TIEOUT_TRY(const int exit, reconcile_run_all(recon, context));
  TIEOUT_CHECK(write_file_atomic(root / "reconcile_run_all.txt", said));
  step.evidence.insert(step.evidence.end(),
                       {root / "reconcile_run_all.txt", target.status, target.notebooks / "fast"});
  const auto status_text = read_file(target.status);
  const auto status =
      status_text.ok() ? status_from_json(*status_text) : Result<RunStatus>(status_text.error());
  const std::string verdict = status.ok() ? status->verdict + ": " + status->sentence
                                          : std::string("no verdict was written");
  constexpr int kInterruptedExit = 130;
  if (exit == kInterruptedExit) {
    return Error{ErrorCode::kInterrupted,
                 "qualify_model: the reconciliation was stopped by a signal"};
  }
  // 1: diverged; 4: corrupt evidence. Anything else that is not 0 says nothing of the strategy.
  step.status = exit == 0                ? StepStatus::kPass
                : exit == 1 || exit == 4 ? StepStatus::kFail
                                         : StepStatus::kNotRun;
  step.sentence = fmt::format("{}; {}", ran, verdict);
  return {};
}

Status check_deployment_file(const Subject& subject, QualifyStep& step) {
  const Deployment& deployment = *subject.options.deployment;
  DriftReport report;
  TIEOUT_CHECK(check_against_builder(deployment, {subject.registry, {}}, report));
  StepTable table{"What does not fit", {"what", "found", "needed"}, {}};
  for (const Drift& drift : report.drifts) {
    table.rows.push_back({drift.what, drift.found, drift.needed});
  }
  if (deployment.constructor != subject.options.constructor) {
    table.rows.push_back(
        {"dag_builder_ctor_as_str", deployment.constructor, subject.options.constructor});
  }
  if (deployment.bar != subject.bar) {
    table.rows.push_back({"bar", to_period(deployment.bar), to_period(subject.bar)});
  }
  step.evidence = {deployment.file};
  step.status = table.rows.empty() ? StepStatus::kPass : StepStatus::kFail;
  step.sentence = table.rows.empty()
                      ? fmt::format("{} fits", deployment.file)
                      : fmt::format("{}: {} is '{}', needed {}", deployment.file, table.rows[0][0],
                                    table.rows[0][1], table.rows[0][2]);
  step.tables.push_back(std::move(table));
  return {};
}

}  // namespace tieout::flow
