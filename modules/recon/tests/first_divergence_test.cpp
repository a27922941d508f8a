#include <algorithm>

#include "support.hpp"

namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::bar_at;
using test::compare;
using test::kBtc;
using test::layer;
using test::make_run;
using test::RunData;

void revise(RunData& run, std::size_t bar, std::size_t node, Timestamp row, std::size_t column,
            double value) {
  for (std::size_t b = bar; b < run.bars.size(); ++b) {
    Panel& window = run.bars[b].windows[node];
    window.set(*window.find_row(row), column, value);
  }
}

void set_target(RunData& run, std::size_t bar, double value) {
  auto& columns = run.bars[bar].tables.at(TableKind::kTargetPositions).columns;
  std::get<std::vector<double>>(columns[2].values)[0] = value;
}

TEST(FirstDivergence, IsTheRevisedRowAndTheRestAreItsConsequences) {
  RunData prod = make_run();
  RunData sim = prod;
  revise(prod, 3, 0, bar_at(2), 0, 0.0951);
  revise(sim, 3, 0, bar_at(2), 0, 0.0953);
  for (const std::size_t node : {1U, 3U}) {
    revise(sim, 3, node, bar_at(3), 1, 7.0);
  }
  set_target(sim, 3, 8.0);
  set_target(sim, 4, 8.0);
  prod.bars[3].journal[1].content.low = 1;
  const Comparison result = compare(prod, sim);
  EXPECT_EQ(
      result.sentence,
      "sim == prod until 00:10; first break: predict.0.read_data close[1467591036] row 00:10, "
      "prod 0.0951 / sim 0.0953 (2.1e-3 rel); 1 root, 5 consequences");
  ASSERT_TRUE(result.first.has_value());
  EXPECT_EQ(result.first->node, "predict.0.read_data");
  EXPECT_EQ(result.first->finding.bar, bar_at(3));
  EXPECT_EQ(result.first->finding.asset, kBtc);
  EXPECT_FALSE(result.first->inputs_equal);
  ASSERT_EQ(result.first->inputs.size(), 1U);
  EXPECT_EQ(result.first->inputs[0].part, "journal.market_read");
  EXPECT_TRUE(result.findings[0].is_root);
  EXPECT_EQ(std::ranges::count(result.findings, true, &Finding::is_root), 1);
}

TEST(FirstDivergence, FindingsComeInCausalOrder) {
  const RunData prod = make_run();
  RunData sim = prod;
  set_target(sim, 4, 1.0);
  revise(sim, 4, 3, bar_at(4), 1, 7.0);
  revise(sim, 4, 1, bar_at(3), 1, 7.0);
  revise(sim, 4, 1, bar_at(2), 0, 7.0);
  set_target(sim, 3, 1.0);
  std::get<std::vector<double>>(
      sim.bars[3].tables.at(TableKind::kStatistics).columns[0].values)[0] = 9;
  const Comparison result = compare(prod, sim, {.check_self_consistency = false});
  std::vector<std::string> order;
  for (const Finding& finding : result.findings) {
    order.push_back(to_iso(finding.bar).substr(11, 5) + " " + finding.part);
  }
  const std::vector<std::string> expected{
      "00:15 target_positions",      "00:15 statistics",        "00:20 predict.1.compute_ret",
      "00:20 predict.1.compute_ret", "00:20 predict.3.predict", "00:20 target_positions"};
  EXPECT_EQ(order, expected);
  EXPECT_EQ(result.findings[2].row, bar_at(2));
}

TEST(FirstDivergence, SaysThatTheInputsAgree) {
  const RunData prod = make_run();
  RunData sim = prod;
  revise(sim, 2, 3, bar_at(2), 2, 1.5);
  Comparison result = compare(prod, sim);
  ASSERT_TRUE(result.first.has_value());
  EXPECT_TRUE(result.first->inputs_equal);
  EXPECT_TRUE(result.first->sentence.ends_with("; its inputs agree: code, parameters or state"))
      << result.first->sentence;
  sim = prod;
  set_target(sim, 2, 1.5);
  result = compare(prod, sim);
  EXPECT_EQ(result.first->node, "target_positions");
  EXPECT_TRUE(result.first->inputs_equal);
  EXPECT_NE(
      result.sentence.find("target_positions target_holdings_shares asset_id=1467591036, prod "),
      std::string::npos)
      << result.sentence;
}

TEST(FirstDivergence, BreaksThatDoNotDependOnEachOtherAreTwoRoots) {
  const RunData prod = make_run();
  RunData sim = prod;
  revise(sim, 2, 0, bar_at(2), 0, 1.5);
  revise(sim, 2, 0, bar_at(2), 2, 1.5);
  EXPECT_EQ(compare(prod, sim).roots, 1U) << "two columns of one asset's row are one root";
  revise(sim, 2, 0, bar_at(2), 1, 1.5);
  EXPECT_EQ(compare(prod, sim).roots, 2U) << "another asset's row is another";
  sim = prod;
  revise(sim, 2, 1, bar_at(2), 0, 1.5);
  revise(sim, 4, 3, bar_at(4), 0, 1.5);
  EXPECT_EQ(compare(prod, sim).roots, 1U) << "predict reads compute_ret, which still differs";
}

TEST(FirstDivergence, BooksThatBrokeExplainTheTablesOfLaterBars) {
  const RunData prod = make_run();
  RunData sim = prod;
  set_target(sim, 2, 1.5);
  set_target(sim, 4, 1.5);
  const Comparison result = compare(prod, sim);
  EXPECT_EQ(result.roots, 1U);
  EXPECT_EQ(result.consequences, 1U);
}

TEST(FirstDivergence, NamesTheFirstInputBreakTooWhenDecisionsDifferBefore) {
  const RunData prod = make_run();
  RunData sim = prod;
  set_target(sim, 2, 1.5);
  revise(sim, 4, 0, bar_at(3), 0, 7.0);
  Comparison result = compare(prod, sim);
  ASSERT_TRUE(result.first_input_break.has_value());
  EXPECT_EQ(result.first_input_break->bar, bar_at(4));
  EXPECT_NE(result.sentence.find("; first input that differs: bar 00:20 predict.0.read_data "
                                 "close[1467591036] row 00:15, prod "),
            std::string::npos)
      << result.sentence;
  sim = prod;
  revise(sim, 4, 0, bar_at(3), 0, 7.0);
  EXPECT_FALSE(compare(prod, sim).first_input_break.has_value());
}

TEST(FirstDivergence, AFillIsExplainedByTheOrderOfTheBarBefore) {
  const RunData prod = make_run();
  RunData sim = prod;
  auto& fills = sim.bars[3].tables.at(TableKind::kFills).columns;
  std::get<std::vector<double>>(fills[2].values)[0] = 9.0;
  for (auto& column : sim.bars[2].tables.at(TableKind::kOrders).columns) {
    if (auto* instants = std::get_if<std::vector<Timestamp>>(&column.values)) {
      (*instants)[0] = (*instants)[0] + seconds(5);
      (*instants)[1] = (*instants)[1] + seconds(5);
    }
  }
  sim.bars[2].journal[2].time = sim.bars[2].journal[2].time + seconds(5);
  const Comparison result = compare(prod, sim);
  ASSERT_TRUE(result.first.has_value());
  EXPECT_EQ(result.first->node, "fills");
  EXPECT_FALSE(result.first->inputs_equal);
  ASSERT_EQ(result.first->inputs.size(), 1U);
  EXPECT_EQ(result.first->inputs[0].part, "orders");
  EXPECT_EQ(result.first->inputs[0].bar, bar_at(2));
  EXPECT_EQ(result.first->inputs[0].column, "creation_timestamp");
}

TEST(FirstDivergence, OfAConfigLeafNamesTheLeafItsNodeAndTheFirstBreak) {
  const RunData prod = make_run();
  RunData sim = prod;
  sim.config.declare({"dag_config", "zscore", "tau"}, 16.0);
  for (std::size_t b = 0; b < sim.bars.size(); ++b) {
    Panel& z = sim.bars[b].windows[2];
    z.set(0, 0, 5.0);
  }
  revise(sim, 4, 3, bar_at(2), 0, 1.5);  // looks back two rows
  const Comparison result = compare(prod, sim);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_TRUE(result.sentence.starts_with(
      "config dag_config.zscore.tau: prod 32.0 / sim 16.0 (5.0e-1 rel) (read by predict.2.zscore); "
      "sim differs from prod from the first bar on; first break: predict.2.zscore z[1467591036] "
      "row "
      "00:00, prod "))
      << result.sentence;
  EXPECT_TRUE(result.sentence.ends_with("; 1 root, 2 consequences")) << result.sentence;
  ASSERT_TRUE(result.first.has_value());
  EXPECT_EQ(result.first->finding.kind, BreakKind::kConfigLeaf);
  EXPECT_EQ(result.first->node, "predict.2.zscore");
  ASSERT_TRUE(result.first->reached.has_value());
  EXPECT_EQ(result.first->reached->part, "predict.2.zscore");
  EXPECT_TRUE(result.first->inputs_equal);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kConfigLeaf);
}

TEST(FirstDivergence, OfAConfigLeafThatNothingReachesSaysSo) {
  const RunData prod = make_run();
  RunData sim = prod;
  sim.config.declare({"process_forecasts_node_dict", "target_gmv"}, 700.0);
  Comparison result = compare(prod, sim);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.sentence,
            "config process_forecasts_node_dict.target_gmv: prod 3000.0 / sim 700.0 (7.7e-1 rel) "
            "(read by "
            "target_positions); no cell breaks; 1 root, 0 consequences");
  EXPECT_EQ(layer(result, Layer::kNodes).verdict, Verdict::kIdentical);
  // A break upstream of the leaf's node has another cause.
  sim = prod;
  sim.config.declare({"dag_config", "predict", "weights"}, config::List{1.0, 3.0});
  sim.config.declare({"dag_config", "predict", "depth"}, 3);
  revise(sim, 2, 1, bar_at(2), 0, 1.5);
  result = compare(prod, sim);
  EXPECT_NE(result.sentence.find("upstream of the leaf's node: another cause"), std::string::npos)
      << result.sentence;
  EXPECT_EQ(result.roots, 3U) << "two leaves and one break that they do not explain";
}

TEST(Config, ExpectedDifferencesAreListedAndAreNoBreaks) {
  const RunData prod = make_run();
  RunData sim = prod;
  sim.config.declare({"run_mode"}, "simulation");
  sim.config.declare({"system_log_dir"}, "/sim");
  CompareOptions options;
  options.expected_config_differences = default_expected_config_differences();
  const Comparison result = compare(prod, sim, options);
  EXPECT_EQ(result.verdict, Verdict::kIdentical);
  EXPECT_EQ(layer(result, Layer::kConfig).note,
            "2 leaves differ as expected of a simulation: run_mode, system_log_dir");
  EXPECT_EQ(compare(prod, sim).distinct_breaks, 2U) << "nothing is expected unless it is declared";
  // A prefix is a path, not a beginning of a word.
  sim = prod;
  sim.config.declare({"run_model"}, "other");
  EXPECT_EQ(compare(prod, sim, options).verdict, Verdict::kDiverged);
}

TEST(Config, ALeafOfAnotherTypeOrOfOneSideIsABreak) {
  const RunData prod = make_run();
  RunData sim = prod;
  sim.config.declare({"dag_config", "zscore", "tau"}, 32);
  Comparison result = compare(prod, sim);
  EXPECT_EQ(layer(result, Layer::kConfig).cells.type_mismatch, 1U);
  EXPECT_EQ(result.findings.at(0).left, "32.0 (float)");
  EXPECT_EQ(result.findings.at(0).right, "32 (int)");
  sim = prod;
  sim.config.declare({"dag_config", "zscore", "another"}, true);
  result = compare(prod, sim);
  EXPECT_EQ(layer(result, Layer::kConfig).cells.missing, 1U);
  EXPECT_EQ(result.findings.at(0).left, "(not set)");
}

TEST(Config, ThatDoesNotParseIsInconclusive) {
  const RunData prod = make_run();
  RunData sim = prod;
  sim.config_json = "{";
  const Comparison result = compare(prod, sim);
  EXPECT_EQ(result.verdict, Verdict::kInconclusive);
  EXPECT_TRUE(result.sentence.starts_with("the config of sim does not parse: ")) << result.sentence;
}

}  // namespace
}  // namespace tieout::recon
