#include "tieout/recon/child_orders.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"
#include "trading_run.hpp"

namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::bar_at;
using test::kBtc;
using test::RunData;
using test::TempDir;
using test::write_run;
using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Parent 0 in four waves: filled, cancelled, rejected, skipped.
Table four_waves() {
  const Timestamp start = bar_at(0) + seconds(10);
  return {{{"order_id", std::vector<std::int64_t>{10, 11, 12, 13}},
           {"oms_parent_order_id", std::vector<std::int64_t>(4, 0)},
           {"wave_id", std::vector<std::int64_t>{0, 1, 2, 3}},
           {"asset_id", std::vector<std::int64_t>(4, kBtc.value)},
           {"status", std::vector<std::string>{"filled", "cancelled", "rejected", "skipped"}},
           {"error_msg", std::vector<std::string>{"", "", "too small", "no quote"}},
           {"start_timestamp", std::vector<Timestamp>(4, start)},
           {"diff_num_shares", std::vector<double>{3, 2, 1, 0}},
           {"limit_price", std::vector<double>{10, 11, 12, kNaN}},
           {"filled_shares", std::vector<double>{3, 0, 0, 0}},
           {"average_price", std::vector<double>{9.5, kNaN, kNaN, kNaN}},
           {"fee", std::vector<double>{0.25, 0, 0, 0}},
           {"liquidity", std::vector<std::string>{"taker", "", "", ""}},
           {"update_timestamp", std::vector<Timestamp>(4, start + seconds(30))},
           {"end_timestamp", std::vector<Timestamp>(4, start + seconds(50))}},
          1};
}

RunData run_with(Table children) {
  RunData run = test::make_trading_run();
  run.manifest.more_tables = {TableKind::kChildOrders};
  run.manifest.format_version = version_of(run.manifest);
  run.bars[1].tables[TableKind::kChildOrders] = std::move(children);
  return run;
}

Result<std::optional<ChildOrders>> read(const RunData& data) {
  const TempDir dir;
  return read_child_orders(write_run(dir / "run", data));
}

TEST(ChildOrders, AreReadAsOrdersExecutionsAndRefusals) {
  const auto children = read(run_with(four_waves()));
  ASSERT_TRUE(children.ok()) << children.error().message;
  ASSERT_TRUE(children->has_value());
  const ChildOrders& all = **children;
  ASSERT_EQ(all.placed.size(), 3U) << "what was skipped was not placed";
  EXPECT_EQ(all.placed[0].id, "10");
  EXPECT_EQ(all.placed[0].parent_id, "0");
  EXPECT_EQ(all.placed[1].limit_price, 11.0);
  EXPECT_EQ(all.placed[1].updated - all.placed[1].placed, seconds(30));
  EXPECT_EQ(all.placed[1].expires, bar_at(0) + seconds(60));
  EXPECT_FALSE(all.placed[2].accepted);
  ASSERT_EQ(all.executions.size(), 1U);
  EXPECT_EQ(all.executions[0].cost, 28.5);
  EXPECT_EQ(all.executions[0].fee, 0.25);
  EXPECT_EQ(all.executions[0].liquidity, analytics::Liquidity::kTaker);
  ASSERT_EQ(all.rejected.size(), 1U);
  EXPECT_EQ(all.rejected[0].reason, "too small");
  ASSERT_EQ(all.skipped.size(), 1U);
  EXPECT_EQ(all.skipped[0].reason, "no quote");
  EXPECT_EQ(all.skipped[0].wave, 3);
  EXPECT_EQ(all.skipped[0].bar, bar_at(1));
}

TEST(ChildOrders, OfARunThatMakesNoneAreNothing) {
  const auto children = read(test::make_trading_run());
  ASSERT_TRUE(children.ok()) << children.error().message;
  EXPECT_FALSE(children->has_value());
}

TEST(ChildOrders, ATableWithoutAColumnOrWithAnotherStatusIsAnError) {
  for (std::size_t c = 1; c < four_waves().columns.size(); ++c) {
    Table table = four_waves();
    const std::string name = table.columns[c].name;
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(c));
    const auto children = read(run_with(std::move(table)));
    ASSERT_FALSE(children.ok()) << name;
    EXPECT_EQ(children.error().code, ErrorCode::kSchemaMismatch);
    EXPECT_THAT(children.error().message, HasSubstr("'" + name + "' is missing"));
  }
  Table table = four_waves();
  std::get<std::vector<std::string>>(table.columns[4].values)[1] = "pending";
  const auto children = read(run_with(std::move(table)));
  ASSERT_FALSE(children.ok());
  EXPECT_THAT(children.error().message, HasSubstr("order 11 has status 'pending'"));
}

analytics::Execution fill(std::string order, std::int64_t s, double shares, double price) {
  return {.id = order,
          .order_id = order,
          .asset = kBtc,
          .time = bar_at(0) + seconds(s),
          .shares = shares,
          .price = price,
          .cost = std::fabs(shares) * price,
          .fee = 0.5};
}

/// Two children of parent 7.
ChildOrders two_children() {
  ChildOrders out;
  analytics::PlacedOrder child{};
  child.asset = kBtc;
  child.parent_id = "7";
  for (const char* id : {"70", "71"}) {
    child.id = id;
    out.placed.push_back(child);
  }
  out.executions = {fill("70", 60, 0.14, 1783.455), fill("71", 120, 0.14, 1800)};
  return out;
}

TEST(RollUp, OfChildrenIsTheParentInWhateverOrderItsFillsWereBooked) {
  const std::vector<analytics::Execution> fills{fill("7", 120, 0.14, 1800),
                                                fill("7", 60, 0.14, 1783.455)};
  const auto rolled = roll_up_children(two_children(), fills);
  ASSERT_TRUE(rolled.ok()) << rolled.error().message;
  EXPECT_EQ(rolled->parents, 1U);
  EXPECT_TRUE(rolled->differences.empty());
}

TEST(RollUp, NamesEachNumberThatDiffersAndParentsOfOneSide) {
  const auto fields = [](const std::vector<analytics::Execution>& fills) {
    const auto rolled = roll_up_children(two_children(), fills);
    EXPECT_TRUE(rolled.ok()) << rolled.error().message;
    std::vector<std::string> out;
    for (const RollUpDifference& difference : rolled->differences) {
      out.push_back(difference.parent_id + " " + difference.field);
    }
    return out;
  };
  using List = std::vector<std::string>;
  auto dearer = fill("7", 60, 0.14, 1783.455);
  dearer.cost = std::nextafter(dearer.cost, 1e9) + 1e-9;
  EXPECT_EQ(fields({dearer, fill("7", 120, 0.14, 1800)}), List{"7 price"});
  EXPECT_EQ(fields({fill("7", 60, 0.14, 1783.455), fill("7", 121, 0.14, 1800)}),
            List{"7 timestamp"});
  auto free = fill("7", 60, 0.14, 1783.455);
  free.fee = 0;
  EXPECT_EQ(fields({free, fill("7", 120, 0.14, 1800)}), List{"7 fee"});
  EXPECT_EQ(fields({fill("8", 60, 1, 2)}), (List{"7 num_shares", "8 num_shares"}));
  EXPECT_EQ(fields({}), List{"7 num_shares"});
  auto children = two_children();
  children.executions[0].shares = -0.14;
  EXPECT_FALSE(roll_up_children(children, {}).ok()) << "bought and sold for one parent";
}

}  // namespace
}  // namespace tieout::recon
