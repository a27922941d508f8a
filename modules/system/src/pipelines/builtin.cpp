#include "pipelines/builtin.hpp"

#include <fmt/format.h>

#include "tieout/system/run.hpp"

namespace tieout::system {

using config::Config;
using config::Path;
using config::Value;

void register_builtin_pipelines(dataflow::DagBuilderRegistry& registry) {
  for (auto make : {make_c1b, make_mock1, make_mock2}) {
    const Status added = registry.add(make());
    TIEOUT_ASSERT(added.ok());  // Their names differ, and they are registered first.
  }
}

void declare_common(Config& config, const CommonDefaults& defaults) {
  config.declare({"trading_period"}, defaults.trading_period);
  config.declare({"market_data_config", "history_lookback"}, defaults.history_lookback);
  config.declare({"dag_config", "read_data", "row_period"}, "1T");
  config.declare({"process_forecasts_node_dict", "prediction_col"}, defaults.prediction_col);
  config.declare({"process_forecasts_node_dict", "volatility_col"}, defaults.volatility_col);
}

Error bad_value(const Path& path, const std::string& found, const std::string& needed) {
  return Error{ErrorCode::kInvalidConfig, fmt::format("config key '{}' is {}, needed {}",
                                                      config::to_string(path), found, needed)};
}

Result<Duration> get_period(const Config& config, const Path& path) {
  TIEOUT_TRY(const std::string text, config.get_string(path));
  Result<Duration> period = parse_period(text);
  if (!period) {
    return bad_value(path, fmt::format("'{}'", text), "a period such as '5T'");
  }
  return period;
}

Result<std::size_t> get_count(const Config& config, const Path& path, std::int64_t least) {
  // More rows than this are a slip of the pen, and would overflow further on.
  constexpr std::int64_t kMost = 10'000'000;
  TIEOUT_TRY(const std::int64_t count, config.get_int(path));
  if (count < least || count > kMost) {
    return bad_value(path, std::to_string(count), fmt::format("{} to {}", least, kMost));
  }
  return static_cast<std::size_t>(count);
}

Result<std::vector<double>> get_floats(const Config& config, const Path& path) {
  TIEOUT_TRY(const config::List list, config.get_list(path));
  std::vector<double> numbers;
  for (const Value& item : list) {
    if (const auto* number = item.get_if<double>()) {
      numbers.push_back(*number);
    } else if (const auto* whole = item.get_if<std::int64_t>()) {
      numbers.push_back(static_cast<double>(*whole));
    } else {
      return bad_value(path, config::to_text(Value(list)), "a list of numbers");
    }
  }
  return numbers;
}

Result<dataflow::SourceSpec> get_source(const Config& config, std::vector<std::string> fields) {
  const Path lookback_path = {"market_data_config", "history_lookback"};
  const Path row_path = {"dag_config", "read_data", "row_period"};
  dataflow::SourceSpec source;
  source.fields = std::move(fields);
  TIEOUT_TRY(source.history_lookback, config.get_duration(lookback_path));
  TIEOUT_TRY(source.row_period, get_period(config, row_path));
  TIEOUT_TRY(const Duration bar, get_period(config, {"trading_period"}));
  if (bar.ns % source.row_period.ns != 0) {
    return bad_value({"trading_period"}, to_period(bar),
                     fmt::format("a multiple of {} {}", config::to_string(row_path),
                                 to_period(source.row_period)));
  }
  if (source.history_lookback.ns <= 0 || source.history_lookback.ns % source.row_period.ns != 0) {
    return bad_value(lookback_path, to_period(source.history_lookback),
                     fmt::format("a positive multiple of {} {}", config::to_string(row_path),
                                 to_period(source.row_period)));
  }
  return source;
}

Result<dataflow::Dag> check_history(dataflow::Dag dag) {
  if (dag.source().history_lookback < dag.required_history()) {
    return bad_value({"market_data_config", "history_lookback"},
                     to_period(dag.source().history_lookback),
                     fmt::format("at least {} for the lookbacks of all stages",
                                 to_period(dag.required_history())));
  }
  return dag;
}

dataflow::ForecastColumns get_forecast_columns(const Config& config, std::string price) {
  const auto column = [&](const char* key) {
    return config.get_string({"process_forecasts_node_dict", key}).value_or("");
  };
  return {std::move(price), column("volatility_col"), column("prediction_col")};
}

}  // namespace tieout::system
