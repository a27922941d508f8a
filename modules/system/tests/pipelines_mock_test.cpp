#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "tieout/config/config.hpp"
#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"
#include "tieout/dataflow/runner.hpp"
#include "tieout/system/run.hpp"

namespace tieout::system {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const dataflow::DagBuilder& builder(const char* constructor) {
  static const dataflow::DagBuilderRegistry kRegistry = [] {
    dataflow::DagBuilderRegistry made;
    register_builtin_pipelines(made);
    return made;
  }();
  return **kRegistry.find(constructor);
}

constexpr const char* kMock1 = "dataflow_amp.pipelines.mock1.mock1_pipeline.Mock1_DagBuilder";
constexpr const char* kMock2 = "dataflow_amp.pipelines.mock2.mock2_pipeline.Mock2_DagBuilder";

std::string read_gz(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  EXPECT_TRUE(bytes.ok());
  return gunzip(*bytes, std::size_t{1} << 26).value();
}

Timestamp instant(std::string_view text) {
  return parse_iso(text).value();
}

/// Golden logs hold the rows in which something is not NaN.
void expect_matches_golden(const Panel& panel, const std::string& csv) {
  CsvReader reader(csv);
  ASSERT_TRUE(reader.next().value());
  std::vector<ColumnKey> keys;
  for (const auto& name :
       std::vector<std::string_view>(reader.fields().begin() + 1, reader.fields().end())) {
    const std::size_t bar = name.find('|');
    keys.push_back({std::string(name.substr(0, bar)), AssetId{*parse_int(name.substr(bar + 1))}});
  }
  ASSERT_EQ(panel.columns(), keys);
  std::size_t row = 0;
  const auto skip_empty_rows = [&] {
    const auto is_empty = [&] {
      for (std::size_t c = 0; c < panel.column_count(); ++c) {
        if (!std::isnan(panel.at(row, c))) {
          return false;
        }
      }
      return true;
    };
    while (row < panel.row_count() && is_empty()) {
      ++row;
    }
  };
  std::size_t compared = 0;
  while (reader.next().value()) {
    skip_empty_rows();
    ASSERT_LT(row, panel.row_count());
    ASSERT_EQ(panel.index()[row], instant(reader.fields()[0]));
    for (std::size_t c = 0; c < keys.size(); ++c) {
      const std::string_view text = reader.fields()[c + 1];
      const double wanted = text.empty() ? kNaN : parse_double(text).value();
      const double found = panel.at(row, c);
      if (std::isnan(wanted) || std::isnan(found)) {
        EXPECT_EQ(std::isnan(wanted), std::isnan(found))
            << to_string(keys[c]) << " " << reader.fields()[0];
      } else {
        EXPECT_LE(std::abs(found - wanted), 1e-12 * std::abs(wanted))
            << to_string(keys[c]) << " " << reader.fields()[0] << " found " << found << " wanted "
            << wanted;
        ++compared;
      }
    }
    ++row;
  }
  skip_empty_rows();
  EXPECT_EQ(row, panel.row_count());
  EXPECT_GT(compared, 40 * panel.column_count());
}

TEST(Mock2Pipeline, ReproducesTheReferenceNodeByNode) {
  const std::filesystem::path golden =
      std::filesystem::path(TIEOUT_SHARED_DIR) / "golden/dataflow/mock2_e2e";
  if (!std::filesystem::exists(golden)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  config::Config config;
  builder(kMock2).declare_config(config);
  ASSERT_TRUE(config.set({"trading_period"}, "60T", "test").ok());
  ASSERT_TRUE(config.set({"dag_config", "read_data", "row_period"}, "60T", "test").ok());
  std::vector<AssetId> ids;
  for (std::int64_t id = 0; id < 10; ++id) {
    ids.push_back({id});
  }
  const Universe universe = Universe::from_ids(ids);
  auto dag = builder(kMock2).build(config, universe);
  ASSERT_TRUE(dag.ok()) << to_string(dag.error());
  auto runner = dataflow::DagRunner::create(std::move(dag).value(), universe,
                                            dataflow::Recompute::kIncremental);
  ASSERT_TRUE(runner.ok()) << to_string(runner.error());

  const std::string market_data = read_gz(golden / "market_data.csv.gz");
  CsvReader reader(market_data);
  ASSERT_TRUE(reader.next().value());
  std::map<Timestamp, std::vector<dataflow::Observation>> by_row;
  while (reader.next().value()) {
    const auto& f = reader.fields();
    dataflow::Observation observation{instant(f[1]), AssetId{*parse_int(f[8])}, {}};
    for (std::size_t i = 3; i < 8; ++i) {
      observation.values.push_back(*parse_double(f[i]));
    }
    by_row[observation.row].push_back(observation);
  }
  Timestamp last{};
  for (const char* text : {"2023-08-15 11:00:00-04:00", "2023-08-15 12:00:00-04:00"}) {
    const Timestamp bar = instant(text);
    std::vector<dataflow::Observation> changes;
    for (const auto& [row, observations] : by_row) {
      if (last < row && row <= bar) {
        changes.insert(changes.end(), observations.begin(), observations.end());
      }
    }
    last = bar;
    ASSERT_TRUE(runner->run_bar(bar, changes).ok());
    for (std::size_t stage = 3; stage < 9; ++stage) {
      const std::string name = runner->dag().node_name(stage);
      const auto path =
          golden / (name + ".df_out." + to_local_ts_name(bar, Zone::kNewYork) + ".csv.gz");
      if (std::filesystem::exists(path)) {
        SCOPED_TRACE(path.filename().string());
        expect_matches_golden(runner->output(stage), read_gz(path));
      } else {
        EXPECT_TRUE(stage < 8 && text[12] == '2') << "no golden for " << name;
      }
    }
  }
}

/// The reference's df1: 40 minutes from 09:31 New York time; close 101 for five minutes, then 100
/// for five, and so on.
TEST(Mock1Pipeline, GivesTheClosedFormNumbers) {
  config::Config config;
  builder(kMock1).declare_config(config);
  const Universe universe = Universe::from_ids({{101}});
  auto dag = builder(kMock1).build(config, universe);
  ASSERT_TRUE(dag.ok()) << to_string(dag.error());
  auto runner = dataflow::DagRunner::create(std::move(dag).value(), universe,
                                            dataflow::Recompute::kIncremental);
  ASSERT_TRUE(runner.ok()) << to_string(runner.error());
  const Timestamp open = instant("2000-01-03 09:30:00-05:00");
  for (int b = 0; b < 8; ++b) {
    std::vector<dataflow::Observation> changes;
    for (int i = 5 * b; i < 5 * b + 5; ++i) {
      const bool is_even = b % 2 == 0;
      changes.push_back({open + minutes(i + 1),
                         AssetId{101},
                         {is_even ? 101.0 : 100.0, 100.0, is_even ? 1.0 : -1.0}});
    }
    ASSERT_TRUE(runner->run_bar(open + minutes(5 * b + 5), changes).ok());
  }
  const Panel& sink = runner->output(9);
  std::vector<std::string> fields;
  for (const ColumnKey& key : sink.columns()) {
    fields.push_back(key.field);
  }
  const std::string c = "vwap.ret_0.vol_adj.c";
  EXPECT_EQ(fields, (std::vector<std::string>{"prediction", c + ".lag0", c + ".lag1", c + ".lag2",
                                              c + ".lag3", c, "vwap.ret_0.vol_adj",
                                              "vwap.ret_0.vol", "close.ret_0", "twap.ret_0",
                                              "vwap.ret_0", "close", "feature1", "twap", "vwap"}));
  const auto at = [&](const std::string& field, std::int64_t minute) {
    const auto row = sink.find_row(open + minutes(minute));
    const auto column = sink.find_column({field, AssetId{101}});
    return row && column ? sink.at(*row, *column) : -777.0;
  };
  const double log_return = std::log(101.0) - std::log(100.0);
  EXPECT_NEAR(at("vwap.ret_0", 40), -log_return, 1e-15);
  EXPECT_NEAR(at("vwap.ret_0", 35), log_return, 1e-15);
  EXPECT_NEAR(at("vwap.ret_0.vol", 40), 0.0099503309, 5e-11);
  EXPECT_TRUE(std::isnan(at("vwap.ret_0.vol", 15))) << "the first two returns have no volatility";
  EXPECT_NEAR(at("vwap.ret_0.vol", 20), log_return, 1e-15);
  EXPECT_NEAR(at("vwap.ret_0.vol_adj", 40), -1.0, 1e-12);
  EXPECT_NEAR(at(c, 40), -0.9796746496148365, 1e-12);
  EXPECT_NEAR(at(c + ".lag1", 40), 0.9796746496148365, 1e-12);
  EXPECT_EQ(at("feature1", 40), -1.0);
  EXPECT_TRUE(std::isnan(at("prediction", 40))) << "four lags do not exist yet";
  EXPECT_TRUE(std::isnan(at(c + ".lag3", 40)));
}

TEST(Mock1Pipeline, PredictsOnceFourLagsExist) {
  config::Config config;
  builder(kMock1).declare_config(config);
  const Universe universe = Universe::from_ids({{101}});
  auto runner = dataflow::DagRunner::create(builder(kMock1).build(config, universe).value(),
                                            universe, dataflow::Recompute::kIncremental);
  ASSERT_TRUE(runner.ok());
  const Timestamp open = instant("2000-01-03 09:30:00-05:00");
  std::vector<dataflow::Observation> rows;
  rows.reserve(60);
  for (int i = 0; i < 60; ++i) {
    rows.push_back(
        {open + minutes(i + 1), AssetId{101}, {(i / 5) % 2 == 0 ? 101.0 : 100.0, 100.0, 1.0}});
  }
  ASSERT_TRUE(runner->run_bar(open + minutes(60), rows).ok());
  const Panel& sink = runner->output(9);
  const auto predictions = sink.column(*sink.find_column({"prediction", AssetId{101}}));
  const std::size_t last = sink.row_count() - 1;
  std::size_t first_value = 0;
  while (std::isnan(predictions[first_value])) {
    ++first_value;
  }
  // Returns from the 2nd bar, volatility from the 4th, adjusted from the 6th, four lags of it from
  // the 9th.
  EXPECT_EQ(sink.index()[first_value], open + minutes(45));
  EXPECT_NEAR(std::abs(predictions[last]), (-0.209 + 0.223 + 0.304 + 0.264) * 0.9796746496148365,
              1e-12);
  EXPECT_NEAR(std::abs(predictions[last]), 0.5701706, 5e-8);
  EXPECT_LT(predictions[last] * predictions[last - 1], 0) << "signs alternate";
}

TEST(MockPipelines, NameABadPredictionColumn) {
  config::Config config;
  builder(kMock2).declare_config(config);
  ASSERT_TRUE(config.set({"process_forecasts_node_dict", "prediction_col"}, "clos", "test").ok());
  const auto dag = builder(kMock2).build(config, Universe::from_ids({{1}}));
  ASSERT_FALSE(dag.ok());
  EXPECT_EQ(dag.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(dag.error().message.find("process_forecasts_node_dict.prediction_col"),
            std::string::npos);
}

}  // namespace
}  // namespace tieout::system
