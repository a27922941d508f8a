#include "tieout/oms/order_event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::oms {
namespace {

using Kind = OrderEvent::Kind;
using ::testing::HasSubstr;

std::vector<OrderEvent> one_of_each() {
  std::vector<OrderEvent> events;
  for (const Kind kind :
       {Kind::kRejected, Kind::kPartial, Kind::kCarried, Kind::kReplaced, Kind::kExpired}) {
    const auto n = static_cast<std::int64_t>(events.size());
    events.push_back({.kind = kind,
                      .order_id = 10 + n,
                      .asset_id = AssetId{100 + n},
                      .timestamp = Timestamp{} + minutes(n),
                      .num_shares = -0.1 * static_cast<double>(n),
                      .reason = "because, \"so\"\n"});
  }
  return events;
}

TEST(OrderEvents, ComeBackFromTheirTable) {
  const Table table = order_event_table(one_of_each());
  EXPECT_EQ(table.key_count, 3U);
  const auto again = order_events_from(table);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, one_of_each());
}

TEST(OrderEvents, OfABarWithoutAnyAreNoTable) {
  EXPECT_TRUE(order_event_table({}).columns.empty());
  EXPECT_TRUE(order_events_from(Table{})->empty());
}

TEST(OrderEvents, OfATableThatIsNotTheirsAreRefused) {
  Table table = order_event_table(one_of_each());
  std::get<std::vector<std::string>>(table.columns[1].values)[3] = "forgotten";
  EXPECT_THAT(order_events_from(table).error().message, HasSubstr("'forgotten' in row 3"));
  table = order_event_table(one_of_each());
  table.columns.back().name = "cause";
  EXPECT_THAT(order_events_from(table).error().message, HasSubstr("column 'reason' is missing"));
}

}  // namespace
}  // namespace tieout::oms
