// A strategy whose output depends on how often it was evaluated, which no log records: what
// `noise_floor` must find.
#include <atomic>
#include <cmath>

#include "tieout/dataflow/builder.hpp"
#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

using namespace tieout;  // NOLINT: a plugin of one file

/// The hour's reversal, up to two ulp too high, by the number of evaluations in this process.
class NoisyReversal final : public dataflow::WindowNode {
 public:
  NoisyReversal() : WindowNode({"close"}, {"prediction"}, 12) {}
  std::string_view kind() const noexcept override { return "noisy_reversal"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    static std::atomic<unsigned> evaluations{0};
    double value = windows[0].front() / windows[0].back() - 1.0;
    for (unsigned nudges = evaluations++ % 3; nudges > 0; --nudges) {
      value = std::nextafter(value, 1.0);
    }
    outputs[0] = value;
  }
};

class NoisyDagBuilder final : public dataflow::DagBuilder {
 public:
  std::string_view constructor() const noexcept override {
    return "planted.noise.Noisy_DagBuilder";
  }
  void declare_config(config::Config& config) const override {
    config.declare({"trading_period"}, "5T");
  }
  Result<dataflow::Dag> build(const config::Config&, const Universe&) const override {
    dataflow::Dag dag({.history_lookback = days(1)});
    TIEOUT_CHECK(
        dag.add("resample", make_resample_bars(minutes(5), dataflow::ohlcv_bars()), {"read_data"}));
    TIEOUT_CHECK(
        dag.add("rets", make_returns(dataflow::ReturnMode::kPctChange, {"close"}), {"resample"}));
    TIEOUT_CHECK(
        dag.add("vol", dataflow::make_rolling_volatility("close.ret_0", 20, 10), {"rets"}));
    TIEOUT_CHECK(dag.add("predict", std::make_unique<NoisyReversal>(), {"resample"}));
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

TIEOUT_PLUGIN(NoisyDagBuilder);
