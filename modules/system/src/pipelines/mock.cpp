#include <algorithm>

#include <fmt/format.h>

#include "tieout/dataflow/nodes.hpp"

#include "pipelines/builtin.hpp"

// The reference's example pipelines with its parameters (dataflow.md 2.7): every stage's new
// columns stand before those of its input. Their volatility has infinite memory, so most stages
// look at their whole window. The source has every row of its grid; the reference's rows of NaN
// between observed ones come out the same, because its resampling makes the grid regular.

namespace tieout::system {
namespace {

using config::Config;
using config::Path;
using dataflow::Aggregate;
using dataflow::Dag;
using dataflow::NodePtr;

constexpr const char* kReturn = "vwap.ret_0";
constexpr const char* kVolatility = "vwap.ret_0.vol";
constexpr const char* kAdjusted = "vwap.ret_0.vol_adj";
constexpr const char* kCompressed = "vwap.ret_0.vol_adj.c";

Path kwarg(const char* nid, const char* name) {
  return {"dag_config", nid, "transformer_kwargs", name};
}

/// Declarations and stages that both pipelines have.
class MockDagBuilder : public dataflow::DagBuilder {
 public:
  dataflow::ForecastColumns forecast_columns(const Config& config) const override {
    return get_forecast_columns(config, "vwap");
  }

 protected:
  static void declare_shared(Config& config) {
    config.declare(kwarg("filter_ath", "start_time"), config::TimeOfDay{hours(9) + minutes(30)});
    config.declare(kwarg("filter_ath", "end_time"), config::TimeOfDay{hours(16)});
    config.declare(kwarg("adjust_rets", "term1_delay"), 0);
    config.declare(kwarg("adjust_rets", "term2_delay"), 2);
  }

  static Status add_filter_ath(const Config& config, Dag& dag, const std::string& input) {
    TIEOUT_TRY(const auto start, config.get_optional_time(kwarg("filter_ath", "start_time")));
    TIEOUT_TRY(const auto end, config.get_optional_time(kwarg("filter_ath", "end_time")));
    // None means around the clock.
    NodePtr node = start && end ? dataflow::make_filter_ath(*start, *end, Zone::kNewYork)
                                : dataflow::make_pass_through();
    return dag.add("filter_ath", std::move(node), {input});
  }

  static Status add_adjust_rets(const Config& config, Dag& dag) {
    TIEOUT_TRY(const std::size_t delay1, get_count(config, kwarg("adjust_rets", "term1_delay"), 0));
    TIEOUT_TRY(const std::size_t delay2, get_count(config, kwarg("adjust_rets", "term2_delay"), 0));
    NodePtr ratio = dataflow::make_combine_columns(dataflow::Operation::kDivide, {kReturn, delay1},
                                                   {kVolatility, delay2}, kAdjusted);
    return dag.add(
        "adjust_rets",
        dataflow::make_joined(dataflow::make_drop_nans({kReturn, kVolatility}, std::move(ratio))),
        {"compute_vol"});
  }

  /// The sink passes everything through; the columns that trading reads must be among it.
  static Status add_sink(const Config& config, Dag& dag, const std::string& input,
                         const std::vector<std::string>& columns) {
    for (const char* name : {"prediction_col", "volatility_col"}) {
      const Path path = {"process_forecasts_node_dict", name};
      TIEOUT_TRY(const std::string column, config.get_string(path));
      if (std::ranges::find(columns, column) == columns.end()) {
        return bad_value(path, "'" + column + "'",
                         fmt::format("one of {}", fmt::join(columns, ", ")));
      }
    }
    return dag.add("process_forecasts", dataflow::make_pass_through(), {input});
  }
};

class Mock1DagBuilder final : public MockDagBuilder {
 public:
  std::string_view constructor() const noexcept override {
    return "dataflow_amp.pipelines.mock1.mock1_pipeline.Mock1_DagBuilder";
  }

  void declare_config(Config& config) const override {
    declare_common(
        config,
        {.history_lookback = days(7), .prediction_col = "feature1", .volatility_col = kVolatility});
    declare_shared(config);
    config.declare(kwarg("compress_rets", "scale"), 4.0);
    config.declare(kwarg("add_lags", "lag_delay"), 0);
    config.declare(kwarg("add_lags", "num_lags"), 4);
    config.declare(kwarg("add_lags", "first_lag"), 0);
    config.declare(kwarg("predict", "weights"), config::List{-0.209, -0.223, 0.304, -0.264});
  }

  Result<Dag> build(const Config& config, const Universe& /*universe*/) const override {
    TIEOUT_TRY(const dataflow::SourceSpec source,
               get_source(config, {"close", "volume", "feature1"}));
    TIEOUT_TRY(const Duration rule, get_period(config, {"trading_period"}));
    Dag dag(source);
    TIEOUT_CHECK(add_filter_ath(config, dag, "read_data"));
    dataflow::BarSpec bars;
    bars.columns = {{"close", "close", Aggregate::kLast},
                    {"feature1", "feature1", Aggregate::kMean},
                    {"close", "twap", Aggregate::kMean}};
    bars.vwaps = {{"close", "volume", "vwap", ""}};
    TIEOUT_CHECK(dag.add("resample", dataflow::make_resample_bars(rule, bars), {"filter_ath"}));
    TIEOUT_CHECK(dag.add("compute_ret_0",
                         dataflow::make_joined(dataflow::make_returns(
                             dataflow::ReturnMode::kLogReturns, {"close", "twap", "vwap"})),
                         {"resample"}));
    TIEOUT_CHECK(dag.add("compute_vol",
                         dataflow::make_joined(dataflow::make_drop_nans(
                             {kReturn}, dataflow::make_swt_volatility(kReturn, kVolatility))),
                         {"compute_ret_0"}));
    TIEOUT_CHECK(add_adjust_rets(config, dag));
    TIEOUT_CHECK(add_model(config, dag));
    TIEOUT_CHECK(
        add_sink(config, dag, "predict",
                 {"prediction", "feature1", kCompressed, kAdjusted, kVolatility, kReturn}));
    return check_history(std::move(dag));
  }

 private:
  static Status add_model(const Config& config, Dag& dag) {
    const Path scale_path = kwarg("compress_rets", "scale");
    TIEOUT_TRY(const double scale, config.get_float(scale_path));
    if (!(scale > 0)) {
      return bad_value(scale_path, fmt::format("{}", scale), "a number above 0");
    }
    dataflow::LagSpec lags;
    TIEOUT_TRY(lags.lag_delay, get_count(config, kwarg("add_lags", "lag_delay"), 0));
    TIEOUT_TRY(lags.num_lags, get_count(config, kwarg("add_lags", "num_lags"), 1));
    TIEOUT_TRY(lags.first_lag, get_count(config, kwarg("add_lags", "first_lag"), 0));
    TIEOUT_TRY(const std::vector<double> weights, get_floats(config, kwarg("predict", "weights")));
    if (weights.size() != lags.num_lags) {
      return bad_value(kwarg("predict", "weights"), fmt::format("a list of {}", weights.size()),
                       fmt::format("{} weights, one for each lag", lags.num_lags));
    }
    const std::vector<std::string> features = dataflow::lag_names(kCompressed, lags);
    TIEOUT_CHECK(
        dag.add("compress_rets",
                dataflow::make_joined(dataflow::make_compress_tails(kAdjusted, kCompressed, scale)),
                {"adjust_rets"}));
    TIEOUT_CHECK(dag.add("add_lags",
                         dataflow::make_joined(dataflow::make_drop_nans(
                             {kCompressed}, dataflow::make_lags(kCompressed, lags))),
                         {"compress_rets"}));
    return dag.add("predict",
                   dataflow::make_joined(dataflow::make_drop_nans(
                       features, dataflow::make_linear_model(features, weights, "prediction"))),
                   {"add_lags"});
  }
};

class Mock2DagBuilder final : public MockDagBuilder {
 public:
  std::string_view constructor() const noexcept override {
    return "dataflow_amp.pipelines.mock2.mock2_pipeline.Mock2_DagBuilder";
  }

  void declare_config(Config& config) const override {
    declare_common(config, {.history_lookback = days(10),
                            .prediction_col = kCompressed,
                            .volatility_col = kVolatility});
    declare_shared(config);
    config.declare(kwarg("compute_vol", "tau"), 32.0);
    config.declare(kwarg("clip", "low"), -3.0);
    config.declare(kwarg("clip", "high"), 3.0);
  }

  Result<Dag> build(const Config& config, const Universe& /*universe*/) const override {
    TIEOUT_TRY(const dataflow::SourceSpec source,
               get_source(config, {"open", "high", "low", "close", "volume"}));
    TIEOUT_TRY(const Duration rule, get_period(config, {"trading_period"}));
    TIEOUT_TRY(const double tau, config.get_float(kwarg("compute_vol", "tau")));
    if (!(tau > 0)) {
      return bad_value(kwarg("compute_vol", "tau"), fmt::format("{}", tau),
                       "a number of bars above 0");
    }
    TIEOUT_TRY(const double low, config.get_float(kwarg("clip", "low")));
    TIEOUT_TRY(const double high, config.get_float(kwarg("clip", "high")));
    if (!(low <= high)) {
      return bad_value(kwarg("clip", "low"), fmt::format("{}", low),
                       fmt::format("at most high, {}", high));
    }
    Dag dag(source);
    TIEOUT_CHECK(
        dag.add("filter_weekends", dataflow::make_filter_weekends(Zone::kNewYork), {"read_data"}));
    TIEOUT_CHECK(add_filter_ath(config, dag, "filter_weekends"));
    dataflow::BarSpec bars;
    bars.columns = {{"close", "close", Aggregate::kLast}, {"high", "high", Aggregate::kMax},
                    {"low", "low", Aggregate::kMin},      {"open", "open", Aggregate::kFirst},
                    {"close", "twap", Aggregate::kMean},  {"volume", "volume", Aggregate::kSum}};
    bars.vwaps = {{"close", "volume", "vwap", ""}};
    TIEOUT_CHECK(dag.add("resample", dataflow::make_resample_bars(rule, bars), {"filter_ath"}));
    TIEOUT_CHECK(dag.add("compute_ret_0",
                         dataflow::make_joined(dataflow::make_returns(
                             dataflow::ReturnMode::kPctChange, {"close", "twap", "vwap"})),
                         {"resample"}));
    TIEOUT_CHECK(
        dag.add("compute_vol",
                dataflow::make_joined(dataflow::make_rolling_norm(kReturn, kVolatility, tau)),
                {"compute_ret_0"}));
    TIEOUT_CHECK(add_adjust_rets(config, dag));
    TIEOUT_CHECK(dag.add(
        "clip", dataflow::make_joined(dataflow::make_clip(kAdjusted, kCompressed, low, high)),
        {"adjust_rets"}));
    TIEOUT_CHECK(add_sink(config, dag, "clip", {kCompressed, kAdjusted, kVolatility, kReturn}));
    return check_history(std::move(dag));
  }
};

}  // namespace

std::unique_ptr<dataflow::DagBuilder> make_mock1() {
  return std::make_unique<Mock1DagBuilder>();
}
std::unique_ptr<dataflow::DagBuilder> make_mock2() {
  return std::make_unique<Mock2DagBuilder>();
}

}  // namespace tieout::system
