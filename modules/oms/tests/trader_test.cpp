#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/numbers.hpp"
#include "tieout/oms/paper_broker.hpp"
#include "tieout/oms/process_forecasts.hpp"
#include "tieout/oms/tables.hpp"

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

using Action = BarDecisions::Action;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const Timestamp kOpen = at("2023-08-15 09:30:00-04:00");  // A Tuesday.
const std::vector<AssetId> kAssets = {AssetId{101}, AssetId{202}, AssetId{303}};

TraderSettings settings_of() {
  TraderSettings settings;
  settings.initial_cash = 1e6;
  analytics::CrossSectionalOptions cross;
  cross.target_gmv = 3000.0;
  settings.targets.optimizer = cross;
  return settings;
}

// Two hours of one-minute bars around the open, a random walk for each asset.
FakePrices random_prices(std::uint64_t seed) {
  FakePrices prices;
  Random random(seed);
  for (const AssetId asset : kAssets) {
    double price = 10.0 * static_cast<double>(asset.value);
    for (int minute = -10; minute <= 120; ++minute) {
      price *= 1.0 + 0.001 * (random.uniform() - 0.5);
      prices.add("close", asset, kOpen + minutes(minute), price);
    }
  }
  return prices;
}

std::vector<Forecast> forecasts_of(double a, double b, double c) {
  return {{kAssets[0], a, 0.01, 0.0}, {kAssets[1], b, 0.02, 0.0}, {kAssets[2], c, 0.03, 0.0}};
}

Trader make(TraderSettings settings) {
  return Trader::create(std::move(settings), Universe::from_ids(kAssets), minutes(5)).value();
}

Result<BarDecisions> step(Trader& trader, int bar, FakePrices& prices,
                          const std::vector<Forecast>& forecasts,
                          Duration latency = milliseconds(100)) {
  const Timestamp bar_end = kOpen + minutes(5 * bar);
  return trader.process(bar_end, bar_end + latency, {bar_end + latency}, forecasts, prices);
}

std::vector<double> doubles(const Table& table, std::string_view name) {
  return std::get<std::vector<double>>(table.find(name)->values);
}

Hash128 hash_of(const BarDecisions& d) {
  Hasher hasher;
  for (const Table* table :
       {&d.target_positions, &d.orders, &d.fills, &d.portfolio, &d.statistics}) {
    EXPECT_TRUE(table->is_well_formed());
    hasher.add_hash(hash_table(*table));
  }
  for (const std::string& note : d.notes) {
    hasher.add_text(note);
  }
  return hasher.digest();
}

TEST(Trader, TablesHaveTheColumnsOfTheReference) {
  FakePrices prices = random_prices(1);
  Trader trader = make(settings_of());
  const BarDecisions d = step(trader, 0, prices, forecasts_of(0.1, 0.2, 0.3)).value();
  const auto names = [](const Table& table) {
    std::string text;
    for (const TypedColumn& column : table.columns) {
      text += (text.empty() ? "" : ",") + column.name + ":" + std::string(to_string(column.type()));
    }
    return text;
  };
  const std::string f = ":" + std::string(to_string(ColumnType::kFloat64));
  const std::string i = ":" + std::string(to_string(ColumnType::kInt64));
  const std::string t = ":" + std::string(to_string(ColumnType::kTimestamp));
  const std::string s = ":" + std::string(to_string(ColumnType::kString));
  EXPECT_EQ(names(d.target_positions),
            "asset_id" + i + ",holdings_shares" + f + ",price" + f + ",holdings_notional" + f +
                ",wall_clock_timestamp" + t + ",prediction" + f + ",volatility" + f + ",spread" +
                f + ",target_holdings_notional" + f + ",target_trades_notional" + f +
                ",target_trades_shares" + f + ",target_holdings_shares" + f);
  EXPECT_EQ(names(d.orders), "order_id" + i + ",creation_timestamp" + t + ",asset_id" + i +
                                 ",type_" + s + ",start_timestamp" + t + ",end_timestamp" + t +
                                 ",curr_num_shares" + f + ",diff_num_shares" + f);
  EXPECT_EQ(names(d.fills), "fill_id" + i + ",order_id" + i + ",asset_id" + i + ",timestamp" + t +
                                ",num_shares" + f + ",price" + f);
  EXPECT_EQ(names(d.portfolio), "asset_id" + i + ",holdings_shares" + f + ",price" + f +
                                    ",holdings_notional" + f + ",executed_trades_shares" + f +
                                    ",executed_trades_notional" + f + ",pnl" + f);
  EXPECT_EQ(names(d.statistics), "snapshot_timestamp" + t + ",pnl" + f + ",gross_volume" + f +
                                     ",net_volume" + f + ",gmv" + f + ",nmv" + f + ",cash" + f +
                                     ",net_wealth" + f + ",leverage" + f);
  EXPECT_EQ(d.target_positions.key_count, 1U);
  EXPECT_EQ(d.statistics.key_count, 0U);
  EXPECT_EQ(d.statistics.row_count(), 1U);
  EXPECT_EQ(d.submitted.size(), d.orders.row_count());
}

TEST(Trader, SameCallsGiveTheSameBytesWhateverTheOrderOfTheForecasts) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    FakePrices prices = random_prices(seed);
    Random random(seed);
    Trader left = make(settings_of());
    Trader right = make(settings_of());
    for (int bar = 0; bar < 12; ++bar) {
      auto forecasts =
          forecasts_of(random.uniform() - 0.5, random.uniform() - 0.5, random.uniform() - 0.5);
      const BarDecisions a = step(left, bar, prices, forecasts).value();
      std::rotate(forecasts.begin(), forecasts.begin() + bar % 3, forecasts.end());
      const BarDecisions b = step(right, bar, prices, forecasts).value();
      EXPECT_EQ(hash_of(a), hash_of(b)) << "bar " << bar;
      EXPECT_EQ(left.state_hash(), right.state_hash());
    }
  }
}

// oms.md 8.3: with full fills the holdings become the targets of the bar before, and the fills
// rebuild them to the bit.
TEST(Trader, HoldingsFollowTheTargetsAndTheFills) {
  FakePrices prices = random_prices(7);
  Random random(7);
  Trader trader = make(settings_of());
  std::vector<double> targets = {0.0, 0.0, 0.0};
  std::vector<double> replayed = {0.0, 0.0, 0.0};
  double cash = 1e6;
  std::int64_t next_order = 0;
  std::int64_t next_fill = 0;
  for (int bar = 0; bar < 20; ++bar) {
    const BarDecisions d =
        step(trader, bar, prices,
             forecasts_of(random.uniform() - 0.5, random.uniform() - 0.5, random.uniform() - 0.5))
            .value();
    EXPECT_EQ(doubles(d.portfolio, "holdings_shares"), targets) << "bar " << bar;
    const auto& fill_ids = std::get<std::vector<std::int64_t>>(d.fills.find("fill_id")->values);
    const auto& fill_assets = std::get<std::vector<std::int64_t>>(d.fills.find("asset_id")->values);
    for (std::size_t i = 0; i < fill_ids.size(); ++i) {
      EXPECT_EQ(fill_ids[i], next_fill++);
      replayed[static_cast<std::size_t>(fill_assets[i] / 101 - 1)] +=
          doubles(d.fills, "num_shares")[i];
    }
    EXPECT_EQ(doubles(d.portfolio, "holdings_shares"), replayed) << "bar " << bar;
    const double new_cash = doubles(d.statistics, "cash")[0];
    EXPECT_NEAR(new_cash - cash, -doubles(d.statistics, "net_volume")[0], 1e-9 * 1e6);
    cash = new_cash;
    for (const Order& order : d.submitted) {
      EXPECT_EQ(order.order_id, next_order++);
      EXPECT_EQ(floor_to(order.end_timestamp, minutes(5)), order.end_timestamp);
    }
    targets = doubles(d.target_positions, "target_holdings_shares");
  }
  EXPECT_GT(next_fill, 10);
}

TEST(Trader, AnOrderMadeAtABarEndsOneBarLater) {
  FakePrices prices = random_prices(1);
  Trader trader = make(settings_of());
  const BarDecisions d = step(trader, 0, prices, forecasts_of(0.1, 0.2, 0.3), Duration{0}).value();
  ASSERT_FALSE(d.submitted.empty());
  EXPECT_EQ(d.submitted[0].end_timestamp, kOpen + minutes(5));
}

TEST(Trader, ALateBarIsMarkedAndDecidesNothing) {
  FakePrices prices = random_prices(1);
  Trader trader = make(settings_of());
  ASSERT_TRUE(step(trader, 0, prices, forecasts_of(0.1, 0.2, 0.3)).ok());
  const BarDecisions on_time =
      step(trader, 1, prices, forecasts_of(0.1, 0.2, 0.3), minutes(5)).value();
  EXPECT_EQ(on_time.action, Action::kTraded);
  const BarDecisions late =
      step(trader, 3, prices, forecasts_of(0.3, 0.2, 0.1), minutes(5) + nanoseconds(1)).value();
  EXPECT_EQ(late.action, Action::kTooLate);
  EXPECT_EQ(late.target_positions.row_count(), 0U);
  EXPECT_EQ(late.orders.row_count(), 0U);
  EXPECT_EQ(late.portfolio.row_count(), 3U);
  EXPECT_GT(late.fills.row_count(), 0U) << "what was due is still booked";
  EXPECT_THAT(late.notes, testing::Contains(testing::HasSubstr("nothing is decided")));
}

TraderSettings windowed() {
  TraderSettings settings = settings_of();
  settings.hours = TradingHours{.ath_start = hours(9) + minutes(30),
                                .trading_start = hours(9) + minutes(40),
                                .trading_end = hours(9) + minutes(50),
                                .ath_end = hours(16)};
  return settings;
}

TEST(Trader, OutsideTradingHoursTheBooksAreMarkedAndTheTablesAreEmpty) {
  FakePrices prices = random_prices(1);
  Trader trader = make(windowed());
  std::string actions;
  for (int bar = 0; bar <= 5; ++bar) {
    const BarDecisions d = step(trader, bar, prices, forecasts_of(0.1, 0.2, 0.3)).value();
    actions += std::string(to_string(d.action)) + " ";
    const bool traded = d.action == Action::kTraded;
    EXPECT_EQ(d.target_positions.row_count(), traded ? 3U : 0U);
    EXPECT_EQ(d.target_positions.columns.size(), 12U);
    EXPECT_EQ(d.orders.row_count() > 0, traded) << "bar " << bar;
    EXPECT_EQ(d.portfolio.row_count(), 3U);
  }
  EXPECT_EQ(
      actions,
      "outside_trading_hours outside_trading_hours traded traded traded outside_trading_hours ");
}

TEST(Trader, LiquidatesAtTheEndOfTrading) {
  FakePrices prices = random_prices(1);
  TraderSettings settings = windowed();
  settings.liquidate_at_trading_end_time = true;
  Trader trader = make(settings);
  for (int bar = 2; bar <= 3; ++bar) {
    ASSERT_TRUE(step(trader, bar, prices, forecasts_of(0.1, 0.2, 0.3)).ok());
  }
  EXPECT_EQ(step(trader, 4, prices, forecasts_of(kNan, 0.2, 0.3)).value().action,
            Action::kLiquidated);
  const BarDecisions flat = step(trader, 5, prices, forecasts_of(0.1, 0.2, 0.3)).value();
  EXPECT_THAT(doubles(flat.portfolio, "holdings_shares"), testing::Each(0.0));
}

TEST(Trader, WeekendsAreRemovedByLocalTime) {
  TraderSettings settings = settings_of();
  settings.remove_weekends = true;
  FakePrices prices;
  Trader trader = make(settings);
  // Friday 23:55 in New York is Saturday in UTC.
  const Timestamp friday = at("2023-08-18 23:55:00-04:00");
  EXPECT_EQ(trader.process(friday, friday, {friday}, {}, prices).value().action, Action::kTraded);
  const Timestamp saturday = friday + minutes(5);
  EXPECT_EQ(trader.process(saturday, saturday, {saturday}, {}, prices).value().action,
            Action::kOutsideTradingHours);
}

TEST(Trader, MarkOnlyBooksWhatIsDue) {
  FakePrices prices = random_prices(1);
  Trader trader = make(settings_of());
  ASSERT_TRUE(step(trader, 0, prices, forecasts_of(0.1, 0.2, 0.3)).ok());
  const Hash128 flat = trader.state_hash();
  const Timestamp bar = kOpen + minutes(5);
  const BarDecisions d = trader.mark_only(bar, bar, {bar}, prices).value();
  EXPECT_EQ(d.action, Action::kMarkedOnly);
  EXPECT_EQ(d.fills.row_count(), 2U);
  EXPECT_EQ(d.orders.row_count(), 0U);
  EXPECT_NE(trader.state_hash(), flat);
}

TEST(Trader, AnOrderWithoutAPriceExpiresAndIsOrderedAgain) {
  FakePrices prices = random_prices(1);
  Trader trader = make(settings_of());
  ASSERT_TRUE(step(trader, 0, prices, forecasts_of(0.1, 0.2, 0.3)).ok());
  for (int minute = 1; minute <= 5; ++minute) {
    prices.add("close", kAssets[0], kOpen + minutes(minute), kNan);
  }
  const BarDecisions d = step(trader, 1, prices, forecasts_of(0.1, 0.2, 0.3)).value();
  EXPECT_EQ(d.fills.row_count(), 1U);
  EXPECT_THAT(d.notes, testing::Contains(testing::HasSubstr("order 0 of asset 101 expired with")));
  EXPECT_THAT(d.notes, testing::Contains(testing::HasSubstr("asset 101: price is nan")));
  const BarDecisions next = step(trader, 2, prices, forecasts_of(0.1, 0.2, 0.3)).value();
  EXPECT_EQ(next.submitted.at(0).asset_id, kAssets[0]);
  EXPECT_EQ(next.submitted.at(0).curr_num_shares, 0.0);
}

TEST(Trader, AMissingForecastKeepsThePositionWithANote) {
  FakePrices prices = random_prices(1);
  Trader trader = make(settings_of());
  ASSERT_TRUE(step(trader, 0, prices, forecasts_of(0.1, 0.2, 0.3)).ok());
  auto forecasts = forecasts_of(0.3, 0.2, 0.1);
  forecasts.erase(forecasts.begin());
  const BarDecisions d = step(trader, 1, prices, forecasts).value();
  EXPECT_EQ(d.target_positions.row_count(), 3U);
  EXPECT_EQ(doubles(d.target_positions, "target_holdings_shares")[0],
            doubles(d.portfolio, "holdings_shares")[0]);
  EXPECT_THAT(d.notes, testing::Contains(testing::HasSubstr("asset 101: prediction is nan")));
}

// oms.md 1.7: twap.5T is the mean of the last whole five minutes that are known.
TEST(Trader, ALateMinuteLeavesTheMarkAtThePeriodBefore) {
  FakePrices prices;
  for (const AssetId asset : kAssets) {
    for (int minute = 1; minute <= 10; ++minute) {
      const Timestamp end = kOpen + minutes(minute);
      prices.add("close", asset, end, minute <= 5 ? 10.0 : 20.0, end + seconds(1));
    }
  }
  const Timestamp bar = kOpen + minutes(10);
  const auto marked_at = [&](Duration latency, std::optional<Duration> twap) {
    TraderSettings settings = settings_of();
    settings.pricing.twap = twap;
    Trader trader = make(settings);
    const Timestamp now = bar + latency;
    return doubles(trader.process(bar, now, {now}, {}, prices).value().portfolio, "price")[0];
  };
  EXPECT_EQ(marked_at(milliseconds(999), minutes(5)), 10.0) << "the minute 9:40 is not known yet";
  EXPECT_EQ(marked_at(seconds(1), minutes(5)), 20.0);
  EXPECT_EQ(marked_at(milliseconds(999), std::nullopt), 20.0) << "the minute 9:39";
}

TEST(Trader, NonPositivePricesAreNotPrices) {
  FakePrices prices = random_prices(1);
  for (int minute = -5; minute <= 0; ++minute) {
    prices.add("close", kAssets[1], kOpen + minutes(minute), minute % 2 == 0 ? 0.0 : -0.0);
  }
  Trader trader = make(settings_of());
  const BarDecisions d = step(trader, 0, prices, forecasts_of(0.1, 0.3, 0.2)).value();
  EXPECT_TRUE(std::isnan(doubles(d.portfolio, "price")[1]));
  EXPECT_EQ(doubles(d.target_positions, "target_trades_shares")[1], 0.0);
  EXPECT_THAT(d.notes, testing::Contains("asset 202: no price: position kept"));
}

// Fills what is due as the paper broker does, and charges for it.
class ChargingBroker final : public Broker {
 public:
  std::map<AssetId, double> open_shares() const override { return {}; }
  explicit ChargingBroker(bool tells) : tells_(tells) {}
  Status begin(Timestamp bar) override { return paper_.begin(bar); }
  Status commit() override { return paper_.commit(); }
  Status rollback() override { return paper_.rollback(); }
  Status submit(const std::vector<Order>& orders, Timestamp now) override {
    return paper_.submit(orders, now);
  }
  Result<Collected> collect(Timestamp now, const AsOf& as_of, PriceSource& prices) override {
    TIEOUT_TRY(Collected collected, paper_.collect(now, as_of, prices));
    for (Fill& fill : collected.fills) {
      fill.fee = 0.25;
      fill.liquidity = Liquidity::kTaker;
    }
    return collected;
  }
  std::size_t pending_count() const noexcept override { return paper_.pending_count(); }
  bool has_costs() const noexcept override { return tells_; }

 private:
  PaperBroker paper_{PriceColumns{}};
  bool tells_;
};

TEST(Trader, FeesOfABrokerFlowThroughTheBooksIntoTheTables) {
  FakePrices prices = random_prices(1);
  const auto with = [&](std::unique_ptr<Broker> broker) {
    return Trader::create(settings_of(), Universe::from_ids(kAssets), minutes(5), std::move(broker))
        .value();
  };
  Trader free = with(nullptr);
  Trader charged = with(std::make_unique<ChargingBroker>(true));
  const auto forecasts = forecasts_of(0.1, 0.2, 0.3);
  ASSERT_TRUE(step(free, 0, prices, forecasts).ok());
  const BarDecisions first = step(charged, 0, prices, forecasts).value();
  EXPECT_EQ(doubles(first.statistics, "fees")[0], 0.0);
  const BarDecisions a = step(free, 1, prices, forecasts).value();
  const BarDecisions b = step(charged, 1, prices, forecasts).value();
  EXPECT_EQ(b.fills.row_count(), 2U);
  EXPECT_EQ(doubles(b.fills, "fee"), (std::vector<double>{0.25, 0.25}));
  EXPECT_EQ(std::get<std::vector<std::string>>(b.fills.find("liquidity")->values)[0], "taker");
  EXPECT_EQ(doubles(b.portfolio, "fees"), (std::vector<double>{0.25, 0.0, 0.25}));
  EXPECT_EQ(doubles(b.portfolio, "pnl"), doubles(a.portfolio, "pnl")) << "pnl is before costs";
  EXPECT_EQ(doubles(b.statistics, "fees")[0], 0.5);
  EXPECT_NEAR(doubles(b.statistics, "cash")[0], doubles(a.statistics, "cash")[0] - 0.5, 1e-9);
  EXPECT_EQ(a.statistics.find("fees"), nullptr) << "a run without costs has no such columns";
  EXPECT_EQ(a.fills.find("fee"), nullptr);
}

// By hand: the holdings of the bar before, at this bar's price, times the rate.
TEST(Trader, FundingIsBookedOnceAtTheBarThatContainsItsInstant) {
  FakePrices prices = random_prices(1);
  TraderSettings settings = settings_of();
  settings.funding =
      std::vector<FundingRate>{{kOpen, kAssets[0], 0.5},  // before the first snapshot
                               {kOpen + minutes(8), kAssets[0], 1e-3},
                               {kOpen + minutes(8), kAssets[2], -1e-3}};
  Trader trader = make(settings);
  std::vector<double> held;
  for (int bar = 0; bar < 4; ++bar) {
    const BarDecisions d = step(trader, bar, prices, forecasts_of(0.1, 0.2, 0.3)).value();
    const std::vector<double> funding = doubles(d.portfolio, "funding");
    if (bar != 2) {
      EXPECT_EQ(funding, (std::vector<double>{0.0, 0.0, 0.0})) << "bar " << bar;
      EXPECT_TRUE(d.funding.empty());
    } else {
      const std::vector<double> price = doubles(d.portfolio, "price");
      EXPECT_EQ(funding,
                (std::vector<double>{held[0] * price[0] * 1e-3, 0.0, held[2] * price[2] * -1e-3}));
      EXPECT_NE(funding[0], 0.0);
      EXPECT_EQ(d.funding.size(), 2U);
      EXPECT_EQ(doubles(d.statistics, "funding")[0], funding[0] + funding[2]);
    }
    held = doubles(d.portfolio, "holdings_shares");
  }
}

TEST(Trader, SaysAtTheEndWhatIsOrderedAndInNoBooks) {
  FakePrices prices = random_prices(1);
  Trader trader = make(settings_of());
  EXPECT_TRUE(trader.closing_notes().empty());
  const BarDecisions d = step(trader, 0, prices, forecasts_of(0.1, 0.2, 0.3)).value();
  ASSERT_FALSE(d.submitted.empty());
  EXPECT_THAT(
      trader.closing_notes(),
      testing::ElementsAre(testing::AllOf(
          testing::HasSubstr("ordered, not filled and in no books"),
          testing::HasSubstr(fmt::format("{} shares of asset {}", d.submitted[0].diff_num_shares,
                                         d.submitted[0].asset_id.value)))));
}

TEST(Trader, ARateAtTheInstantOfASnapshotIsBookedThereAndNeverAgain) {
  FakePrices prices = random_prices(1);
  TraderSettings settings = settings_of();
  const Timestamp snapshot = kOpen + minutes(10) + milliseconds(100);  // of bar 2
  settings.funding = std::vector<FundingRate>{{snapshot, kAssets[0], 1e-3}};
  Trader trader = make(settings);
  for (int bar = 0; bar < 5; ++bar) {
    const BarDecisions d = step(trader, bar, prices, forecasts_of(0.1, 0.2, 0.3)).value();
    EXPECT_EQ(d.funding.size(), bar == 2 ? 1U : 0U) << bar;
    EXPECT_EQ(doubles(d.portfolio, "funding")[0] != 0.0, bar == 2) << bar;
  }
}

TEST(Trader, FundingNeedsAPriceOfThisBarOrTheLast) {
  TraderSettings settings = settings_of();
  settings.funding = std::vector<FundingRate>{{kOpen + minutes(8), kAssets[0], 1e-3},
                                              {kOpen + minutes(8), kAssets[1], 1e-3}};
  settings.initial_holdings = {{kAssets[0], 2.0}, {kAssets[1], 3.0}};
  FakePrices prices;
  for (int minute = -10; minute <= 20; ++minute) {
    const Timestamp end = kOpen + minutes(minute);
    prices.add("close", kAssets[2], end, 30.0);
    if (minute <= 5) {
      prices.add("close", kAssets[0], end, 10.0 + minute);
    }
  }
  Trader trader = make(settings);
  std::vector<double> last;
  std::vector<double> held;
  for (int bar = 0; bar < 3; ++bar) {
    const BarDecisions d = step(trader, bar, prices, forecasts_of(0.1, 0.2, 0.3)).value();
    const std::vector<double> funding = doubles(d.portfolio, "funding");
    if (bar < 2) {
      last = doubles(d.portfolio, "price");
      held = doubles(d.portfolio, "holdings_shares");
      continue;
    }
    ASSERT_TRUE(std::isnan(doubles(d.portfolio, "price")[0]));
    ASSERT_FALSE(std::isnan(last[0]));
    EXPECT_EQ(funding[0], held[0] * last[0] * 1e-3) << "at the last price that is known";
    EXPECT_NE(funding[0], 0.0);
    EXPECT_EQ(funding[1], 0.0);
    EXPECT_EQ(d.funding.size(), 1U) << "the rate that was booked";
    EXPECT_THAT(d.notes,
                testing::Contains(testing::HasSubstr("asset 202: no price for the funding at")));
  }
}

TEST(Trader, AFeeThatNoColumnWouldShowIsRefused) {
  FakePrices prices = random_prices(1);
  Trader trader = Trader::create(settings_of(), Universe::from_ids(kAssets), minutes(5),
                                 std::make_unique<ChargingBroker>(false))
                      .value();
  ASSERT_TRUE(step(trader, 0, prices, forecasts_of(0.1, 0.2, 0.3)).ok());
  const Hash128 before = trader.state_hash();
  const auto refused = step(trader, 1, prices, forecasts_of(0.1, 0.2, 0.3));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, testing::HasSubstr("its broker has no costs"));
  EXPECT_EQ(trader.state_hash(), before);
}

TEST(Trader, WithoutAnyPriceNothingTrades) {
  FakePrices prices;
  Trader trader = make(settings_of());
  const BarDecisions d = step(trader, 0, prices, forecasts_of(0.1, 0.2, 0.3)).value();
  EXPECT_EQ(d.orders.row_count(), 0U);
  EXPECT_EQ(doubles(d.statistics, "net_wealth")[0], 1e6);
  EXPECT_THAT(d.notes, testing::Contains(testing::HasSubstr("nothing is valued")));
}

TEST(Trader, RefusesWrongCallsAndStaysAsItWas) {
  FakePrices prices = random_prices(1);
  Trader trader = make(settings_of());
  ASSERT_TRUE(step(trader, 1, prices, forecasts_of(0.1, 0.2, 0.3)).ok());
  const Hash128 before = trader.state_hash();
  const auto good = forecasts_of(0.1, 0.2, 0.3);
  const auto code = [](const Result<BarDecisions>& result) {
    return result.ok() ? ErrorCode::kInternal : result.error().code;
  };
  EXPECT_EQ(code(step(trader, 1, prices, good, seconds(1))), ErrorCode::kInvalidArgument)
      << "the same bar";
  EXPECT_EQ(code(step(trader, 0, prices, good, minutes(5) + seconds(1))),
            ErrorCode::kInvalidArgument)
      << "an older bar";
  EXPECT_EQ(code(step(trader, 2, prices, good, milliseconds(-1))), ErrorCode::kInvalidArgument)
      << "before the bar";
  const Timestamp off = kOpen + minutes(11);
  EXPECT_EQ(code(trader.process(off, off, {off}, good, prices)), ErrorCode::kInvalidArgument)
      << "off the grid";
  auto twice = good;
  twice.push_back(good[1]);
  EXPECT_EQ(code(step(trader, 2, prices, twice)), ErrorCode::kInvalidArgument);
  for (const std::int64_t alien : {1, 150, 999}) {
    auto unknown = good;
    unknown.push_back({AssetId{alien}, 0.1, 0.01, 0.0});
    const auto result = step(trader, 2, prices, unknown);
    EXPECT_EQ(code(result), ErrorCode::kInvalidArgument);
    EXPECT_THAT(result.error().message, testing::HasSubstr(fmt::format("asset {},", alien)));
  }
  prices.fail = true;
  EXPECT_EQ(code(step(trader, 2, prices, good)), ErrorCode::kStoreFailed);
  prices.fail = false;
  EXPECT_EQ(trader.state_hash(), before);
  const BarDecisions d = step(trader, 2, prices, good).value();
  EXPECT_EQ(d.fills.row_count(), 2U) << "the failed bars collected nothing";
}

TEST(Trader, BooksOfAnotherStartHaveAnotherHash) {
  TraderSettings settings = settings_of();
  const Hash128 plain = make(settings).state_hash();
  EXPECT_EQ(make(settings).state_hash(), plain);
  settings.initial_holdings[kAssets[0]] = 1.0;
  EXPECT_NE(make(settings).state_hash(), plain);
  settings = settings_of();
  settings.initial_cash += 1.0;
  EXPECT_NE(make(settings).state_hash(), plain);
}

TEST(Trader, UnusableSettingsAreRefused) {
  const auto refused = [](TraderSettings settings) {
    const auto trader =
        Trader::create(std::move(settings), Universe::from_ids(kAssets), minutes(5));
    return trader.ok() ? std::string("accepted") : trader.error().message;
  };
  TraderSettings settings = settings_of();
  settings.order_type = "vwap";
  EXPECT_THAT(refused(settings), testing::HasSubstr("order_type"));
  settings = windowed();
  settings.hours->trading_end = hours(1);
  EXPECT_THAT(refused(settings), testing::HasSubstr("trading_end_time"));
  settings = settings_of();
  settings.liquidate_at_trading_end_time = true;
  EXPECT_THAT(refused(settings), testing::HasSubstr("liquidate_at_trading_end_time"));
  settings = settings_of();
  settings.apply_exchange_limits = true;
  EXPECT_THAT(refused(settings), testing::HasSubstr("no market information for id::101"));
  EXPECT_FALSE(Trader::create(settings_of(), Universe{}, minutes(5)).ok());
  EXPECT_FALSE(Trader::create(settings_of(), Universe::from_ids(kAssets), Duration{0}).ok());
}

}  // namespace
}  // namespace tieout::oms
