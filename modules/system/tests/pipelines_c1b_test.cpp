#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tieout/config/config.hpp"
#include "tieout/core/random.hpp"
#include "tieout/dataflow/runner.hpp"
#include "tieout/system/run.hpp"

namespace tieout::system {
namespace {

using config::Config;
using config::Path;
using config::Value;
using dataflow::DagRunner;
using dataflow::Observation;
using dataflow::Recompute;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kC1b = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
constexpr Timestamp kStart{1'516'665'600'000'000'000};  // 2018-01-23T00:00:00Z

class C1bTest : public ::testing::Test {
 protected:
  void SetUp() override {
    register_builtin_pipelines(registry_);
    builder_ = registry_.find(kC1b).value();
    builder_->declare_config(config_);
  }

  void set(const Path& path, Value value) {
    const Status done = config_.set(path, std::move(value), "test");
    ASSERT_TRUE(done.ok()) << to_string(done.error());
  }

  DagRunner make_runner(Recompute mode = Recompute::kIncremental) {
    auto dag = builder_->build(config_, universe_);
    EXPECT_TRUE(dag.ok()) << (dag.ok() ? "" : to_string(dag.error()));
    return std::move(DagRunner::create(std::move(dag).value(), universe_, mode)).value();
  }

  /// A random walk for each asset; the same whatever else is drawn.
  Observation minute(std::int64_t i, AssetId asset) const {
    const CounterRng rng(11, static_cast<std::uint64_t>(asset.value));
    const auto counter = static_cast<std::uint64_t>(i);
    const double close = 100.0 * std::exp(0.01 * std::sin(0.1 * static_cast<double>(i)) +
                                          0.001 * rng.normal(counter));
    return {kStart + minutes(i),
            asset,
            {close, close * 1.001, close * 0.999, close, 1.0 + rng.uniform(counter)}};
  }

  std::vector<Observation> minutes_between(std::int64_t first, std::int64_t last) const {
    std::vector<Observation> observations;
    for (std::int64_t i = first; i <= last; ++i) {
      for (const Asset& asset : universe_.assets()) {
        observations.push_back(minute(i, asset.id));
      }
    }
    return observations;
  }

  dataflow::DagBuilderRegistry registry_;
  const dataflow::DagBuilder* builder_ = nullptr;
  Config config_;
  Universe universe_ = Universe::from_ids({{101}, {202}});
};

TEST_F(C1bTest, HasTheNineStagesInTheirPlaces) {
  const DagRunner runner = make_runner();
  const std::vector<std::string> names = {
      "predict.0.read_data",   "predict.1.resample",    "predict.2.compute_ret_0",
      "predict.3.compute_vol", "predict.4.adjust_rets", "predict.5.compress_rets",
      "predict.6.add_lags",    "predict.7.predict",     "predict.8.process_forecasts"};
  ASSERT_EQ(runner.dag().stages().size(), names.size());
  for (std::size_t id = 0; id < names.size(); ++id) {
    EXPECT_EQ(runner.dag().node_name(id), names[id]);
  }
  const auto columns = builder_->forecast_columns(config_);
  EXPECT_EQ(columns.price, "vwap");
  EXPECT_EQ(columns.volatility, "vwap.ret_0.vol");
  EXPECT_EQ(columns.prediction, "prediction");
  EXPECT_EQ(dataflow::model_name_of(kC1b).value(), "C1b");
}

TEST_F(C1bTest, LooksNowhereAtItsWholeWindow) {
  const DagRunner runner = make_runner();
  for (std::size_t id = 1; id < runner.dag().stages().size(); ++id) {
    EXPECT_FALSE(runner.dag().stages()[id].node->lookback().whole_window);
  }
}

/// The prediction by hand, from the close and volume of the minutes.
double expected_prediction(const std::vector<Observation>& rows, AssetId asset, std::size_t bars) {
  std::vector<double> vwap;
  for (std::size_t b = 0; b < bars; ++b) {
    double traded = 0;
    double volume = 0;
    for (const Observation& row : rows) {
      const std::int64_t i = (row.row.ns - kStart.ns) / 60'000'000'000;
      if (row.asset == asset && (i + 4) / 5 == static_cast<std::int64_t>(b) + 1) {
        traded += row.values[3] * row.values[4];
        volume += row.values[4];
      }
    }
    vwap.push_back(traded / volume);
  }
  std::vector<double> ret(bars, kNaN);
  std::vector<double> vol(bars, kNaN);
  for (std::size_t b = 1; b < bars; ++b) {
    ret[b] = vwap[b] / vwap[b - 1] - 1;
    double sum = 0;
    double count = 0;
    for (std::size_t k = b < 20 ? 1 : b - 19; k <= b; ++k) {
      sum += ret[k] * ret[k];
      count += 1;
    }
    vol[b] = std::sqrt(sum / count);
  }
  const double weights[] = {-0.209, -0.223, 0.304, -0.264};
  double prediction = 0;
  for (std::size_t lag = 0; lag < 4; ++lag) {
    const std::size_t b = bars - 1 - lag;
    prediction += weights[lag] * 4.0 * std::tanh(ret[b] / vol[b - 2] / 4.0);
  }
  return prediction;
}

TEST_F(C1bTest, PredictsWhatTheFormulasSay) {
  set({"market_data_config", "history_lookback"}, minutes(150));
  DagRunner runner = make_runner();
  const std::vector<Observation> rows = minutes_between(1, 150);
  ASSERT_TRUE(runner.run_bar(kStart + minutes(150), rows).ok());
  const Panel& sink = runner.output(8);
  ASSERT_EQ(sink.column_count(), 6U);
  // 150 minutes hold 30 bars; 1 + 19 + 2 + 3 of them are lookback.
  ASSERT_EQ(sink.row_count(), 5U);
  EXPECT_EQ(sink.index().back(), kStart + minutes(150));
  for (const Asset& asset : universe_.assets()) {
    const double found = sink.at(4, *sink.find_column({"prediction", asset.id}));
    EXPECT_NEAR(found, expected_prediction(rows, asset.id, 30), 1e-12);
  }
}

TEST_F(C1bTest, AMinuteThatLacksDoesNotPoisonTheBar) {
  set({"market_data_config", "history_lookback"}, minutes(150));
  DagRunner runner = make_runner();
  std::vector<Observation> rows = minutes_between(1, 150);
  std::erase_if(rows, [](const Observation& row) {
    return row.asset == AssetId{101} && row.row == kStart + minutes(148);
  });
  ASSERT_TRUE(runner.run_bar(kStart + minutes(150), rows).ok());
  const Panel& bars = runner.output(1);
  const std::size_t last = bars.row_count() - 1;
  EXPECT_EQ(bars.at(last, *bars.find_column({"n_rows", AssetId{101}})), 4.0);
  EXPECT_EQ(bars.at(last, *bars.find_column({"n_rows", AssetId{202}})), 5.0);
  const Panel& sink = runner.output(8);
  for (std::size_t c = 0; c < sink.column_count(); ++c) {
    EXPECT_TRUE(std::isfinite(sink.at(sink.row_count() - 1, c))) << to_string(sink.columns()[c]);
  }
}

TEST_F(C1bTest, ABarWithoutVolumeIsPricedAtItsTwapUnlessToldOtherwise) {
  for (const std::string fallback : {"twap", ""}) {
    set({"dag_config", "resample", "vwap_fallback"}, fallback);
    DagRunner runner = make_runner();
    std::vector<Observation> rows = minutes_between(1, 5);
    for (Observation& row : rows) {
      row.values[4] = 0;
    }
    ASSERT_TRUE(runner.run_bar(kStart + minutes(5), rows).ok());
    const Panel& bars = runner.output(1);
    const std::size_t last = bars.row_count() - 1;
    const double vwap = bars.at(last, *bars.find_column({"vwap", AssetId{101}}));
    const double twap = bars.at(last, *bars.find_column({"twap", AssetId{101}}));
    EXPECT_TRUE(fallback.empty() ? std::isnan(vwap) : vwap == twap) << fallback;
  }
}

TEST_F(C1bTest, ADayIsTheSameIncrementallyAndInFull) {
  set({"market_data_config", "history_lookback"}, hours(4));
  DagRunner incremental = make_runner();
  DagRunner full = make_runner(Recompute::kFull);
  std::int64_t last = -300;
  for (std::int64_t i = 0; i <= 1440; i += 5) {
    std::vector<Observation> changes = minutes_between(last + 1, i);
    last = i;
    if (i % 60 == 0) {
      changes.push_back(minute(i - 42, AssetId{202}));
      changes.back().values[3] *= 1.01;  // a revision
    }
    const auto one = incremental.run_bar(kStart + minutes(i), changes);
    const auto two = full.run_bar(kStart + minutes(i), changes);
    ASSERT_TRUE(one.ok() && two.ok());
    for (std::size_t id = 0; id < one->size(); ++id) {
      ASSERT_EQ((*one)[id].window_hash, (*two)[id].window_hash)
          << incremental.dag().node_name(id) << " " << i;
      ASSERT_EQ((*one)[id].changed, (*two)[id].changed);
    }
  }
}

struct BadConfig {
  const char* name;
  Path path;
  Value value;
  const char* needed;
};

class C1bConfigTest : public C1bTest, public ::testing::WithParamInterface<BadConfig> {};

TEST_P(C1bConfigTest, IsRefusedNamingTheKey) {
  const BadConfig& bad = GetParam();
  set(bad.path, bad.value);
  const auto dag = builder_->build(config_, universe_);
  ASSERT_FALSE(dag.ok());
  EXPECT_EQ(dag.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(dag.error().message.find(config::to_string(bad.path)), std::string::npos)
      << dag.error().message;
  EXPECT_NE(dag.error().message.find(bad.needed), std::string::npos) << dag.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, C1bConfigTest,
    ::testing::Values(
        BadConfig{"period_is_no_period", {"trading_period"}, "five", "period"},
        BadConfig{"period_is_no_multiple_of_the_rows",
                  {"dag_config", "read_data", "row_period"},
                  "7T",
                  "multiple"},
        BadConfig{"history_does_not_cover_the_lookbacks",
                  {"market_data_config", "history_lookback"},
                  minutes(129),
                  "at least 130T"},
        BadConfig{"history_is_off_the_grid",
                  {"market_data_config", "history_lookback"},
                  seconds(90),
                  "multiple"},
        BadConfig{"weights_do_not_match_the_lags",
                  {"dag_config", "predict", "weights"},
                  config::List{1.0},
                  "4 weights"},
        BadConfig{"weight_is_a_text",
                  {"dag_config", "predict", "weights"},
                  config::List{"a", 1.0, 1.0, 1.0},
                  "numbers"},
        BadConfig{"min_periods_exceed_the_window",
                  {"dag_config", "compute_vol", "min_periods"},
                  21,
                  "window of 20"},
        BadConfig{"window_is_zero", {"dag_config", "compute_vol", "window"}, 0, "1 to"},
        BadConfig{"delay_is_negative", {"dag_config", "adjust_rets", "term2_delay"}, -1, "0 to"},
        BadConfig{
            "mode_is_not_known", {"dag_config", "compute_ret_0", "mode"}, "pct", "pct_change"},
        BadConfig{"price_is_not_known",
                  {"dag_config", "process_forecasts", "price_col"},
                  "mid",
                  "resample"},
        BadConfig{"prediction_is_not_known",
                  {"process_forecasts_node_dict", "prediction_col"},
                  "x",
                  "'prediction'"},
        BadConfig{"volatility_is_not_known",
                  {"process_forecasts_node_dict", "volatility_col"},
                  "x",
                  "'vwap.ret_0.vol'"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(C1bTest, RunsWithTheShortestHistoryThatItAccepts) {
  set({"market_data_config", "history_lookback"}, minutes(130));
  DagRunner runner = make_runner();
  ASSERT_TRUE(runner.run_bar(kStart + minutes(150), minutes_between(1, 150)).ok());
  EXPECT_EQ(runner.output(8).row_count(), 1U);
}

TEST_F(C1bTest, AnUnknownNameSuggestsTheNearest) {
  const auto found = registry_.find("dataflow_orange.pipelines.C1.C1b_pipeline.C1c_DagBuilder");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, ErrorCode::kUnknownName);
  EXPECT_NE(found.error().message.find(std::string("nearest is '") + kC1b), std::string::npos);
}

}  // namespace
}  // namespace tieout::system
