#include <algorithm>

#include <fmt/format.h>

#include "tieout/dataflow/nodes.hpp"

#include "pipelines/builtin.hpp"

// C1b: volatility-adjusted returns, compressed, lagged, weighted. Every lookback is finite: a bar
// costs the lookback, not the history, and an output row never changes unless its inputs do.

namespace tieout::system {
namespace {

using config::Config;
using config::Path;
using dataflow::Dag;

constexpr const char* kReturn = "vwap.ret_0";
constexpr const char* kVolatility = "vwap.ret_0.vol";
constexpr const char* kAdjusted = "vwap.ret_0.vol_adj";
constexpr const char* kCompressed = "vwap.ret_0.vol_adj.c";

Path key(const char* nid, const char* name) {
  return {"dag_config", nid, name};
}

class C1bDagBuilder final : public dataflow::DagBuilder {
 public:
  std::string_view constructor() const noexcept override {
    return "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
  }

  void declare_config(Config& config) const override {
    declare_common(config, {.history_lookback = days(1),
                            .prediction_col = "prediction",
                            .volatility_col = kVolatility});
    config.declare(key("resample", "vwap_fallback"),
                   "twap");  // of a bar without volume; "" leaves it NaN
    config.declare(key("compute_ret_0", "mode"), "pct_change");
    config.declare(key("compute_vol", "window"), 20);       // bars
    config.declare(key("compute_vol", "min_periods"), 10);  // returns
    config.declare(key("adjust_rets", "term2_delay"),
                   2);  // bars: a decision earns from two bars later
    config.declare(key("compress_rets", "scale"), 4.0);
    config.declare(key("add_lags", "num_lags"), 4);
    config.declare(key("predict", "weights"), config::List{-0.209, -0.223, 0.304, -0.264});
    config.declare(key("process_forecasts", "price_col"), "vwap");
  }

  Result<Dag> build(const Config& config, const Universe& /*universe*/) const override {
    TIEOUT_TRY(const dataflow::SourceSpec source,
               get_source(config, {"open", "high", "low", "close", "volume"}));
    Dag dag(source);
    TIEOUT_CHECK(add_volatility_adjusted_returns(config, dag));
    TIEOUT_CHECK(add_forecast(config, dag));
    return check_history(std::move(dag));
  }

  dataflow::ForecastColumns forecast_columns(const Config& config) const override {
    return get_forecast_columns(
        config, config.get_string(key("process_forecasts", "price_col")).value_or(""));
  }

 private:
  static Status add_volatility_adjusted_returns(const Config& config, Dag& dag) {
    TIEOUT_TRY(const Duration rule, get_period(config, {"trading_period"}));
    dataflow::BarSpec bars = dataflow::ohlcv_bars();
    TIEOUT_TRY(bars.vwaps[0].fallback, config.get_string(key("resample", "vwap_fallback")));
    const std::string& fallback = bars.vwaps[0].fallback;
    if (!fallback.empty() && fallback != "twap" && fallback != "close") {
      return bad_value(key("resample", "vwap_fallback"), "'" + fallback + "'",
                       "'twap', 'close' or ''");
    }
    TIEOUT_TRY(const std::string mode_name, config.get_string(key("compute_ret_0", "mode")));
    const auto mode = dataflow::return_mode_of(mode_name);
    if (!mode) {
      return bad_value(key("compute_ret_0", "mode"), "'" + mode_name + "'",
                       "pct_change, log_rets or diff");
    }
    TIEOUT_TRY(const std::size_t window, get_count(config, key("compute_vol", "window"), 1));
    TIEOUT_TRY(const std::size_t min_periods,
               get_count(config, key("compute_vol", "min_periods"), 0));
    if (min_periods > window) {
      return bad_value(key("compute_vol", "min_periods"), std::to_string(min_periods),
                       fmt::format("at most the window of {}", window));
    }
    TIEOUT_TRY(const std::size_t delay, get_count(config, key("adjust_rets", "term2_delay"), 0));
    TIEOUT_CHECK(dag.add("resample", dataflow::make_resample_bars(rule, bars), {"read_data"}));
    TIEOUT_CHECK(dag.add("compute_ret_0", dataflow::make_returns(*mode, {"vwap"}), {"resample"}));
    TIEOUT_CHECK(dag.add("compute_vol",
                         dataflow::make_rolling_volatility(kReturn, window, min_periods),
                         {"compute_ret_0"}));
    return dag.add("adjust_rets",
                   dataflow::make_combine_columns(dataflow::Operation::kDivide, {kReturn, 0},
                                                  {kVolatility, delay}, kAdjusted),
                   {"compute_ret_0", "compute_vol"});
  }

  static Status add_forecast(const Config& config, Dag& dag) {
    TIEOUT_TRY(const double scale, config.get_float(key("compress_rets", "scale")));
    if (!(scale > 0)) {
      return bad_value(key("compress_rets", "scale"), fmt::format("{}", scale), "a number above 0");
    }
    dataflow::LagSpec lags;
    TIEOUT_TRY(lags.num_lags, get_count(config, key("add_lags", "num_lags"), 1));
    TIEOUT_TRY(const std::vector<double> weights, get_floats(config, key("predict", "weights")));
    if (weights.size() != lags.num_lags) {
      return bad_value(key("predict", "weights"), fmt::format("a list of {}", weights.size()),
                       fmt::format("{} weights, one for each lag (dag_config.add_lags.num_lags)",
                                   lags.num_lags));
    }
    TIEOUT_CHECK(dag.add("compress_rets",
                         dataflow::make_compress_tails(kAdjusted, kCompressed, scale),
                         {"adjust_rets"}));
    TIEOUT_CHECK(dag.add("add_lags", dataflow::make_lags(kCompressed, lags), {"compress_rets"}));
    TIEOUT_CHECK(dag.add(
        "predict",
        dataflow::make_linear_model(dataflow::lag_names(kCompressed, lags), weights, "prediction"),
        {"add_lags"}));
    return add_sink(config, dag);
  }

  /// The columns that trading needs, out of the stages that make them.
  static Status add_sink(const Config& config, Dag& dag) {
    const std::vector<std::string> prices = {"vwap", "twap", "close", "open", "high", "low"};
    TIEOUT_TRY(const std::string price, config.get_string(key("process_forecasts", "price_col")));
    if (std::ranges::find(prices, price) == prices.end()) {
      return bad_value(key("process_forecasts", "price_col"), "'" + price + "'",
                       "a column of stage resample");
    }
    const Path volatility_path = {"process_forecasts_node_dict", "volatility_col"};
    TIEOUT_TRY(const std::string volatility, config.get_string(volatility_path));
    if (volatility != kVolatility) {
      return bad_value(volatility_path, "'" + volatility + "'", fmt::format("'{}'", kVolatility));
    }
    const Path prediction_path = {"process_forecasts_node_dict", "prediction_col"};
    TIEOUT_TRY(const std::string prediction, config.get_string(prediction_path));
    const bool is_model = prediction == "prediction";
    if (!is_model && prediction != kCompressed) {
      return bad_value(prediction_path, "'" + prediction + "'",
                       fmt::format("'prediction' or '{}'", kCompressed));
    }
    return dag.add(
        "process_forecasts",
        dataflow::make_select({{price, price}, {volatility, volatility}, {prediction, prediction}}),
        {"resample", "compute_vol", is_model ? "predict" : "compress_rets"});
  }
};

}  // namespace

std::unique_ptr<dataflow::DagBuilder> make_c1b() {
  return std::make_unique<C1bDagBuilder>();
}

}  // namespace tieout::system
