#include "tieout/oms/child_order.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

ChildOrder sample() {
  ChildOrder child;
  child.order.order_id = child_order_id(5, 2);
  child.order.asset_id = AssetId{1464553467};
  child.order.type = "limit";
  child.order.creation_timestamp = child.order.start_timestamp =
      at("2023-08-15 10:35:10.100000-04:00");
  child.order.end_timestamp = at("2023-08-15 10:36:00-04:00");
  child.order.diff_num_shares = 12.0;
  child.parent_order_id = 5;
  child.venue_id = 123;
  child.status = ChildStatus::kFilled;
  child.price.wave_id = 2;
  child.price.limit_price = 1800.25;
  child.price.num_data_points = 4;
  child.price.exchange_timestamp = at("2023-08-15 10:35:00-04:00");
  child.filled_shares = 12.0;
  child.average_price = 1800.0;
  child.fee = 0.5;
  child.liquidity = Liquidity::kTaker;
  child.update_timestamp = child.order.end_timestamp;
  child.order.extra_params = extra_params_of(child);
  return child;
}

TEST(ChildOrderText, HoldsParentIdsAndStatsAndRoundTrips) {
  const ChildOrder child = sample();
  EXPECT_EQ(to_text(child.order.extra_params),
            "{'oms_parent_order_id': 5, 'ccxt_id': [123], 'stats': "
            "{'_submit_twap_child_order::wave_id': 2, "
            "'_submit_twap_child_order::child_order.created': "
            "Timestamp('2023-08-15 10:35:10.100000-0400', tz='America/New_York'), "
            "'_submit_twap_child_order::child_order.submitted': "
            "Timestamp('2023-08-15 10:35:10.100000-0400', tz='America/New_York'), "
            "'_submit_twap_child_order::aligned_with_next_wave.end': "
            "Timestamp('2023-08-15 10:36:00-0400', tz='America/New_York')}}");
  EXPECT_EQ(parse_order(to_text(child.order)).value(), child.order);
  ChildOrder rejected = child;
  rejected.error_msg = "the venue's \"no\"";
  rejected.order.extra_params = extra_params_of(rejected);
  EXPECT_THAT(to_text(rejected.order), testing::HasSubstr("'error_msg'"));
  EXPECT_EQ(parse_order(to_text(rejected.order)).value(), rejected.order);
}

TEST(ChildOrderTable, RoundTrips) {
  ChildOrder skipped;
  skipped.order.order_id = child_order_id(5, 3);
  skipped.error_msg = "no usable quote";
  skipped.order.extra_params = extra_params_of(skipped);
  const std::vector<ChildOrder> children = {sample(), skipped};
  const Table table = child_order_table(children);
  ASSERT_TRUE(table.is_well_formed());
  const auto back = child_orders_from(table, Zone::kNewYork).value();
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].order, children[0].order);
  EXPECT_EQ(back[0].fee, 0.5);
  EXPECT_EQ(back[0].liquidity, Liquidity::kTaker);
  EXPECT_EQ(back[0].update_timestamp, children[0].update_timestamp);
  EXPECT_EQ(hash_table(child_order_table(back)), hash_table(table));
  EXPECT_EQ(hash_table(child_order_table({})), hash_table(child_order_table({})));
}

TEST(ChildOrderTable, AColumnThatIsMissingOrOddIsNamed) {
  for (const TypedColumn& column : child_order_table({sample()}).columns) {
    Table table = child_order_table({sample()});
    std::erase_if(table.columns, [&](const TypedColumn& c) { return c.name == column.name; });
    const auto read = child_orders_from(table, Zone::kNewYork);
    if (column.name == "order_id") {
      continue;  // the first column counts the rows
    }
    ASSERT_FALSE(read.ok()) << column.name;
    EXPECT_THAT(read.error().message, testing::HasSubstr("'" + column.name + "' is missing"));
  }
  Table odd = child_order_table({sample()});
  for (TypedColumn& column : odd.columns) {
    if (column.name == "status") {
      column.values = std::vector<std::string>{"lost"};
    }
  }
  EXPECT_THAT(child_orders_from(odd, Zone::kNewYork).error().message,
              testing::HasSubstr("'status' row 0"));
}

TEST(ChildOrderId, IsApartFromParentsAndNeedsNoCounter) {
  EXPECT_EQ(child_order_id(0, 0), 1'000'000'000);
  EXPECT_EQ(child_order_id(17, 3), 18'000'000'003);
}

}  // namespace
}  // namespace tieout::oms
