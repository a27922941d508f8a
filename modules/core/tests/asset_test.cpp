#include "tieout/core/asset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct IdCase {
  const char* name;
  const char* symbol;
  std::int64_t id;
};

class AssetIdTest : public ::testing::TestWithParam<IdCase> {};

TEST_P(AssetIdTest, IsTheFirstTenDigitsOfTheMd5) {
  const auto id = asset_id_of(GetParam().symbol);
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->value, GetParam().id);
}

// Source: market_data.md 1.3.
INSTANTIATE_TEST_SUITE_P(Vectors, AssetIdTest,
                         ::testing::Values(IdCase{"btc", "binance::BTC_USDT", 1467591036},
                                           IdCase{"eth", "binance::ETH_USDT", 1464553467},
                                           IdCase{"busd", "binance::BTC_BUSD", 1182743717},
                                           IdCase{"gmt", "binance::GMT_USDT", 1030828978},
                                           IdCase{"past_32_bits", "binance::APE_USDT", 6051632686},
                                           IdCase{"sol", "binance::SOL_USDT", 2237530510},
                                           IdCase{"doge", "binance::DOGE_USDT", 3065029174}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(AssetId, RefusesSymbolsOutsideTheGrammar) {
  for (const char* symbol :
       {"", "::", "binance", "binance:BTC", "binance::", "::BTC", "bin4nce::BTC",
        "binance::BTC-USD", "binance::BTC USD", " binance::BTC", "binance::BTC::USD",
        "binance::BTC\n", "bin\xC3\xA4nce::BTC"}) {
    const auto id = asset_id_of(symbol);
    ASSERT_FALSE(id.ok()) << symbol;
    EXPECT_EQ(id.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(id.error().message, HasSubstr(symbol));
  }
  EXPECT_TRUE(asset_id_of("a_B::1_x").ok());
}

TEST(Universe, IsSortedByIdAndCountsRepeatedSymbolsOnce) {
  const auto universe = Universe::from_symbols(
      {"binance::SOL_USDT", "binance::BTC_USDT", "binance::ETH_USDT", "binance::BTC_USDT"});
  ASSERT_TRUE(universe.ok());
  EXPECT_THAT(universe->ids(),
              ElementsAre(AssetId{1464553467}, AssetId{1467591036}, AssetId{2237530510}));
  EXPECT_EQ(universe->size(), 3U);
  EXPECT_TRUE(universe->contains({1467591036}));
  EXPECT_FALSE(universe->contains({1}));
  EXPECT_EQ(universe->symbol_of({2237530510}), "binance::SOL_USDT");
  EXPECT_EQ(universe->symbol_of({17}), "id::17");
}

TEST(Universe, TwoSymbolsWithOneIdAreAnErrorThatNamesBoth) {
  // The first pair that collides in a search over test::SYMBOL_<n>; both are 2588082491.
  const auto universe =
      Universe::from_symbols({"test::SYMBOL_26468", "binance::BTC_USDT", "test::SYMBOL_55537"});
  ASSERT_FALSE(universe.ok());
  EXPECT_EQ(universe.error().code, ErrorCode::kDuplicateId);
  EXPECT_THAT(universe.error().message, HasSubstr("test::SYMBOL_26468"));
  EXPECT_THAT(universe.error().message, HasSubstr("test::SYMBOL_55537"));
  EXPECT_THAT(universe.error().message, HasSubstr("2588082491"));
}

TEST(Universe, OneBadSymbolFailsTheWhole) {
  EXPECT_FALSE(Universe::from_symbols({"binance::BTC_USDT", "nothing"}).ok());
}

TEST(Universe, FromIdsIsSortedAndNamedByNumber) {
  const Universe universe = Universe::from_ids({{5}, {-1}, {5}, {3}});
  EXPECT_THAT(universe.ids(), ElementsAre(AssetId{-1}, AssetId{3}, AssetId{5}));
  EXPECT_EQ(universe.symbol_of({5}), "id::5");
}

TEST(Universe, AnEmptyOneHoldsNothing) {
  const auto universe = Universe::from_symbols({});
  ASSERT_TRUE(universe.ok());
  EXPECT_TRUE(universe->empty());
  EXPECT_FALSE(universe->contains({0}));
}

}  // namespace
}  // namespace tieout
