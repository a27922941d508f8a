#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tieout/config/config.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/dataflow/runner.hpp"
#include "tieout/runlog/manifest.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::system {

/// Progress of a run, for a terminal.
struct Progress {
  std::size_t bars_done = 0;
  std::size_t bars_expected = 0;
  Timestamp bar;
};
using ProgressSink = std::function<void(const Progress&)>;

/// Files that say what may be traded; empty: none was given.
struct RuleFiles {
  std::filesystem::path market_info;   // JSON, oms::parse_market_info()
  std::filesystem::path restrictions;  // CSV, oms::parse_restrictions()
};

/// Production: real or accelerated clock, live store, paper broker.
struct ProductionOptions {
  std::string constructor;
  std::string run_mode = "paper_trading";
  std::string mode = "scheduled";  // for the manifest only; the directory's suffix says it too
  std::string stage;
  std::map<std::string, std::string>
      labels;  // strategy, liveness, instance_type, exchange, account_type, secret_id, trade_date
  std::optional<Timestamp> start_time;  // first bar; nothing is the next bar
  std::optional<Duration>
      run_duration;  // bars in [start, start + run_duration - bar]; nothing runs until stopped
  std::filesystem::path dst_dir;       // the run log
  std::vector<std::string> overrides;  // texts of --set_config_value
  RuleFiles rules;
  std::vector<Asset> universe;   // empty: all symbols of the feed or store
  std::filesystem::path store;   // SQLite store that is polled
  std::filesystem::path oms_db;  // OMS tables of a database broker; empty: default_oms_db()
  // A feed instead of a live ingest process:
  std::filesystem::path feed;  // CSV of final bars, or empty
  std::string feed_profile = "normal";
  std::uint64_t feed_seed = 1;
  double speed_up_factor = 1.0;         // of the clock that feeder and engine share
  std::filesystem::path initial_state;  // CSV of positions and cash, or a run log; empty: flat
  std::filesystem::path funding_rates;  // CSV; empty: no funding
  /// A run log that was cut short: its bars are computed again from its journal and the store, must
  /// come out as they did, and the run goes on after them into `dst_dir`. Empty: a new run.
  std::filesystem::path restart_from;
  dataflow::Recompute recompute = dataflow::Recompute::kIncremental;
  ProgressSink progress;
};

enum class Replay { kFaithful, kNominal };

/// Whose fills a simulation books: those of its own broker, or production's, bar by bar.
enum class Fills { kSimulated, kReplayed };

/// The run or the file whose fills are booked; the caller opens a run, so that it may be of any
/// kind. A file (CSV, csv.gz, Parquet) has the columns fill_id, order_id, asset_id, timestamp,
/// num_shares, price, and may have bar, fee and liquidity; without a bar a fill is booked at the
/// first bar that does not end before it.
struct FillsFrom {
  std::shared_ptr<const runlog::RunSource> run;
  std::filesystem::path file;
  std::string name;  // as it was given, for the manifest
  bool given() const noexcept { return run != nullptr || !file.empty(); }
};

/// Simulation of a production run from a market-data dump.
struct SimulationOptions {
  std::string constructor;
  std::string mode = "scheduled";
  std::string stage;
  Timestamp start;                     // first bar, closed
  Timestamp end;                       // last bar, closed
  std::filesystem::path dst_dir;       // the run log
  std::filesystem::path final_dir;     // where it is moved to when it is whole; empty: dst_dir
  std::filesystem::path market_data;   // test_data.csv.gz
  std::vector<std::string> overrides;  // texts of --set-config-values
  RuleFiles rules;                     // instead of what production had
  Replay replay = Replay::kFaithful;
  std::filesystem::path
      prod_log;  // needed by kFaithful: the journal; by both for the default universe
  Fills fills = Fills::kSimulated;       // kReplayed needs prod_log, or fills_from
  FillsFrom fills_from;                  // instead of those of prod_log
  std::filesystem::path oms_db;          // OMS tables of a database broker; empty: default_oms_db()
  Duration nominal_delay = seconds(10);  // kNominal: a row is known at its end plus this
  std::vector<Asset> universe;  // empty: that of the production run, else all symbols of the dump
  dataflow::Recompute recompute = dataflow::Recompute::kIncremental;
  ProgressSink progress;
};

/// Where the OMS tables of a run lie unless it is told: a new file beside its log,
/// "oms.system_log_dir.scheduled.sqlite".
std::filesystem::path default_oms_db(const std::filesystem::path& dst_dir);

struct RunSummary {
  runlog::RunOutcome outcome = runlog::RunOutcome::kComplete;
  std::size_t bars = 0;
  std::size_t partial_bars = 0;
  std::size_t skipped_bars = 0;
  Duration elapsed;
  std::vector<std::string> warnings;
};

/// The built-in strategies.
void register_builtin_pipelines(dataflow::DagBuilderRegistry& registry);

/// The whole config of a run before overrides: builder defaults, market_data_config, trading,
/// runner, run_mode.
Result<config::Config> make_config(const dataflow::DagBuilder& builder);

/// Write what the files hold into the config, where it is logged, compared and replayed. What no
/// file says is taken from production's config, if there is one (nullptr: none).
/// Errors: those of oms::read_market_info() and oms::read_restrictions(); kInvalidConfig.
Status record_rules(config::Config& config, const RuleFiles& files,
                    const config::Config* production);

/// The same with the rows of the OMS table restrictions that are of the account and of the trading
/// day of `start`; nothing for a run without that database. Errors: those of the database,
/// kDuplicateId.
Status record_table_restrictions(config::Config& config, const std::filesystem::path& oms_db,
                                 Timestamp start);

/// Run production until the window ends or `stop` is set; the log is sealed in every case. Errors:
/// arguments and start-up only (kInvalidArgument, kInvalidInterval, kPathExists, kStoreLocked,
/// ...), kDiskFull and store failures while running.
Result<RunSummary> run_production(const ProductionOptions& options,
                                  const dataflow::DagBuilderRegistry& registry,
                                  const std::atomic<bool>& stop);

/// Errors: kMissingData when a bar of the window has no data, kIncompleteEvidence when the journal
/// lacks a bar, kPathExists, ...
Result<RunSummary> run_simulation(const SimulationOptions& options,
                                  const dataflow::DagBuilderRegistry& registry,
                                  const std::atomic<bool>& stop);

}  // namespace tieout::system
