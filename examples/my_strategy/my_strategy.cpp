// A strategy as a plugin: sell what rose over the last hour, buy what fell.
#include "tieout/dataflow/builder.hpp"
#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

using namespace tieout;

/// For each asset and bar, a number out of the last `bars` + 1 closes.
class Reversal final : public dataflow::WindowNode {
 public:
  explicit Reversal(std::size_t bars) : WindowNode({"close"}, {"prediction"}, bars) {}
  std::string_view kind() const noexcept override { return "reversal"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    outputs[0] = windows[0].front() / windows[0].back() - 1.0;
  }
};

class ReversalDagBuilder final : public dataflow::DagBuilder {
 public:
  std::string_view constructor() const noexcept override {
    return "my_strategies.reversal.Reversal_DagBuilder";
  }
  void declare_config(config::Config& config) const override {
    config.declare({"trading_period"}, "5T");
    config.declare({"dag_config", "predict", "bars"}, 12);
  }
  Result<dataflow::Dag> build(const config::Config& config, const Universe&) const override {
    TIEOUT_TRY(const std::string period, config.get_string({"trading_period"}));
    TIEOUT_TRY(const Duration bar, parse_period(period));
    TIEOUT_TRY(const std::int64_t bars, config.get_int({"dag_config", "predict", "bars"}));
    if (bars < 1 || bars > 200) {
      return Error{ErrorCode::kInvalidConfig, "dag_config.predict.bars must be from 1 to 200"};
    }
    const auto lookback = static_cast<std::size_t>(bars);
    dataflow::Dag dag({.history_lookback = days(1)});
    TIEOUT_CHECK(
        dag.add("resample", make_resample_bars(bar, dataflow::ohlcv_bars()), {"read_data"}));
    TIEOUT_CHECK(
        dag.add("rets", make_returns(dataflow::ReturnMode::kPctChange, {"close"}), {"resample"}));
    TIEOUT_CHECK(
        dag.add("vol", dataflow::make_rolling_volatility("close.ret_0", 20, 10), {"rets"}));
    TIEOUT_CHECK(dag.add("predict", std::make_unique<Reversal>(lookback), {"resample"}));
    TIEOUT_CHECK(dag.add(
        "process_forecasts",
        dataflow::make_select(
            {{"close", "close"}, {"close.ret_0.vol", "volatility"}, {"prediction", "prediction"}}),
        {"resample", "vol", "predict"}));
    return dag;
  }
  dataflow::ForecastColumns forecast_columns(const config::Config&) const override {
    return {.price = "close", .volatility = "volatility", .prediction = "prediction"};
  }
};

TIEOUT_PLUGIN(ReversalDagBuilder);
