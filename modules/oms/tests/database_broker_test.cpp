// The broker over the OMS tables: what the tables hold, and that a run with it is the same run.

#include "tieout/oms/database_broker.hpp"

#include <fstream>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/oms/make_broker.hpp"
#include "tieout/oms/paper_broker.hpp"
#include "tieout/oms/process_forecasts.hpp"

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

using testing::HasSubstr;

constexpr AssetId kAsset{101};

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() {
    dir_ = std::filesystem::path(testing::TempDir()) /
           fmt::format("oms.{}.{}", testing::UnitTest::GetInstance()->current_test_info()->name(),
                       ::getpid());
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
  }
  ~DatabaseTest() override { std::filesystem::remove_all(dir_); }

  OmsDatabase open(SqlOpen mode = SqlOpen::kCreate) const {
    return OmsDatabase::open(open_sqlite_session(path(), mode, 0).value(), mode).value();
  }
  std::filesystem::path path() const { return dir_ / "oms.sqlite"; }
  std::unique_ptr<Broker> broker() const {
    return DatabaseBroker::create(open(), {}, std::make_unique<PaperBroker>(PriceColumns{}))
        .value();
  }
  /// All four tables as text.
  std::string dump() const {
    OmsDatabase database = open(SqlOpen::kReadOnly);
    std::string text;
    for (const std::string& name : OmsDatabase::table_names()) {
      const Table table = database.dump(name).value();
      for (std::size_t row = 0; row < table.row_count(); ++row) {
        text += name;
        for (const TypedColumn& column : table.columns) {
          text += "|" + cell_text(column, row);
        }
        text += "\n";
      }
    }
    return text;
  }

  std::filesystem::path dir_;
};

/// The reference's generated prices (oms.md 8.0): bars that end at 9:31, 9:32, ...
FakePrices reference_prices() {
  FakePrices prices;
  std::mt19937 generator(42);
  double sum = 0.0;
  for (int i = 0; i < 60; ++i) {
    const auto high = static_cast<double>(generator() >> 5U);
    const auto low = static_cast<double>(generator() >> 6U);
    sum += (high * 67108864.0 + low) / 9007199254740992.0 - 0.5;
    prices.add("close", kAsset, at("2000-01-01 09:31:00-05:00") + minutes(i), 1000.0 + sum);
  }
  return prices;
}

Order reference_order() {
  Order order;
  order.asset_id = kAsset;
  order.type = "price@twap";
  order.creation_timestamp = at("2000-01-01 09:30:00-05:00");
  order.start_timestamp = at("2000-01-01 09:35:00-05:00");
  order.end_timestamp = at("2000-01-01 09:40:00-05:00");
  order.diff_num_shares = 100.0;
  return order;
}

// Source: TestOrderProcessor1.test_submit_order1 of the reference (oms.md 3.9): submitted at
// 9:35:01, seen at 9:35:02, accepted at 9:35:05, filled at 9:40.
TEST_F(DatabaseTest, TheProcessorDoesWhatTheReferencesDoes) {
  FakePrices prices = reference_prices();
  const auto under_test = broker();
  ASSERT_TRUE(under_test->begin(at("2000-01-01 09:35:00-05:00")).ok());
  ASSERT_TRUE(under_test->submit({reference_order()}, at("2000-01-01 09:35:01-05:00")).ok());
  ASSERT_TRUE(under_test->commit().ok());
  EXPECT_EQ(under_test->pending_count(), 1U);
  const Timestamp end = at("2000-01-01 09:40:00-05:00");
  ASSERT_TRUE(under_test->begin(end).ok());
  const auto collected = under_test->collect(end, {end}, prices).value();
  ASSERT_TRUE(under_test->commit().ok());
  EXPECT_THAT(
      collected.notes,
      testing::ElementsAre(
          "2000-01-01 09:35:02-05:00: filename_0.txt: 1 orders",
          "2000-01-01 09:35:05-05:00: Wait until fulfillment deadline=2000-01-01 09:40:00-05:00",
          "2000-01-01 09:40:00-05:00: Received 1 fills: Fill: asset_id=101 fill_id=0 "
          "timestamp=2000-01-01 09:40:00-05:00 num_shares=100.0 price=999.9161531095003"));
  const std::string tables = dump();
  EXPECT_THAT(tables, HasSubstr("submitted_orders|filename_0.txt|2000-01-01 14:35:01|Order: "));
  EXPECT_THAT(tables, HasSubstr("accepted_orders|SAU1|0|2000-01-01|1|filename_0.txt|2000-01-01 "
                                "14:35:05|2000-01-01 14:35:05|1|0|0|0|1|"));
  EXPECT_THAT(tables, HasSubstr("current_positions|SAU1||0|2000-01-01|2000-01-01 14:40:00|101|"));
  OmsDatabase database = open();
  const PositionRow row = database.position("", kAsset).value().value();
  EXPECT_EQ(row.current_position, 100.0);
  EXPECT_EQ(row.net_cost, -100.0 * 999.9161531095003) << "buying costs";
  EXPECT_EQ(under_test->pending_count(), 0U);
}

// Source: TestDatabasePortfolio of the reference (oms.md 8.1): 20 shares with net_cost 1903.12 have
// an executed notional of -1903.12.
TEST_F(DatabaseTest, NetCostHasTheSignOfCash) {
  OmsDatabase database = open();
  PositionRow row;
  row.account = "candidate";
  row.trade_date = "2000-01-21";
  row.asset_id = kAsset;
  row.current_position = 20.0;
  row.net_cost = 1903.12;
  ASSERT_TRUE(database.put_position(row).ok());
  row.asset_id = AssetId{202};
  row.current_position = 0.0;
  ASSERT_TRUE(database.put_position(row).ok());
  const auto rows = database.positions("candidate").value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(net_notional(rows[0]), -1903.12);
  BrokerSettings settings;
  settings.kind = BrokerSettings::Kind::kDatabase;
  settings.run.database = path();
  EXPECT_TRUE(read_initial_holdings(settings).value().empty()) << "of another account";
  settings.account = "candidate";
  EXPECT_EQ(read_initial_holdings(settings).value(), (std::map<AssetId, double>{{kAsset, 20.0}}));
}

TEST_F(DatabaseTest, ANewDayBeginsWithThePositionOfTheLastAndWithoutCost) {
  FakePrices prices;
  const auto under_test = broker();
  Order order = reference_order();
  for (int day = 0; day < 2; ++day) {
    order.order_id = day;
    order.diff_num_shares = 10.0 + day;
    prices.add("close", kAsset, order.end_timestamp, 50.0);
    ASSERT_TRUE(under_test->begin(order.end_timestamp).ok());
    ASSERT_TRUE(under_test->submit({order}, order.start_timestamp).ok());
    ASSERT_TRUE(under_test->collect(order.end_timestamp, {order.end_timestamp}, prices).ok());
    ASSERT_TRUE(under_test->commit().ok());
    for (Timestamp* stamp :
         {&order.creation_timestamp, &order.start_timestamp, &order.end_timestamp}) {
      *stamp = *stamp + days(1);
    }
  }
  OmsDatabase database = open();
  const PositionRow row = database.position("", kAsset).value().value();
  EXPECT_EQ(row.trade_date, "2000-01-02");
  EXPECT_EQ(row.bod_position, 10.0);
  EXPECT_EQ(row.current_position, 21.0);
  EXPECT_EQ(row.net_cost, -11.0 * 50.0);
}

// open_quantity is what is worked on, target_position what that leads to (oms.md 2.8).
TEST_F(DatabaseTest, ThePositionsSayWhatIsWorkedOn) {
  FakePrices prices = reference_prices();
  FillModel model;
  model.participation_cap = 0.5;
  model.carry_windows = 1;
  for (int i = 0; i < 60; ++i) {
    prices.add("volume", kAsset, at("2000-01-01 09:31:00-05:00") + minutes(i), 12.0);
    for (const char* column : {"open", "high", "low"}) {
      prices.add(column, kAsset, at("2000-01-01 09:31:00-05:00") + minutes(i), 1000.0);
    }
  }
  const auto under_test =
      DatabaseBroker::create(open(), {}, std::make_unique<PaperBroker>(PriceColumns{}, model))
          .value();
  const auto row = [this] { return open(SqlOpen::kReadOnly).position("", kAsset).value().value(); };
  const Timestamp start = at("2000-01-01 09:35:01-05:00");
  ASSERT_TRUE(under_test->begin(start).ok());
  ASSERT_TRUE(under_test->submit({reference_order()}, start).ok());
  EXPECT_EQ(under_test->open_shares(), (std::map<AssetId, double>{{kAsset, 100.0}}));
  ASSERT_TRUE(under_test->commit().ok());
  EXPECT_EQ(row().open_quantity, 100.0) << "ordered, not yet taken";
  EXPECT_EQ(row().target_position, 100.0);
  EXPECT_EQ(row().current_position, 0.0);

  const Timestamp end = at("2000-01-01 09:40:00-05:00");
  ASSERT_TRUE(under_test->begin(end).ok());
  ASSERT_TRUE(under_test->collect(end, {end}, prices).ok());
  ASSERT_TRUE(under_test->rollback().ok());
  EXPECT_EQ(row().open_quantity, 100.0) << "a bar that failed";
  ASSERT_TRUE(under_test->begin(end).ok());
  ASSERT_TRUE(under_test->collect(end, {end}, prices).ok());
  ASSERT_TRUE(under_test->commit().ok());
  EXPECT_EQ(row().current_position, 30.0) << "half of a volume of 5 x 12";
  EXPECT_EQ(row().open_quantity, 70.0) << "carried";
  EXPECT_EQ(row().target_position, 100.0);

  const Timestamp later = at("2000-01-01 09:45:00-05:00");
  ASSERT_TRUE(under_test->begin(later).ok());
  ASSERT_TRUE(under_test->collect(later, {later}, prices).ok());
  ASSERT_TRUE(under_test->commit().ok());
  EXPECT_EQ(row().current_position, 60.0);
  EXPECT_EQ(row().open_quantity, 0.0) << "the rest expired";
  EXPECT_EQ(row().target_position, 60.0);
}

TEST_F(DatabaseTest, WhatAnEndedRunLeftOpenIsOpenNoMore) {
  {
    const auto earlier = broker();
    ASSERT_TRUE(earlier->begin(reference_order().start_timestamp).ok());
    ASSERT_TRUE(earlier->submit({reference_order()}, reference_order().start_timestamp).ok());
    ASSERT_TRUE(earlier->commit().ok());
  }
  FakePrices prices = reference_prices();
  const auto later = broker();
  const Timestamp end = reference_order().end_timestamp;
  ASSERT_TRUE(later->begin(end).ok());
  ASSERT_TRUE(later->collect(end, {end}, prices).ok());
  ASSERT_TRUE(later->commit().ok());
  const PositionRow row = open().position("", kAsset).value().value();
  EXPECT_EQ(row.open_quantity, 0.0);
  EXPECT_EQ(row.target_position, 0.0);
}

TEST_F(DatabaseTest, EachDayBeginsWithTheFirstPriceThatTheBooksHad) {
  const auto under_test = broker();
  const Timestamp first = at("2000-01-03 09:35:00-05:00");
  const AssetId other{202};
  const double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto bar = [&](Timestamp now, double price) {
    ASSERT_TRUE(under_test->begin(now).ok());
    ASSERT_TRUE(under_test->valued({kAsset, other}, {price, kNone}, now).ok());
    ASSERT_TRUE(under_test->commit().ok());
  };
  bar(first, 50.0);
  bar(first + minutes(5), 51.0);
  bar(first + days(1), 60.0);
  OmsDatabase database = open();
  const Table rows = database.dump("current_positions").value();
  ASSERT_EQ(rows.row_count(), 4U) << "two assets on two days";
  EXPECT_EQ(database.position("", kAsset).value()->bod_price, 60.0);
  EXPECT_TRUE(std::isnan(database.position("", other).value()->bod_price));
  EXPECT_EQ(cell_text(*rows.find("bod_price"), 0), "50.0");
  EXPECT_EQ(cell_text(*rows.find("bod_price"), 2), "") << "not known";
}

TEST_F(DatabaseTest, TheDaysPriceIsThatOfItsFirstRun) {
  const Timestamp evening = at("2000-01-03 22:00:00-05:00");  // the fourth in UTC
  for (const double price : {50.0, 51.0}) {
    const auto under_test = broker();
    ASSERT_TRUE(under_test->begin(evening).ok());
    ASSERT_TRUE(under_test->valued({kAsset}, {price}, evening).ok());
    ASSERT_TRUE(under_test->commit().ok());
  }
  const PositionRow row = open().position("", kAsset).value().value();
  EXPECT_EQ(row.bod_price, 50.0);
  EXPECT_EQ(row.trade_date, "2000-01-03") << "New York's";
}

TEST_F(DatabaseTest, RestrictionsAreThoseOfAccountAndDay) {
  open();
  auto session = open_sqlite_session(path(), SqlOpen::kReadWrite).value();
  const auto insert = [&](const char* account, const char* day, std::int64_t asset,
                          const char* flags) {
    ASSERT_TRUE(session
                    ->run(fmt::format("INSERT INTO restrictions VALUES ('SAU1', '{}', 0, '{}', "
                                      "'2000-01-03 10:00:00', {}, {})",
                                      account, day, asset, flags))
                    .ok());
  };
  insert("a", "2000-01-03", 101, "TRUE, FALSE, NULL, FALSE, FALSE");
  insert("a", "2000-01-03", 202, "FALSE, FALSE, FALSE, 'True', FALSE");
  insert("a", "2000-01-04", 303, "TRUE, TRUE, TRUE, TRUE, TRUE");
  insert("b", "2000-01-03", 303, "TRUE, TRUE, TRUE, TRUE, TRUE");
  BrokerSettings settings;
  settings.kind = BrokerSettings::Kind::kDatabase;
  settings.run.database = path();
  settings.account = "a";
  // The trading day is New York's: still the third.
  const auto found = read_table_restrictions(settings, at("2000-01-04 04:59:00+00:00")).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found.at(kAsset).is_restricted);
  EXPECT_FALSE(found.at(kAsset).is_buy_cover_restricted) << "NULL";
  EXPECT_FALSE(found.at(AssetId{202}).is_restricted);
  EXPECT_TRUE(found.at(AssetId{202}).is_sell_short_restricted);
  insert("a", "2000-01-03", 101, "FALSE, FALSE, FALSE, FALSE, FALSE");
  const auto twice = read_table_restrictions(settings, at("2000-01-03 12:00:00+00:00"));
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().code, ErrorCode::kDuplicateId);
  settings.run.database = dir_ / "none.sqlite";
  EXPECT_TRUE(read_table_restrictions(settings, at("2000-01-03 12:00:00+00:00")).value().empty());
}

// The header of the reference's execution signature (oms.md 3.9).
TEST_F(DatabaseTest, ARunSaysWhatItsProcessorDid) {
  FakePrices prices = reference_prices();
  const auto under_test = broker();
  EXPECT_TRUE(under_test->summary().empty());
  const Timestamp first = at("2000-01-01 09:35:01-05:00");
  ASSERT_TRUE(under_test->begin(first).ok());
  ASSERT_TRUE(under_test->collect(first, {first}, prices).ok());
  ASSERT_TRUE(under_test->submit({reference_order()}, first).ok());
  ASSERT_TRUE(under_test->commit().ok());
  const Timestamp end = at("2000-01-01 09:40:00-05:00");
  ASSERT_TRUE(under_test->begin(end).ok());
  ASSERT_TRUE(under_test->collect(end, {end}, prices).ok());
  ASSERT_TRUE(under_test->commit().ok());
  EXPECT_THAT(under_test->summary(),
              testing::ElementsAre("start_timestamp=2000-01-01 09:35:01-05:00",
                                   "end_timestamp=2000-01-01 09:40:00-05:00",
                                   "termination_condition=2000-01-01 09:40:00-05:00",
                                   "num_accepted_orders=1", "num_filled_orders=1", "events=3"));
}

TEST_F(DatabaseTest, ARollbackLeavesTheTablesAsTheyWere) {
  FakePrices prices = reference_prices();
  const auto under_test = broker();
  const Timestamp start = at("2000-01-01 09:35:01-05:00");
  ASSERT_TRUE(under_test->begin(start).ok());
  ASSERT_TRUE(under_test->submit({reference_order()}, start).ok());
  ASSERT_TRUE(under_test->commit().ok());
  const std::string before = dump();
  const Timestamp end = at("2000-01-01 09:40:00-05:00");
  ASSERT_TRUE(under_test->begin(end).ok());
  ASSERT_TRUE(under_test->collect(end, {end}, prices).ok());
  Order next = reference_order();
  next.order_id = 1;
  ASSERT_TRUE(under_test->submit({next}, end).ok());
  ASSERT_TRUE(under_test->rollback().ok());
  EXPECT_EQ(dump(), before);
}

TEST_F(DatabaseTest, AListThatAnEarlierRunLeftIsRefusedAndNumbersGoOn) {
  {
    const auto earlier = broker();
    ASSERT_TRUE(earlier->begin(reference_order().start_timestamp).ok());
    ASSERT_TRUE(earlier->submit({reference_order()}, reference_order().start_timestamp).ok());
    ASSERT_TRUE(earlier->commit().ok());
  }
  FakePrices prices = reference_prices();
  const auto later = broker();
  const Timestamp end = reference_order().end_timestamp;
  ASSERT_TRUE(later->begin(end).ok());
  const auto collected = later->collect(end, {end}, prices).value();
  ASSERT_TRUE(later->submit({reference_order()}, end).ok());
  ASSERT_TRUE(later->commit().ok());
  EXPECT_TRUE(collected.fills.empty());
  EXPECT_THAT(dump(), HasSubstr("the run that submitted it has ended"));
  EXPECT_THAT(dump(), HasSubstr("filename_1.txt"));
}

TEST_F(DatabaseTest, AListIsOfAnyLength) {
  std::vector<Order> orders;
  for (int i = 0; i < 500; ++i) {
    orders.push_back(reference_order());
    orders.back().order_id = i;
  }
  const auto under_test = broker();
  const Timestamp end = reference_order().end_timestamp;
  ASSERT_TRUE(under_test->begin(end).ok());
  ASSERT_TRUE(under_test->submit(orders, reference_order().start_timestamp).ok());
  FakePrices prices = reference_prices();
  EXPECT_EQ(under_test->collect(end, {end}, prices).value().fills.size(), 500U);
  ASSERT_TRUE(under_test->commit().ok());
}

/// A day of five-minute bars of three assets.
struct Day {
  static constexpr int kBars = 288;
  Universe universe = Universe::from_ids(std::vector<AssetId>{AssetId{1}, AssetId{2}, AssetId{3}});
  Timestamp start = at("2000-01-03 00:00:00+00:00");
  FakePrices prices;

  Day() {
    Random random(17);
    for (const AssetId asset : universe.ids()) {
      double price = 100.0 * static_cast<double>(asset.value);
      for (int i = -5; i <= 5 * kBars; ++i) {
        price *= 1.0 + 0.001 * (random.uniform() - 0.5);
        prices.add("close", asset, start + minutes(i), price);
      }
    }
  }

  std::vector<BarDecisions> run(const TraderSettings& settings) {
    auto trader = Trader::create(settings, universe, minutes(5));
    EXPECT_TRUE(trader.ok()) << trader.error().message;
    std::vector<BarDecisions> bars;
    Random random(23);
    for (int bar = 0; bar < kBars; ++bar) {
      const Timestamp end = start + minutes(5) * bar;
      const Timestamp now = end + milliseconds(1234) + nanoseconds(bar);
      std::vector<Forecast> forecasts;
      for (const AssetId asset : universe.ids()) {
        forecasts.push_back({asset, random.uniform() - 0.5, 0.001 + 0.001 * random.uniform(), 0.0});
      }
      auto decisions = trader->process(end, now, {now}, forecasts, prices);
      EXPECT_TRUE(decisions.ok()) << decisions.error().message;
      bars.push_back(std::move(decisions).value());
    }
    return bars;
  }
};

TEST_F(DatabaseTest, AWholeDayIsThatOfThePaperBrokerToTheBit) {
  Day day;
  TraderSettings settings;
  settings.targets.share_quantization = 4;
  settings.broker.fill_model.taker_fee_bps = 3.0;
  settings.broker.fill_model.reject_probability = 0.05;
  settings.broker.fill_model.slippage_bps = 1.0;
  const std::vector<BarDecisions> paper = day.run(settings);
  settings.broker.kind = BrokerSettings::Kind::kDatabase;
  settings.broker.run.database = path();
  const std::vector<BarDecisions> database = day.run(settings);
  ASSERT_EQ(paper.size(), database.size());
  std::size_t fills = 0;
  for (std::size_t bar = 0; bar < paper.size(); ++bar) {
    for (const auto table :
         {&BarDecisions::target_positions, &BarDecisions::orders, &BarDecisions::fills,
          &BarDecisions::portfolio, &BarDecisions::statistics}) {
      ASSERT_EQ(hash_table(paper[bar].*table), hash_table(database[bar].*table)) << bar;
    }
    fills += paper[bar].fills.row_count();
  }
  EXPECT_GT(fills, 400U);
  // The tables hold what the books hold.
  OmsDatabase tables = open(SqlOpen::kReadOnly);
  const auto* const holdings =
      std::get_if<std::vector<double>>(&paper.back().portfolio.find("holdings_shares")->values);
  ASSERT_NE(holdings, nullptr);
  for (std::size_t i = 0; i < holdings->size(); ++i) {
    const auto row = tables.position("", day.universe.ids()[i]).value();
    ASSERT_TRUE(row.has_value());
    EXPECT_NEAR(row->current_position, (*holdings)[i], 1e-9);
  }
}

TEST_F(DatabaseTest, BadDatabasesAreClearErrors) {
  const auto open_error = [](const std::filesystem::path& file, SqlOpen mode) {
    auto session = open_sqlite_session(file, mode, 0);
    if (!session.ok()) {
      return session.error();
    }
    const auto database = OmsDatabase::open(std::move(session).value(), mode);
    EXPECT_FALSE(database.ok()) << file;
    return database.error();
  };
  EXPECT_EQ(open_error(dir_ / "none.sqlite", SqlOpen::kReadOnly).code, ErrorCode::kFileNotFound);
  EXPECT_EQ(open_error(dir_, SqlOpen::kCreate).code, ErrorCode::kFileUnreadable);
  std::ofstream(dir_ / "text.sqlite") << std::string(5000, 'x');
  const Error no_database = open_error(dir_ / "text.sqlite", SqlOpen::kCreate);
  EXPECT_EQ(no_database.code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(no_database.message, HasSubstr("text.sqlite"));
  // A database of something else.
  {
    auto session = open_sqlite_session(dir_ / "other.sqlite", SqlOpen::kCreate).value();
    ASSERT_TRUE(session->run("CREATE TABLE current_positions (x INT)").ok());
  }
  EXPECT_EQ(open_error(dir_ / "other.sqlite", SqlOpen::kReadOnly).code, ErrorCode::kSchemaMismatch);
}

TEST_F(DatabaseTest, ALockedOrReadOnlyDatabaseIsAClearError) {
  const auto under_test = broker();
  OmsDatabase holder = open();
  ASSERT_TRUE(holder.begin().ok());
  const Status locked = under_test->begin(at("2000-01-01 09:35:00-05:00"));
  ASSERT_FALSE(locked.ok());
  EXPECT_EQ(locked.error().code, ErrorCode::kStoreLocked);
  EXPECT_THAT(locked.error().message, HasSubstr(path().string()));
  ASSERT_TRUE(holder.commit().ok());
  EXPECT_TRUE(under_test->begin(at("2000-01-01 09:35:00-05:00")).ok()) << "the broker is as before";
  ASSERT_TRUE(under_test->rollback().ok());

  OmsDatabase reading = open(SqlOpen::kReadOnly);
  EXPECT_EQ(reading.submit({"filename_0.txt", Timestamp{}, ""}).error().code,
            ErrorCode::kFileUnwritable);
}

TEST_F(DatabaseTest, AListThatDoesNotParseStopsTheBarAndIsNamed) {
  const auto under_test = broker();
  {
    OmsDatabase other = open();
    ASSERT_TRUE(other.submit({"filename_7.txt", Timestamp{}, "Order: nonsense"}).ok());
  }
  FakePrices prices = reference_prices();
  const Timestamp now = at("2000-01-01 09:40:00-05:00");
  ASSERT_TRUE(under_test->begin(now).ok());
  const auto collected = under_test->collect(now, {now}, prices);
  ASSERT_FALSE(collected.ok());
  EXPECT_EQ(collected.error().code, ErrorCode::kMalformedData);
  EXPECT_THAT(collected.error().message, HasSubstr("filename_7.txt"));
  ASSERT_TRUE(under_test->rollback().ok());
}

TEST_F(DatabaseTest, TheConfigNamesItsKindAndNeedsAPath) {
  config::Config config;
  declare_trading_config(config);
  EXPECT_EQ(read_broker_settings(config, {}).value().kind, BrokerSettings::Kind::kPaper);
  const config::Path kind{"portfolio_config", "broker_config", "kind"};
  ASSERT_TRUE(config.set(kind, "carrier_pigeon", "test").ok());
  EXPECT_THAT(read_broker_settings(config, {}).error().message,
              HasSubstr("found 'carrier_pigeon', needed 'paper' or 'database'"));
  ASSERT_TRUE(config.set(kind, "database", "test").ok());
  const BrokerSettings settings = read_broker_settings(config, {}).value();
  EXPECT_THAT(make_broker(settings, {}).error().message, HasSubstr("--oms_db"));
  ASSERT_TRUE(
      config.set({"portfolio_config", "broker_config", "delay_to_accept_in_secs"}, -1.0, "test")
          .ok());
  EXPECT_THAT(read_broker_settings(config, {}).error().message,
              HasSubstr("delay_to_accept_in_secs"));
}

}  // namespace
}  // namespace tieout::oms
