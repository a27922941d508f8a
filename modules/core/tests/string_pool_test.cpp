#include "tieout/core/string_pool.hpp"

#include <gtest/gtest.h>

namespace tieout {
namespace {

TEST(StringPool, GivesOneNumberToEqualTextsAndOthersToOthers) {
  StringPool pool;
  const std::int64_t buy = pool.intern("BUY");
  const std::int64_t sell = pool.intern("SELL");
  EXPECT_NE(buy, sell);
  EXPECT_EQ(pool.intern(std::string("BU") + "Y"), buy);
  EXPECT_EQ(pool.size(), 2U);
}

TEST(StringPool, TellsTheTextAfterTheSourceOfItIsGoneAndThePoolHasGrown) {
  StringPool pool;
  const std::int64_t first = pool.intern(std::string("first"));
  for (int i = 0; i < 1000; ++i) {
    pool.intern(std::to_string(i));
  }
  EXPECT_EQ(pool.text(first), "first");
  EXPECT_EQ(pool.text(pool.intern("999")), "999");
}

TEST(StringPool, TheEmptyTextIsNotNull) {
  StringPool pool;
  EXPECT_NE(pool.intern(""), kNullWord);
  EXPECT_EQ(pool.text(kNullWord), "");
}

}  // namespace
}  // namespace tieout
