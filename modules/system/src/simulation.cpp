#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/replay.hpp"
#include "tieout/marketdata/stores.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/system/environment.hpp"
#include "tieout/system/run.hpp"

#include "clocks.hpp"
#include "decision_log.hpp"
#include "engine.hpp"
#include "recorded_fills.hpp"
#include "run_config.hpp"
#include "run_inputs.hpp"
#include "start_state.hpp"
#include "window.hpp"

namespace tieout::system {
namespace {

using marketdata::BarVersion;

std::string_view name_of(Replay replay) {
  return replay == Replay::kFaithful ? "faithful" : "nominal";
}

std::string_view name_of(Fills fills) {
  return fills == Fills::kReplayed ? "replayed" : "simulated";
}

/// The run modes of recon_flow.md 0 that are no production's.
std::string_view run_mode_of(Fills fills) {
  return fills == Fills::kReplayed ? "simulation_with_replayed_fills" : "simulation";
}

Result<Universe> universe_of(const SimulationOptions& options,
                             const std::optional<runlog::RunReader>& prod,
                             const std::vector<BarVersion>& rows) {
  std::vector<std::string> symbols;
  const auto add = [&](const std::vector<Asset>& assets) {
    for (const Asset& asset : assets) {
      symbols.push_back(asset.full_symbol);
    }
  };
  if (!options.universe.empty()) {
    add(options.universe);
  } else if (prod) {
    add(prod->manifest().universe);
  } else {
    for (const BarVersion& row : rows) {
      symbols.push_back(row.full_symbol);
    }
    std::ranges::sort(symbols);
    symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  }
  return Universe::from_symbols(symbols);
}

/// Keep the bars that production computed; a run that was interrupted is replayed as far as it
/// went.
Result<std::string> keep_production_bars(const runlog::RunReader& prod,
                                         std::vector<Timestamp>& bars) {
  const std::size_t expected = bars.size();
  std::erase_if(bars, [&](Timestamp bar) {
    return !std::ranges::binary_search(prod.bars(), bar, {}, &runlog::BarRecord::bar);
  });
  if (bars.empty()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("reconcile_run_sim: '{}' has {} committed bars, none of them in the "
                             "window",
                             prod.directory().string(), prod.bars().size())};
  }
  return bars.size() == expected
             ? std::string()
             : fmt::format("production computed {} of the {} bars of the window", bars.size(),
                           expected);
}

/// Start state and funding of the production run: a simulation begins with what production began
/// with, and books the rates that production booked.
Result<oms::TraderOptions> trading_of(const runlog::RunReader& prod) {
  oms::TraderOptions trading;
  const auto named = [&prod](const char* name) {
    const auto found = prod.manifest().command.find(name);
    return found != prod.manifest().command.end() && !found->second.empty();
  };
  if (named("initial_state")) {
    TIEOUT_TRY(StartState state, start_state_of(prod));
    trading.initial_holdings = std::move(state.holdings);
    trading.initial_cash = state.cash;
  }
  if (named("funding_rates")) {
    trading.funding.emplace();
    TIEOUT_TRY(const std::vector<runlog::JournalEntry> journal, read_journal(prod));
    for (const runlog::JournalEntry& entry : journal) {
      if (entry.kind == runlog::JournalEntry::Kind::kFunding) {
        TIEOUT_TRY(const oms::FundingRate rate, funding_of(entry));
        trading.funding->push_back(rate);
      }
    }
  }
  return trading;
}

/// The labels of production's command line: a simulation is of the same strategy, exchange and
/// account.
Status record_labels(config::Config& config, const runlog::RunReader& prod) {
  for (const char* label : {"strategy", "liveness", "instance_type", "trade_date", "exchange",
                            "account_type", "secret_id"}) {
    const auto found = prod.manifest().command.find(label);
    if (found != prod.manifest().command.end()) {
      TIEOUT_CHECK(record_label(config, {"cf_config", label}, found->second));
    }
  }
  return {};
}

Status record_run(config::Config& config, const SimulationOptions& options) {
  TIEOUT_CHECK(record_label(config, {"run_mode"}, std::string(run_mode_of(options.fills))));
  const auto& log_dir = options.final_dir.empty() ? options.dst_dir : options.final_dir;
  TIEOUT_CHECK(record_label(config, {"system_log_dir"}, log_dir.string()));
  TIEOUT_CHECK(record_label(config, {"cf_config", "stage"}, options.stage));
  TIEOUT_CHECK(
      record_label(config, {"replay_config", "replay"}, std::string(name_of(options.replay))));
  TIEOUT_CHECK(
      record_label(config, {"replay_config", "fills"}, std::string(name_of(options.fills))));
  return record_label(config, {"replay_config", "delay_in_secs"},
                      options.replay == Replay::kNominal ? to_seconds(options.nominal_delay) : 0.0);
}

/// Limits and restrictions: those of the files, else those that production recorded.
Status take_rules(config::Config& config, const SimulationOptions& options,
                  const std::optional<runlog::RunReader>& prod) {
  if (!prod) {
    return record_rules(config, options.rules, nullptr);
  }
  TIEOUT_TRY(const config::Config production, config::Config::from_json(prod->config_json()));
  return record_rules(config, options.rules, &production);
}

runlog::Manifest manifest_of(const SimulationOptions& options, const std::vector<Timestamp>& bars) {
  runlog::Manifest manifest;
  manifest.constructor = options.constructor;
  manifest.run_mode = run_mode_of(options.fills);
  manifest.mode = options.mode;
  manifest.stage = options.stage;
  manifest.replay = name_of(options.replay);
  manifest.start = bars.front();
  manifest.end = bars.back();
  manifest.command["market_data"] = options.market_data.string();
  if (options.fills == Fills::kReplayed) {
    manifest.command["fills"] = name_of(options.fills);
    if (options.fills_from.given()) {
      manifest.command["fills_from"] = options.fills_from.name;
    }
  }
  manifest.environment = describe_environment();
  return manifest;
}

/// The dump as the replay sees it: as production came to know it, or every last version at a flat
/// delay.
std::unique_ptr<marketdata::BarStore> replay_store(const SimulationOptions& options,
                                                   std::vector<BarVersion> rows) {
  return marketdata::make_memory_store_from(
      options.replay == Replay::kFaithful
          ? std::move(rows)
          : marketdata::nominal_versions(std::move(rows), options.nominal_delay));
}

}  // namespace

Result<RunSummary> run_simulation(const SimulationOptions& options,
                                  const dataflow::DagBuilderRegistry& registry,
                                  const std::atomic<bool>& stop) {
  TIEOUT_TRY(const dataflow::DagBuilder* const builder, registry.find(options.constructor));
  TIEOUT_TRY(RunConfig run, configure(*builder, options.overrides));
  TIEOUT_TRY(std::vector<Timestamp> bars,
             expected_bars("reconcile_run_sim", options.start, options.end, run.bar));
  std::vector<std::string> warnings = run.warnings;
  const auto note = [&](std::string text) {
    if (!text.empty()) {
      warnings.push_back(std::move(text));
    }
  };

  std::optional<runlog::RunReader> prod;
  if (!options.prod_log.empty()) {
    TIEOUT_TRY(prod, runlog::RunReader::open(options.prod_log));
  }
  TIEOUT_CHECK(take_rules(run.config, options, prod));
  std::vector<runlog::JournalEntry> journal;
  if (options.replay == Replay::kFaithful) {
    if (!prod) {
      return Error{
          ErrorCode::kInvalidArgument,
          "reconcile_run_sim: a faithful replay needed the production run log (its journal)"};
    }
    TIEOUT_TRY(std::string partial, keep_production_bars(*prod, bars));
    note(std::move(partial));
    TIEOUT_TRY(journal, read_journal(*prod));
  }

  oms::BrokerOptions broker;
  if (options.fills == Fills::kReplayed) {
    if (!prod && !options.fills_from.given()) {
      return Error{ErrorCode::kInvalidArgument,
                   "reconcile_run_sim: replayed fills needed the production run log, or another "
                   "log or file of fills"};
    }
    TIEOUT_TRY(RecordedFills recorded,
               options.fills_from.given()
                   ? read_fills(options.fills_from, run.bar, bars.front(), bars.back())
                   : read_fills(*prod, bars.front(), bars.back()));
    for (std::string& text : recorded.notes(bars.front())) {
      note(std::move(text));
    }
    broker.replayed_fills = std::move(recorded.bars);
  }

  TIEOUT_TRY(std::vector<BarVersion> rows, marketdata::read_dump(options.market_data));
  TIEOUT_TRY(Universe universe, universe_of(options, prod, rows));
  TIEOUT_TRY(std::string holes, check_coverage("reconcile_run_sim", rows, bars, run.bar));
  note(std::move(holes));
  TIEOUT_CHECK(record_run(run.config, options));
  if (prod) {
    TIEOUT_CHECK(record_labels(run.config, *prod));
  }

  const std::vector<AssetId> ids = universe.ids();
  const std::unique_ptr<marketdata::BarStore> store = replay_store(options, std::move(rows));
  EngineSetup setup;
  setup.builder = builder;
  setup.config = std::move(run.config);
  setup.universe = std::move(universe);
  setup.bar = run.bar;
  setup.manifest = manifest_of(options, bars);
  if (prod) {
    // Whoever reads the log alone must know that the run did not begin flat.
    const auto& command = prod->manifest().command;
    if (const auto state = command.find("initial_state");
        state != command.end() && !state->second.empty()) {
      setup.manifest.command["initial_state"] = state->second;
    }
  }
  setup.first_bar = bars.front();
  setup.bars = std::move(bars);
  setup.dst_dir = options.dst_dir;
  TIEOUT_TRY(broker.database, oms_database(setup.config, options.oms_db, options.dst_dir));
  if (!broker.database.empty()) {
    setup.manifest.command["oms_db"] = options.oms_db.empty() && !options.final_dir.empty()
                                           ? default_oms_db(options.final_dir).string()
                                           : broker.database.string();
  }
  setup.recompute = options.recompute;
  if (prod) {
    TIEOUT_TRY(setup.trading, trading_of(*prod));
  }
  setup.trading.broker = std::move(broker);
  setup.progress = options.progress;
  TIEOUT_TRY(Engine engine, Engine::create(std::move(setup)));

  std::unique_ptr<RunInputs> inputs;
  if (options.replay == Replay::kFaithful) {
    inputs = std::make_unique<JournalInputs>(std::move(journal), *store);
  } else {
    inputs = std::make_unique<NominalInputs>(options.nominal_delay, *store, ids);
  }
  StoppableInputs stoppable(*inputs, stop);
  TIEOUT_TRY(RunSummary summary, engine.run(stoppable));
  summary.warnings.insert(summary.warnings.begin(), warnings.begin(), warnings.end());
  return summary;
}

}  // namespace tieout::system
