#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tieout/config/config.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/dataflow/runner.hpp"
#include "tieout/oms/process_forecasts.hpp"
#include "tieout/runlog/writer.hpp"
#include "tieout/system/run.hpp"

#include "run_inputs.hpp"

namespace tieout::system {

/// What both heads give to the engine.
struct EngineSetup {
  const dataflow::DagBuilder* builder = nullptr;
  config::Config config;
  Universe universe;
  Duration bar;
  std::vector<Timestamp> bars;  // ascending; empty means "from first_bar until stopped"
  Timestamp first_bar;
  runlog::Manifest manifest;  // identity; the engine fills nodes, config hash, start state
  std::filesystem::path dst_dir;
  runlog::Durability durability = runlog::Durability::kAtSeal;
  dataflow::Recompute recompute = dataflow::Recompute::kIncremental;
  oms::TraderOptions trading;           // what the config cannot say: start state, funding
  std::unique_ptr<oms::Broker> broker;  // null: paper
  /// Of a run that goes on where another one was cut: the bars that must come out as they did.
  std::vector<runlog::BarRecord> committed;
  ProgressSink progress;
};

/// One strategy run, bar by bar: wait, read, compute, decide, record. The same code in production
/// and in simulation.
class Engine {
 public:
  /// Errors: configuration, and those of RunWriter::create. Nothing is written before everything
  /// else is known to be right.
  static Result<Engine> create(EngineSetup setup);

  /// Run until the last bar or until the inputs say stop. The log is sealed in every case but a
  /// failure of the log itself.
  Result<RunSummary> run(RunInputs& inputs);

 private:
  Engine(EngineSetup setup, dataflow::DagRunner dag, oms::Trader trader, runlog::RunWriter log);

  struct Timings {
    std::vector<Duration> nodes;
    Duration wait, read, trade, record;
  };

  Result<RunSummary> run_bars(RunInputs& inputs);
  Result<bool> run_bar(RunInputs& inputs, Timestamp bar, RunSummary& summary);
  Result<std::vector<marketdata::BarVersion>> read_bars(marketdata::MarketDataSource& market,
                                                        Timestamp bar, const AsOf& as_of) const;
  Result<std::vector<dataflow::Observation>> read_source(RunInputs& inputs, Timestamp bar,
                                                         const Decision& decision);
  Status record_nodes(Timestamp bar, const std::vector<dataflow::StageChange>& changes);
  Result<oms::BarDecisions> decide(RunInputs& inputs, Timestamp bar, const Decision& decision);
  Status check_committed(std::size_t index, Timestamp bar, const Hash128& hash) const;
  Status record_decisions(Timestamp bar, const oms::BarDecisions& decisions,
                          const Timings& timings);
  Status journal_outcome(RunInputs& inputs, Timestamp bar, const oms::BarDecisions& decisions);
  Status journal(RunInputs& inputs, const runlog::JournalEntry& entry);
  std::vector<oms::Forecast> forecasts_of(Timestamp bar) const;
  Status warn(std::string text);

  EngineSetup setup_;
  dataflow::DagRunner dag_;
  oms::Trader trader_;
  runlog::RunWriter log_;
  dataflow::ForecastColumns forecast_columns_;
  std::string spread_column_;  // of the sink; empty: the strategy has no spread
  struct LastRead {
    Timestamp bar;
    AsOf as_of;
  };
  std::optional<LastRead> last_read_;
  std::vector<std::string> warnings_;
};

}  // namespace tieout::system
