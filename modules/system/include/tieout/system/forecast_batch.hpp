#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/system/run.hpp"

namespace tieout::system {

/// Saved forecasts to trade bar by bar, without a strategy.
struct ForecastBatchOptions {
  std::filesystem::path prediction;  // rows are bars, columns are asset ids
  std::filesystem::path volatility;  // the same rows and columns
  std::filesystem::path spread;      // or empty: 0 everywhere
  std::vector<std::filesystem::path> market_data;
  std::filesystem::path dst_dir;        // the run log
  std::filesystem::path initial_state;  // or empty: initial_cash and no positions
  std::filesystem::path funding_rates;  // or empty: no funding
  RuleFiles rules;
  FillsFrom fills_from;                // or nothing: the broker fills the orders
  Duration delay = milliseconds(100);  // each bar is decided this long after its end
  std::vector<std::string> overrides;  // texts of --set_config_value
  ProgressSink progress;
};

/// The config of such a run before overrides; execution_mode is "batch".
config::Config make_batch_config();

/// Run the trading half over the rows of the frames (all of them, or the last one when
/// execution_mode is "real_time") and write a run log whose one node is what was read.
///
/// Nulls:   NaN in a frame is a missing forecast, as in any run.
/// Errors:  those of read_frame(); kSchemaMismatch when the frames differ in rows or columns, a
///          column is no asset id or the index no times; kInvalidArgument for rows off the grid of
///          trading_period or out of order; those of Trader and of RunWriter::create.
Result<RunSummary> run_forecast_batch(const ForecastBatchOptions& options,
                                      const std::atomic<bool>& stop);

}  // namespace tieout::system
