#include "engine.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/replay.hpp"
#include "tieout/marketdata/stores.hpp"
#include "tieout/runlog/reader.hpp"

#include "run_config.hpp"

namespace tieout::system {
namespace {

constexpr Timestamp kStart{Timestamp{} + days(19'000)};
constexpr Duration kBar = minutes(5);

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    dir_ = std::filesystem::path(::testing::TempDir()) /
           fmt::format("engine.{}.{}", test->name(), ::getpid());
    std::filesystem::remove_all(dir_);
    register_builtin_pipelines(registry_);
    marketdata::GeneratorOptions generator;
    generator.seed = 5;
    generator.asset_count = 3;
    generator.start = kStart - hours(26);
    generator.minutes = 1680;  // 28 hours
    rows_ = marketdata::nominal_versions(marketdata::generate_bars(generator), seconds(10));
  }
  ~EngineTest() override { std::filesystem::remove_all(dir_); }

  /// Run twelve bars, each decided `delay` after its end, on rows that were known 10 s after
  /// theirs.
  runlog::RunReader run(const std::string& name, Duration delay) {
    EngineSetup setup;
    setup.builder =
        registry_.find("dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder").value();
    setup.config = configure(*setup.builder, {}).value().config;
    std::vector<std::string> symbols;
    for (const marketdata::BarVersion& row : rows_) {
      symbols.push_back(row.full_symbol);
    }
    setup.universe = Universe::from_symbols(symbols).value();
    setup.bar = kBar;
    setup.bars = TimeGrid{kBar}.bars_between(kStart, kStart + minutes(55));
    setup.first_bar = kStart;
    setup.dst_dir = dir_ / name;
    const auto store = marketdata::make_memory_store_from(rows_);
    NominalInputs inputs(delay, *store, setup.universe.ids());
    auto engine = Engine::create(std::move(setup));
    EXPECT_TRUE(engine.ok()) << engine.error().message;
    const auto summary = engine->run(inputs);
    EXPECT_TRUE(summary.ok()) << summary.error().message;
    return runlog::RunReader::open(dir_ / name).value();
  }

  std::filesystem::path dir_;
  dataflow::DagBuilderRegistry registry_;
  std::vector<marketdata::BarVersion> rows_;
};

TEST_F(EngineTest, ADecisionThatComesLateSeesTheSameBarsAsAnEarlyOne) {
  const runlog::RunReader early = run("early", seconds(10));
  const runlog::RunReader late =
      run("late", minutes(12));  // Rows after each window are known already.
  ASSERT_EQ(early.bars().size(), 12U);
  ASSERT_EQ(late.bars().size(), 12U);
  for (std::size_t node = 0; node < early.manifest().nodes.size(); ++node) {
    for (std::size_t bar = 0; bar < early.bars().size(); ++bar) {
      EXPECT_EQ(early.window_hash(node, bar), late.window_hash(node, bar))
          << early.manifest().nodes[node].name << " at bar " << bar;
    }
  }
}

}  // namespace
}  // namespace tieout::system
