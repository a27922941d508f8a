#include "tieout/dataflow/builder.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/dataflow/runner.hpp"

namespace tieout::dataflow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class NamedBuilder final : public DagBuilder {
 public:
  explicit NamedBuilder(std::string name) : name_(std::move(name)) {}
  std::string_view constructor() const noexcept override { return name_; }
  void declare_config(config::Config& /*config*/) const override {}
  Result<Dag> build(const config::Config& /*config*/, const Universe& /*universe*/) const override {
    return Dag(SourceSpec{});
  }
  ForecastColumns forecast_columns(const config::Config& /*config*/) const override { return {}; }

 private:
  std::string name_;
};

TEST(DagBuilderRegistry, FindsByConstructorAndListsSorted) {
  DagBuilderRegistry registry;
  ASSERT_TRUE(registry.add(std::make_unique<NamedBuilder>("b.B_DagBuilder")).ok());
  ASSERT_TRUE(registry.add(std::make_unique<NamedBuilder>("a.A_DagBuilder")).ok());
  EXPECT_THAT(registry.constructors(), ElementsAre("a.A_DagBuilder", "b.B_DagBuilder"));
  EXPECT_EQ(registry.find("a.A_DagBuilder").value()->constructor(), "a.A_DagBuilder");
}

TEST(DagBuilderRegistry, RefusesANameTwice) {
  DagBuilderRegistry registry;
  ASSERT_TRUE(registry.add(std::make_unique<NamedBuilder>("a.A_DagBuilder")).ok());
  const Status again = registry.add(std::make_unique<NamedBuilder>("a.A_DagBuilder"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kDuplicateId);
  EXPECT_EQ(registry.constructors().size(), 1U);
}

TEST(DagBuilderRegistry, AnUnknownNameListsAllAndTheNearest) {
  DagBuilderRegistry registry;
  for (const char* name : {"x.C1a_DagBuilder", "x.C3a_DagBuilder", "y.Other_DagBuilder"}) {
    ASSERT_TRUE(registry.add(std::make_unique<NamedBuilder>(name)).ok());
  }
  const auto found = registry.find("x.C3_DagBuilder");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, ErrorCode::kUnknownName);
  EXPECT_THAT(found.error().message, HasSubstr("nearest is 'x.C3a_DagBuilder'"));
  EXPECT_THAT(found.error().message,
              HasSubstr("x.C1a_DagBuilder, x.C3a_DagBuilder, y.Other_DagBuilder"));
}

TEST(ModelName, FollowsTheRule) {
  EXPECT_EQ(model_name_of("dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder").value(),
            "C1b");
  EXPECT_EQ(model_name_of("p.C3a_DagBuilder_tmp").value(), "C3a");
  EXPECT_EQ(model_name_of("Mock1_DagBuilder").value(), "Mock1");
  EXPECT_EQ(model_name_of("p.A_DagBuilder_DagBuilder").value(), "A_DagBuilder")
      << "the last one counts";
}

TEST(ModelName, NeedsTheSuffixInTheLastPart) {
  for (const char* bad :
       {"", "C1b", "p.C1b_DagBuilder.run", "p._DagBuilder", "p.C1-b_DagBuilder"}) {
    const auto name = model_name_of(bad);
    ASSERT_FALSE(name.ok()) << bad;
    EXPECT_EQ(name.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Plugin, BringsABuilderWhoseDagRuns) {
  DagBuilderRegistry registry;
  const Status loaded = load_plugin(TIEOUT_TEST_PLUGIN_GOOD, registry);
  ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
  const DagBuilder* builder = registry.find("plugins.p1.P1_DagBuilder").value();
  config::Config config;
  builder->declare_config(config);
  const Universe universe = Universe::from_ids({{7}});
  auto runner = DagRunner::create(builder->build(config, universe).value(), universe,
                                  Recompute::kIncremental);
  ASSERT_TRUE(runner.ok());
  const Timestamp start{1'500'000'000'000'000'000};
  const std::vector<Observation> rows = {{start, {7}, {1.5}}, {start + minutes(1), {7}, {2.5}}};
  ASSERT_TRUE(runner->run_bar(start + minutes(1), rows).ok());
  const Panel& output = runner->output(1);
  EXPECT_EQ(output.at(output.row_count() - 1, 0), 2.5);
  EXPECT_EQ(output.at(output.row_count() - 1, 1), 1.5);
}

TEST(Plugin, TheExampleStrategyPredicts) {
  DagBuilderRegistry registry;
  ASSERT_TRUE(load_plugin(TIEOUT_EXAMPLE_PLUGIN, registry).ok());
  const DagBuilder* builder = registry.find("my_strategies.reversal.Reversal_DagBuilder").value();
  config::Config config;
  builder->declare_config(config);
  const Universe universe = Universe::from_ids({{7}});
  auto runner = DagRunner::create(builder->build(config, universe).value(), universe,
                                  Recompute::kIncremental);
  ASSERT_TRUE(runner.ok()) << to_string(runner.error());
  const Timestamp start{1'500'000'000'000'000'000};
  std::vector<Observation> rows;
  for (std::int64_t i = 1; i <= 120; ++i) {
    const double close = 100.0 + static_cast<double>(i % 7);
    rows.push_back({start + minutes(i), {7}, {close, close, close, close, 1.0}});
  }
  ASSERT_TRUE(runner->run_bar(start + minutes(120), rows).ok());
  const Panel& sink = runner->output(runner->dag().stages().size() - 1);
  const auto columns = builder->forecast_columns(config);
  const auto last = [&](const std::string& field) {
    return sink.at(sink.row_count() - 1, sink.find_column({field, {7}}).value());
  };
  // Minute 120 is 1 past a multiple of 7, minute 60 is 4 past one.
  EXPECT_DOUBLE_EQ(last(columns.price), 101.0);
  EXPECT_DOUBLE_EQ(last(columns.prediction), 104.0 / 101.0 - 1.0);
  EXPECT_GT(last(columns.volatility), 0.0);
}

struct BadPlugin {
  const char* name;
  const char* path;
  const char* needed;
};
class BadPluginTest : public ::testing::TestWithParam<BadPlugin> {};

TEST_P(BadPluginTest, IsRefusedWithItsReason) {
  DagBuilderRegistry registry;
  const Status loaded = load_plugin(GetParam().path, registry);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::kPluginFailed);
  EXPECT_THAT(loaded.error().message, HasSubstr(GetParam().needed));
  EXPECT_TRUE(registry.constructors().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadPluginTest,
    ::testing::Values(
        BadPlugin{"other_interface", TIEOUT_TEST_PLUGIN_OTHER_ABI, "interface 2, needed 1"},
        BadPlugin{"registers_nothing", TIEOUT_TEST_PLUGIN_EMPTY, "registered no DagBuilder"},
        BadPlugin{"throws", TIEOUT_TEST_PLUGIN_THROWS, "no market today"},
        BadPlugin{"exports_nothing", TIEOUT_TEST_PLUGIN_NO_SYMBOLS, "does not export"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Plugin, ThatIsNoFileOrNoLibraryIsAnError) {
  DagBuilderRegistry registry;
  const Status missing = load_plugin("/nonexistent/plugin.so", registry);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kFileNotFound);
  const Status text = load_plugin(std::filesystem::path(TIEOUT_SOURCE_DIR) / "LICENSE", registry);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, ErrorCode::kPluginFailed);
}

TEST(Plugin, LoadedTwiceIsRefusedTheSecondTime) {
  DagBuilderRegistry registry;
  ASSERT_TRUE(load_plugin(TIEOUT_TEST_PLUGIN_GOOD, registry).ok());
  EXPECT_FALSE(load_plugin(TIEOUT_TEST_PLUGIN_GOOD, registry).ok());
}

}  // namespace
}  // namespace tieout::dataflow
