#include "tieout/recon/node_slice.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace tieout::recon {
namespace {

using test::bar_at;
using test::kBtc;
using test::make_run;
using test::RunData;
using test::TempDir;
using test::write_run;
using ::testing::HasSubstr;

/// From `bar` on, the window of the node has `value` at the row.
void revise(RunData& run, std::size_t bar, std::size_t node, std::size_t row, double value) {
  for (std::size_t b = bar; b < run.bars.size(); ++b) {
    Panel& window = run.bars[b].windows[node];
    window.set(*window.find_row(bar_at(row)), 0, value);
  }
}

Result<NodeSlice> slice(const RunData& left, const RunData& right,
                        const SliceSelection& selection) {
  const TempDir dir;
  const runlog::RunReader l = write_run(dir / "left", left);
  const runlog::RunReader r = write_run(dir / "right", right);
  return slice_node(l, r, selection);
}

const LineageNode& lineage(const NodeSlice& slice, const std::string& name) {
  return *std::ranges::find(slice.lineage, name, &LineageNode::name);
}

TEST(NodeSlice, ShowsTheLastRowsOfBothSidesAndMarksWhatDiffers) {
  const RunData prod = make_run();
  RunData sim = prod;
  revise(sim, 4, 1, 4, 7.25);
  const std::string node = prod.manifest.nodes[1].name;
  const auto result = slice(prod, sim, {.node = node, .rows = 2});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->bar, bar_at(5));
  EXPECT_EQ(result->rows, (std::vector{bar_at(4), bar_at(5)}));
  EXPECT_FALSE(result->cells[0][0].equal);
  EXPECT_EQ(result->cells[0][0].right, "7.25");
  EXPECT_TRUE(result->cells[1][0].equal);
  EXPECT_EQ(result->bars, 6U);
}

TEST(NodeSlice, TheLineageSaysAtWhichNodeTheDifferenceBegins) {
  const RunData prod = make_run();
  RunData sim = prod;
  revise(sim, 3, 1, 3, 7.25);
  const std::string sink = prod.manifest.nodes[3].name;
  const auto result = slice(prod, sim, {.node = sink, .bar = bar_at(3)});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->lineage.front().name, sink);
  EXPECT_EQ(result->lineage.size(), 4U);  // every node of the fixture feeds the sink
  EXPECT_EQ(lineage(*result, prod.manifest.nodes[0].name).differing, 0U);
  EXPECT_GT(lineage(*result, prod.manifest.nodes[0].name).cells, 0U);
  EXPECT_EQ(lineage(*result, prod.manifest.nodes[1].name).differing, 1U);
  EXPECT_EQ(lineage(*result, prod.manifest.nodes[1].name).first_row, bar_at(3));
}

TEST(NodeSlice, EqualNaNsAreEqualAndANaNOnOneSideIsNot) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  RunData prod = make_run();
  RunData sim = prod;
  revise(prod, 5, 1, 5, nan);
  revise(sim, 5, 1, 5, -nan);
  const std::string node = prod.manifest.nodes[1].name;
  EXPECT_EQ(lineage(*slice(prod, sim, {.node = node}), node).differing, 0U);
  revise(sim, 5, 1, 5, 0.0);
  EXPECT_EQ(lineage(*slice(prod, sim, {.node = node}), node).differing, 1U);
  revise(sim, 5, 1, 4, 7.25);
  EXPECT_EQ(lineage(*slice(prod, sim, {.node = node}), node).differing, 2U);
  EXPECT_EQ(lineage(*slice(prod, sim, {.node = node}), node).first_row, bar_at(4));
}

TEST(NodeSlice, AnAssetAndAColumnCutTheTable) {
  const RunData run = make_run();
  const ColumnKey first = run.bars[0].windows[0].columns().front();
  const auto result =
      slice(run, run,
            {.node = run.manifest.nodes[0].name, .asset = first.asset, .fields = {first.field}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->columns, (std::vector{first}));
}

TEST(NodeSlice, WhatIsNotThereIsNamedWithWhatIs) {
  const RunData run = make_run();
  const std::string node = run.manifest.nodes[0].name;
  const auto error = [&](const SliceSelection& selection) {
    const auto result = slice(run, run, selection);
    return result.ok() ? std::string("no error") : result.error().message;
  };
  EXPECT_THAT(error({.node = "nonsense"}), HasSubstr("needed one of " + node));
  EXPECT_THAT(error({.node = node, .bar = bar_at(99)}), HasSubstr("is not a bar of both runs"));
  EXPECT_THAT(error({.node = node, .fields = {"nonsense"}}), HasSubstr("has no column 'nonsense'"));
  EXPECT_THAT(error({.node = node, .asset = AssetId{5}}), HasSubstr("no column of asset 5"));
  EXPECT_THAT(error({.node = node, .rows = 0}), HasSubstr("needed 1 or more"));
}

}  // namespace
}  // namespace tieout::recon
