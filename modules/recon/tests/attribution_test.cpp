#include <algorithm>
#include <map>
#include <set>

#include "support.hpp"

namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::bar_at;
using test::compare;
using test::Draws;
using test::kBtc;
using test::kEth;
using test::make_run;
using test::RunData;

void revise(RunData& run, std::size_t bar, std::size_t node, std::size_t row, std::size_t column,
            double value) {
  for (std::size_t b = bar; b < run.bars.size(); ++b) {
    Panel& window = run.bars[b].windows[node];
    window.set(*window.find_row(bar_at(row)), column, value);
  }
}

void set_target(RunData& run, std::size_t bar, std::size_t asset, double value) {
  auto& columns = run.bars[bar].tables.at(TableKind::kTargetPositions).columns;
  std::get<std::vector<double>>(columns[2].values)[asset] = value;
}

const Finding& find(const Comparison& comparison, const std::string& part, std::size_t bar,
                    AssetId asset) {
  const auto found = std::ranges::find_if(comparison.findings, [&](const Finding& f) {
    return f.part == part && f.bar == bar_at(bar) && f.asset == asset && !f.remark;
  });
  EXPECT_NE(found, comparison.findings.end()) << part;
  return found == comparison.findings.end() ? comparison.findings.front() : *found;
}

TEST(Attribution, AConsequenceNamesTheRootOfItsAsset) {
  const RunData prod = make_run();
  RunData sim = prod;
  for (const std::size_t column : {0U, 1U}) {  // close of both assets: two roots
    revise(sim, 3, 0, 3, column, 7.0);
    revise(sim, 3, 1, 3, column, 7.0);
    set_target(sim, 3, column, 7.0);
  }
  const Comparison result = compare(prod, sim, {.check_self_consistency = false});
  EXPECT_EQ(result.roots, 2U);
  for (const AssetId asset : {kBtc, kEth}) {
    const Finding& root = find(result, "predict.0.read_data", 3, asset);
    EXPECT_TRUE(root.is_root);
    EXPECT_EQ(root.parent, "");
    EXPECT_EQ(find(result, "predict.1.compute_ret", 3, asset).parent, break_id(root));
    EXPECT_EQ(find(result, "target_positions", 3, asset).parent, break_id(root));
  }
}

TEST(Attribution, OfSeveralRowsTheNearestBeforeTheBrokenRowIsTheRoot) {
  const RunData prod = make_run();
  RunData sim = prod;
  revise(sim, 5, 0, 1, 0, 7.0);
  revise(sim, 5, 0, 4, 0, 7.0);
  revise(sim, 5, 1, 2, 0, 7.0);
  revise(sim, 5, 1, 5, 0, 7.0);
  const Comparison result = compare(prod, sim, {.check_self_consistency = false});
  ASSERT_EQ(result.findings.size(), 4U);
  EXPECT_EQ(result.findings[2].row, bar_at(2));
  EXPECT_EQ(result.findings[2].parent, break_id(result.findings[0]));
  EXPECT_EQ(result.findings[3].row, bar_at(5));
  EXPECT_EQ(result.findings[3].parent, break_id(result.findings[1]));
}

TEST(Attribution, ABreakOutOfTheReachOfWhatDiffersIsItsOwnRoot) {
  const auto roots_of = [](std::size_t row) {
    const RunData prod = make_run();
    RunData sim = prod;
    revise(sim, 5, 0, 2, 0, 7.0);
    revise(sim, 5, 1, row, 0, 7.0);  // looks back one row
    return compare(prod, sim, {.check_self_consistency = false}).roots;
  };
  EXPECT_EQ(roots_of(1), 2U) << "before the row that differs";
  EXPECT_EQ(roots_of(2), 1U);
  EXPECT_EQ(roots_of(3), 1U);
  EXPECT_EQ(roots_of(4), 2U) << "beyond the lookback";
  EXPECT_EQ(roots_of(5), 2U);
}

TEST(Attribution, WhatCannotBeToldApartStaysAConsequence) {
  const RunData prod = make_run({.bars = 12, .rows = 4});
  // The first row of the input's window: what it was computed from has left.
  RunData sim = prod;
  revise(sim, 11, 0, 11, 0, 7.0);
  revise(sim, 11, 1, 8, 0, 7.0);
  EXPECT_EQ(compare(prod, sim, {.check_self_consistency = false}).roots, 2U)
      << "no differing row at or before it at all";
  sim = prod;
  revise(sim, 11, 0, 8, 0, 7.0);
  revise(sim, 11, 1, 10, 0, 7.0);
  sim.manifest.nodes[1].lookback_rows = 3;
  EXPECT_EQ(compare(prod, sim, {.check_self_consistency = false}).roots, 1U);
  // A node that reads its whole window.
  sim = prod;
  revise(sim, 11, 1, 11, 0, 7.0);
  sim.bars[11].windows[2].set(0, 0, 7.0);
  EXPECT_EQ(compare(prod, sim, {.check_self_consistency = false}).roots, 1U);
}

TEST(Attribution, BooksOfEarlierBarsAreBehindATableWhoseBarAgreesElsewhere) {
  const RunData prod = make_run();
  RunData sim = prod;
  set_target(sim, 2, 0, 1.5);
  set_target(sim, 4, 0, 1.5);
  const Comparison result = compare(prod, sim);
  const Finding& root = find(result, "target_positions", 2, kBtc);
  EXPECT_EQ(find(result, "target_positions", 4, kBtc).parent, break_id(root));
}

TEST(Attribution, ALeafOfTheConfigIsTheRootOfWhatReadsIt) {
  const RunData prod = make_run();
  RunData sim = prod;
  sim.config.declare({"dag_config", "compute_ret", "tau"}, 16.0);
  sim.config.declare({"process_forecasts_node_dict", "target_gmv"}, 700.0);
  revise(sim, 2, 1, 2, 0, 7.0);
  set_target(sim, 4, 1, 1.5);
  const Comparison result = compare(prod, sim, {.check_self_consistency = false});
  ASSERT_EQ(result.findings.size(), 4U);
  EXPECT_EQ(result.findings[2].parent, break_id(result.findings[0]));
  EXPECT_EQ(result.findings[3].parent, break_id(result.findings[1]));
  EXPECT_EQ(result.roots, 2U);
}

TEST(Attribution, EveryConsequenceOfARandomDivergenceNamesARootThatIsListed) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Draws draws(seed);
    const RunData prod = make_run();
    RunData sim = prod;
    for (std::size_t change = 0; change < 6; ++change) {
      const std::size_t bar = draws.below(6);
      if (draws.below(3) == 0) {
        set_target(sim, bar, draws.below(2), draws.normal());
      } else {
        revise(sim, bar, draws.below(4), draws.below(bar + 1), draws.below(2), draws.normal());
      }
    }
    const Comparison result = compare(prod, sim, {.check_self_consistency = false});
    std::map<std::string, Timestamp> roots;
    std::set<std::tuple<Timestamp, std::string, std::optional<Timestamp>, std::string, AssetId>>
        groups;
    for (const Finding& finding : result.findings) {
      if (finding.is_root) {
        roots.emplace(break_id(finding), finding.bar);
        groups.emplace(finding.bar, finding.part, finding.row, finding.key, finding.asset);
      }
    }
    EXPECT_EQ(groups.size(), result.roots) << "seed " << seed;
    for (const Finding& finding : result.findings) {
      EXPECT_EQ(finding.parent.empty(), finding.is_root) << "seed " << seed;
      if (!finding.is_root) {
        const auto root = roots.find(finding.parent);
        ASSERT_NE(root, roots.end()) << "seed " << seed << " " << to_json_line(finding);
        EXPECT_LE(root->second, finding.bar) << "seed " << seed;
      }
    }
  }
}

TEST(Attribution, FindingsSayWhichRunsTheyAreOfAndWhenTheBarWasWritten) {
  const RunData prod = make_run();
  RunData sim = prod;
  set_target(sim, 2, 0, 1.5);
  const Comparison result = compare(prod, sim);
  const Finding& finding = result.findings.at(0);
  EXPECT_EQ(finding.wall_left, bar_at(2) + seconds(4));
  EXPECT_EQ(finding.wall_right, bar_at(2) + seconds(4));
  EXPECT_EQ(finding.left_run.size(), 12U);
  EXPECT_NE(finding.left_run, finding.right_run);
  EXPECT_EQ(compare(prod, sim).findings.at(0).left_run, finding.left_run)
      << "wherever the logs lie";
}

}  // namespace
}  // namespace tieout::recon
