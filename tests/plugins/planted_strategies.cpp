// Strategies that look ahead or depend on their window, one of each kind: what `check_strategy`
// must find. Their constructor is planted.<kind>.<Kind>_DagBuilder.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "tieout/dataflow/builder.hpp"
#include "tieout/dataflow/nodes.hpp"

namespace {

using namespace tieout;  // NOLINT: a plugin of one file
using dataflow::Lookback;
using Series = std::span<const double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// What a kind makes of the closes at a row.
using Signal = double (*)(Series closes, std::size_t row);

struct Kind {
  const char* constructor;
  Lookback lookback;
  Duration label_shift;
  Signal signal;
};

double mean(Series values) {
  double sum = 0;
  double count = 0;
  for (const double x : values) {
    sum += std::isnan(x) ? 0 : x;
    count += std::isnan(x) ? 0 : 1;
  }
  return count > 0 ? sum / count : kNaN;
}

double same(Series closes, std::size_t row) {
  return closes[row];
}
double next(Series closes, std::size_t row) {
  return row + 1 < closes.size() ? closes[row + 1] : kNaN;
}
double normalised(Series closes, std::size_t row) {
  return closes[row] / mean(closes) - 1;
}
double filled(Series closes, std::size_t row) {
  while (row + 1 < closes.size() && std::isnan(closes[row])) {
    ++row;
  }
  return closes[row];
}
double centred(Series closes, std::size_t row) {
  const std::size_t first = row < 2 ? 0 : row - 2;
  return mean(closes.subspan(first, std::min(closes.size(), row + 3) - first));
}

constexpr Kind kKinds[] = {
    {"planted.shift.Shift_DagBuilder", Lookback::of_rows(0), Duration{}, next},
    {"planted.normalise.Normalise_DagBuilder", Lookback::of_rows(0), Duration{}, normalised},
    {"planted.normalise.DeclaredNormalise_DagBuilder", Lookback::window(), Duration{}, normalised},
    {"planted.fill.Fill_DagBuilder", Lookback::of_rows(0), Duration{}, filled},
    {"planted.centred.Centred_DagBuilder", Lookback::of_rows(2), Duration{}, centred},
    {"planted.label.Early_DagBuilder", Lookback::of_rows(0), minutes(-5), same},
    {"planted.label.Late_DagBuilder", Lookback::of_rows(0), minutes(5), same},
    {"planted.clean.Clean_DagBuilder", Lookback::of_rows(0), Duration{}, same},
};

class PlantedNode final : public dataflow::Node {
 public:
  explicit PlantedNode(const Kind& kind) : kind_(kind) {}
  std::string_view kind() const noexcept override { return "planted"; }
  Lookback lookback() const noexcept override { return kind_.lookback; }
  Timestamp output_row(Timestamp row) const noexcept override { return row + kind_.label_shift; }
  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const override {
    std::vector<ColumnKey> columns;
    for (const ColumnKey& key : inputs[0]) {
      if (key.field == "close") {
        columns.push_back({"prediction", key.asset});
      }
    }
    return columns;
  }
  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const override {
    for (std::size_t c = 0; c < output.column_count(); ++c) {
      const auto closes =
          inputs[0]->column(*inputs[0]->find_column({"close", output.columns()[c].asset}));
      for (std::size_t row = rows.first; row < rows.last; ++row) {
        const auto from = inputs[0]->find_row(output.index()[row] - kind_.label_shift);
        output.set(row, c, from ? kind_.signal(closes, *from) : kNaN);
      }
    }
  }

 private:
  Kind kind_;
};

class PlantedDagBuilder final : public dataflow::DagBuilder {
 public:
  explicit PlantedDagBuilder(const Kind& kind) : kind_(kind) {}
  std::string_view constructor() const noexcept override { return kind_.constructor; }
  void declare_config(config::Config& config) const override {
    config.declare({"trading_period"}, "5T");
  }
  Result<dataflow::Dag> build(const config::Config&, const Universe&) const override {
    dataflow::Dag dag({.history_lookback = hours(8)});
    TIEOUT_CHECK(
        dag.add("resample", make_resample_bars(minutes(5), dataflow::ohlcv_bars()), {"read_data"}));
    TIEOUT_CHECK(dag.add("predict", std::make_unique<PlantedNode>(kind_), {"resample"}));
    TIEOUT_CHECK(dag.add("process_forecasts", dataflow::make_pass_through(), {"predict"}));
    return dag;
  }
  dataflow::ForecastColumns forecast_columns(const config::Config&) const override {
    return {.price = "close", .volatility = "volatility", .prediction = "prediction"};
  }

 private:
  Kind kind_;
};

}  // namespace

extern "C" std::uint32_t tieout_plugin_abi() {
  return dataflow::kPluginAbi;
}
extern "C" void tieout_register(dataflow::DagBuilderRegistry* registry) {
  for (const Kind& kind : kKinds) {
    static_cast<void>(registry->add(std::make_unique<PlantedDagBuilder>(kind)));
  }
}
