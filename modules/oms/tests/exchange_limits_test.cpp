#include "tieout/oms/exchange_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/oms/restrictions.hpp"
#include "tieout/oms/trade_filter.hpp"

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

using Venue = LimitOptions::Venue;
using Rounding = LimitOptions::Rounding;

// The inputs and shares of the reference's TestCcOptimizerUtils1 (oms.md 3.5).
constexpr MarketInfo kInfo{.min_amount = 1.0, .min_cost = 10.0, .amount_precision = 3};
constexpr LimitOptions kRound{.venue = Venue::kExchange, .rounding = Rounding::kRound};

TEST(LimitTrade, RoundsWhatTheExchangeTakes) {
  EXPECT_EQ(limit_trade(3.42342342, 21.696667, kInfo, kRound).value(), 3.423);
  EXPECT_EQ(limit_trade(2.512351512, 5.4295, kInfo, kRound).value(), 2.512);
}

TEST(LimitTrade, DropsWhatIsTooSmall) {
  EXPECT_EQ(limit_trade(-0.04655092876707745, 21.696667, kInfo, kRound).value(), 0.0);
  EXPECT_EQ(limit_trade(1.5, 5.4295, kInfo, kRound).value(), 0.0) << "8.14 dollars";
  EXPECT_EQ(limit_trade(2.0, 5.0, kInfo, kRound).value(), 0.0) << "10 dollars are not above 10";
}

TEST(LimitTrade, TakesTheSmallestAmountItself) {
  EXPECT_EQ(limit_trade(kInfo.min_amount, 1e6, kInfo, kRound).value(), kInfo.min_amount);
  EXPECT_EQ(limit_trade(-kInfo.min_amount, 1e6, kInfo, kRound).value(), -kInfo.min_amount);
}

TEST(LimitTrade, CheckRefusesWhatIsNotRounded) {
  const LimitOptions check{.venue = Venue::kExchange, .rounding = Rounding::kCheck};
  EXPECT_EQ(limit_trade(3.42342342, 21.696667, kInfo, check).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(limit_trade(3.423, 21.696667, kInfo, check).value(), 3.423);
}

TEST(LimitTrade, ATestNetRaisesSmallTradesOfBothSides) {
  LimitOptions testnet{.venue = Venue::kTestnet, .rounding = Rounding::kRound};
  EXPECT_EQ(limit_trade(-0.04655092876707745, 21.696667, kInfo, testnet).value(), -1.383);
  EXPECT_EQ(limit_trade(1.5, 5.4295, kInfo, testnet).value(), 5.525) << "30 / 5.4295";
  EXPECT_EQ(limit_trade(-7.0, 5.4295, kInfo, testnet).value(), -7.0);
  EXPECT_EQ(limit_trade(0.0, 5.4295, kInfo, testnet).value(), 0.0);
  testnet.raise_sells_only = true;
  EXPECT_EQ(limit_trade(1.5, 5.4295, kInfo, testnet).value(), 1.5) << "the reference's bug";
  EXPECT_EQ(limit_trade(-7.0, 5.4295, kInfo, testnet).value(), -5.525);
}

TEST(DecimalsOfStep, ArePowersOfTenAlone) {
  EXPECT_EQ(decimals_of_step(0.01).value(), 2);
  EXPECT_EQ(decimals_of_step(1.0).value(), 0);
  EXPECT_EQ(decimals_of_step(100.0).value(), -2);
  EXPECT_EQ(decimals_of_step(1e-8).value(), 8);
  for (const double step : {-0.01, 0.0, 0.25, 3.0, std::numeric_limits<double>::quiet_NaN(),
                            std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(decimals_of_step(step).error().code, ErrorCode::kInvalidArgument) << step;
  }
}

TEST(MarketInformation, PrecisionIsDecimalsOrAStep) {
  const auto info = parse_market_info(R"({
      "1464553467": {"min_amount": 0.001, "min_cost": 10.0, "amount_precision": 3,
                     "price_precision": 2, "max_leverage": 125},
      "3065029174": {"min_amount": null, "min_cost": 1, "amount_precision": 0.01}})");
  ASSERT_TRUE(info.ok()) << info.error().message;
  EXPECT_EQ(info->at(AssetId{1464553467}), (MarketInfo{0.001, 10.0, 3}));
  EXPECT_EQ(info->at(AssetId{3065029174}), (MarketInfo{0.01, 1.0, 2}));
}

TEST(MarketInformation, BadFilesAreRefusedByAssetAndKey) {
  const struct {
    const char* json;
    const char* message;
  } cases[] = {
      {"", "needed a JSON object"},
      {"[1]", "needed a JSON object"},
      {"{}", "needed a JSON object"},
      {R"({"x": {}})", "the id of asset x"},
      {R"({"1": 5})", "the entry of asset 1"},
      {R"({"1": {"min_amount": 1, "min_cost": 1}})", "amount_precision of asset 1 is missing"},
      {R"({"1": {"min_amount": 1, "min_cost": 1, "amount_precision": -0.01}})",
       "amount_precision of asset 1 is -0.01"},
      {R"({"1": {"min_amount": 1, "min_cost": 1, "amount_precision": 0.25}})", "0.25"},
      {R"({"1": {"min_amount": 1, "min_cost": 1, "amount_precision": 31}})", "31"},
      {R"({"1": {"min_amount": -1, "min_cost": 1, "amount_precision": 3}})",
       "min_amount of asset 1 is -1.0"},
      {R"({"1": {"min_amount": 1, "min_cost": "x", "amount_precision": 3}})", "min_cost"},
  };
  for (const auto& c : cases) {
    const auto info = parse_market_info(c.json);
    ASSERT_FALSE(info.ok()) << c.json;
    EXPECT_EQ(info.error().code, ErrorCode::kMalformedData);
    EXPECT_THAT(info.error().message, testing::HasSubstr(c.message));
  }
  EXPECT_EQ(read_market_info("no/such/file.json").error().code, ErrorCode::kFileNotFound);
}

TEST(MarketInformation, TravelsInTheConfig) {
  config::Config config;
  EXPECT_TRUE(recorded_market_info(config).value().empty());
  const std::map<AssetId, MarketInfo> info{{AssetId{1}, {0.001, 10.0, 3}},
                                           {AssetId{22}, {1.0, 5.0, -1}}};
  record_market_info(config, info, "test");
  EXPECT_EQ(recorded_market_info(config).value(), info);
  EXPECT_EQ(recorded_market_info(config::Config::from_json(config.to_json()).value()).value(),
            info);
}

constexpr const char* kRestrictions =
    "strategyid,asset_id,is_restricted,is_buy_restricted,is_buy_cover_restricted,"
    "is_sell_short_restricted,is_sell_long_restricted\n"
    "SAU1,101,True,True,False,f,0\n"
    "SAU1,202,False,false,False,True,1\n";

TEST(Restrictions, AreReadByColumnNameAndTravelInTheConfig) {
  const Restrictions restrictions = parse_restrictions(kRestrictions).value();
  ASSERT_EQ(restrictions.size(), 2U);
  EXPECT_TRUE(restrictions.at(AssetId{101}).is_buy_restricted);
  EXPECT_FALSE(restrictions.at(AssetId{101}).is_sell_long_restricted);
  EXPECT_TRUE(restrictions.at(AssetId{202}).is_sell_short_restricted);
  EXPECT_TRUE(restrictions.at(AssetId{202}).is_sell_long_restricted);
  config::Config config;
  record_restrictions(config, restrictions, "test");
  const Restrictions read =
      recorded_restrictions(config::Config::from_json(config.to_json()).value()).value();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_TRUE(read.at(AssetId{101}).is_restricted);
  EXPECT_TRUE(read.at(AssetId{202}).is_sell_long_restricted);
  EXPECT_FALSE(read.at(AssetId{202}).is_buy_restricted);
}

TEST(Restrictions, AFlagIsWrittenAsPythonOrADatabaseWritesIt) {
  const std::string header =
      "asset_id,is_restricted,is_buy_restricted,is_buy_cover_restricted,"
      "is_sell_short_restricted,is_sell_long_restricted\n";
  for (const char* yes : {"True", "true", "t", "1"}) {
    const auto read = parse_restrictions(header + "1," + yes + ",False,false,f,0\n");
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_TRUE(read->at(AssetId{1}).is_restricted) << yes;
    EXPECT_FALSE(read->at(AssetId{1}).is_buy_cover_restricted);
  }
}

TEST(Restrictions, BadTablesAreRefusedByLine) {
  std::string text = kRestrictions;
  EXPECT_EQ(parse_restrictions("").error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(parse_restrictions("asset_id\n1\n").error().message,
              testing::HasSubstr("no column 'is_restricted'"));
  EXPECT_EQ(parse_restrictions(text + "SAU1,101,True,True,False,f,0\n").error().code,
            ErrorCode::kDuplicateId);
  EXPECT_THAT(parse_restrictions(text + "SAU1,303,maybe,True,False,f,0\n").error().message,
              testing::HasSubstr("line 4: is_restricted is 'maybe'"));
  EXPECT_THAT(parse_restrictions(text + "SAU1,-1,True,True,False,f,0\n").error().message,
              testing::HasSubstr("asset_id is '-1'"));
  EXPECT_THAT(parse_restrictions(text + "SAU1,303\n").error().message,
              testing::HasSubstr("2 fields, needed 7"));
}

TEST(TradeFilter, ItsEdgesAreTradedAndWhatIsNotKnownIsNot) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  TradeFilter filter;
  EXPECT_FALSE(refusal_of_asset(filter, kNan, kNan)) << "off by default";
  EXPECT_FALSE(refusal_of_trade(filter, 1e9, kNan));
  filter.max_spread_in_bps = 25.0;
  EXPECT_FALSE(refusal_of_asset(filter, 0.0025, 0.0));
  EXPECT_TRUE(refusal_of_asset(filter, 0.00251, 0.0));
  EXPECT_TRUE(refusal_of_asset(filter, kNan, 0.0));
  filter = {};
  filter.min_traded_notional = 500.0;
  EXPECT_FALSE(refusal_of_asset(filter, 0.0, 500.0));
  EXPECT_TRUE(refusal_of_asset(filter, 0.0, 499.99));
  EXPECT_TRUE(refusal_of_asset(filter, 0.0, kNan));
  filter = {};
  filter.max_frac_of_traded_notional = 0.125;
  EXPECT_FALSE(refusal_of_trade(filter, -1.0, 8.0));
  EXPECT_TRUE(refusal_of_trade(filter, -1.001, 8.0));
  EXPECT_TRUE(refusal_of_trade(filter, 1.0, kNan));
  EXPECT_FALSE(refusal_of_trade(filter, 0.0, kNan)) << "there is nothing to refuse";
}

TEST(TradeFilter, CountsWhatWasTradedLately) {
  FakePrices prices;
  const Timestamp end = parse_iso("2023-08-15 10:00:00+00:00").value();
  for (int minute = 0; minute < 5; ++minute) {
    prices.add("close", AssetId{1}, end - minutes(minute), 10.0);
    prices.add("volume", AssetId{1}, end - minutes(minute), 2.0);
  }
  TradeFilter filter;
  filter.lookback = minutes(3);
  const auto traded =
      traded_notionals(filter, "close", {AssetId{1}, AssetId{2}}, {end}, prices).value();
  EXPECT_EQ(traded, (std::vector<double>{60.0, 0.0}));
}

}  // namespace
}  // namespace tieout::oms
