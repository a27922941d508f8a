#include "tieout/oms/order.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

// Source: oms.md 2.1, written by the reference.
constexpr const char* kLine =
    "Order: order_id=0 creation_timestamp=2000-01-01 09:35:00.100000-05:00 asset_id=101 "
    "type_=price@twap "
    "start_timestamp=2000-01-01 09:35:00.100000-05:00 end_timestamp=2000-01-01 09:40:00-05:00 "
    "curr_num_shares=0.0 "
    "diff_num_shares=-49.9844085887732 tz=America/New_York extra_params={}";

Order reference_order() {
  Order order;
  order.asset_id = AssetId{101};
  order.type = "price@twap";
  order.creation_timestamp = order.start_timestamp = at("2000-01-01 09:35:00.100000-05:00");
  order.end_timestamp = at("2000-01-01 09:40:00-05:00");
  order.diff_num_shares = -49.9844085887732;
  return order;
}

TEST(OrderText, IsThatOfTheReference) {
  EXPECT_EQ(to_text(reference_order()), kLine);
  EXPECT_EQ(parse_order(kLine).value(), reference_order());
}

TEST(OrderText, ListsHaveNoNewlineAtTheEnd) {
  EXPECT_EQ(to_text(std::vector<Order>{}), "");
  EXPECT_TRUE(parse_orders("").value().empty());
  const std::vector<Order> two = {reference_order(), reference_order()};
  EXPECT_EQ(to_text(two), std::string(kLine) + "\n" + kLine);
  EXPECT_EQ(parse_orders(to_text(two)).value(), two);
  EXPECT_EQ(parse_orders(to_text(two) + "\r\n\n").value(), two);
}

TEST(OrderText, RoundTripsRandomOrders) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    Order order = reference_order();
    order.order_id = static_cast<std::int64_t>(seed * 977);
    order.zone = seed % 3 == 0 ? Zone::kUtc : Zone::kNewYork;
    // Over several years, so in and out of daylight saving time; to the microsecond or nanosecond.
    order.creation_timestamp.ns +=
        static_cast<std::int64_t>(random.uniform() * 3e17) / 1000 * 1000 + (seed % 2 == 0 ? 7 : 0);
    order.start_timestamp =
        order.creation_timestamp + milliseconds(static_cast<std::int64_t>(seed));
    order.end_timestamp = order.start_timestamp + minutes(5);
    order.curr_num_shares = std::ldexp(random.uniform() - 0.5, static_cast<int>(seed % 80) - 40);
    order.diff_num_shares = std::ldexp(random.uniform() + 0.1, static_cast<int>(seed % 60) - 40);
    order.extra_params =
        parse_literal("{'ccxt_id': [1, -1], 'stats': {'a': 1.5, 'b': None}, \"it's\": (True,)}")
            .value();
    EXPECT_EQ(parse_order(to_text(order)).value(), order) << to_text(order);
  }
}

TEST(OrderText, GoldenLinesRoundTrip) {
  const auto path = golden_dir() / "trading" / "ord_09_order_strings" / "input_orders.txt";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  std::string text = read_file(path).value();
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  const auto orders = parse_orders(text).value();
  ASSERT_EQ(orders.size(), 2U);
  EXPECT_EQ(to_text(orders), text);
  EXPECT_EQ(orders[1].type, "limit");
  EXPECT_EQ(to_text(orders[1].extra_params), "{'ccxt_id': 123, 'oms_parent_order_id': 5}");
}

struct Malformed {
  const char* name;
  const char* from;
  const char* to;
  const char* message;
};
class MalformedOrder : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedOrder, IsRefusedByField) {
  std::string line = kLine;
  const std::size_t position = line.find(GetParam().from);
  ASSERT_NE(position, std::string::npos);
  line.replace(position, std::string_view(GetParam().from).size(), GetParam().to);
  const auto order = parse_order(line);
  ASSERT_FALSE(order.ok()) << line;
  EXPECT_EQ(order.error().code, ErrorCode::kMalformedData);
  EXPECT_THAT(order.error().message, testing::HasSubstr(GetParam().message));
  EXPECT_THAT(parse_orders(std::string(kLine) + "\n" + line).error().message,
              testing::HasSubstr("line 2"));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, MalformedOrder,
    testing::Values(
        Malformed{"prefix", "Order: ", "Fill: ", "does not start with"},
        Malformed{"id", "order_id=0", "order_id=x", "order_id"},
        Malformed{"missing", " type_=price@twap", "", "type_="},
        Malformed{"blank_type", "price@twap", "price twap", "type_"},
        Malformed{"no_offset", "09:40:00-05:00", "09:40:00", "end_timestamp"},
        Malformed{"end_before_start", "09:40:00-05:00", "09:30:00-05:00", "not before"},
        Malformed{"creation_late", "09:35:00.100000", "09:36:00", "creation_timestamp is after"},
        Malformed{"cash", "asset_id=101", "asset_id=-1", "asset_id"},
        Malformed{"nothing", "-49.9844085887732", "0.0", "diff_num_shares"},
        Malformed{"nan", "-49.9844085887732", "nan", "diff_num_shares"},
        Malformed{"infinite", "curr_num_shares=0.0", "curr_num_shares=inf", "curr_num_shares"},
        Malformed{"zone", "America/New_York", "Mars/Base", "tz"},
        Malformed{"extra_list", "extra_params={}", "extra_params=[]", "a dict"},
        Malformed{"extra_code", "extra_params={}", "extra_params=__import__('os')", "a dict"},
        Malformed{"extra_open", "extra_params={}", "extra_params={", "column"}),
    [](const auto& test) { return std::string(test.param.name); });

struct LiteralCase {
  const char* name;
  const char* text;
  const char* canonical;
};
class LiteralText : public testing::TestWithParam<LiteralCase> {};

TEST_P(LiteralText, IsWrittenAsPythonWritesIt) {
  const auto literal = parse_literal(GetParam().text);
  ASSERT_TRUE(literal.ok()) << literal.error().message;
  EXPECT_EQ(to_text(*literal), GetParam().canonical);
  EXPECT_EQ(to_text(parse_literal(to_text(*literal)).value()), GetParam().canonical);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, LiteralText,
    testing::Values(
        LiteralCase{"none", " None ", "None"},
        LiteralCase{"numbers", "[1,-2, 1e-5,2.0]", "[1, -2, 1e-05, 2.0]"},
        LiteralCase{"nan", "(nan, inf)", "(nan, inf)"}, LiteralCase{"group", "(1)", "1"},
        LiteralCase{"one_tuple", "(1,)", "(1,)"},
        LiteralCase{"empty", "[(), {}, []]", "[(), {}, []]"},
        LiteralCase{"quotes", R"(["it's", 'a"b', 'a\'b"c'])", R"(["it's", 'a"b', 'a\'b"c'])"},
        LiteralCase{"escapes", R"('\n\t\\\x00')", R"('\n\t\\\x00')"},
        LiteralCase{"nested", "{'a': {'b': [True, False,],},}", "{'a': {'b': [True, False]}}"},
        LiteralCase{"call", "{'t': Timestamp('2023-08-15 )', tz='UTC')}",
                    "{'t': Timestamp('2023-08-15 )', tz='UTC')}"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(LiteralText, MalformedTextIsRefusedWithItsColumn) {
  for (const char* text : {"", "{", "[1 2]", "{'a' 1}", "{'a':}", "'open", "1 2", "nonsense", "f(",
                           "'\\q'", "'\\xg0'", "{,}", "[,]"}) {
    const auto literal = parse_literal(text);
    ASSERT_FALSE(literal.ok()) << text;
    EXPECT_THAT(literal.error().message, testing::HasSubstr("column")) << text;
  }
  EXPECT_FALSE(parse_literal(std::string(100000, '[')).ok()) << "nesting is bounded";
}

TEST(OrderTypeText, KnowsTheGrammar) {
  EXPECT_EQ(parse_order_type("price@twap").value(),
            (OrderType{OrderType::Price::kPrice, OrderType::Timing::kTwap, 0.0}));
  EXPECT_EQ(parse_order_type("midpoint@start").value(),
            (OrderType{OrderType::Price::kMidpoint, OrderType::Timing::kStart, 0.0}));
  EXPECT_EQ(parse_order_type("partial_spread_0.25@end").value(),
            (OrderType{OrderType::Price::kPartialSpread, OrderType::Timing::kEnd, 0.25}));
  EXPECT_EQ(parse_order_type("full_spread@vwap").value(),
            (OrderType{OrderType::Price::kPartialSpread, OrderType::Timing::kVwap, 1.0}));
  EXPECT_EQ(parse_order_type("limit").value().price, OrderType::Price::kLimit);
  EXPECT_EQ(parse_order_type("market").value().price, OrderType::Price::kMarket);
  for (const char* text :
       {"", "price", "price@", "@twap", "price@noon", "full_spread_1@twap", "limit@end",
        "partial_spread_@end", "partial_spread_1.5@end", "partial_spread_nan@end", "market@"}) {
    EXPECT_EQ(parse_order_type(text).error().code, ErrorCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace tieout::oms
