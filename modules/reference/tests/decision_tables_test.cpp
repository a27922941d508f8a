#include "decision_tables.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/zone.hpp"

#include "log_fixture.hpp"

namespace tieout::reference {
namespace {

using testing::AllOf;
using testing::HasSubstr;

template <typename T>
const std::vector<T>& cells(const Table& table, const char* column) {
  const TypedColumn* found = table.find(column);
  EXPECT_NE(found, nullptr) << column;
  return std::get<std::vector<T>>(found->values);
}

constexpr char kOrder[] =
    "Order: order_id=2 creation_timestamp=2000-01-01 09:45:05.100000-05:00 asset_id=101 "
    "type_=price@twap start_timestamp=2000-01-01 09:45:05.100000-05:00 "
    "end_timestamp=2000-01-01 09:50:00-05:00 curr_num_shares=-1000.0 "
    "diff_num_shares=1990.099009901 tz=America/New_York extra_params={}";

TEST(ParseOrders, ALineIsARowOfOurTable) {
  const auto table = parse_orders(std::string(kOrder) + "\n");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->columns.size(), 8U);
  EXPECT_EQ(table->key_count, 1U);
  EXPECT_EQ(cells<std::int64_t>(*table, "order_id")[0], 2);
  EXPECT_EQ(cells<std::string>(*table, "type_")[0], "price@twap");
  EXPECT_EQ(to_iso(cells<Timestamp>(*table, "end_timestamp")[0]), "2000-01-01 14:50:00+00:00");
  EXPECT_EQ(cells<double>(*table, "diff_num_shares")[0], 1990.099009901);
}

TEST(ParseOrders, ZoneAndParametersThatSaySomethingAreColumns) {
  std::string line = kOrder;
  line.replace(line.find("{}"), 2, "{'ccxt_id': 123, 'tz=': 5}");
  const auto table = parse_orders(std::string(kOrder) + "\n" + line);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->find("tz"), nullptr);
  EXPECT_EQ(cells<std::string>(*table, "extra_params")[1], "{'ccxt_id': 123, 'tz=': 5}");
  line = kOrder;
  line.replace(line.find("America/New_York"), 16, "UTC");
  EXPECT_NE(parse_orders(line)->find("tz"), nullptr);
}

TEST(ParseOrders, ABlankFileHasNoOrders) {
  const auto table = parse_orders("\n");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->row_count(), 0U);
  EXPECT_EQ(table->columns.size(), 8U);
}

TEST(ParseOrders, WhatIsNoOrderIsNamedByLineAndField) {
  const std::string order = kOrder;
  const auto broken = [&](const std::string& from, const std::string& to) {
    std::string line = order;
    line.replace(line.find(from), from.size(), to);
    const auto table = parse_orders(order + "\n" + line);
    return table.ok() ? "accepted" : table.error().message;
  };
  EXPECT_THAT(broken("Order:", "Ordre:"), HasSubstr("line 2"));
  EXPECT_THAT(broken("order_id=2", "order_id=two"), AllOf(HasSubstr("order_id"), HasSubstr("two")));
  EXPECT_THAT(broken(" asset_id=101", ""), HasSubstr("asset_id"));
  EXPECT_THAT(broken("-05:00 asset_id", " asset_id"), HasSubstr("creation_timestamp"));
  EXPECT_THAT(broken("-1000.0", "many"), HasSubstr("curr_num_shares"));
  EXPECT_THAT(broken(" extra_params={}", ""), HasSubstr("extra_params"));
}

TEST(ParseOrders, TheGoldenLinesAreRead) {
  const auto text = read_file(test::kGolden / "trading/ord_09_order_strings/input_orders.txt");
  if (!text.ok()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const auto table = parse_orders(*text);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(cells<std::int64_t>(*table, "order_id"), (std::vector<std::int64_t>{6, 7}));
  EXPECT_EQ(cells<std::string>(*table, "extra_params")[1],
            "{'ccxt_id': 123, 'oms_parent_order_id': 5}");
}

TEST(ParseTargetPositions, NumbersAreFloatsAndTheKeyLeads) {
  const auto table = parse_target_positions(
      "price,asset_id,wall_clock_timestamp,spread\n1,7,2023-08-15 11:00:10.1-04:00,\n");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->columns.front().name, "asset_id");
  EXPECT_EQ(cells<double>(*table, "price")[0], 1.0);
  EXPECT_TRUE(std::isnan(cells<double>(*table, "spread")[0]));
  EXPECT_TRUE(parse_target_positions("index,price\n7,1\n")->find("asset_id") != nullptr);
  EXPECT_THAT(parse_target_positions("").error().message, HasSubstr("empty"));
  EXPECT_THAT(parse_target_positions("price\n1\n").error().message, HasSubstr("asset_id"));
  EXPECT_THAT(parse_target_positions("asset_id,p\n1\n").error().message, HasSubstr("line 2"));
  EXPECT_THAT(parse_target_positions("asset_id,p,p\n1,1,1\n").error().message, HasSubstr("twice"));
}

TEST(ParsePortfolioRow, OneRowOrNone) {
  const auto row = parse_portfolio_row(",0,1.0\n2023-08-15 11:00:10.100000-04:00,1.5,\n");
  ASSERT_TRUE(row.ok()) << row.error().message;
  EXPECT_EQ(row->assets, (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(row->values[0], 1.5);
  EXPECT_TRUE(std::isnan(row->values[1]));
  EXPECT_EQ(to_iso(row->snapshot.value()), "2023-08-15 15:00:10.100000+00:00");
  EXPECT_FALSE(parse_portfolio_row("\"\"\n")->snapshot);
  EXPECT_THAT(parse_portfolio_row(",x\n").error().message, HasSubstr("asset id"));
  EXPECT_THAT(parse_portfolio_row(",1,1\n").error().message, HasSubstr("twice"));
  EXPECT_THAT(parse_portfolio_row(",1\n2023-08-15 11:00:10Z,1,2\n").error().message,
              HasSubstr("3 fields"));
  EXPECT_THAT(
      parse_portfolio_row(",1\n2023-08-15 11:00:10Z,1\n2023-08-15 11:00:11Z,1\n").error().message,
      HasSubstr("second row"));
}

TEST(ParseStatistics, TheIndexIsTheSnapshot) {
  const auto table = parse_statistics(",pnl,cash\n2023-08-15 11:00:10.1-04:00,,5\n");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->columns.front().name, "snapshot_timestamp");
  EXPECT_TRUE(std::isnan(cells<double>(*table, "pnl")[0]));
  EXPECT_FALSE(parse_statistics("pnl\n5\n").ok());
}

}  // namespace
}  // namespace tieout::reference
