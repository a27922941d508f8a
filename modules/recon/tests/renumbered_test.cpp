#include <algorithm>
#include <set>

#include "tieout/recon/policy.hpp"

#include "support.hpp"

// Orders and fills whose ids were shifted, as after a bar that one run skipped.
namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::RunData;

std::vector<std::int64_t>& integers(RunData& run, std::size_t bar, TableKind kind,
                                    const std::string& name) {
  Table& table = run.bars[bar].tables.at(kind);
  const auto column = std::ranges::find(table.columns, name, &TypedColumn::name);
  return std::get<std::vector<std::int64_t>>(column->values);
}

/// Add `shift` to the ids of the orders from bar `from` on.
void shift_orders(RunData& run, std::size_t from, std::int64_t shift) {
  for (std::size_t b = from; b < run.bars.size(); ++b) {
    for (std::int64_t& id : integers(run, b, TableKind::kOrders, "order_id")) {
      id += shift;
    }
  }
}

TEST(RenumberedTest, ShiftedIdsAreOneBreakForEachOrderAndAllOtherCellsAreCompared) {
  const RunData left = test::make_run({.bars = 6});
  RunData right = left;
  shift_orders(right, 2, -1);  // rows of one bar share an id that names the other asset
  const Comparison result = test::compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  const LayerResult& orders = test::layer(result, Layer::kOrders);
  EXPECT_EQ(orders.distinct_breaks, 8U);  // two orders at each of four bars
  EXPECT_EQ(orders.cells.missing, 0U);
  EXPECT_EQ(orders.cells.compared, orders.cells.present);
  EXPECT_EQ(orders.cells.outside, 8U);
  EXPECT_NE(orders.note.find("order_id is shifted by -1 in sim from 00:10 on: 8 of 8 rows are "
                             "equal in all but ids"),
            std::string::npos)
      << orders.note;
  EXPECT_NE(result.sentence.find("order_id is shifted by -1"), std::string::npos)
      << result.sentence;
  const Finding& first = result.findings.front();
  EXPECT_EQ(first.kind, BreakKind::kValue);
  EXPECT_EQ(first.column, "order_id");
  EXPECT_EQ(first.key, "asset_id=1467591036");
  EXPECT_EQ(first.asset, test::kBtc);
  EXPECT_EQ(first.left, "4");
  EXPECT_EQ(first.right, "3");
  // Two orders of the right have one id now: they cannot be matched, and the note says no more.
  EXPECT_EQ(first.note, "ids are shifted: this row is equal in all but ids");
}

TEST(RenumberedTest, WhatDiffersBesideTheIdIsToldToo) {
  const RunData left = test::make_run({.bars = 4});
  RunData right = left;
  shift_orders(right, 2, 7);
  Table& orders = right.bars[2].tables.at(TableKind::kOrders);
  std::get<std::vector<double>>(orders.columns[3].values)[1] += 1;
  const Comparison result = test::compare(left, right);
  const LayerResult& layer = test::layer(result, Layer::kOrders);
  EXPECT_EQ(layer.distinct_breaks, 5U);  // four ids and one quantity
  EXPECT_NE(layer.note.find("shifted by +7 in sim from 00:10 on: 3 of 4 rows"), std::string::npos)
      << layer.note;
  EXPECT_TRUE(std::ranges::any_of(result.findings, [](const Finding& f) {
    return f.column == "diff_num_shares" && f.key == "asset_id=6051632686";
  }));
}

TEST(RenumberedTest, NoRuleAndNoWaiverForgivesAnIdThatDiffers) {
  const RunData left = test::make_run({.bars = 4});
  RunData right = left;
  shift_orders(right, 2, 1);
  for (const char* rule : {"ignore", "abs:1000"}) {
    const Result<Policy> policy = parse_policy(
        std::string("version = 1\n[[rule]]\nstage = 'orders'\ncolumn = 'order_id'\nreason = 'r'\n"
                    "rule = '") +
            rule +
            "'\n[[rule]]\nrule = 'exact'\n[[waiver]]\nowner = 'me'\nreason = 'all'\nexpires = "
            "2030-01-01T00:00:00Z\nstage = 'orders'\n",
        "test.toml");
    ASSERT_TRUE(policy.ok()) << policy.error().message;
    const Comparison result = test::compare(left, right, {.policy = &*policy});
    EXPECT_EQ(result.verdict, Verdict::kDiverged) << rule;
    EXPECT_EQ(test::layer(result, Layer::kOrders).cells.outside, 4U) << rule;
  }
}

TEST(RenumberedTest, ARowThatOneSideLacksIsMissingAndTheOthersKeepTheirIds) {
  const RunData left = test::make_run({.bars = 4});
  RunData right = left;
  Table& orders = right.bars[2].tables.at(TableKind::kOrders);
  orders = test::permute_rows(orders, {1});
  const Comparison result = test::compare(left, right);
  const LayerResult& layer = test::layer(result, Layer::kOrders);
  EXPECT_EQ(layer.distinct_breaks, 1U);
  EXPECT_EQ(result.findings.front().kind, BreakKind::kMissingRight);
  EXPECT_EQ(result.findings.front().key, "order_id=4");
  EXPECT_EQ(layer.note.find("shifted"), std::string::npos) << layer.note;
}

TEST(RenumberedTest, AnIdWithAnotherAssetIsComparedByItsIdWhereNoRowOfItsAssetIsLeft) {
  const RunData left = test::make_run({.bars = 4});
  RunData right = left;
  integers(right, 2, TableKind::kOrders, "asset_id")[0] = 99;
  const Comparison result = test::compare(left, right);
  EXPECT_EQ(test::layer(result, Layer::kOrders).distinct_breaks, 1U);
  EXPECT_EQ(result.findings.front().column, "asset_id");
  EXPECT_EQ(result.findings.front().key, "order_id=4");
}

TEST(RenumberedTest, SeveralOrdersOfOneAssetAreAlignedByContentThenByOrder) {
  RunData left = test::make_run({.bars = 4});
  Table& orders = left.bars[2].tables.at(TableKind::kOrders);
  orders = test::permute_rows(orders, {0, 0, 0});
  std::get<std::vector<std::int64_t>>(orders.columns[0].values) = {10, 13, 16};
  std::get<std::vector<double>>(orders.columns[3].values) = {1, 2, 3};
  RunData right = left;
  Table& shifted = right.bars[2].tables.at(TableKind::kOrders);
  std::get<std::vector<std::int64_t>>(shifted.columns[0].values) = {7, 10, 13};
  const Comparison result = test::compare(left, right);
  EXPECT_EQ(test::layer(result, Layer::kOrders).distinct_breaks, 3U);  // ids alone
  std::set<std::string> keys;
  for (const Finding& finding : result.findings) {
    EXPECT_EQ(finding.column, "order_id");
    keys.insert(finding.key);
  }
  EXPECT_EQ(keys, (std::set<std::string>{"asset_id=1467591036#1", "asset_id=1467591036#2",
                                         "asset_id=1467591036#3"}));
}

TEST(RenumberedTest, IdsThatAreShiftedInSeveralWaysAreSaidToBe) {
  const RunData left = test::make_run({.bars = 4});
  RunData right = left;
  shift_orders(right, 1, 1);
  shift_orders(right, 2, 5);
  const Comparison result = test::compare(left, right);
  EXPECT_NE(test::layer(result, Layer::kOrders)
                .note.find("order_id is numbered differently in sim from 00:05 on: 6 of 6 rows"),
            std::string::npos)
      << test::layer(result, Layer::kOrders).note;
}

TEST(RenumberedTest, SidesAreSymmetric) {
  const RunData left = test::make_run({.bars = 5});
  RunData right = left;
  shift_orders(right, 2, -1);
  for (std::int64_t& id : integers(right, 3, TableKind::kFills, "fill_id")) {
    id += 10;
  }
  const Comparison forth = test::compare(left, right);
  const Comparison back = test::compare(right, left);
  EXPECT_EQ(forth.distinct_breaks, back.distinct_breaks);
  ASSERT_EQ(forth.findings.size(), back.findings.size());
  for (std::size_t i = 0; i < forth.findings.size(); ++i) {
    EXPECT_EQ(break_id(forth.findings[i]), break_id(back.findings[i]));
    EXPECT_EQ(forth.findings[i].left, back.findings[i].right);
  }
}

}  // namespace
}  // namespace tieout::recon
