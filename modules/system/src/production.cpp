#include <algorithm>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/marketdata/import.hpp"
#include "tieout/marketdata/stores.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/system/environment.hpp"
#include "tieout/system/run.hpp"

#include "clocks.hpp"
#include "engine.hpp"
#include "feeder.hpp"
#include "run_config.hpp"
#include "run_inputs.hpp"
#include "start_state.hpp"
#include "window.hpp"

namespace tieout::system {
namespace {

using marketdata::Arrival;
using marketdata::BarVersion;

/// The run wakes up this long before its first bar (recon_flow.md 6.2).
constexpr Duration kWakeUpLead = minutes(1);

/// The bars that a production run computes; `bars` is empty when it runs until it is stopped.
struct RunWindow {
  Timestamp first;
  std::vector<Timestamp> bars;
};

Result<RunWindow> window_of(const ProductionOptions& options, Duration bar) {
  if (!options.start_time && !options.feed.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "run_prod_system: --feed plays the past; needed --start_time"};
  }
  RunWindow window;
  window.first = options.start_time ? *options.start_time : ceil_to(machine_now(), bar);
  Timestamp end = window.first;
  if (options.run_duration) {
    TIEOUT_TRY(end, last_bar(window.first, *options.run_duration, bar));
  } else if (!options.feed.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "run_prod_system: a feed is finite; needed --run_duration"};
  }
  TIEOUT_TRY(window.bars, expected_bars("run_prod_system", window.first, end, bar));
  if (!options.run_duration) {
    window.bars.clear();
  }
  return window;
}

/// What is left of a run that was cut short.
struct Cut {
  runlog::RunReader log;
  std::vector<runlog::JournalEntry> journal;
  Timestamp last_bar;
  Timestamp last_decision;
};

Result<std::optional<Cut>> open_cut(const std::filesystem::path& dir) {
  if (dir.empty()) {
    return std::optional<Cut>();
  }
  TIEOUT_TRY(runlog::RunReader log, runlog::RunReader::open(dir));
  const runlog::Manifest& manifest = log.manifest();
  if (!manifest.replay.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("run_prod_system: --restart_from '{}' is a simulation, needed the log "
                             "of a production run",
                             dir.string())};
  }
  if (log.bars().empty()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("run_prod_system: --restart_from '{}' has no committed bar: there is "
                             "nothing to go on from; start a new run",
                             dir.string())};
  }
  if (log.bars().back().bar >= manifest.end) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("run_prod_system: --restart_from '{}' ends at its last bar {}: there "
                             "is nothing left to run",
                             dir.string(), to_iso(manifest.end))};
  }
  TIEOUT_TRY(std::vector<runlog::JournalEntry> journal, read_journal(log));
  const Timestamp last_bar = log.bars().back().bar;
  Timestamp last_decision = last_bar;
  for (const runlog::JournalEntry& entry : journal) {
    const bool is_instant = entry.kind == runlog::JournalEntry::Kind::kDecision ||
                            entry.kind == runlog::JournalEntry::Kind::kClockRead;
    last_decision = is_instant ? std::max(last_decision, entry.time) : last_decision;
  }
  return std::optional<Cut>(Cut{std::move(log), std::move(journal), last_bar, last_decision});
}

/// The bars of the run that was cut short.
Result<RunWindow> window_of(const Cut& cut, Duration bar) {
  const runlog::Manifest& manifest = cut.log.manifest();
  RunWindow window;
  window.first = manifest.start;
  if (manifest.end != runlog::kOpenEnd) {
    TIEOUT_TRY(window.bars, expected_bars("run_prod_system", window.first, manifest.end, bar));
  }
  return window;
}

/// Limits and restrictions: those of the files, else those of the run that was cut short.
Status take_rules(config::Config& config, const ProductionOptions& options,
                  const std::optional<Cut>& cut) {
  if (!cut) {
    return record_rules(config, options.rules, nullptr);
  }
  TIEOUT_TRY(const config::Config before, config::Config::from_json(cut->log.config_json()));
  return record_rules(config, options.rules, &before);
}

/// Rule: a run goes on with the config that it was started with; only its directory is another. A
/// broker that acts outside of the process would act again for the bars that are replayed.
Status check_same_config(const config::Config& config, const Cut& cut) {
  TIEOUT_TRY(const std::string broker,
             config.get_string({"portfolio_config", "broker_config", "kind"}));
  if (broker != "paper") {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("portfolio_config.broker_config.kind: found '{}', needed 'paper' for "
                             "--restart_from: its orders would be sent again",
                             broker)};
  }
  TIEOUT_TRY(const config::Config before, config::Config::from_json(cut.log.config_json()));
  for (const config::LeafDiff& difference : config::diff(before, config)) {
    if (difference.path != config::Path{"system_log_dir"}) {
      return Error{
          ErrorCode::kInvalidConfig,
          fmt::format("run_prod_system: {} is {}, and {} in '{}': a restart needed the flags and "
                      "overrides that the run was started with",
                      config::to_string(difference.path),
                      difference.right ? config::to_text(*difference.right) : "not there",
                      difference.left ? config::to_text(*difference.left) : "not there",
                      cut.log.directory().string())};
    }
  }
  return {};
}

/// Start state and funding; a restart begins with what its run began with.
Result<oms::TraderOptions> trading_of(const ProductionOptions& options,
                                      const std::optional<Cut>& cut,
                                      std::vector<std::string>& warnings) {
  oms::TraderOptions trading;
  if (!options.funding_rates.empty()) {
    TIEOUT_TRY(trading.funding, read_funding_rates(options.funding_rates));
  }
  if (options.initial_state.empty()) {
    return trading;
  }
  TIEOUT_TRY(StartState state,
             cut ? start_state_of(cut->log) : read_start_state(options.initial_state));
  begin_with(std::move(state), trading, warnings);
  return trading;
}

Status check_options(const ProductionOptions& options) {
  if (options.run_mode != "paper_trading") {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("run_prod_system: run_mode is '{}', needed paper_trading (this version "
                    "has no connection to a real broker)",
                    options.run_mode)};
  }
  if (options.feed.empty() && options.store.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "run_prod_system: needed --store (filled by a live ingest process) or --feed"};
  }
  if (!(options.speed_up_factor > 0) || (options.feed.empty() && options.speed_up_factor != 1.0)) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("run_prod_system: speed_up_factor is {}, needed a positive number, and "
                    "1 without --feed",
                    options.speed_up_factor)};
  }
  return {};
}

/// The store of a feed lies beside the run log unless the caller names one.
std::filesystem::path store_path(const ProductionOptions& options) {
  const std::filesystem::path path =
      options.store.empty()
          ? std::filesystem::absolute(options.dst_dir).lexically_normal().parent_path() /
                "market_data.sqlite"
          : options.store;
  return std::filesystem::absolute(path).lexically_normal();
}

Result<Universe> universe_of(const ProductionOptions& options, const std::vector<BarVersion>& feed,
                             const std::filesystem::path& store) {
  std::vector<std::string> symbols;
  if (!options.universe.empty()) {
    for (const Asset& asset : options.universe) {
      symbols.push_back(asset.full_symbol);
    }
  } else if (!options.feed.empty()) {
    for (const BarVersion& bar : feed) {
      symbols.push_back(bar.full_symbol);
    }
  } else {
    TIEOUT_TRY(const std::unique_ptr<marketdata::BarStore> reading,
               marketdata::open_sqlite_store(store, marketdata::OpenMode::kReadOnly));
    TIEOUT_TRY(const std::vector<Asset> assets, reading->assets());
    for (const Asset& asset : assets) {
      symbols.push_back(asset.full_symbol);
    }
  }
  std::ranges::sort(symbols);
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  return Universe::from_symbols(symbols);
}

std::vector<std::string> symbols_of(const runlog::Manifest& manifest) {
  std::vector<std::string> symbols;
  for (const Asset& asset : manifest.universe) {
    symbols.push_back(asset.full_symbol);
  }
  return symbols;
}

/// Fill the run's own keys; the strategy's keys are the overrides' business.
Status record_run(config::Config& config, const ProductionOptions& options,
                  const std::filesystem::path& store) {
  TIEOUT_CHECK(record_label(config, {"run_mode"}, options.run_mode));
  TIEOUT_CHECK(record_label(config, {"system_log_dir"}, options.dst_dir.string()));
  for (const auto& [name, value] : options.labels) {
    TIEOUT_CHECK(record_label(config, {"cf_config", name}, value));
  }
  TIEOUT_CHECK(record_label(config, {"cf_config", "stage"}, options.stage));
  TIEOUT_CHECK(record_label(config, {"dag_runner_config", "start_time"},
                            options.start_time ? to_ts_name(*options.start_time) : ""));
  TIEOUT_CHECK(record_label(config, {"dag_runner_config", "run_duration_in_secs"},
                            options.run_duration ? options.run_duration->ns / seconds(1).ns : 0));
  TIEOUT_CHECK(record_label(config, {"market_data_config", "store"}, store.string()));
  TIEOUT_CHECK(record_label(config, {"market_data_config", "feed"}, options.feed.string()));
  return record_label(config, {"market_data_config", "speed_up_factor"}, options.speed_up_factor);
}

runlog::Manifest manifest_of(const ProductionOptions& options, const RunWindow& window,
                             const std::filesystem::path& store) {
  runlog::Manifest manifest;
  manifest.constructor = options.constructor;
  manifest.run_mode = options.run_mode;
  manifest.mode = options.mode;
  manifest.stage = options.stage;
  manifest.start = window.first;
  manifest.end = window.bars.empty() ? runlog::kOpenEnd : window.bars.back();
  manifest.command = options.labels;
  manifest.command["set_config_value"] = fmt::format("{}", fmt::join(options.overrides, ";"));
  manifest.command["store"] = store.string();
  manifest.command["feed"] = options.feed.string();
  manifest.command["initial_state"] = options.initial_state.string();
  manifest.command["funding_rates"] = options.funding_rates.string();
  manifest.command["restarted_from"] = options.restart_from.string();
  manifest.command["feed_profile"] = options.feed.empty() ? "" : options.feed_profile;
  manifest.command["feed_seed"] = options.feed.empty() ? "" : std::to_string(options.feed_seed);
  manifest.environment = describe_environment();
  return manifest;
}

Result<ReadinessRule> readiness_rule(const config::Config& config, Duration bar) {
  TIEOUT_TRY(const double sleep, config.get_float({"market_data_config", "sleep_in_secs"}));
  TIEOUT_TRY(const double time_out, config.get_float({"market_data_config", "time_out_in_secs"}));
  if (!(sleep > 0) || !(time_out >= sleep)) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("market_data_config: sleep_in_secs is {} and time_out_in_secs {}, "
                             "needed 0 < sleep_in_secs <= time_out_in_secs",
                             sleep, time_out)};
  }
  return ReadinessRule{bar, nanoseconds(static_cast<std::int64_t>(sleep * 1e9)),
                       nanoseconds(static_cast<std::int64_t>(time_out * 1e9))};
}

/// Rows of the feed that the run can see: its universe, from one history before the first bar to
/// the last bar.
std::vector<BarVersion> visible_rows(std::vector<BarVersion> rows, const Universe& universe,
                                     Timestamp from, Timestamp to) {
  std::erase_if(rows, [&](const BarVersion& row) {
    return row.end <= from || row.end > to || !universe.contains(row.asset);
  });
  return rows;
}

/// What a store that was fed before still lacks: all that is known after its newest row, and rows
/// known at that very instant that it does not hold.
Result<std::vector<Arrival>> not_yet_arrived(std::vector<Arrival> arrivals,
                                             marketdata::BarStore& store, const Universe& universe,
                                             Timestamp& newest) {
  constexpr Timestamp kEver{std::numeric_limits<std::int64_t>::max()};
  TIEOUT_TRY(const std::vector<BarVersion> stored,
             store.read_all_versions({Timestamp{}, kEver}, universe.ids()));
  newest = Timestamp{};
  for (const BarVersion& row : stored) {
    newest = std::max(newest, row.knowledge);
  }
  std::erase_if(arrivals, [&](const Arrival& arrival) {
    const BarVersion& row = arrival.version;
    return row.knowledge < newest ||
           (row.knowledge == newest && std::ranges::any_of(stored, [&](const BarVersion& other) {
              return other.asset == row.asset && other.end == row.end &&
                     other.knowledge == row.knowledge;
            }));
  });
  return arrivals;
}

/// Commit what was known before the run started, at its planned time; give back the rest.
Result<std::vector<Arrival>> preload(std::vector<Arrival> arrivals, Timestamp now,
                                     const std::filesystem::path& path) {
  TIEOUT_TRY(const std::unique_ptr<marketdata::BarStore> store,
             marketdata::open_sqlite_store(path, marketdata::OpenMode::kCreate));
  const auto later = std::ranges::upper_bound(
      arrivals, now, {}, [](const Arrival& arrival) { return arrival.version.knowledge; });
  std::vector<BarVersion> known;
  for (auto it = arrivals.begin(); it != later; ++it) {
    known.push_back(it->version);
  }
  TIEOUT_TRY([[maybe_unused]] const std::size_t stored, store->append(known));
  return std::vector<Arrival>(std::make_move_iterator(later),
                              std::make_move_iterator(arrivals.end()));
}

/// Run on what a clock and a store give, after the bars of a run that was cut short, if any.
Result<RunSummary> run_engine(Engine& engine, LiveInputs& live, std::optional<Cut> cut,
                              marketdata::MarketDataSource& market) {
  if (!cut) {
    return engine.run(live);
  }
  RestartInputs inputs(JournalInputs(std::move(cut->journal), market), cut->last_bar, live);
  return engine.run(inputs);
}

Result<RunSummary> run_on_feed(const ProductionOptions& options, EngineSetup setup,
                               const ReadinessRule& rule, const std::vector<BarVersion>& rows,
                               const std::filesystem::path& store_file, std::optional<Cut> cut,
                               const StopPredicate& stop) {
  if (cut.has_value() != std::filesystem::exists(store_file)) {
    if (cut) {
      return Error{ErrorCode::kFileNotFound,
                   fmt::format("run_prod_system: --restart_from needed the store of its run; '{}' "
                               "is not there, --store names another",
                               store_file.string())};
    }
    return Error{
        ErrorCode::kPathExists,
        fmt::format("run_prod_system: '{}' exists; a feed needed a new store: remove it or "
                    "give another --store",
                    store_file.string())};
  }
  TIEOUT_TRY(const marketdata::ArrivalModel model,
             marketdata::arrival_model(options.feed_profile, options.feed_seed));
  TIEOUT_CHECK(tieout::create_directories(store_file.parent_path()));
  Timestamp origin = setup.first_bar - kWakeUpLead;
  const Universe assets = setup.universe;
  const std::vector<AssetId> universe = setup.universe.ids();
  TIEOUT_TRY(Engine engine, Engine::create(std::move(setup)));
  std::vector<Arrival> arrivals = marketdata::plan_arrivals(rows, model);
  if (cut) {
    TIEOUT_TRY(const std::unique_ptr<marketdata::BarStore> fed,
               marketdata::open_sqlite_store(store_file, marketdata::OpenMode::kReadOnly));
    Timestamp newest;
    TIEOUT_TRY(arrivals, not_yet_arrived(std::move(arrivals), *fed, assets, newest));
    origin = std::max(cut->last_decision, newest);  // Where the clock of the run stood.
  } else {
    TIEOUT_TRY(arrivals, preload(std::move(arrivals), origin, store_file));
  }
  TIEOUT_TRY(const std::unique_ptr<marketdata::BarStore> reading,
             marketdata::open_sqlite_store(store_file, marketdata::OpenMode::kReadOnly));
  std::atomic<const Feeder*> feeding{nullptr};
  const StopPredicate stop_or_no_feed = [&] {
    const Feeder* feeder = feeding.load();
    return stop() || (feeder != nullptr && feeder->failed());
  };
  PacedClock clock(origin, options.speed_up_factor, stop_or_no_feed);
  TIEOUT_TRY(const std::unique_ptr<Feeder> feeder,
             Feeder::start(store_file, std::move(arrivals), clock, stop));
  feeding.store(feeder.get());
  LiveInputs inputs(clock, &clock, *reading, universe, rule);
  TIEOUT_TRY(RunSummary summary, run_engine(engine, inputs, std::move(cut), *reading));
  TIEOUT_CHECK(feeder->finish());
  return summary;
}

Result<RunSummary> run_live(EngineSetup setup, const ReadinessRule& rule,
                            const std::filesystem::path& store_file, std::optional<Cut> cut,
                            const StopPredicate& stop) {
  TIEOUT_TRY(const std::unique_ptr<marketdata::BarStore> reading,
             marketdata::open_sqlite_store(store_file, marketdata::OpenMode::kReadOnly));
  const std::vector<AssetId> universe = setup.universe.ids();
  TIEOUT_TRY(Engine engine, Engine::create(std::move(setup)));
  PacedClock clock(stop);
  LiveInputs inputs(clock, &clock, *reading, universe, rule);
  return run_engine(engine, inputs, std::move(cut), *reading);
}

}  // namespace

Result<RunSummary> run_production(const ProductionOptions& options,
                                  const dataflow::DagBuilderRegistry& registry,
                                  const std::atomic<bool>& stop) {
  TIEOUT_CHECK(check_options(options));
  TIEOUT_TRY(const dataflow::DagBuilder* const builder, registry.find(options.constructor));
  TIEOUT_TRY(RunConfig run, configure(*builder, options.overrides));
  TIEOUT_TRY(std::optional<Cut> cut, open_cut(options.restart_from));
  TIEOUT_CHECK(take_rules(run.config, options, cut));
  TIEOUT_TRY(const RunWindow window, cut ? window_of(*cut, run.bar) : window_of(options, run.bar));
  if (options.rules.restrictions.empty()) {
    TIEOUT_CHECK(record_table_restrictions(run.config, options.oms_db, window.first));
  }
  TIEOUT_TRY(const ReadinessRule rule, readiness_rule(run.config, run.bar));
  const std::filesystem::path store_file = store_path(options);

  std::vector<BarVersion> rows;
  if (!options.feed.empty()) {
    TIEOUT_TRY(rows, marketdata::import_bars_csv(options.feed, {}));
  }
  TIEOUT_TRY(Universe universe, cut ? Universe::from_symbols(symbols_of(cut->log.manifest()))
                                    : universe_of(options, rows, store_file));
  if (universe.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "run_prod_system: the universe is empty; needed --universe FILE, or a feed or "
                 "store with rows"};
  }
  TIEOUT_CHECK(record_run(run.config, options, store_file));
  std::vector<std::string> warnings = run.warnings;
  TIEOUT_TRY(oms::TraderOptions trading, trading_of(options, cut, warnings));
  if (cut) {
    TIEOUT_CHECK(check_same_config(run.config, *cut));
  }
  TIEOUT_TRY(const dataflow::Dag dag, builder->build(run.config, universe));
  const Duration history = dag.source().history_lookback;
  if (!options.feed.empty()) {
    rows = visible_rows(std::move(rows), universe, window.first - history, window.bars.back());
    TIEOUT_TRY(const std::string holes,
               check_coverage("run_prod_system", rows, window.bars, run.bar));
    if (!holes.empty()) {
      warnings.push_back(holes);
    }
  }

  EngineSetup setup;
  setup.builder = builder;
  setup.config = std::move(run.config);
  setup.universe = std::move(universe);
  setup.bar = run.bar;
  setup.bars = window.bars;
  setup.first_bar = window.first;
  TIEOUT_TRY(trading.broker.database, oms_database(setup.config, options.oms_db, options.dst_dir));
  setup.manifest = manifest_of(options, window, store_file);
  if (!trading.broker.database.empty()) {
    setup.manifest.command["oms_db"] = trading.broker.database.string();
  }
  setup.dst_dir = options.dst_dir;
  setup.durability = runlog::Durability::kEachBar;
  setup.recompute = options.recompute;
  setup.trading = std::move(trading);
  if (cut) {
    setup.committed.assign(cut->log.bars().begin(), cut->log.bars().end());
  }
  setup.progress = options.progress;
  const StopPredicate stopped = [&stop] { return stop.load(std::memory_order_relaxed); };
  TIEOUT_TRY(RunSummary summary,
             options.feed.empty()
                 ? run_live(std::move(setup), rule, store_file, std::move(cut), stopped)
                 : run_on_feed(options, std::move(setup), rule, rows, store_file, std::move(cut),
                               stopped));
  summary.warnings.insert(summary.warnings.begin(), warnings.begin(), warnings.end());
  return summary;
}

}  // namespace tieout::system
