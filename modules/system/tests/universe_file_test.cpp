#include "tieout/system/universe_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"

namespace tieout::system {
namespace {

std::filesystem::path write(const std::string& name, std::string_view text) {
  std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / name;
  EXPECT_TRUE(write_file_atomic(path, text).ok());
  return path;
}

TEST(ReadUniverse, ReadsTheJsonFormOfTheReference) {
  const auto universe =
      read_universe(write("u.json", R"({"CCXT": {"binance": ["ETH_USDT", "BTC_USDT"]}})"));
  ASSERT_TRUE(universe.ok()) << universe.error().message;
  ASSERT_EQ(universe->size(), 2U);
  EXPECT_EQ(universe->symbol_of(AssetId{1467591036}), "binance::BTC_USDT");
}

TEST(ReadUniverse, ReadsOneSymbolOnEachLineWithComments) {
  const auto universe =
      read_universe(write("u.txt", "# two\nbinance::ETH_USDT\n\n  binance::BTC_USDT # second\n"));
  ASSERT_TRUE(universe.ok()) << universe.error().message;
  EXPECT_EQ(universe->size(), 2U);
}

TEST(ReadUniverse, RefusesWhatIsNeither) {
  for (const char* text :
       {"", "{", "{\"CCXT\": 3}", "{\"CCXT\": {\"binance\": [1]}}", "BTC_USDT\n"}) {
    const auto universe = read_universe(write("bad", text));
    EXPECT_FALSE(universe.ok()) << text;
  }
}

TEST(ReadUniverse, AMissingFileIsNamed) {
  const auto universe = read_universe("/no/such/universe.json");
  ASSERT_FALSE(universe.ok());
  EXPECT_EQ(universe.error().code, ErrorCode::kFileNotFound);
  EXPECT_THAT(universe.error().message, ::testing::HasSubstr("/no/such/universe.json"));
}

}  // namespace
}  // namespace tieout::system
