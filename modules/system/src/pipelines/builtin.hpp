#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tieout/dataflow/builder.hpp"

namespace tieout::system {

std::unique_ptr<dataflow::DagBuilder> make_c1b();
std::unique_ptr<dataflow::DagBuilder> make_mock1();
std::unique_ptr<dataflow::DagBuilder> make_mock2();

// What the pipelines share in reading their config.

/// Declare trading_period, market_data_config.history_lookback, the source's row period and the
/// sink's columns.
struct CommonDefaults {
  std::string trading_period = "5T";
  Duration history_lookback;
  std::string prediction_col;
  std::string volatility_col;
};
void declare_common(config::Config& config, const CommonDefaults& defaults);

/// The period at `path`, a string such as "5T". Errors: kInvalidConfig naming the key.
Result<Duration> get_period(const config::Config& config, const config::Path& path);
/// A count that must be at least `least`. Errors: kInvalidConfig naming the key.
Result<std::size_t> get_count(const config::Config& config, const config::Path& path,
                              std::int64_t least);
/// Errors: kInvalidConfig when an item is neither int nor float.
Result<std::vector<double>> get_floats(const config::Config& config, const config::Path& path);
/// kInvalidConfig: "config key 'a.b' is <found>, needed <needed>".
Error bad_value(const config::Path& path, const std::string& found, const std::string& needed);

/// The source that the common keys describe, for bars of trading_period. Errors: kInvalidConfig.
Result<dataflow::SourceSpec> get_source(const config::Config& config,
                                        std::vector<std::string> fields);

/// The DAG, if the history covers what its sink needs. Errors: kInvalidConfig naming the key and
/// both lengths.
Result<dataflow::Dag> check_history(dataflow::Dag dag);

/// The sink's columns: price, and the two of process_forecasts_node_dict.
dataflow::ForecastColumns get_forecast_columns(const config::Config& config, std::string price);

}  // namespace tieout::system
