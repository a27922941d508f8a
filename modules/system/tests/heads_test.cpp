// Production and simulation together, on generated bars: whatever the machine's timing was, a
// faithful replay must repeat it.

#include <algorithm>
#include <atomic>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/stores.hpp"
#include "tieout/oms/oms_database.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/system/run.hpp"

namespace tieout::system {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kBuilder = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";

std::string csv_of(const std::vector<marketdata::BarVersion>& bars) {
  std::string text = "start_timestamp,end_timestamp,full_symbol,open,high,low,close,volume\n";
  for (const marketdata::BarVersion& bar : bars) {
    text +=
        fmt::format("{},{},{},{},{},{},{},{}\n", to_iso(bar.start), to_iso(bar.end),
                    bar.full_symbol, format_double(bar.open), format_double(bar.high),
                    format_double(bar.low), format_double(bar.close), format_double(bar.volume));
  }
  return text;
}

class HeadsTest : public ::testing::Test {
 protected:
  HeadsTest() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    dir_ = std::filesystem::path(::testing::TempDir()) /
           fmt::format("heads.{}.{}", test->name(), ::getpid());
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    register_builtin_pipelines(registry_);
    marketdata::GeneratorOptions generator;
    generator.seed = 5;
    generator.asset_count = 3;
    generator.start = kStart - hours(26);
    generator.minutes = 1680;  // 28 hours
    EXPECT_TRUE(
        write_file_atomic(dir_ / "feed.csv", csv_of(marketdata::generate_bars(generator))).ok());
  }
  ~HeadsTest() override { std::filesystem::remove_all(dir_); }

  ProductionOptions production() const {
    ProductionOptions options;
    options.constructor = kBuilder;
    options.start_time = kStart;
    options.run_duration = hours(1);  // 12 bars
    options.dst_dir = dir_ / "prod";
    options.feed = dir_ / "feed.csv";
    options.feed_profile = "hostile";
    options.feed_seed = 3;
    options.speed_up_factor = 20'000;
    return options;
  }

  SimulationOptions simulation(const std::string& name, Replay replay) const {
    SimulationOptions options;
    options.constructor = kBuilder;
    options.start = kStart;
    options.end = kStart + minutes(55);
    options.dst_dir = dir_ / name;
    options.market_data = dir_ / "test_data.csv.gz";
    options.prod_log = dir_ / "prod";
    options.replay = replay;
    return options;
  }

  /// Every version that the production run's store holds.
  void dump() const {
    auto store =
        marketdata::open_sqlite_store(dir_ / "market_data.sqlite", marketdata::OpenMode::kReadOnly);
    ASSERT_TRUE(store.ok()) << store.error().message;
    auto prod = runlog::RunReader::open(dir_ / "prod");
    ASSERT_TRUE(prod.ok()) << prod.error().message;
    std::vector<AssetId> ids;
    for (const Asset& asset : prod->manifest().universe) {
      ids.push_back(asset.id);
    }
    auto versions = (*store)->read_all_versions({kStart - hours(48), kStart + hours(2)}, ids);
    ASSERT_TRUE(versions.ok());
    ASSERT_TRUE(marketdata::write_dump(dir_ / "test_data.csv.gz", *versions).ok());
  }

  std::vector<Hash128> bar_hashes(const std::string& name) const {
    const auto run = runlog::RunReader::open(dir_ / name, runlog::Verify::kAll);
    EXPECT_TRUE(run.ok()) << run.error().message;
    std::vector<Hash128> hashes;
    for (const runlog::BarRecord& bar : run->bars()) {
      hashes.push_back(bar.content_hash);
    }
    return hashes;
  }

  /// Bars at which something befell an order.
  std::size_t event_bars(const std::string& name) const {
    const auto run = runlog::RunReader::open(dir_ / name);
    EXPECT_TRUE(run.ok()) << run.error().message;
    std::size_t count = 0;
    for (std::size_t bar = 0; bar < run->bars().size(); ++bar) {
      count += run->table_cells(runlog::TableKind::kOrderEvents, bar) > 0 ? 1U : 0U;
    }
    return count;
  }

  static constexpr Timestamp kStart{Timestamp{} + days(19'000)};
  std::filesystem::path dir_;
  dataflow::DagBuilderRegistry registry_;
  std::atomic<bool> stop_{false};
};

TEST_F(HeadsTest, AFaithfulReplayRepeatsEveryBarToTheBitIncrementallyAndInFull) {
  const auto prod = run_production(production(), registry_, stop_);
  ASSERT_TRUE(prod.ok()) << prod.error().message;
  EXPECT_EQ(prod->outcome, runlog::RunOutcome::kComplete);
  EXPECT_EQ(prod->bars, 12U);
  dump();
  const auto sim = run_simulation(simulation("sim", Replay::kFaithful), registry_, stop_);
  ASSERT_TRUE(sim.ok()) << sim.error().message;
  EXPECT_TRUE(sim->warnings.empty()) << sim->warnings.front();
  EXPECT_EQ(bar_hashes("prod"), bar_hashes("sim"));

  SimulationOptions full = simulation("full", Replay::kFaithful);
  full.recompute = dataflow::Recompute::kFull;
  ASSERT_TRUE(run_simulation(full, registry_, stop_).ok());
  EXPECT_EQ(bar_hashes("prod"), bar_hashes("full"));
}

TEST_F(HeadsTest, ANominalReplayOfAHostileFeedDiffers) {
  ASSERT_TRUE(run_production(production(), registry_, stop_).ok());
  dump();
  const auto sim = run_simulation(simulation("sim", Replay::kNominal), registry_, stop_);
  ASSERT_TRUE(sim.ok()) << sim.error().message;
  EXPECT_EQ(sim->bars, 12U);
  EXPECT_NE(bar_hashes("prod"), bar_hashes("sim"));
}

TEST_F(HeadsTest, ARunThatIsStoppedIsSealedAndReplayedAsFarAsItWent) {
  ProductionOptions options = production();
  options.progress = [&](const Progress& progress) { stop_.store(progress.bars_done == 5); };
  const auto prod = run_production(options, registry_, stop_);
  ASSERT_TRUE(prod.ok()) << prod.error().message;
  EXPECT_EQ(prod->outcome, runlog::RunOutcome::kInterrupted);
  EXPECT_EQ(prod->bars, 5U);
  stop_.store(false);
  const auto log = runlog::RunReader::open(dir_ / "prod", runlog::Verify::kAll);
  ASSERT_TRUE(log.ok());
  EXPECT_TRUE(log->sealed());
  EXPECT_EQ(log->manifest().outcome, runlog::RunOutcome::kInterrupted);
  dump();
  const auto sim = run_simulation(simulation("sim", Replay::kFaithful), registry_, stop_);
  ASSERT_TRUE(sim.ok()) << sim.error().message;
  ASSERT_FALSE(sim->warnings.empty());
  EXPECT_THAT(sim->warnings.front(), HasSubstr("production computed 5 of the 12 bars"));
  EXPECT_EQ(bar_hashes("prod"), bar_hashes("sim"));
}

TEST_F(HeadsTest, ADumpThatIsNotWhatProductionSawIsSaid) {
  ASSERT_TRUE(run_production(production(), registry_, stop_).ok());
  dump();
  auto versions = marketdata::read_dump(dir_ / "test_data.csv.gz");
  ASSERT_TRUE(versions.ok());
  for (marketdata::BarVersion& version : *versions) {
    if (version.end == kStart) {
      version.close *= 1.01;
    }
  }
  ASSERT_TRUE(marketdata::write_dump(dir_ / "test_data.csv.gz", *versions).ok());
  const auto sim = run_simulation(simulation("sim", Replay::kFaithful), registry_, stop_);
  ASSERT_TRUE(sim.ok());
  ASSERT_FALSE(sim->warnings.empty());
  EXPECT_THAT(sim->warnings.front(), HasSubstr("the dump is not what production saw"));
}

/// Costs, rejects and partial fills.
const std::vector<std::string> kCostly = {
    R"(("portfolio_config","broker_config","fill_model","taker_fee_bps"),(float(5.0)))",
    R"(("portfolio_config","broker_config","fill_model","slippage_bps"),(float(2.0)))",
    R"(("portfolio_config","broker_config","fill_model","reject_probability"),(float(0.2)))",
    R"(("portfolio_config","broker_config","fill_model","latency_jitter_in_ms"),(float(60000.0)))",
    R"(("portfolio_config","broker_config","fill_model","participation_cap"),(float(0.02)))"};

Hash128 table_hash(const std::filesystem::path& dir, runlog::TableKind kind, std::size_t bar) {
  return runlog::RunReader::open(dir)->table_hash(kind, bar);
}

TEST_F(HeadsTest, AFillModelIsReplayedToTheBit) {
  ProductionOptions options = production();
  options.overrides = kCostly;
  ASSERT_TRUE(run_production(options, registry_, stop_).ok());
  dump();
  SimulationOptions same = simulation("sim", Replay::kFaithful);
  same.overrides = kCostly;
  const auto sim = run_simulation(same, registry_, stop_);
  ASSERT_TRUE(sim.ok()) << sim.error().message;
  EXPECT_EQ(bar_hashes("prod"), bar_hashes("sim"));
  EXPECT_GT(event_bars("prod"), 0U);
  EXPECT_EQ(runlog::RunReader::open(dir_ / "prod")->manifest().format_version, 3);
}

TEST_F(HeadsTest, ALogHasTheVersionOfEventsWhenThereWereSome) {
  // Whether an order's price comes in time is up to the machine.
  ASSERT_TRUE(run_production(production(), registry_, stop_).ok());
  const bool has_events = event_bars("prod") > 0;
  EXPECT_EQ(runlog::RunReader::open(dir_ / "prod")->manifest().format_version, has_events ? 3 : 1);
  EXPECT_EQ(std::filesystem::exists(dir_ / "prod" / "process_forecasts" / "order_events.tlog"),
            has_events);
}

TEST_F(HeadsTest, ARunInWavesHasChildOrdersInItsLogAndIsReplayedToTheBit) {
  const std::vector<std::string> in_waves = {
      R"(("process_forecasts_node_dict","process_forecasts_dict","order_config","order_type"),)"
      R"((str("limit@twap")))",
      R"(("portfolio_config","broker_config","fill_model","taker_fee_bps"),(float(4.0)))"};
  ProductionOptions options = production();
  options.overrides = in_waves;
  const auto prod = run_production(options, registry_, stop_);
  ASSERT_TRUE(prod.ok()) << prod.error().message;
  dump();
  SimulationOptions same = simulation("sim", Replay::kFaithful);
  same.overrides = in_waves;
  const auto sim = run_simulation(same, registry_, stop_);
  ASSERT_TRUE(sim.ok()) << sim.error().message;
  EXPECT_TRUE(sim->warnings.empty()) << sim->warnings.front();
  EXPECT_EQ(bar_hashes("prod"), bar_hashes("sim"));

  const auto log = runlog::RunReader::open(dir_ / "prod");
  EXPECT_GE(log->manifest().format_version, 2);
  std::size_t children = 0;
  std::size_t filled = 0;
  std::size_t fills = 0;
  for (std::size_t bar = 0; bar < log->bars().size(); ++bar) {
    const Table orders = log->table(runlog::TableKind::kChildOrders, bar).value().value();
    const auto& status = std::get<std::vector<std::string>>(orders.find("status")->values);
    children += status.size();
    filled += static_cast<std::size_t>(std::ranges::count(status, "filled"));
    fills += log->table(runlog::TableKind::kFills, bar).value().value().row_count();
  }
  EXPECT_GT(children, 12U);
  EXPECT_GT(filled, 0U);
  EXPECT_EQ(fills, filled) << "one fill for each child order";
}

TEST_F(HeadsTest, ReplayedFillsReproduceTheBooksWhateverTheOrdersAre) {
  ProductionOptions options = production();
  options.overrides = kCostly;
  ASSERT_TRUE(run_production(options, registry_, stop_).ok());
  dump();
  SimulationOptions same = simulation("same", Replay::kFaithful);
  same.overrides = kCostly;
  same.fills = Fills::kReplayed;
  const auto sim = run_simulation(same, registry_, stop_);
  ASSERT_TRUE(sim.ok()) << sim.error().message;
  EXPECT_TRUE(sim->warnings.empty()) << sim->warnings.front();
  EXPECT_EQ(bar_hashes("prod"), bar_hashes("same"));
  const auto log = runlog::RunReader::open(dir_ / "same");
  EXPECT_EQ(log->manifest().command.at("fills"), "replayed");

  // Other decisions, no costs: the fills and the positions are production's all the same.
  SimulationOptions other = simulation("other", Replay::kFaithful);
  other.fills = Fills::kReplayed;
  other.overrides = {
      R"(("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","params",)"
      R"("kwargs","target_gmv"),(float(1234.0)))"};
  const auto changed = run_simulation(other, registry_, stop_);
  ASSERT_TRUE(changed.ok()) << changed.error().message;
  std::size_t other_orders = 0;
  for (std::size_t bar = 0; bar < 12; ++bar) {
    using runlog::TableKind;
    for (const TableKind kind : {TableKind::kOrderEvents, TableKind::kFills, TableKind::kPortfolio,
                                 TableKind::kStatistics}) {
      EXPECT_EQ(table_hash(dir_ / "prod", kind, bar), table_hash(dir_ / "other", kind, bar))
          << runlog::to_string(kind) << " " << bar;
    }
    other_orders += table_hash(dir_ / "prod", TableKind::kOrders, bar) !=
                            table_hash(dir_ / "other", TableKind::kOrders, bar)
                        ? 1U
                        : 0U;
  }
  EXPECT_GT(other_orders, 0U);
  EXPECT_THAT(read_file(dir_ / "other" / "log.txt").value(), HasSubstr("production filled"));

  SimulationOptions blind = simulation("blind", Replay::kNominal);
  blind.fills = Fills::kReplayed;
  blind.prod_log.clear();
  EXPECT_THAT(run_simulation(blind, registry_, stop_).error().message,
              HasSubstr("production run log"));
}

TEST_F(HeadsTest, TheDatabaseBrokerGivesTheSameRunAndLeavesItsTables) {
  const std::string database = R"(("portfolio_config","broker_config","kind"),(str("database")))";
  ASSERT_TRUE(run_production(production(), registry_, stop_).ok());
  dump();
  SimulationOptions options = simulation("sim", Replay::kFaithful);
  options.overrides = {database};
  const auto sim = run_simulation(options, registry_, stop_);
  ASSERT_TRUE(sim.ok()) << sim.error().message;
  EXPECT_EQ(bar_hashes("prod"), bar_hashes("sim"));
  EXPECT_TRUE(std::filesystem::exists(default_oms_db(options.dst_dir)));

  options.dst_dir = dir_ / "again";
  options.oms_db = default_oms_db(dir_ / "sim");
  const auto again = run_simulation(options, registry_, stop_);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(bar_hashes("prod"), bar_hashes("again")) << "what the file held changes no fill";

  std::filesystem::rename(dir_ / "sim", dir_ / "moved");
  options.dst_dir = dir_ / "sim";
  options.oms_db.clear();
  EXPECT_EQ(run_simulation(options, registry_, stop_).error().code, ErrorCode::kPathExists);
  SimulationOptions useless = simulation("useless", Replay::kFaithful);
  useless.oms_db = dir_ / "oms.sqlite";
  EXPECT_THAT(run_simulation(useless, registry_, stop_).error().message,
              HasSubstr("which has no tables"));
}

TEST_F(HeadsTest, RestrictionsOfTheOmsTableBindARunAndItsReplay) {
  const std::filesystem::path file = dir_ / "oms.sqlite";
  ASSERT_TRUE(run_production(production(), registry_, stop_).ok());
  const auto free = runlog::RunReader::open(dir_ / "prod");
  const AssetId banned = free->manifest().universe.front().id;
  {
    auto session = oms::open_sqlite_session(file, oms::SqlOpen::kCreate).value();
    auto database = oms::OmsDatabase::open(std::move(session));
    ASSERT_TRUE(database.ok()) << database.error().message;
    session = oms::open_sqlite_session(file, oms::SqlOpen::kReadWrite).value();
    ASSERT_TRUE(
        session
            ->run(fmt::format("INSERT INTO restrictions VALUES ('SAU1', '', 0, '{}', "
                              "'2022-01-07 00:00:00', {}, TRUE, FALSE, FALSE, FALSE, FALSE)",
                              to_iso(kStart - hours(5)).substr(0, 10), banned.value))
            .ok());
  }
  std::filesystem::rename(dir_ / "prod", dir_ / "free");
  std::filesystem::remove(dir_ / "market_data.sqlite");
  ProductionOptions options = production();
  options.overrides = {R"(("portfolio_config","broker_config","kind"),(str("database")))"};
  options.oms_db = file;
  const auto run = run_production(options, registry_, stop_);
  ASSERT_TRUE(run.ok()) << run.error().message;
  const auto orders_of = [&](const std::string& name) {
    const auto log = runlog::RunReader::open(dir_ / name);
    std::size_t count = 0;
    for (std::size_t bar = 0; bar < log->bars().size(); ++bar) {
      const Table orders = log->table(runlog::TableKind::kOrders, bar).value().value_or(Table{});
      if (orders.find("asset_id") != nullptr) {
        const auto& ids = std::get<std::vector<std::int64_t>>(orders.find("asset_id")->values);
        count += static_cast<std::size_t>(std::ranges::count(ids, banned.value));
      }
    }
    return count;
  };
  EXPECT_GT(orders_of("free"), 0U);
  EXPECT_EQ(orders_of("prod"), 0U);
  EXPECT_THAT(read_file(dir_ / "prod" / "log.txt").value(), HasSubstr("end: num_accepted_orders="));
  dump();
  // A replay has them from production's config, whatever its own tables hold.
  SimulationOptions same = simulation("sim", Replay::kFaithful);
  same.overrides = options.overrides;
  const auto sim = run_simulation(same, registry_, stop_);
  ASSERT_TRUE(sim.ok()) << sim.error().message;
  EXPECT_EQ(bar_hashes("prod"), bar_hashes("sim"));
}

struct BadProduction {
  const char* name;
  void (*change)(ProductionOptions&);
  ErrorCode code;
  const char* message;
};

const BadProduction kBadProduction[] = {
    {"unknown_builder", [](ProductionOptions& o) { o.constructor = "x.C1_DagBuilder"; },
     ErrorCode::kUnknownName, "C1b"},
    {"real_broker", [](ProductionOptions& o) { o.run_mode = "prod"; }, ErrorCode::kInvalidArgument,
     "paper_trading"},
    {"off_grid", [](ProductionOptions& o) { o.start_time = *o.start_time + seconds(7); },
     ErrorCode::kInvalidInterval, "off the grid"},
    {"odd_duration", [](ProductionOptions& o) { o.run_duration = seconds(301); },
     ErrorCode::kInvalidInterval, "multiple of the bar"},
    {"no_start", [](ProductionOptions& o) { o.start_time.reset(); }, ErrorCode::kInvalidArgument,
     "--start_time"},
    {"no_feed_no_store", [](ProductionOptions& o) { o.feed.clear(); }, ErrorCode::kInvalidArgument,
     "--store"},
    {"missing_feed", [](ProductionOptions& o) { o.feed = "/no/such/feed.csv"; },
     ErrorCode::kFileNotFound, "/no/such/feed.csv"},
    {"speed_of_zero", [](ProductionOptions& o) { o.speed_up_factor = 0; },
     ErrorCode::kInvalidArgument, "speed_up_factor"},
    {"beyond_the_data", [](ProductionOptions& o) { o.start_time = *o.start_time + days(9); },
     ErrorCode::kMissingData, "have no row for"},
    {"bad_override",
     [](ProductionOptions& o) { o.overrides = {"(\"trading_perod\"),(str(\"5T\"))"}; },
     ErrorCode::kUnknownConfigKey, "trading_period"},
    {"wrong_type", [](ProductionOptions& o) { o.overrides = {"(\"trading_period\"),(int(5))"}; },
     ErrorCode::kConfigTypeMismatch, "trading_period"},
    {"no_period",
     [](ProductionOptions& o) { o.overrides = {"(\"trading_period\"),(str(\"fast\"))"}; },
     ErrorCode::kInvalidConfig, "trading_period"},
    {"bad_time_out",
     [](ProductionOptions& o) {
       o.overrides = {"(\"market_data_config\",\"time_out_in_secs\"),(float(-1.0))"};
     },
     ErrorCode::kInvalidConfig, "time_out_in_secs"},
    {"unknown_profile", [](ProductionOptions& o) { o.feed_profile = "awful"; },
     ErrorCode::kUnknownName, "awful"},
};

class BadProductionTest : public HeadsTest, public ::testing::WithParamInterface<BadProduction> {};

TEST_P(BadProductionTest, IsRefusedWithAClearMessageAndNothingIsWritten) {
  ProductionOptions options = production();
  GetParam().change(options);
  const auto run = run_production(options, registry_, stop_);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, GetParam().code) << run.error().message;
  EXPECT_THAT(run.error().message, HasSubstr(GetParam().message));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "prod"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "market_data.sqlite"));
}

INSTANTIATE_TEST_SUITE_P(Heads, BadProductionTest, ::testing::ValuesIn(kBadProduction),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(HeadsTest, ARunLogThatExistsIsNotTouched) {
  ASSERT_TRUE(run_production(production(), registry_, stop_).ok());
  const auto before = bar_hashes("prod");
  ProductionOptions again = production();
  again.store = dir_ / "other.sqlite";
  const auto run = run_production(again, registry_, stop_);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, ErrorCode::kPathExists);
  EXPECT_EQ(bar_hashes("prod"), before);
}

TEST_F(HeadsTest, ASimulationWithoutItsInputsSaysWhatItNeeds) {
  ASSERT_TRUE(run_production(production(), registry_, stop_).ok());
  const auto no_dump = run_simulation(simulation("sim", Replay::kFaithful), registry_, stop_);
  ASSERT_FALSE(no_dump.ok());
  EXPECT_EQ(no_dump.error().code, ErrorCode::kFileNotFound);
  dump();
  SimulationOptions no_log = simulation("sim", Replay::kFaithful);
  no_log.prod_log.clear();
  EXPECT_EQ(run_simulation(no_log, registry_, stop_).error().code, ErrorCode::kInvalidArgument);
  SimulationOptions inverted = simulation("sim", Replay::kFaithful);
  std::swap(inverted.start, inverted.end);
  EXPECT_EQ(run_simulation(inverted, registry_, stop_).error().code, ErrorCode::kInvalidInterval);
  SimulationOptions beyond = simulation("sim", Replay::kNominal);
  beyond.end = beyond.end + days(3);
  EXPECT_EQ(run_simulation(beyond, registry_, stop_).error().code, ErrorCode::kMissingData);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "sim"));
}

}  // namespace
}  // namespace tieout::system
