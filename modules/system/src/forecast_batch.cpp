#include "tieout/system/forecast_batch.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/frames/file.hpp"
#include "tieout/oms/process_forecasts.hpp"
#include "tieout/runlog/writer.hpp"
#include "tieout/system/environment.hpp"

#include "clocks.hpp"
#include "decision_log.hpp"
#include "frame_prices.hpp"
#include "recorded_fills.hpp"
#include "run_config.hpp"
#include "start_state.hpp"

namespace tieout::system {
namespace {

constexpr std::string_view kNode = "predict.0.read_forecasts";

/// One frame of forecasts: [rows] bars by [assets], in the file's order.
struct Grid {
  std::vector<Timestamp> bars;
  std::vector<AssetId> assets;
  std::vector<std::vector<double>> columns;  // [assets][rows]
};

Error refuse(const std::filesystem::path& file, std::string_view needed) {
  return {ErrorCode::kSchemaMismatch,
          fmt::format("run_process_forecasts: '{}' needed {}", file.string(), needed)};
}

Result<std::vector<double>> numbers_of(const frames::FrameColumn& column,
                                       const std::filesystem::path& file) {
  std::vector<double> values;
  if (const auto* doubles = std::get_if<std::vector<double>>(&column.values)) {
    values = *doubles;
  } else if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&column.values)) {
    values.assign(ints->begin(), ints->end());
  } else {
    return refuse(file, fmt::format("numbers in column '{}'", frames::to_string(column.label)));
  }
  for (std::size_t row = 0; row < values.size(); ++row) {
    values[row] = column.is_null(row) ? kNaN : values[row];
  }
  return values;
}

Result<Grid> read_grid(const std::filesystem::path& file) {
  TIEOUT_TRY(frames::Frame frame, frames::read_frame(file));
  if (!frame.index && !frame.columns.empty()) {
    TIEOUT_CHECK(frames::set_index(frame, frame.columns.front().label.back()));
  }
  const auto* bars =
      frame.index ? std::get_if<std::vector<Timestamp>>(&frame.index->values) : nullptr;
  if (bars == nullptr) {
    return refuse(file, "bar times with an offset as its index");
  }
  Grid grid;
  grid.bars = *bars;
  for (const frames::FrameColumn& column : frame.columns) {
    const std::string& name = column.label.back();
    const auto id = parse_int(name);
    if (!id) {
      return refuse(file, fmt::format("asset ids as its columns, '{}' is none", name));
    }
    grid.assets.push_back(AssetId{*id});
    TIEOUT_TRY(std::vector<double> values, numbers_of(column, file));
    grid.columns.push_back(std::move(values));
  }
  return grid;
}

Result<Grid> read_like(const std::filesystem::path& file, const Grid& prediction) {
  TIEOUT_TRY(Grid grid, read_grid(file));
  if (grid.bars != prediction.bars || grid.assets != prediction.assets) {
    return refuse(file, fmt::format("the {} rows and {} columns of the predictions, has {} and {} "
                                    "or others",
                                    prediction.bars.size(), prediction.assets.size(),
                                    grid.bars.size(), grid.assets.size()));
  }
  return grid;
}

Status check_bars(const std::filesystem::path& file, const Grid& grid, Duration bar) {
  if (grid.bars.empty() || grid.assets.empty()) {
    return refuse(file, "a row and a column");
  }
  for (std::size_t i = 0; i < grid.bars.size(); ++i) {
    if (!TimeGrid{bar}.contains(grid.bars[i]) || (i > 0 && grid.bars[i] <= grid.bars[i - 1])) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("run_process_forecasts: '{}' row {} is of {}, needed ascending "
                               "multiples of trading_period {}",
                               file.string(), i + 1, to_iso(grid.bars[i]), to_period(bar))};
    }
  }
  return {};
}

/// Everything that is read before anything is written.
struct Forecasts {
  Grid prediction, volatility;
  std::optional<Grid> spread;

  std::vector<oms::Forecast> row(std::size_t r) const {
    std::vector<oms::Forecast> forecasts;
    for (std::size_t a = 0; a < prediction.assets.size(); ++a) {
      forecasts.push_back({prediction.assets[a], prediction.columns[a][r], volatility.columns[a][r],
                           spread ? spread->columns[a][r] : 0.0});
    }
    return forecasts;
  }
};

Result<Forecasts> read_forecasts(const ForecastBatchOptions& options, Duration bar) {
  Forecasts forecasts;
  TIEOUT_TRY(forecasts.prediction, read_grid(options.prediction));
  TIEOUT_CHECK(check_bars(options.prediction, forecasts.prediction, bar));
  TIEOUT_TRY(forecasts.volatility, read_like(options.volatility, forecasts.prediction));
  if (!options.spread.empty()) {
    TIEOUT_TRY(forecasts.spread, read_like(options.spread, forecasts.prediction));
  }
  return forecasts;
}

/// The run's one node: a window of one row, what was read for the bar.
Panel node_row(const Forecasts& forecasts, std::size_t r) {
  std::vector<ColumnKey> keys;
  std::vector<double> values;
  const auto add = [&](const char* field, const Grid& grid) {
    for (std::size_t a = 0; a < grid.assets.size(); ++a) {
      keys.push_back({field, grid.assets[a]});
      values.push_back(grid.columns[a][r]);
    }
  };
  add("prediction", forecasts.prediction);
  add("volatility", forecasts.volatility);
  if (forecasts.spread) {
    add("spread", *forecasts.spread);
  }
  Panel panel(std::move(keys));
  panel.append_row(forecasts.prediction.bars[r]);
  for (std::size_t c = 0; c < values.size(); ++c) {
    panel.set(0, c, values[c]);
  }
  return panel;
}

runlog::Manifest manifest_of(const ForecastBatchOptions& options, const RunConfig& run,
                             const Universe& universe, const Forecasts& forecasts,
                             std::size_t first, const oms::Trader& trader) {
  runlog::Manifest manifest;
  manifest.constructor = "process_forecasts";
  manifest.run_mode = "batch";
  manifest.mode = "manual";
  manifest.start = forecasts.prediction.bars[first];
  manifest.end = forecasts.prediction.bars.back();
  manifest.bar = run.bar;
  manifest.universe = universe.assets();
  runlog::NodeInfo node;
  node.name = kNode;
  node.nid = "read_forecasts";
  node.kind = "source";
  node.columns = node_row(forecasts, first).columns();
  manifest.nodes.push_back(std::move(node));
  manifest.config_hash = to_hex(run.config.content_hash());
  manifest.start_state = to_hex(trader.state_hash());
  manifest.more_tables = more_tables_of(trader);
  manifest.command["prediction"] = options.prediction.string();
  manifest.command["volatility"] = options.volatility.string();
  manifest.command["spread"] = options.spread.string();
  manifest.command["initial_state"] = options.initial_state.string();
  manifest.command["funding_rates"] = options.funding_rates.string();
  if (options.fills_from.given()) {
    manifest.command["fills"] = "replayed";
    manifest.command["fills_from"] = options.fills_from.name;
  }
  for (std::size_t i = 0; i < options.market_data.size(); ++i) {
    manifest.command[fmt::format("market_data.{}", i)] = options.market_data[i].string();
  }
  manifest.environment = describe_environment();
  return manifest;
}

Status record_bar(runlog::RunWriter& log, const Forecasts& forecasts, std::size_t row,
                  Timestamp now, const oms::BarDecisions& decisions, bool is_first) {
  const Timestamp bar = forecasts.prediction.bars[row];
  runlog::JournalEntry decision;
  decision.bar = bar;
  decision.time = now;
  decision.as_of = AsOf{now};
  TIEOUT_CHECK(log.write_journal(decision));
  for (const oms::FundingRate& rate : decisions.funding) {
    TIEOUT_CHECK(log.write_journal(funding_entry(bar, rate)));
  }
  TIEOUT_CHECK(log.write_journal(status_entry(bar, decisions)));
  const Timestamp wall = machine_now();
  runlog::NodeFrame frame;
  frame.bar = bar;
  frame.wall = wall;
  frame.keyframe = is_first;
  frame.dropped_front = is_first ? 0 : 1;
  frame.changed = node_row(forecasts, row);
  frame.window_rows = 1;
  frame.window_hash = hash_panel(frame.changed);
  TIEOUT_CHECK(log.write_node(0, frame));
  TIEOUT_CHECK(write_decisions(log, bar, wall, decisions));
  TIEOUT_TRY([[maybe_unused]] const Hash128 hash,
             log.commit_bar(bar, wall, runlog::BarOutcome::kOk));
  return {};
}

/// Trade the rows from `first` on. What was committed stays when one of them fails.
Result<RunSummary> trade(const ForecastBatchOptions& options, const Forecasts& forecasts,
                         std::size_t first, oms::Trader& trader, FramePrices& prices,
                         runlog::RunWriter& log, const std::atomic<bool>& stop) {
  RunSummary summary;
  const std::size_t rows = forecasts.prediction.bars.size();
  for (std::size_t row = first; row < rows; ++row) {
    if (stop.load(std::memory_order_relaxed)) {
      summary.outcome = runlog::RunOutcome::kInterrupted;
      break;
    }
    const Timestamp bar = forecasts.prediction.bars[row];
    const Timestamp now = bar + options.delay;
    TIEOUT_TRY(const oms::BarDecisions decisions,
               trader.process(bar, now, AsOf{now}, forecasts.row(row), prices));
    TIEOUT_CHECK(record_bar(log, forecasts, row, now, decisions, row == first));
    ++summary.bars;
    if (options.progress) {
      options.progress({summary.bars, rows - first, bar});
    }
  }
  return summary;
}

}  // namespace

Result<RunSummary> run_forecast_batch(const ForecastBatchOptions& options,
                                      const std::atomic<bool>& stop) {
  TIEOUT_TRY(RunConfig run, configure(make_batch_config(), options.overrides));
  TIEOUT_CHECK(record_label(run.config, {"run_mode"}, "batch"));
  TIEOUT_CHECK(record_label(run.config, {"system_log_dir"}, options.dst_dir.string()));
  TIEOUT_CHECK(record_rules(run.config, options.rules, nullptr));
  if (options.delay < Duration{0}) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("run_process_forecasts: the delay is {} s, needed 0 or more",
                             format_double(to_seconds(options.delay)))};
  }
  TIEOUT_TRY(const Forecasts forecasts, read_forecasts(options, run.bar));
  FramePrices prices;
  for (const std::filesystem::path& file : options.market_data) {
    TIEOUT_CHECK(prices.add(file));
  }
  oms::TraderOptions trading;
  std::vector<std::string> warnings = run.warnings;
  if (!options.funding_rates.empty()) {
    TIEOUT_TRY(trading.funding, read_funding_rates(options.funding_rates));
  }
  if (!options.initial_state.empty()) {
    TIEOUT_TRY(StartState state, read_start_state(options.initial_state));
    begin_with(std::move(state), trading, warnings);
  }
  if (options.fills_from.given()) {
    const std::vector<Timestamp>& bars = forecasts.prediction.bars;
    TIEOUT_TRY(RecordedFills recorded,
               read_fills(options.fills_from, run.bar, bars.front(), bars.back()));
    for (std::string& text : recorded.notes(bars.front())) {
      warnings.push_back(std::move(text));
    }
    trading.broker.replayed_fills = std::move(recorded.bars);
    TIEOUT_CHECK(record_label(run.config, {"replay_config", "fills"}, "replayed"));
  }
  const Universe universe = Universe::from_ids(forecasts.prediction.assets);
  TIEOUT_TRY(oms::Trader trader, oms::Trader::create(run.config, universe, run.bar, trading));
  const std::size_t first = trader.execution_mode() == oms::ExecutionMode::kBatch
                                ? 0
                                : forecasts.prediction.bars.size() - 1;
  Stopwatch stopwatch;
  const Timestamp started = stopwatch.now();
  TIEOUT_TRY(runlog::RunWriter log,
             runlog::RunWriter::create(
                 options.dst_dir, manifest_of(options, run, universe, forecasts, first, trader),
                 run.config.to_text(), run.config.to_json(), runlog::Durability::kAtSeal));
  Result<RunSummary> traded = trade(options, forecasts, first, trader, prices, log, stop);
  if (!traded.ok()) {
    const Status noted = log.log_line("ERROR " + to_string(traded.error()));
    const Status sealed = noted.ok() ? log.seal(runlog::RunOutcome::kFailed) : noted;
    static_cast<void>(sealed);
    return traded;
  }
  TIEOUT_CHECK(log.seal(traded->outcome));
  traded->elapsed = stopwatch.now() - started;
  traded->warnings = std::move(warnings);
  return traded;
}

}  // namespace tieout::system
