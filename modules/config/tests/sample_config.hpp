#pragma once

#include "tieout/config/config.hpp"

namespace tieout::config {

/// A config of the shape that a strategy declares: all leaf types, optional keys, and a sub-config
/// whose keys depend on another key.
inline Config sample_config() {
  Config config;
  config.declare({"trading_period"}, "5T");
  config.declare({"dag_config", "resample", "transformer_kwargs", "rule"}, "5T");
  config.declare({"dag_config", "predict", "weights"}, List{0.5, -0.5});
  config.declare({"market_data_config", "days"}, days(10));
  config.declare({"market_data_config", "universe_version"}, Value{});
  config.declare_optional({"market_data_config", "universe_version"}, {ValueType::kString});
  config.declare({"market_data_config", "start"}, Timestamp{0});
  const Path forecasts = {"process_forecasts_node_dict", "process_forecasts_dict"};
  const auto at = [&forecasts](const Path& below) {
    Path path = forecasts;
    path.insert(path.end(), below.begin(), below.end());
    return path;
  };
  config.declare(at({"order_config", "order_type"}), "price@twap");
  config.declare(at({"order_config", "passivity_factor"}), Value{});
  config.declare_optional(at({"order_config", "passivity_factor"}), {ValueType::kFloat});
  config.declare(at({"order_config", "order_duration_in_mins"}), 5);
  config.declare(at({"optimizer_config", "backend"}), "pomo");
  config.declare(at({"optimizer_config", "params", "style"}), "cross_sectional");
  config.declare(at({"optimizer_config", "params", "kwargs", "bulk_frac_to_remove"}), 0.0);
  config.declare(at({"optimizer_config", "params", "kwargs", "target_gmv"}), 3000.0);
  config.declare_optional(
      at({"optimizer_config", "params", "kwargs", "target_dollar_risk_per_name"}),
      {ValueType::kFloat});
  config.declare_optional(at({"optimizer_config", "params", "kwargs", "prediction_abs_threshold"}),
                          {ValueType::kFloat});
  config.declare(at({"trading_end_time"}), TimeOfDay{hours(15) + minutes(55)});
  config.declare(at({"liquidate_at_trading_end_time"}), false);
  return config;
}

inline const Path kKwargs = {"process_forecasts_node_dict", "process_forecasts_dict",
                             "optimizer_config", "params", "kwargs"};

}  // namespace tieout::config
