#include "tieout/recon/explain.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "support.hpp"

namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::bar_at;
using test::kBtc;
using test::kEth;
using test::make_run;
using test::RunData;
using test::TempDir;
using test::write_run;

void revise(RunData& run, std::size_t bar, std::size_t node, std::size_t row, std::size_t column,
            double value) {
  for (std::size_t b = bar; b < run.bars.size(); ++b) {
    Panel& window = run.bars[b].windows[node];
    window.set(*window.find_row(bar_at(row)), column, value);
  }
}

void set_target(RunData& run, std::size_t bar, double value) {
  auto& columns = run.bars[bar].tables.at(TableKind::kTargetPositions).columns;
  std::get<std::vector<double>>(columns[2].values)[0] = value;
}

Result<Explanation> explain_runs(const RunData& left, const RunData& right,
                                 const Selection& selection) {
  const TempDir dir;
  const runlog::RunReader l = write_run(dir / "left", left);
  const runlog::RunReader r = write_run(dir / "right", right);
  const auto comparison = compare_runs(l, r, {});
  EXPECT_TRUE(comparison.ok());
  return explain(l, r, *comparison, selection);
}

/// A row of the source that production revised at bar 3, and what follows from it.
struct Diverged {
  RunData prod = make_run();
  RunData sim = prod;
  Diverged() {
    revise(prod, 3, 0, 2, 0, 0.0951);
    revise(sim, 3, 0, 2, 0, 0.0953);
    prod.bars[3].journal[1].content.low = 1;
    revise(sim, 3, 1, 3, 0, 7.0);
    revise(sim, 3, 3, 3, 0, 7.0);
    set_target(sim, 3, 8.0);
    set_target(sim, 4, 8.0);
  }
};

TEST(Explain, TheFirstDivergenceWithItsInputsItsJournalAndItsVersions) {
  const Diverged runs;
  const auto result = explain_runs(runs.prod, runs.sim, {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->verdict, Verdict::kDiverged);
  ASSERT_TRUE(result->cell.has_value());
  const CellExplanation& cell = *result->cell;
  EXPECT_EQ(cell.part, "predict.0.read_data");
  EXPECT_EQ(cell.bar, bar_at(3));
  EXPECT_EQ(cell.row, bar_at(2));
  EXPECT_EQ(cell.now.left, "0.0951");
  EXPECT_EQ(cell.now.right, "0.0953");
  EXPECT_FALSE(cell.now.equal);
  EXPECT_NEAR(cell.abs_diff, 0.0002, 1e-12);
  EXPECT_GT(cell.ulp, 0U);
  EXPECT_EQ(cell.rule, "exact");
  ASSERT_TRUE(cell.then.has_value());
  EXPECT_TRUE(cell.then->equal) << "both sides had the row at the bar before";
  ASSERT_EQ(cell.left_versions.size(), 2U) << "the row was revised";
  EXPECT_EQ(cell.left_versions[1].bar, bar_at(3));
  EXPECT_EQ(cell.left_versions[1].value, "0.0951");
  EXPECT_EQ(cell.right_versions[1].value, "0.0953");
  ASSERT_EQ(cell.inputs.size(), 2U);
  EXPECT_EQ(cell.inputs[0].part, "journal.market_read");
  EXPECT_FALSE(cell.inputs[0].equal);
  EXPECT_TRUE(cell.inputs[1].equal) << cell.inputs[1].part;
  ASSERT_TRUE(cell.root.has_value());
  EXPECT_EQ(break_id(*cell.root), break_id(result->first->finding));
  const auto read = std::ranges::find(result->journal, "market read source", &ValuePair::what);
  ASSERT_NE(read, result->journal.end());
  EXPECT_FALSE(read->equal);
  const auto decision = std::ranges::find(result->journal, "decision", &ValuePair::what);
  ASSERT_NE(decision, result->journal.end());
  EXPECT_TRUE(decision->equal);
}

TEST(Explain, ARootSaysWhereItsConsequencesWent) {
  const Diverged runs;
  const auto result = explain_runs(runs.prod, runs.sim, {});
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->roots.size(), 1U);
  const RootExplanation& root = result->roots[0];
  EXPECT_EQ(root.breaks, 1U);
  EXPECT_EQ(root.consequences, 5U) << "the read, two nodes, two targets";
  std::vector<std::string> parts;
  for (const Propagation& part : root.reached) {
    parts.push_back(part.part);
  }
  EXPECT_EQ(parts, (std::vector<std::string>{"predict.0.read_data", "journal.market_read",
                                             "predict.1.compute_ret", "predict.3.predict",
                                             "target_positions"}));
  EXPECT_EQ(root.reached[2].from, std::vector<std::string>{"predict.0.read_data"});
  EXPECT_EQ(root.reached[4].breaks, 2U);
  EXPECT_TRUE(result->complete);
}

TEST(Explain, ASelectedCellIsHeldAgainstTheRowsInItsReach) {
  const Diverged runs;
  const auto result =
      explain_runs(runs.prod, runs.sim,
                   {.node = "compute_ret", .bar = bar_at(3), .asset = kBtc, .column = "ret"});
  ASSERT_TRUE(result.ok()) << result.error().message;
  const CellExplanation& cell = *result->cell;
  EXPECT_EQ(cell.part, "predict.1.compute_ret");
  EXPECT_EQ(cell.row, bar_at(3));
  EXPECT_EQ(cell.now.right, "7.0");
  ASSERT_EQ(cell.inputs.size(), 1U);
  EXPECT_EQ(cell.inputs[0].part, "predict.0.read_data");
  EXPECT_EQ(cell.inputs[0].reach, "rows " + to_iso(bar_at(2)) + " to " + to_iso(bar_at(3)));
  EXPECT_EQ(cell.inputs[0].differing, 1U);
  const auto differing = std::ranges::find(cell.inputs[0].values, false, &ValuePair::equal);
  ASSERT_NE(differing, cell.inputs[0].values.end());
  EXPECT_EQ(differing->what, to_iso(bar_at(2)) + " close[1467591036]");
  ASSERT_EQ(cell.findings.size(), 1U);
  ASSERT_TRUE(cell.root.has_value());
  ASSERT_TRUE(cell.root.has_value());
  EXPECT_EQ(cell.root->part, "predict.0.read_data");
}

TEST(Explain, AnEqualCellIsSaidToBeEqualWithWhatItIsComputedFrom) {
  const Diverged runs;
  const auto result = explain_runs(
      runs.prod, runs.sim,
      {.node = "predict.1.compute_ret", .bar = bar_at(5), .asset = kEth, .column = {}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  const CellExplanation& cell = *result->cell;
  EXPECT_TRUE(cell.now.equal);
  EXPECT_EQ(cell.asset, kEth);
  EXPECT_EQ(cell.row, bar_at(5));
  EXPECT_TRUE(cell.findings.empty());
  EXPECT_FALSE(cell.root.has_value());
  ASSERT_EQ(cell.inputs.size(), 1U);
  EXPECT_TRUE(cell.inputs[0].equal) << "row 2 of the source is out of its reach";
  EXPECT_NE(cell.sentence.find("is equal at"), std::string::npos) << cell.sentence;
  EXPECT_NE(cell.sentence.find("all 1 inputs agree"), std::string::npos) << cell.sentence;
}

TEST(Explain, ABreakOfAnEarlierBarIsChosenOnlyAsLongAsItLasts) {
  Diverged runs;
  const Selection selection{.node = "read_data", .bar = bar_at(4), .asset = {}, .column = {}};
  auto result = explain_runs(runs.prod, runs.sim, selection);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->cell->row, bar_at(2));
  EXPECT_FALSE(result->cell->now.equal);
  revise(runs.sim, 4, 0, 2, 0, 0.0951);  // heals
  result = explain_runs(runs.prod, runs.sim, selection);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->cell->row, bar_at(4)) << "the newest row";
  EXPECT_TRUE(result->cell->now.equal);
}

TEST(Explain, ACellOfATableNamesItsBarBeforeAndWhatItComesFrom) {
  const Diverged runs;
  const auto result = explain_runs(
      runs.prod, runs.sim, {.node = "target_positions", .bar = {}, .asset = {}, .column = {}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  const CellExplanation& cell = *result->cell;
  EXPECT_EQ(cell.bar, bar_at(3));
  EXPECT_EQ(cell.column, "target_holdings_shares");
  EXPECT_EQ(cell.asset, kBtc);
  EXPECT_EQ(cell.now.right, "8.0");
  ASSERT_TRUE(cell.then.has_value());
  EXPECT_TRUE(cell.then->equal);
  ASSERT_EQ(cell.inputs.size(), 2U);
  EXPECT_EQ(cell.inputs[0].part, "predict.3.predict");
  EXPECT_FALSE(cell.inputs[0].equal);
  EXPECT_TRUE(cell.inputs[1].equal);
  ASSERT_TRUE(cell.root.has_value());
  EXPECT_EQ(cell.root->part, "predict.0.read_data");
}

TEST(Explain, EqualRunsHaveNothingToExplainUnlessACellIsAskedFor) {
  const RunData run = make_run();
  auto result = explain_runs(run, run, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict, Verdict::kIdentical);
  EXPECT_FALSE(result->cell.has_value());
  EXPECT_TRUE(result->roots.empty());
  result = explain_runs(run, run, {.node = "zscore", .bar = {}, .asset = {}, .column = {}});
  ASSERT_TRUE(result.ok());
  ASSERT_TRUE(result->cell.has_value());
  EXPECT_TRUE(result->cell->now.equal);
  EXPECT_EQ(result->cell->bar, bar_at(5)) << "the last common bar";
}

TEST(Explain, WhatDoesNotExistIsAnErrorThatSaysWhatDoes) {
  const RunData run = make_run();
  const auto message = [&](const Selection& selection) {
    const auto result = explain_runs(run, run, selection);
    EXPECT_FALSE(result.ok());
    return result.ok() ? "" : result.error().message;
  };
  EXPECT_NE(message({.node = "resample", .bar = {}, .asset = {}, .column = {}})
                .find("'resample' is no node and no table"),
            std::string::npos);
  EXPECT_NE(message({.node = "zscore", .bar = bar_at(99), .asset = {}, .column = {}})
                .find("the runs have bars from"),
            std::string::npos);
  EXPECT_NE(message({.node = "zscore", .bar = {}, .asset = {}, .column = "close"})
                .find("its columns are z"),
            std::string::npos);
}

TEST(Explain, JsonHoldsWhatTheExplanationHolds) {
  const Diverged runs;
  const auto result = explain_runs(runs.prod, runs.sim, {});
  ASSERT_TRUE(result.ok());
  const std::string json = to_json(*result);
  EXPECT_TRUE(json.starts_with("{\"schema\":\"tieout.explanation/1\",")) << json;
  for (const std::string_view field : {"\"first\":{", "\"cell\":{", "\"journal\":[", "\"roots\":[",
                                       "\"left_versions\":[", "\"complete\":true}"}) {
    EXPECT_NE(json.find(field), std::string::npos) << field;
  }
}

TEST(ExplainFindings, EachHasItsOwnTwoValuesAndWhatItIsComputedFrom) {
  const Diverged runs;
  const TempDir dir;
  const runlog::RunReader l = write_run(dir / "left", runs.prod);
  const runlog::RunReader r = write_run(dir / "right", runs.sim);
  const auto comparison = compare_runs(l, r, {});
  ASSERT_TRUE(comparison.ok());
  std::vector<const Finding*> chosen;
  for (const Finding& finding : comparison->findings) {
    chosen.push_back(&finding);
  }
  const auto cells = explain_findings(l, r, *comparison, chosen);
  ASSERT_TRUE(cells.ok()) << cells.error().message;
  ASSERT_EQ(cells->size(), chosen.size());
  std::set<std::string> parts;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    EXPECT_EQ((*cells)[i].part, chosen[i]->part);
    EXPECT_EQ((*cells)[i].now.left, chosen[i]->left);
    EXPECT_EQ((*cells)[i].now.right, chosen[i]->right);
    // What a run reads has no inputs in its log.
    EXPECT_EQ((*cells)[i].inputs.empty(), chosen[i]->part.starts_with("journal."))
        << chosen[i]->part;
    parts.insert((*cells)[i].part);
  }
  EXPECT_TRUE(parts.contains("predict.0.read_data"));
  EXPECT_TRUE(parts.contains("target_positions"));
}

TEST(ExplainFindings, WhatIsOfNoCellHasItsValuesOnly) {
  const Diverged runs;
  const TempDir dir;
  const runlog::RunReader l = write_run(dir / "left", runs.prod);
  const runlog::RunReader r = write_run(dir / "right", runs.sim);
  const auto comparison = compare_runs(l, r, {});
  ASSERT_TRUE(comparison.ok());
  Finding leaf;
  leaf.layer = Layer::kConfig;
  leaf.kind = BreakKind::kConfigLeaf;
  leaf.part = "dag_config/tau";
  leaf.left = "1";
  leaf.right = "2";
  leaf.bar = bar_at(0);
  const std::vector<const Finding*> chosen{&leaf};
  const auto cells = explain_findings(l, r, *comparison, chosen);
  ASSERT_TRUE(cells.ok()) << cells.error().message;
  EXPECT_EQ(cells->front().part, "dag_config/tau");
  EXPECT_EQ(cells->front().now.right, "2");
  EXPECT_TRUE(cells->front().inputs.empty());
}

TEST(ExplainRoots, AreThoseOfTheExplanation) {
  const Diverged runs;
  const TempDir dir;
  const runlog::RunReader l = write_run(dir / "left", runs.prod);
  const runlog::RunReader r = write_run(dir / "right", runs.sim);
  const auto comparison = compare_runs(l, r, {});
  ASSERT_TRUE(comparison.ok());
  const auto explanation = explain(l, r, *comparison, {});
  ASSERT_TRUE(explanation.ok());
  const auto roots = explain_roots(l, r, *comparison);
  ASSERT_EQ(roots.size(), explanation->roots.size());
  ASSERT_FALSE(roots.empty());
  EXPECT_EQ(break_id(roots.front().finding), break_id(explanation->roots.front().finding));
  EXPECT_EQ(roots.front().consequences, explanation->roots.front().consequences);
}

TEST(Explain, ABreakIdIsAnsweredWithItsVeryCell) {
  const Diverged runs;
  const TempDir dir;
  const runlog::RunReader l = write_run(dir / "left", runs.prod);
  const runlog::RunReader r = write_run(dir / "right", runs.sim);
  const auto comparison = compare_runs(l, r, {});
  ASSERT_TRUE(comparison.ok());
  ASSERT_GT(comparison->findings.size(), 2U);
  for (const Finding& finding : comparison->findings) {
    if (finding.remark) {
      continue;
    }
    Selection selection;
    selection.break_id = break_id(finding);
    const auto explanation = explain(l, r, *comparison, selection);
    ASSERT_TRUE(explanation.ok()) << explanation.error().message;
    EXPECT_EQ(explanation->cell->now.left, finding.left);
    EXPECT_EQ(explanation->cell->now.right, finding.right);
    EXPECT_EQ(explanation->cell->part, finding.part);
    ASSERT_EQ(explanation->cell->findings.size(), 1U);
    ASSERT_TRUE(explanation->cell->root.has_value()) << finding.part;
    EXPECT_EQ(break_id(*explanation->cell->root),
              finding.is_root ? break_id(finding) : finding.parent);
  }
  Selection unknown;
  unknown.break_id = "0123456789ab";
  const auto none = explain(l, r, *comparison, unknown);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kUnknownName);
}

}  // namespace
}  // namespace tieout::recon
