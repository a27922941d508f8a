// A run that was cut short goes on as if nothing had happened: in simulated time at every bar, and
// after a real process was killed.

#include <atomic>
#include <csignal>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/replay.hpp"
#include "tieout/marketdata/stores.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/system/run.hpp"

#include "engine.hpp"
#include "run_config.hpp"

namespace tieout::system {
namespace {

constexpr std::string_view kBuilder = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
constexpr Timestamp kStart{Timestamp{} + days(19'000)};
constexpr Duration kBar = minutes(5);

class RestartTest : public ::testing::Test {
 protected:
  RestartTest() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    dir_ = std::filesystem::path(::testing::TempDir()) /
           fmt::format("restart.{}.{}", test->name(), ::getpid());
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    register_builtin_pipelines(registry_);
    marketdata::GeneratorOptions generator;
    generator.seed = 5;
    generator.asset_count = 3;
    generator.start = kStart - hours(26);
    generator.minutes = 1680;  // 28 hours
    bars_ = marketdata::generate_bars(generator);
  }
  ~RestartTest() override { std::filesystem::remove_all(dir_); }

  static std::vector<Hash128> hashes(const runlog::RunReader& run) {
    std::vector<Hash128> result;
    for (const runlog::BarRecord& bar : run.bars()) {
      result.push_back(bar.content_hash);
    }
    return result;
  }
  runlog::RunReader open(const std::string& name) const {
    return runlog::RunReader::open(dir_ / name, runlog::Verify::kAll).value();
  }

  EngineSetup setup(const std::string& name) const {
    EngineSetup setup;
    setup.builder = registry_.find(kBuilder).value();
    setup.config = configure(*setup.builder, {}).value().config;
    std::vector<std::string> symbols;
    for (const marketdata::BarVersion& row : bars_) {
      symbols.push_back(row.full_symbol);
    }
    setup.universe = Universe::from_symbols(symbols).value();
    setup.bar = kBar;
    setup.bars = TimeGrid{kBar}.bars_between(kStart, kStart + minutes(55));
    setup.first_bar = kStart;
    setup.dst_dir = dir_ / name;
    return setup;
  }

  std::filesystem::path dir_;
  dataflow::DagBuilderRegistry registry_;
  std::vector<marketdata::BarVersion> bars_;
  std::atomic<bool> stop_{false};
};

TEST_F(RestartTest, CutAtAnyBarARunGoesOnAsIfItHadNotBeenCut) {
  const auto store =
      marketdata::make_memory_store_from(marketdata::nominal_versions(bars_, seconds(10)));
  const std::vector<AssetId> ids = setup("").universe.ids();
  NominalInputs whole_inputs(seconds(10), *store, ids);
  Engine whole = Engine::create(setup("whole")).value();
  ASSERT_TRUE(whole.run(whole_inputs).ok());
  const runlog::RunReader undisturbed = open("whole");
  ASSERT_EQ(undisturbed.bars().size(), 12U);
  std::size_t pending = 0;
  for (std::size_t cut = 1; cut < 12; ++cut) {
    SCOPED_TRACE(fmt::format("cut after {} bars", cut));
    pending += undisturbed.table(runlog::TableKind::kOrders, cut - 1).value()->row_count();
    EngineSetup part = setup(fmt::format("part{}", cut));
    part.bars.resize(cut);
    NominalInputs part_inputs(seconds(10), *store, ids);
    ASSERT_TRUE(Engine::create(std::move(part)).value().run(part_inputs).ok());
    const runlog::RunReader log = open(fmt::format("part{}", cut));

    EngineSetup rest = setup(fmt::format("rest{}", cut));
    rest.committed.assign(log.bars().begin(), log.bars().end());
    NominalInputs later(seconds(10), *store, ids);
    RestartInputs inputs(JournalInputs(read_journal(log).value(), *store), log.bars().back().bar,
                         later);
    const auto summary = Engine::create(std::move(rest)).value().run(inputs);
    ASSERT_TRUE(summary.ok()) << summary.error().message;
    EXPECT_EQ(hashes(open(fmt::format("rest{}", cut))), hashes(undisturbed));
  }
  EXPECT_GT(pending, 0U) << "orders must be open across some cut";
}

TEST_F(RestartTest, AStoreThatChangedIsFoundBeforeTheRunGoesOn) {
  const std::vector<AssetId> ids = setup("").universe.ids();
  auto rows = marketdata::nominal_versions(bars_, seconds(10));
  const auto store = marketdata::make_memory_store_from(rows);
  EngineSetup part = setup("part");
  part.bars.resize(4);
  NominalInputs part_inputs(seconds(10), *store, ids);
  ASSERT_TRUE(Engine::create(std::move(part)).value().run(part_inputs).ok());
  const runlog::RunReader log = open("part");
  for (marketdata::BarVersion& row : rows) {
    if (row.end == kStart + minutes(7)) {
      row.close *= 1.0001;
    }
  }
  const auto changed = marketdata::make_memory_store_from(rows);
  EngineSetup rest = setup("rest");
  rest.committed.assign(log.bars().begin(), log.bars().end());
  NominalInputs later(seconds(10), *changed, ids);
  RestartInputs inputs(JournalInputs(read_journal(log).value(), *changed), log.bars().back().bar,
                       later);
  const auto summary = Engine::create(std::move(rest)).value().run(inputs);
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, ErrorCode::kIncompleteEvidence);
  EXPECT_THAT(summary.error().message, testing::HasSubstr("restart: bar"));
}

class KilledRunTest : public RestartTest {
 protected:
  ProductionOptions production(const std::string& name) const {
    ProductionOptions options;
    options.constructor = kBuilder;
    options.start_time = kStart;
    options.run_duration = hours(1);  // 12 bars
    options.dst_dir = dir_ / name;
    options.feed = dir_ / "feed.csv";
    options.feed_profile = "hostile";
    options.feed_seed = 3;
    options.speed_up_factor = 20'000;
    return options;
  }

  void write_feed() const {
    std::string text = "start_timestamp,end_timestamp,full_symbol,open,high,low,close,volume\n";
    for (const marketdata::BarVersion& bar : bars_) {
      text +=
          fmt::format("{},{},{},{},{},{},{},{}\n", to_iso(bar.start), to_iso(bar.end),
                      bar.full_symbol, format_double(bar.open), format_double(bar.high),
                      format_double(bar.low), format_double(bar.close), format_double(bar.volume));
    }
    ASSERT_TRUE(write_file_atomic(dir_ / "feed.csv", text).ok());
  }

  /// Run in a process of its own that is killed once it has done five bars.
  void run_and_kill() {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ProductionOptions options = production("killed");
      options.progress = [](const Progress& progress) {
        if (progress.bars_done == 5) {
          ::kill(::getpid(), SIGKILL);
        }
      };
      static_cast<void>(run_production(options, registry_, stop_));
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
};

TEST_F(KilledRunTest, GoesOnInANewLogThatAFaithfulReplayRepeats) {
  write_feed();
  run_and_kill();
  const runlog::RunReader killed = open("killed");
  EXPECT_FALSE(killed.sealed());
  ASSERT_EQ(killed.bars().size(), 5U);
  ProductionOptions options = production("whole");
  options.restart_from = dir_ / "killed";
  const auto summary = run_production(options, registry_, stop_);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  const runlog::RunReader whole = open("whole");
  EXPECT_EQ(whole.manifest().outcome, runlog::RunOutcome::kComplete);
  ASSERT_EQ(whole.bars().size(), 12U);
  std::vector<Hash128> before_the_cut = hashes(whole);
  before_the_cut.resize(5);
  EXPECT_EQ(before_the_cut, hashes(killed));
  EXPECT_EQ(whole.manifest().command.at("restarted_from"), (dir_ / "killed").string());

  auto store =
      marketdata::open_sqlite_store(dir_ / "market_data.sqlite", marketdata::OpenMode::kReadOnly);
  ASSERT_TRUE(store.ok());
  const auto versions = (*store)->read_all_versions({kStart - hours(48), kStart + hours(2)},
                                                    setup("").universe.ids());
  ASSERT_TRUE(marketdata::write_dump(dir_ / "test_data.csv.gz", *versions).ok());
  SimulationOptions replay;
  replay.constructor = kBuilder;
  replay.start = kStart;
  replay.end = kStart + minutes(55);
  replay.dst_dir = dir_ / "sim";
  replay.market_data = dir_ / "test_data.csv.gz";
  replay.prod_log = dir_ / "whole";
  ASSERT_TRUE(run_simulation(replay, registry_, stop_).ok());
  EXPECT_EQ(hashes(open("sim")), hashes(whole));
}

TEST_F(KilledRunTest, GoesOnOnlyAsItWasStartedAndOnlyWhereSomethingIsLeft) {
  write_feed();
  run_and_kill();
  const auto refusal = [&](ProductionOptions options) {
    options.restart_from = dir_ / "killed";
    const auto summary = run_production(options, registry_, stop_);
    return summary.ok() ? std::string() : summary.error().message;
  };
  ProductionOptions other = production("other");
  other.overrides = {R"(("portfolio_config","initial_cash"),(float(5)))"};
  EXPECT_THAT(refusal(other), testing::HasSubstr("portfolio_config.initial_cash is 5.0"));
  ProductionOptions elsewhere = production("elsewhere");
  elsewhere.store = dir_ / "no.sqlite";
  EXPECT_THAT(refusal(elsewhere), testing::HasSubstr("market_data_config.store"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "other"));
  ProductionOptions finished = production("whole");
  EXPECT_EQ(refusal(finished), "");
  finished.dst_dir = dir_ / "again";
  finished.restart_from = dir_ / "whole";
  const auto again = run_production(finished, registry_, stop_);
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message, testing::HasSubstr("nothing left to run"));
}

}  // namespace
}  // namespace tieout::system
