#include "engine.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"

#include "clocks.hpp"
#include "decision_log.hpp"
#include "market_prices.hpp"

namespace tieout::system {
namespace {

using runlog::BarOutcome;
using runlog::JournalEntry;

constexpr std::size_t kMaxWarnings = 100;  // kept for the caller; log.txt has all of them

std::vector<runlog::NodeInfo> describe_nodes(const dataflow::DagRunner& runner) {
  std::vector<runlog::NodeInfo> nodes;
  const dataflow::Dag& dag = runner.dag();
  for (std::size_t i = 0; i < dag.stages().size(); ++i) {
    const dataflow::Stage& stage = dag.stages()[i];
    runlog::NodeInfo info;
    info.name = dag.node_name(i);
    info.nid = stage.nid;
    info.kind = stage.node == nullptr ? "source" : std::string(stage.node->kind());
    info.topological_id = i;
    info.inputs = stage.inputs;
    if (stage.node != nullptr) {
      info.lookback_rows = stage.node->lookback().rows;
      info.whole_window = stage.node->lookback().whole_window;
    }
    info.columns = runner.output(i).columns();
    nodes.push_back(std::move(info));
  }
  return nodes;
}

/// The changed rows of a window, copied.
Panel changed_rows(const Panel& window, const dataflow::StageChange& change) {
  if (change.replaced) {
    return window.slice({0, window.row_count()});
  }
  Panel rows(window.columns());
  std::size_t filled = 0;
  for (const RowRange& range : change.changed) {
    rows.append_rows(window.index().subspan(range.first, range.size()));
    for (std::size_t c = 0; c < window.column_count(); ++c) {
      const auto from = window.column(c).subspan(range.first, range.size());
      std::copy(from.begin(), from.end(),
                rows.column(c).begin() + static_cast<std::ptrdiff_t>(filled));
    }
    filled += range.size();
  }
  return rows;
}

JournalEntry decision_entry(Timestamp bar, const Decision& decision) {
  JournalEntry entry;
  entry.kind = JournalEntry::Kind::kDecision;
  entry.bar = bar;
  entry.time = decision.time;
  entry.as_of = decision.as_of;
  entry.outcome = decision.outcome;
  entry.laggards = decision.laggards;
  return entry;
}

JournalEntry read_entry(Timestamp bar, Timestamp time, std::string_view purpose, const AsOf& as_of,
                        std::span<const marketdata::BarVersion> rows) {
  JournalEntry entry;
  entry.kind = JournalEntry::Kind::kMarketRead;
  entry.bar = bar;
  entry.time = time;
  entry.as_of = as_of;
  entry.purpose = purpose;
  entry.row_count = rows.size();
  entry.content = hash_bars(rows);
  return entry;
}

JournalEntry clock_entry(Timestamp bar, Timestamp time, std::string_view purpose) {
  JournalEntry entry;
  entry.kind = JournalEntry::Kind::kClockRead;
  entry.bar = bar;
  entry.time = time;
  entry.purpose = purpose;
  return entry;
}

std::string laggard_names(const Universe& universe, const std::vector<AssetId>& laggards) {
  std::string names;
  for (const AssetId id : laggards) {
    names += names.empty() ? "" : ", ";
    names += universe.symbol_of(id);
  }
  return names;
}

Table timings_table(const dataflow::Dag& dag, const std::vector<Duration>& nodes,
                    std::span<const std::pair<std::string, Duration>> parts) {
  std::vector<std::string> names;
  std::vector<double> compute_ms;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    names.push_back(dag.node_name(i));
    compute_ms.push_back(to_seconds(nodes[i]) * 1e3);
  }
  for (const auto& [name, duration] : parts) {
    names.push_back(name);
    compute_ms.push_back(to_seconds(duration) * 1e3);
  }
  Table table;
  table.columns = {{"node", std::move(names)}, {"compute_ms", std::move(compute_ms)}};
  table.key_count = 1;
  return table;
}

std::string spread_column_of(const config::Config& config) {
  const auto name = config.get_optional_string({"process_forecasts_node_dict", "spread_col"});
  return name.ok() ? name->value_or("") : "";
}

/// A column that the sink does not have would keep every position for ever.
Status check_spread_column(const config::Config& config, const dataflow::DagRunner& runner) {
  const std::string name = spread_column_of(config);
  if (name.empty()) {
    return {};
  }
  const Panel& sink = runner.output(runner.dag().stages().size() - 1);
  for (const ColumnKey& column : sink.columns()) {
    if (column.field == name) {
      return {};
    }
  }
  return Error{ErrorCode::kInvalidConfig,
               fmt::format("process_forecasts_node_dict.spread_col: found '{}', needed a column of "
                           "the last node, or None",
                           name)};
}

}  // namespace

Result<Engine> Engine::create(EngineSetup setup) {
  TIEOUT_TRY(dataflow::Dag dag, setup.builder->build(setup.config, setup.universe));
  setup.manifest.history_lookback = dag.source().history_lookback;
  TIEOUT_TRY(dataflow::DagRunner runner,
             dataflow::DagRunner::create(std::move(dag), setup.universe, setup.recompute));
  TIEOUT_CHECK(check_spread_column(setup.config, runner));
  TIEOUT_TRY(oms::Trader trader, oms::Trader::create(setup.config, setup.universe, setup.bar,
                                                     setup.trading, std::move(setup.broker)));
  if (trader.execution_mode() != oms::ExecutionMode::kRealTime) {
    return Error{
        ErrorCode::kInvalidConfig,
        "process_forecasts_node_dict.process_forecasts_dict.execution_mode: found 'batch', "
        "needed 'real_time': a strategy's bars are decided one at a time; saved forecasts "
        "are run by run_process_forecasts"};
  }
  setup.manifest.nodes = describe_nodes(runner);
  setup.manifest.universe = setup.universe.assets();
  setup.manifest.bar = setup.bar;
  setup.manifest.config_hash = to_hex(setup.config.content_hash());
  setup.manifest.start_state = to_hex(trader.state_hash());
  setup.manifest.more_tables = more_tables_of(trader);
  TIEOUT_TRY(runlog::RunWriter log,
             runlog::RunWriter::create(setup.dst_dir, setup.manifest, setup.config.to_text(),
                                       setup.config.to_json(), setup.durability));
  return Engine(std::move(setup), std::move(runner), std::move(trader), std::move(log));
}

Engine::Engine(EngineSetup setup, dataflow::DagRunner dag, oms::Trader trader,
               runlog::RunWriter log)
    : setup_(std::move(setup)),
      dag_(std::move(dag)),
      trader_(std::move(trader)),
      log_(std::move(log)),
      forecast_columns_(setup_.builder->forecast_columns(setup_.config)),
      spread_column_(spread_column_of(setup_.config)) {}

Result<RunSummary> Engine::run(RunInputs& inputs) {
  Result<RunSummary> summary = run_bars(inputs);
  if (!summary.ok()) {
    // What was committed stays readable; a log that cannot be sealed either (disk full) is left as
    // it is.
    const Status noted = log_.log_line("ERROR " + to_string(summary.error()));
    const Status sealed = noted.ok() ? log_.seal(runlog::RunOutcome::kFailed) : noted;
    static_cast<void>(sealed);
    return summary;
  }
  for (const std::string& note : trader_.closing_notes()) {
    TIEOUT_CHECK(log_.log_line("end: " + note));
  }
  TIEOUT_CHECK(log_.seal(summary->outcome));
  summary->warnings = std::move(warnings_);
  return summary;
}

Result<RunSummary> Engine::run_bars(RunInputs& inputs) {
  RunSummary summary;
  Stopwatch stopwatch;
  const Timestamp started = stopwatch.now();
  const bool endless = setup_.bars.empty();
  for (std::size_t i = 0; endless || i < setup_.bars.size(); ++i) {
    const Timestamp bar =
        endless ? setup_.first_bar + setup_.bar * static_cast<std::int64_t>(i) : setup_.bars[i];
    TIEOUT_TRY(const bool computed, run_bar(inputs, bar, summary));
    if (!computed) {
      summary.outcome = runlog::RunOutcome::kInterrupted;
      break;
    }
    ++summary.bars;
    if (setup_.progress) {
      setup_.progress({summary.bars, setup_.bars.size(), bar});
    }
  }
  summary.elapsed = stopwatch.now() - started;
  return summary;
}

Result<bool> Engine::run_bar(RunInputs& inputs, Timestamp bar, RunSummary& summary) {
  Stopwatch stopwatch;
  const Timestamp t0 = stopwatch.now();
  TIEOUT_TRY(const std::optional<Decision> decision, inputs.next_decision(bar));
  if (!decision) {
    return false;
  }
  const Timestamp t1 = stopwatch.now();
  TIEOUT_CHECK(journal(inputs, decision_entry(bar, *decision)));
  if (!decision->laggards.empty()) {
    TIEOUT_CHECK(log_.log_line(fmt::format("{} bar {}: decided without {}", to_iso(decision->time),
                                           to_iso(bar),
                                           laggard_names(setup_.universe, decision->laggards))));
  }
  TIEOUT_TRY(const std::vector<dataflow::Observation> changes, read_source(inputs, bar, *decision));
  const Timestamp t2 = stopwatch.now();
  TIEOUT_TRY(const std::vector<dataflow::StageChange> stages,
             dag_.run_bar(bar, changes, &stopwatch));
  const Timestamp t3 = stopwatch.now();
  TIEOUT_CHECK(record_nodes(bar, stages));
  const Timestamp t4 = stopwatch.now();
  TIEOUT_TRY(const oms::BarDecisions decisions, decide(inputs, bar, *decision));
  const Timestamp t5 = stopwatch.now();

  Timings timings{{}, t1 - t0, t2 - t1, t5 - t4, t4 - t3};
  for (const dataflow::StageChange& stage : stages) {
    timings.nodes.push_back(stage.compute_time);
  }
  TIEOUT_CHECK(record_decisions(bar, decisions, timings));
  TIEOUT_TRY(const Hash128 hash, log_.commit_bar(bar, machine_now(), decision->outcome));
  TIEOUT_CHECK(check_committed(summary.bars, bar, hash));
  TIEOUT_CHECK(log_.log_line(fmt::format("{} bar {} {}: {} orders, {} fills, hash {}",
                                         to_iso(decision->time), to_iso(bar),
                                         to_string(decision->outcome), decisions.orders.row_count(),
                                         decisions.fills.row_count(), to_hex(hash))));
  summary.partial_bars += decision->outcome == BarOutcome::kPartial ? 1U : 0U;
  summary.skipped_bars += decision->outcome == BarOutcome::kSkipped ? 1U : 0U;
  return true;
}

// A bar that was committed before the restart must come out again as it was.
Status Engine::check_committed(std::size_t index, Timestamp bar, const Hash128& hash) const {
  if (index >= setup_.committed.size() ||
      (setup_.committed[index].bar == bar && setup_.committed[index].content_hash == hash)) {
    return {};
  }
  return Error{
      ErrorCode::kIncompleteEvidence,
      fmt::format("restart: bar {} came out as {}, the log that is continued has {} as {}: "
                  "the store or the program is not what it was; needed both unchanged, or "
                  "a new run with --initial_state",
                  to_iso(bar), to_hex(hash), to_iso(setup_.committed[index].bar),
                  to_hex(setup_.committed[index].content_hash))};
}

Result<std::vector<marketdata::BarVersion>> Engine::read_bars(marketdata::MarketDataSource& market,
                                                              Timestamp bar,
                                                              const AsOf& as_of) const {
  const Timestamp first = bar - dag_.dag().source().history_lookback;
  const std::vector<AssetId> assets = setup_.universe.ids();
  if (!last_read_) {
    return market.read({first, bar}, assets, as_of);
  }
  // Bars up to the last read's window: what changed. Bars after it: all of them, also those that
  // were known at the last read already (a late decision knows more than its window holds).
  const Timestamp seam = std::max(first, last_read_->bar);
  TIEOUT_TRY(std::vector<marketdata::BarVersion> bars,
             market.read_changes({first, seam}, assets, last_read_->as_of, as_of));
  TIEOUT_TRY(const std::vector<marketdata::BarVersion> newer,
             market.read({seam, bar}, assets, as_of));
  bars.insert(bars.end(), newer.begin(), newer.end());
  return bars;
}

Result<std::vector<dataflow::Observation>> Engine::read_source(RunInputs& inputs, Timestamp bar,
                                                               const Decision& decision) {
  TIEOUT_TRY(const std::vector<marketdata::BarVersion> bars,
             read_bars(inputs.market(), bar, decision.as_of));
  last_read_ = LastRead{bar, decision.as_of};
  TIEOUT_CHECK(journal(inputs, read_entry(bar, decision.time, "source", decision.as_of, bars)));
  std::vector<double marketdata::BarVersion::*> members;
  for (const std::string& field : dag_.dag().source().fields) {
    TIEOUT_TRY(double marketdata::BarVersion::*const member, bar_column(field));
    members.push_back(member);
  }
  std::vector<dataflow::Observation> observations;
  observations.reserve(bars.size());
  for (const marketdata::BarVersion& version : bars) {
    dataflow::Observation& observation = observations.emplace_back();
    observation.row = version.end;
    observation.asset = version.asset;
    for (const auto member : members) {
      observation.values.push_back(version.*member);
    }
  }
  return observations;
}

Status Engine::record_nodes(Timestamp bar, const std::vector<dataflow::StageChange>& changes) {
  const Timestamp wall = machine_now();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Panel& window = dag_.output(i);
    runlog::NodeFrame frame;
    frame.bar = bar;
    frame.wall = wall;
    frame.keyframe = changes[i].replaced;
    frame.dropped_front = changes[i].replaced ? 0 : changes[i].dropped_front;
    frame.changed = changed_rows(window, changes[i]);
    frame.window_rows = window.row_count();
    frame.window_hash = changes[i].window_hash;
    TIEOUT_CHECK(log_.write_node(i, frame));
  }
  return {};
}

std::vector<oms::Forecast> Engine::forecasts_of(Timestamp bar) const {
  const Panel& sink = dag_.output(dag_.dag().stages().size() - 1);
  const std::optional<std::size_t> row = sink.find_row(bar);
  const auto cell = [&](const std::string& field, AssetId asset) {
    const auto column = sink.find_column({field, asset});
    return row && column ? sink.at(*row, *column) : kNaN;
  };
  std::vector<oms::Forecast> forecasts;
  for (const Asset& asset : setup_.universe.assets()) {
    forecasts.push_back({asset.id, cell(forecast_columns_.prediction, asset.id),
                         cell(forecast_columns_.volatility, asset.id),
                         spread_column_.empty() ? 0.0 : cell(spread_column_, asset.id)});
  }
  return forecasts;
}

Result<oms::BarDecisions> Engine::decide(RunInputs& inputs, Timestamp bar,
                                         const Decision& decision) {
  TIEOUT_TRY(const Timestamp now, inputs.order_time(bar));
  TIEOUT_CHECK(journal(inputs, clock_entry(bar, now, "order")));
  MarketPrices prices(inputs.market(), setup_.bar * 3,
                      [&](std::string_view purpose, const AsOf& as_of,
                          std::span<const marketdata::BarVersion> bars) {
                        return journal(inputs, read_entry(bar, now, purpose, as_of, bars));
                      });
  Result<oms::BarDecisions> decisions =
      decision.outcome == BarOutcome::kSkipped
          ? trader_.mark_only(bar, now, decision.as_of, prices)
          : trader_.process(bar, now, decision.as_of, forecasts_of(bar), prices);
  if (decisions.ok()) {
    TIEOUT_CHECK(journal_outcome(inputs, bar, *decisions));
  }
  return decisions;
}

Status Engine::journal_outcome(RunInputs& inputs, Timestamp bar,
                               const oms::BarDecisions& decisions) {
  for (const oms::FundingRate& rate : decisions.funding) {
    TIEOUT_CHECK(journal(inputs, funding_entry(bar, rate)));
  }
  return journal(inputs, status_entry(bar, decisions));
}

Status Engine::record_decisions(Timestamp bar, const oms::BarDecisions& decisions,
                                const Timings& timings) {
  const Timestamp wall = machine_now();
  TIEOUT_CHECK(write_decisions(log_, bar, wall, decisions));
  const std::pair<std::string, Duration> parts[] = {{"wait", timings.wait},
                                                    {"read", timings.read},
                                                    {"record", timings.record},
                                                    {"trade", timings.trade}};
  return log_.write_table(runlog::TableKind::kTimings, bar, wall,
                          timings_table(dag_.dag(), timings.nodes, parts));
}

Status Engine::journal(RunInputs& inputs, const JournalEntry& entry) {
  TIEOUT_CHECK(log_.write_journal(entry));
  if (std::string warning = inputs.check(entry); !warning.empty()) {
    return warn(std::move(warning));
  }
  return {};
}

Status Engine::warn(std::string text) {
  TIEOUT_CHECK(log_.log_line("WARNING " + text));
  if (warnings_.size() < kMaxWarnings) {
    warnings_.push_back(std::move(text));
  }
  return {};
}

}  // namespace tieout::system
