// What every broker promises, whichever it is.

#include <map>
#include <memory>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/oms/database_broker.hpp"
#include "tieout/oms/make_broker.hpp"
#include "tieout/oms/paper_broker.hpp"
#include "tieout/oms/replayed_fills_broker.hpp"

#include "market_fake.hpp"
#include "postgres_server.hpp"

namespace tieout::oms {
namespace {

constexpr AssetId kAssets[] = {AssetId{101}, AssetId{202}, AssetId{303}};
const Timestamp kOpen = at("2000-01-03 09:30:00-05:00");
constexpr int kBars = 12;

FakePrices market() {
  FakePrices prices;
  Random random(11);
  for (const AssetId asset : kAssets) {
    double price = 100.0;
    for (int i = 1; i <= 5 * (kBars + 2); ++i) {
      price += random.uniform() - 0.5;
      const Timestamp end = kOpen + minutes(i);
      prices.add("open", asset, end, price);
      prices.add("high", asset, end, price + 0.5);
      prices.add("low", asset, end, price - 0.5);
      prices.add("close", asset, end, price + 0.1);
      prices.add("volume", asset, end, 1.0 + 10.0 * random.uniform());
    }
  }
  return prices;
}

Timestamp bar_at(int bar) {
  return kOpen + minutes(5) * bar;
}
Timestamp now_at(int bar) {
  return bar_at(bar) + milliseconds(1500) + nanoseconds(1'607);  // finer than any database
}

/// The orders that a run makes at a bar; their ids count from 10 x bar.
std::vector<Order> orders_at(int bar) {
  std::vector<Order> orders;
  Random random(100 + static_cast<std::uint64_t>(bar));
  for (std::int64_t i = 0; i < 3; ++i) {
    Order order;
    order.order_id = 10 * bar + i;
    order.asset_id = kAssets[i];
    order.type = i == 1 ? "price@vwap" : "price@twap";
    order.creation_timestamp = order.start_timestamp = now_at(bar);
    order.end_timestamp = bar_at(bar + 1);
    order.diff_num_shares = 20.0 * (random.uniform() - 0.5);
    orders.push_back(order);
  }
  return orders;
}

FillModel costly() {
  FillModel model;
  model.seed = 5;
  model.taker_fee_bps = 4.0;
  model.slippage_bps = 2.0;
  model.latency_jitter = seconds(30);
  model.reject_probability = 0.1;
  model.participation_cap = 0.2;
  model.carry_windows = 1;
  return model;
}

/// One call of a bar.
Broker::Collected run_bar(Broker& broker, int bar, FakePrices& prices) {
  EXPECT_TRUE(broker.begin(bar_at(bar)).ok());
  auto collected = broker.collect(now_at(bar), {now_at(bar)}, prices);
  EXPECT_TRUE(collected.ok()) << collected.error().message;
  const Status submitted = broker.submit(orders_at(bar), now_at(bar));
  EXPECT_TRUE(submitted.ok()) << submitted.error().message;
  EXPECT_TRUE(broker.commit().ok());
  return std::move(collected).value();
}

std::vector<BarFills> record(Broker& broker) {
  std::vector<BarFills> recorded;
  FakePrices prices = market();
  for (int bar = 0; bar < kBars; ++bar) {
    auto collected = run_bar(broker, bar, prices);
    recorded.push_back({bar_at(bar), std::move(collected.fills), std::move(collected.events)});
  }
  return recorded;
}

/// Makes brokers that fill alike, each with a state of its own.
class PaperMaker {
 public:
  static constexpr const char* kName = "Paper";
  std::unique_ptr<Broker> make() {
    return std::make_unique<PaperBroker>(PriceColumns{}, FillModel{});
  }
};
class CostlyPaperMaker {
 public:
  static constexpr const char* kName = "CostlyPaper";
  std::unique_ptr<Broker> make() { return std::make_unique<PaperBroker>(PriceColumns{}, costly()); }
};
class ReplayedMaker {
 public:
  static constexpr const char* kName = "Replayed";
  std::unique_ptr<Broker> make() {
    PaperBroker paper(PriceColumns{}, costly());
    return ReplayedFillsBroker::create(record(paper),
                                       std::make_unique<PaperBroker>(PriceColumns{}, costly()))
        .value();
  }
};
std::unique_ptr<Broker> over(std::unique_ptr<SqlSession> session) {
  OmsDatabase database = OmsDatabase::open(std::move(session)).value();
  return DatabaseBroker::create(std::move(database), {},
                                std::make_unique<PaperBroker>(PriceColumns{}, costly()))
      .value();
}
class DatabaseMaker {
 public:
  static constexpr const char* kName = "Sqlite";
  std::unique_ptr<Broker> make() {
    return over(open_sqlite_session(":memory:", SqlOpen::kCreate).value());
  }
};
class PostgresMaker {
 public:
  static constexpr const char* kName = "Postgres";
  std::unique_ptr<Broker> make() {
    PostgresServer::instance().fresh_schema();
    return over(open_postgres_session(kPostgresScheme, SqlOpen::kCreate).value());
  }
};
struct MakerNames {
  template <typename Maker>
  static std::string GetName(int /*index*/) {
    return Maker::kName;
  }
};

template <typename Maker>
class BrokerContract : public testing::Test {
 protected:
  void SetUp() override {
    if constexpr (std::is_same_v<Maker, PostgresMaker>) {
      if (!PostgresServer::instance().missing().empty()) {
        GTEST_SKIP() << PostgresServer::instance().missing();
      }
    }
  }
  Maker maker_;
  FakePrices prices_ = market();
};
using Makers =
    testing::Types<PaperMaker, CostlyPaperMaker, ReplayedMaker, DatabaseMaker, PostgresMaker>;
TYPED_TEST_SUITE(BrokerContract, Makers, MakerNames);

TYPED_TEST(BrokerContract, NothingIsFilledBeforeItsDeadlineAndAllStampsAreDue) {
  const auto broker = this->maker_.make();
  EXPECT_TRUE(run_bar(*broker, 0, this->prices_).fills.empty());
  EXPECT_GT(broker->pending_count(), 0U);
  for (int bar = 1; bar < kBars; ++bar) {
    for (const Fill& fill : run_bar(*broker, bar, this->prices_).fills) {
      EXPECT_LE(fill.timestamp, now_at(bar));
      EXPECT_GT(fill.timestamp, now_at(bar - 1));
    }
  }
}

TYPED_TEST(BrokerContract, IdsAreUniqueAndFillsNeverExceedTheirOrder) {
  const auto broker = this->maker_.make();
  std::map<std::int64_t, Order> orders;
  std::map<std::int64_t, double> filled;
  std::set<std::int64_t> ids;
  for (int bar = 0; bar < kBars; ++bar) {
    for (const Fill& fill : run_bar(*broker, bar, this->prices_).fills) {
      EXPECT_TRUE(ids.insert(fill.fill_id).second) << fill.fill_id;
      ASSERT_EQ(orders.count(fill.order_id), 1U);
      EXPECT_EQ(orders[fill.order_id].asset_id, fill.asset_id);
      EXPECT_GT(fill.price, 0.0);
      filled[fill.order_id] += fill.num_shares;
    }
    for (const Order& order : orders_at(bar)) {
      orders[order.order_id] = order;
    }
  }
  EXPECT_GT(filled.size(), 20U);
  for (const auto& [id, shares] : filled) {
    EXPECT_LE(std::abs(shares), std::abs(orders[id].diff_num_shares) * (1.0 + 1e-12));
    EXPECT_GT(shares * orders[id].diff_num_shares, 0.0);
  }
}

TYPED_TEST(BrokerContract, OpenSharesAreWhatIsOrderedAndNeitherFilledNorEnded) {
  if constexpr (std::is_same_v<TypeParam, ReplayedMaker>) {
    GTEST_SKIP() << "its fills are those of other orders";
  }
  const auto broker = this->maker_.make();
  std::map<AssetId, double> open;
  std::size_t carried = 0;
  for (int bar = 0; bar < kBars; ++bar) {
    ASSERT_TRUE(broker->begin(bar_at(bar)).ok());
    const auto collected = broker->collect(now_at(bar), {now_at(bar)}, this->prices_).value();
    for (const Fill& fill : collected.fills) {
      open[fill.asset_id] -= fill.num_shares;
    }
    for (const OrderEvent& event : collected.events) {
      const bool has_ended = event.kind == OrderEvent::Kind::kRejected ||
                             event.kind == OrderEvent::Kind::kExpired ||
                             event.kind == OrderEvent::Kind::kReplaced;
      open[event.asset_id] -= has_ended ? event.num_shares : 0.0;
    }
    // Everything is told now.
    const std::map<AssetId, double> found = broker->open_shares();
    for (const auto& [asset, shares] : open) {
      const auto place = found.find(asset);
      EXPECT_NEAR(shares, place == found.end() ? 0.0 : place->second, 1e-9)
          << bar << " " << asset.value;
    }
    carried += found.size();
    ASSERT_TRUE(broker->submit(orders_at(bar), now_at(bar)).ok());
    EXPECT_EQ(broker->open_shares().size(), 3U) << "all that was ordered";
    for (const Order& order : orders_at(bar)) {
      open[order.asset_id] += order.diff_num_shares;
    }
    ASSERT_TRUE(broker->commit().ok());
  }
  EXPECT_EQ(carried > 0, (!std::is_same_v<TypeParam, PaperMaker>));
}

TYPED_TEST(BrokerContract, ARepeatedRunGivesTheSameFillsEventsAndNotes) {
  const auto first = this->maker_.make();
  TypeParam other_maker;
  const auto second = other_maker.make();
  for (int bar = 0; bar < kBars; ++bar) {
    const auto left = run_bar(*first, bar, this->prices_);
    const auto right = run_bar(*second, bar, this->prices_);
    EXPECT_EQ(left.fills, right.fills);
    EXPECT_EQ(left.events, right.events);
    EXPECT_EQ(left.notes, right.notes);
  }
}

TYPED_TEST(BrokerContract, WhateverKeepsTheOrdersTheFillsAndEventsAreThoseOfThePaperBroker) {
  if constexpr (std::is_same_v<TypeParam, PaperMaker>) {
    GTEST_SKIP() << "it has no costs";
  }
  const auto broker = this->maker_.make();
  PaperBroker paper(PriceColumns{}, costly());
  std::size_t events = 0;
  for (int bar = 0; bar < kBars; ++bar) {
    const auto found = run_bar(*broker, bar, this->prices_);
    const auto expected = run_bar(paper, bar, this->prices_);
    EXPECT_EQ(found.fills, expected.fills) << bar;
    EXPECT_EQ(found.events, expected.events) << bar;
    events += expected.events.size();
  }
  EXPECT_GT(events, 10U);
}

TYPED_TEST(BrokerContract, ARollbackLeavesNothing) {
  const auto broker = this->maker_.make();
  TypeParam other_maker;
  const auto untouched = other_maker.make();
  for (int bar = 0; bar < kBars; ++bar) {
    ASSERT_TRUE(broker->begin(bar_at(bar)).ok());
    const std::size_t pending = broker->pending_count();
    ASSERT_TRUE(broker->collect(now_at(bar), {now_at(bar)}, this->prices_).ok());
    ASSERT_TRUE(broker->submit(orders_at(bar), now_at(bar)).ok());
    ASSERT_TRUE(broker->rollback().ok());
    EXPECT_EQ(broker->pending_count(), pending);
    const auto again = run_bar(*broker, bar, this->prices_);
    const auto other = run_bar(*untouched, bar, this->prices_);
    EXPECT_EQ(again.fills, other.fills) << bar;
    EXPECT_EQ(again.events, other.events) << bar;
  }
}

TYPED_TEST(BrokerContract, SeveralDeadlinesAreCollectedAtOnce) {
  const auto broker = this->maker_.make();
  run_bar(*broker, 0, this->prices_);
  ASSERT_TRUE(broker->begin(bar_at(1)).ok());
  ASSERT_TRUE(broker->submit(orders_at(1), now_at(1)).ok());
  ASSERT_TRUE(broker->commit().ok());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(broker->open_shares().at(kAssets[i]),
                     orders_at(0)[i].diff_num_shares + orders_at(1)[i].diff_num_shares);
  }
  std::set<Timestamp> stamps;
  Timestamp last;
  for (const Fill& fill : run_bar(*broker, 3, this->prices_).fills) {
    EXPECT_GE(fill.timestamp, last);
    last = fill.timestamp;
    stamps.insert(fill.timestamp);
  }
  EXPECT_GE(stamps.size(), 2U);
}

TYPED_TEST(BrokerContract, ABadOrderIsRefusedWithAllOfItsList) {
  const auto broker = this->maker_.make();
  ASSERT_TRUE(broker->begin(bar_at(0)).ok());
  std::vector<Order> orders = orders_at(0);
  orders.back().diff_num_shares = 0.0;
  EXPECT_EQ(broker->submit(orders, now_at(0)).error().code, ErrorCode::kInvalidArgument);
  orders = orders_at(0);
  orders.back().type = "price@noon";
  EXPECT_EQ(broker->submit(orders, now_at(0)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(broker->pending_count(), 0U);
  EXPECT_TRUE(broker->commit().ok());
}

TYPED_TEST(BrokerContract, AFailedReadCollectsNothing) {
  const auto broker = this->maker_.make();
  TypeParam other_maker;
  const auto untouched = other_maker.make();
  run_bar(*broker, 0, this->prices_);
  run_bar(*untouched, 0, this->prices_);
  ASSERT_TRUE(broker->begin(bar_at(1)).ok());
  this->prices_.fail = true;
  EXPECT_EQ(broker->collect(now_at(1), {now_at(1)}, this->prices_).error().code,
            ErrorCode::kStoreFailed);
  this->prices_.fail = false;
  ASSERT_TRUE(broker->rollback().ok());
  EXPECT_EQ(run_bar(*broker, 1, this->prices_).fills, run_bar(*untouched, 1, this->prices_).fills);
}

// The replayed fills.

Fill fill_of(std::int64_t id, Timestamp stamp, double shares = 1.0, double price = 100.0) {
  return {.fill_id = id,
          .order_id = id,
          .asset_id = kAssets[0],
          .timestamp = stamp,
          .num_shares = shares,
          .price = price};
}

Result<std::unique_ptr<Broker>> replay(std::vector<BarFills> bars) {
  BrokerSettings settings;
  settings.run.replayed_fills = std::move(bars);
  return make_broker(settings, {});
}

TEST(ReplayedFills, AreBookedAsRecordedAtTheirBar) {
  PaperBroker paper(PriceColumns{}, costly());
  const std::vector<BarFills> recorded = record(paper);
  const auto broker = replay(recorded).value();
  FakePrices prices = market();
  std::size_t fills = 0;
  for (int bar = 0; bar < kBars; ++bar) {
    const auto collected = run_bar(*broker, bar, prices);
    EXPECT_EQ(collected.fills, recorded[static_cast<std::size_t>(bar)].fills);
    fills += collected.fills.size();
    EXPECT_EQ(collected.notes.empty(), bar == 0)
        << "the simulation without costs would have filled otherwise";
  }
  EXPECT_GT(fills, 20U);
}

TEST(ReplayedFills, WhatTheSimulationWouldHaveFilledOtherwiseIsSaid) {
  const auto broker = replay({{bar_at(1), {fill_of(4, bar_at(1), 2.0, 50.0)}}}).value();
  FakePrices prices = market();
  ASSERT_TRUE(run_bar(*broker, 0, prices).notes.empty());
  const auto notes = run_bar(*broker, 1, prices).notes;
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_THAT(notes[0],
              testing::HasSubstr("asset 101: production filled 2.0 shares at 50.0, the orders"));
  EXPECT_THAT(notes[1], testing::HasSubstr("asset 202: production filled nothing"));
}

TEST(ReplayedFills, OfABarThatIsLeftOutComeAtTheNext) {
  const auto broker = replay({{bar_at(1), {fill_of(1, bar_at(1))}}}).value();
  FakePrices prices = market();
  run_bar(*broker, 0, prices);
  EXPECT_EQ(run_bar(*broker, 2, prices).fills.size(), 1U);
}

TEST(ReplayedFills, OfAnotherClockAreRefused) {
  FakePrices prices = market();
  for (const Timestamp stamp : {now_at(1) + nanoseconds(1), now_at(0)}) {
    const auto broker = replay({{bar_at(1), {fill_of(1, stamp)}}}).value();
    run_bar(*broker, 0, prices);
    ASSERT_TRUE(broker->begin(bar_at(1)).ok());
    const auto collected = broker->collect(now_at(1), {now_at(1)}, prices);
    ASSERT_FALSE(collected.ok());
    EXPECT_EQ(collected.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(collected.error().message, testing::HasSubstr("--replay faithful"));
    ASSERT_TRUE(broker->rollback().ok());
  }
}

TEST(ReplayedFills, ThatContradictThemselvesAreRefused) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  struct Bad {
    const char* name;
    std::vector<BarFills> bars;
    ErrorCode code;
  };
  Fill odd_fee = fill_of(1, bar_at(1));
  odd_fee.fee = kNan;
  const Bad bad[] = {
      {"the same fill at two bars",
       {{bar_at(1), {fill_of(1, bar_at(1))}}, {bar_at(2), {fill_of(1, bar_at(2))}}},
       ErrorCode::kDuplicateId},
      {"the same fill twice",
       {{bar_at(1), {fill_of(1, bar_at(1)), fill_of(1, bar_at(1))}}},
       ErrorCode::kDuplicateId},
      {"bars out of order", {{bar_at(2), {}}, {bar_at(1), {}}}, ErrorCode::kMalformedData},
      {"a bar twice", {{bar_at(2), {}}, {bar_at(2), {}}}, ErrorCode::kMalformedData},
      {"no shares", {{bar_at(1), {fill_of(1, bar_at(1), 0.0)}}}, ErrorCode::kMalformedData},
      {"no price", {{bar_at(1), {fill_of(1, bar_at(1), 1.0, kNan)}}}, ErrorCode::kMalformedData},
      {"a price of nothing",
       {{bar_at(1), {fill_of(1, bar_at(1), 1.0, 0.0)}}},
       ErrorCode::kMalformedData},
      {"an odd fee", {{bar_at(1), {odd_fee}}}, ErrorCode::kMalformedData}};
  for (const Bad& b : bad) {
    const auto broker = replay(b.bars);
    ASSERT_FALSE(broker.ok()) << b.name;
    EXPECT_EQ(broker.error().code, b.code) << b.name;
  }
}

}  // namespace
}  // namespace tieout::oms
