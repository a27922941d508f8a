#include <algorithm>
#include <cmath>
#include <limits>

#include "tieout/runlog/writer.hpp"

#include "support.hpp"

// What each kind of difference does to the verdict; the rules are those of
// docs/formats/comparison.md.
namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::bar_at;
using test::compare;
using test::kBtc;
using test::kEth;
using test::layer;
using test::make_run;
using test::node;
using test::RunData;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

template <typename T>
T& cell(RunData& run, std::size_t bar, TableKind kind, const std::string& column, std::size_t row) {
  Table& table = run.bars[bar].tables.at(kind);
  const auto found = std::ranges::find(table.columns, column, &TypedColumn::name);
  return std::get<std::vector<T>>(found->values)[row];
}

/// Change a source cell in all windows from `bar` on.
void revise(RunData& run, std::size_t bar, std::size_t node_id, Timestamp row, std::size_t column,
            double value) {
  for (std::size_t b = bar; b < run.bars.size(); ++b) {
    Panel& window = run.bars[b].windows[node_id];
    if (const auto r = window.find_row(row)) {
      window.set(*r, column, value);
    }
  }
}

TEST(Compare, EqualRunsAreIdenticalAndEveryCellIsCounted) {
  const RunData run = make_run();
  const Comparison result = compare(run, run);
  EXPECT_EQ(result.verdict, Verdict::kIdentical);
  EXPECT_EQ(exit_code_of(result.verdict), 0);
  // Windows of 1 to 6 rows with 4 + 2 + 2 + 4 columns; tables of 8 + 12 + 6 + 2 cells, fills of 3
  // at odd bars.
  EXPECT_EQ(result.cells.present, 21U * 12 + 6 * 28 + 3 * 3);
  EXPECT_EQ(result.cells.bitwise, result.cells.present);
  EXPECT_EQ(result.coverage, 1.0);
  EXPECT_EQ(result.sentence, "sim == prod: 6 bars, 4 nodes, 429 cells to the bit");
  EXPECT_FALSE(result.first.has_value());
  for (const LayerResult& one : result.layers) {
    EXPECT_EQ(one.verdict, Verdict::kIdentical) << to_string(one.layer);
  }
}

TEST(Compare, TheOrderOfColumnsAndOfTableRowsCarriesNoMeaning) {
  const RunData left = make_run();
  RunData right = left;
  const std::vector<std::size_t> order{2, 0, 3, 1};
  auto& columns = right.manifest.nodes[0].columns;
  columns = test::permute_columns(Panel(columns), order).columns();
  for (auto& bar : right.bars) {
    bar.windows[0] = test::permute_columns(bar.windows[0], order);
    Table& orders = bar.tables.at(TableKind::kOrders);
    orders = test::permute_rows(orders, {1, 0});
    std::swap(orders.columns[2], orders.columns[4]);
  }
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kIdentical) << result.sentence;
  EXPECT_EQ(result.cells.bitwise, 429U);
}

TEST(Compare, AnyNanEqualsAnyNan) {
  RunData left = make_run();
  RunData right = left;
  revise(left, 2, 0, bar_at(2), 1, kNaN);
  revise(right, 2, 0, bar_at(2), 1, -std::numeric_limits<double>::signaling_NaN());
  cell<double>(left, 1, TableKind::kPortfolio, "pnl", 0) = kNaN;
  cell<double>(right, 1, TableKind::kPortfolio, "pnl", 0) = -kNaN;
  EXPECT_EQ(compare(left, right).verdict, Verdict::kIdentical);
}

struct CellCase {
  const char* name;
  double left, right;
  BreakKind kind;
  double rel;
};

class UnequalCells : public testing::TestWithParam<CellCase> {};

TEST_P(UnequalCells, BreakOneCellOfANodeAndNothingElse) {
  const CellCase& test = GetParam();
  RunData left = make_run();
  RunData right = left;
  revise(left, 3, 1, bar_at(3), 0, test.left);
  revise(right, 3, 1, bar_at(3), 0, test.right);
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(exit_code_of(result.verdict), 1);
  EXPECT_EQ(result.distinct_breaks, 1U);
  EXPECT_EQ(result.roots, 1U);
  EXPECT_EQ(result.consequences, 0U);
  const NodeResult& broken = node(result, "predict.1.compute_ret");
  EXPECT_EQ(broken.cells.outside, 3U) << "in the windows of bars 3, 4 and 5";
  EXPECT_EQ(broken.cells.nan_one_side, test.kind == BreakKind::kValue ? 0U : 3U);
  EXPECT_EQ(broken.first_bar, bar_at(3));
  ASSERT_EQ(result.findings.size(), 1U);
  const Finding& finding = result.findings[0];
  EXPECT_EQ(finding.kind, test.kind);
  EXPECT_EQ(finding.check, "C202");
  EXPECT_EQ(finding.column, "ret");
  EXPECT_EQ(finding.asset, kBtc);
  EXPECT_EQ(finding.row, bar_at(3));
  if (std::isnan(test.rel)) {
    EXPECT_TRUE(std::isnan(finding.rel_diff));
  } else {
    EXPECT_EQ(finding.rel_diff, test.rel);
  }
  EXPECT_EQ(result.breaks_by_column.at("predict.1.compute_ret/ret"), 1U);
  EXPECT_EQ(result.breaks_by_asset.at(kBtc), 1U);
  EXPECT_EQ(layer(result, Layer::kNodes).verdict, Verdict::kDiverged);
  EXPECT_EQ(layer(result, Layer::kInputs).verdict, Verdict::kIdentical);
  ASSERT_TRUE(result.first.has_value());
  EXPECT_TRUE(result.first->inputs_equal);
}

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr CellCase kCells[] = {
    {"values", 1.0, 1.5, BreakKind::kValue, 0.5 / 1.5},
    {"one_ulp", 1.0, 1.0000000000000002, BreakKind::kValue,
     2.220446049250313e-16 / 1.0000000000000002},
    {"zero_and_a_million", 0.0, 1e6, BreakKind::kValue, 1.0},
    {"a_million_and_zero", 1e6, 0.0, BreakKind::kValue, 1.0},
    {"tiny_of_opposite_sign", 9e-7, -9e-7, BreakKind::kValue, 2.0},
    {"signed_zeros", 0.0, -0.0, BreakKind::kValue, 0.0},
    {"denormals", 5e-324, 1e-323, BreakKind::kValue, 0.5},
    {"nan_on_the_left", kNaN, 1.0, BreakKind::kNanLeft, kNaN},
    {"nan_on_the_right", 1.0, kNaN, BreakKind::kNanRight, kNaN},
    {"infinity_and_a_value", kInf, 1.0, BreakKind::kValue, kNaN},
    {"infinities_of_opposite_sign", kInf, -kInf, BreakKind::kValue, kNaN},
    {"infinity_and_nan", kInf, kNaN, BreakKind::kNanRight, kNaN},
    {"huge_of_opposite_sign", 1.7e308, -1.7e308, BreakKind::kValue, 2.0},
};
INSTANTIATE_TEST_SUITE_P(Cells, UnequalCells, testing::ValuesIn(kCells),
                         [](const auto& test) { return test.param.name; });

struct TableCase {
  const char* name;
  TableKind kind;
  Layer layer;
  const char* column;
  const char* left;
  const char* right;
  void (*change)(RunData&);
};

class UnequalTables : public testing::TestWithParam<TableCase> {};

TEST_P(UnequalTables, BreakOneCellOfTheirLayer) {
  const TableCase& test = GetParam();
  const RunData left = make_run();
  RunData right = left;
  test.change(right);
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.distinct_breaks, 1U);
  EXPECT_EQ(layer(result, test.layer).verdict, Verdict::kDiverged);
  EXPECT_EQ(layer(result, test.layer).cells.outside, 1U);
  ASSERT_EQ(result.findings.size(), 1U);
  const Finding& finding = result.findings[0];
  EXPECT_EQ(finding.layer, test.layer);
  EXPECT_EQ(finding.bar, bar_at(3));
  EXPECT_EQ(finding.column, test.column);
  EXPECT_EQ(finding.left, test.left);
  EXPECT_EQ(finding.right, test.right);
  EXPECT_TRUE(finding.is_root);
}

const TableCase kTables[] = {
    {"int64", TableKind::kStatistics, Layer::kStatistics, "n_trades", "2", "200",
     [](RunData& run) { cell<std::int64_t>(run, 3, TableKind::kStatistics, "n_trades", 0) = 200; }},
    {"string", TableKind::kOrders, Layer::kOrders, "side", "B", "S",
     [](RunData& run) { cell<std::string>(run, 3, TableKind::kOrders, "side", 0) = "S"; }},
    {"boolean", TableKind::kOrders, Layer::kOrders, "is_maker", "true", "false",
     [](RunData& run) { cell<std::uint8_t>(run, 3, TableKind::kOrders, "is_maker", 0) = 0; }},
    {"timestamp", TableKind::kOrders, Layer::kOrders, "creation_timestamp",
     "2018-01-23 00:15:02+00:00", "2018-01-23 00:15:02.000000001+00:00",
     [](RunData& run) {
       cell<Timestamp>(run, 3, TableKind::kOrders, "creation_timestamp", 1).ns += 1;
     }},
    {"nan_in_targets", TableKind::kTargetPositions, Layer::kTargetPositions,
     "target_holdings_shares", "nan", "0.0",
     [](RunData& run) {
       cell<double>(run, 3, TableKind::kTargetPositions, "target_holdings_shares", 1) = 0.0;
     }},
    {"fill_asset", TableKind::kFills, Layer::kFills, "asset_id", "1467591036", "6051632686",
     [](RunData& run) {
       cell<std::int64_t>(run, 3, TableKind::kFills, "asset_id", 0) = kEth.value;
     }},
};
INSTANTIATE_TEST_SUITE_P(Tables, UnequalTables, testing::ValuesIn(kTables),
                         [](const auto& test) { return test.param.name; });

TEST(Compare, AMissingBarIsABreakAndItsCellsAreMissing) {
  const RunData left = make_run();
  RunData right = left;
  right.bars.erase(right.bars.begin() + 3);
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.bars_both, 5U);
  EXPECT_EQ(layer(result, Layer::kCompleteness).verdict, Verdict::kDiverged);
  EXPECT_EQ(result.distinct_breaks, 1U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kExtraBarLeft);
  EXPECT_EQ(result.cells.missing, 4U * 12 + 28 + 3);
  EXPECT_EQ(result.coverage, 1.0 - 79.0 / 429.0);
  EXPECT_FALSE(result.bars[3].right);
  EXPECT_EQ(
      result.sentence,
      "sim == prod until 00:10; first break: bar 00:15 is only in prod; 1 root, 0 consequences");
  const Comparison mirrored = compare(right, left);
  EXPECT_EQ(mirrored.findings[0].kind, BreakKind::kExtraBarRight);
  EXPECT_EQ(mirrored.cells, result.cells);
}

TEST(Compare, AMissingNodeIsABreakAndItsCellsAreMissing) {
  const RunData left = make_run();
  RunData right = left;
  right.manifest.nodes.pop_back();
  for (auto& bar : right.bars) {
    bar.windows.pop_back();
  }
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.distinct_breaks, 1U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kNodeOnlyLeft);
  EXPECT_EQ(node(result, "predict.3.predict").cells.missing, 21U * 4);
  EXPECT_EQ(compare(right, left).findings[0].kind, BreakKind::kNodeOnlyRight);
}

TEST(Compare, AMissingColumnIsOneBreakAndItsCellsAreMissing) {
  const RunData left = make_run();
  RunData right = left;
  const std::vector<std::size_t> kept{0, 1, 2};
  right.manifest.nodes[0].columns.pop_back();
  for (auto& bar : right.bars) {
    bar.windows[0] = test::permute_columns(bar.windows[0], kept);
  }
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.distinct_breaks, 1U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kColumnOnlyLeft);
  EXPECT_EQ(result.findings[0].column, "volume");
  EXPECT_EQ(result.findings[0].asset, kEth);
  EXPECT_EQ(node(result, "predict.0.read_data").cells.missing, 21U);
  EXPECT_EQ(node(result, "predict.0.read_data").cells.bitwise, 21U * 3);
  EXPECT_EQ(compare(right, left).findings[0].kind, BreakKind::kColumnOnlyRight);
}

TEST(Compare, AMissingRowOfAWindowIsOneBreakHoweverLongItStays) {
  const RunData left = make_run();
  RunData right = left;
  for (std::size_t b = 2; b < right.bars.size(); ++b) {
    Panel& window = right.bars[b].windows[0];
    const std::size_t gap = *window.find_row(bar_at(2));
    Panel without = window.slice({0, gap});
    for (std::size_t r = gap + 1; r < window.row_count(); ++r) {
      without.append_row(window.index()[r]);
      for (std::size_t c = 0; c < window.column_count(); ++c) {
        without.set(r - 1, c, window.at(r, c));
      }
    }
    window = without;
  }
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.distinct_breaks, 1U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kMissingRight);
  EXPECT_EQ(result.findings[0].row, bar_at(2));
  EXPECT_EQ(node(result, "predict.0.read_data").cells.missing, 4U * 4);
  EXPECT_EQ(compare(right, left).findings[0].kind, BreakKind::kMissingLeft);
}

TEST(Compare, AMissingTableRowTableOrColumnIsABreak) {
  const RunData left = make_run();
  RunData right = left;
  Table& orders = right.bars[2].tables.at(TableKind::kOrders);
  orders = test::permute_rows(orders, {0});
  Comparison result = compare(left, right);
  EXPECT_EQ(result.distinct_breaks, 1U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kMissingRight);
  EXPECT_EQ(result.findings[0].key, "order_id=5");
  EXPECT_EQ(layer(result, Layer::kOrders).cells.missing, 6U);

  right = left;
  right.bars[3].tables.erase(TableKind::kFills);
  result = compare(right, left);
  EXPECT_EQ(result.distinct_breaks, 1U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kMissingLeft);
  EXPECT_EQ(layer(result, Layer::kFills).verdict, Verdict::kDiverged);

  right = left;
  for (auto& bar : right.bars) {
    bar.tables.at(TableKind::kPortfolio).columns.pop_back();
  }
  result = compare(left, right);
  EXPECT_EQ(result.distinct_breaks, 1U) << "the column is missing at six bars and one break";
  EXPECT_EQ(result.findings[0].kind, BreakKind::kColumnOnlyLeft);
  EXPECT_EQ(result.findings[0].layer, Layer::kCompleteness);
  EXPECT_EQ(layer(result, Layer::kPortfolio).cells.missing, 12U);
  EXPECT_EQ(layer(result, Layer::kPortfolio).verdict, Verdict::kDiverged);
}

TEST(Compare, AColumnOfAnotherTypeIsOneBreakAndAllItsCellsMismatch) {
  const RunData left = make_run();
  RunData right = left;
  for (auto& bar : right.bars) {
    bar.tables.at(TableKind::kStatistics).columns[1].values = std::vector<double>{2.0};
  }
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.distinct_breaks, 1U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kType);
  EXPECT_EQ(result.findings[0].left, "int64");
  EXPECT_EQ(result.findings[0].right, "float64");
  EXPECT_EQ(layer(result, Layer::kStatistics).cells.type_mismatch, 6U);
}

TEST(Compare, AKeyThatOccursTwiceOnOneSideIsADuplicate) {
  const RunData left = make_run();
  RunData right = left;
  Table& orders = right.bars[2].tables.at(TableKind::kOrders);
  orders = test::permute_rows(orders, {0, 1, 0});
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  ASSERT_EQ(result.findings.size(), 2U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kDuplicate);
  EXPECT_EQ(result.findings[0].key, "order_id=4");
  EXPECT_EQ(result.findings[0].left, "1 rows");
  EXPECT_EQ(result.findings[0].right, "2 rows");
  EXPECT_EQ(result.findings[1].kind, BreakKind::kMissingLeft);
}

TEST(Compare, ABreakThatHealsAndComesBackCountsTwice) {
  const RunData left = make_run();
  RunData right = left;
  for (const std::size_t bar : {1U, 2U, 4U}) {
    Panel& window = right.bars[bar].windows[0];
    window.set(0, 0, bar == 2 ? 8.0 : 7.0);
  }
  const Comparison result = compare(left, right);
  const NodeResult& source = node(result, "predict.0.read_data");
  EXPECT_EQ(source.distinct_breaks, 2U)
      << "bars 1 and 2 are one break though the value changed, bar 4 another";
  EXPECT_EQ(source.cells.outside, 3U);
  EXPECT_EQ(result.bars[1].breaks_nodes, 1U);
  EXPECT_EQ(result.bars[2].breaks_nodes, 0U);
  EXPECT_EQ(result.bars[4].breaks_nodes, 1U);
}

TEST(Compare, EmptyRunsAndRunsWithoutACommonBarAreInconclusive) {
  const RunData empty = make_run({.bars = 0});
  const RunData some = make_run();
  RunData later = make_run({.bars = 12});
  later.bars.erase(later.bars.begin(), later.bars.begin() + 6);
  Comparison result = compare(empty, empty);
  EXPECT_EQ(result.verdict, Verdict::kInconclusive);
  EXPECT_EQ(exit_code_of(result.verdict), 3);
  EXPECT_EQ(result.sentence, "nothing was compared: neither prod nor sim has a bar");
  result = compare(some, empty);
  EXPECT_EQ(result.verdict, Verdict::kInconclusive);
  EXPECT_EQ(result.sentence,
            "nothing was compared: no bar is in both runs (prod has 2018-01-23 00:00:00+00:00 to "
            "2018-01-23 00:25:00+00:00, sim has no bar)");
  EXPECT_EQ(compare(some, later).verdict, Verdict::kInconclusive);
}

TEST(Compare, BarsWithoutACellAreInconclusive) {
  RunData run = make_run();
  run.manifest.nodes.clear();
  for (auto& bar : run.bars) {
    bar.windows.clear();
    bar.tables.clear();
  }
  const Comparison result = compare(run, run);
  EXPECT_EQ(result.verdict, Verdict::kInconclusive);
  EXPECT_EQ(result.sentence,
            "nothing was compared: 6 bars are in both runs, and not one cell in them");
}

TEST(Compare, ARunThatWasCutShortIsInconclusiveUnlessItsBarsBreak) {
  const RunData left = make_run();
  RunData right = left;
  right.bars.resize(4);
  right.seal = std::nullopt;
  Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kInconclusive);
  EXPECT_EQ(result.distinct_breaks, 0U);
  EXPECT_LT(result.coverage, 1.0);
  EXPECT_EQ(
      result.sentence,
      "sim is not sealed and ends at 00:15: 2 later bars of the other run not compared; sim == "
      "prod so far: 4 bars, 4 nodes, 238 cells to the bit");
  right.seal = runlog::RunOutcome::kInterrupted;
  EXPECT_EQ(compare(left, right).verdict, Verdict::kInconclusive);
  right.seal = runlog::RunOutcome::kComplete;
  EXPECT_EQ(compare(left, right).verdict, Verdict::kDiverged) << "a complete run lacks two bars";
  right.seal = std::nullopt;
  cell<double>(right, 1, TableKind::kPortfolio, "pnl", 0) = 1234;
  EXPECT_EQ(compare(left, right).verdict, Verdict::kDiverged);
}

TEST(Compare, MarketReadsAreComparedByContentAndNotByInstant) {
  const RunData left = make_run();
  RunData right = left;
  for (auto& bar : right.bars) {
    for (auto& entry : bar.journal) {
      entry.time = entry.time + seconds(5);
      entry.as_of.max_seq += 7;
    }
  }
  Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kIdentical) << result.sentence;
  EXPECT_EQ(layer(result, Layer::kInputs).note,
            "18 journal entries compared by content; 18 equal ones were made at another instant or "
            "as-of");
  // Asked as of another instant, another answer is no break; asked the same, it is.
  right.bars[2].journal[1].content.low ^= 1;
  result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kIdentical) << result.sentence;
  EXPECT_NE(layer(result, Layer::kInputs).note.find("1 read as of another instant gave other rows"),
            std::string::npos);
  right.bars[2].journal[1].as_of = left.bars[2].journal[1].as_of;
  result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.findings[0].part, "journal.market_read");
  EXPECT_EQ(result.findings[0].key, "purpose=source");
  right = left;
  right.bars[2].journal[0].laggards = {kEth};
  right.bars[2].journal[0].outcome = runlog::BarOutcome::kPartial;
  result = compare(left, right);
  EXPECT_EQ(result.distinct_breaks, 2U);
  EXPECT_EQ(result.findings[1].column, "laggards");
  EXPECT_EQ(result.findings[1].right, "[6051632686]");
  right = left;
  right.bars[2].journal.pop_back();
  EXPECT_EQ(compare(left, right).findings.at(0).kind, BreakKind::kMissingRight);
  right.bars[2].journal[0].as_of.max_seq += 1;
  EXPECT_EQ(compare(left, right).verdict, Verdict::kIdentical) << "decided as of another instant";
}

TEST(Compare, InstantsThatEachRunTookFromItsOwnClockAreWithin) {
  const RunData left = make_run();
  RunData right = left;
  for (std::size_t b = 0; b < right.bars.size(); ++b) {
    right.bars[b].journal[2].time = right.bars[b].journal[2].time + seconds(5);
    for (std::size_t row = 0; row < 2; ++row) {
      for (const auto& [kind, column] :
           {std::pair(TableKind::kOrders, "creation_timestamp"),
            std::pair(TableKind::kTargetPositions, "wall_clock_timestamp")}) {
        Timestamp& t = cell<Timestamp>(right, b, kind, column, row);
        t = t + seconds(5);
      }
    }
  }
  Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kEquivalent) << result.sentence;
  EXPECT_EQ(exit_code_of(result.verdict), 0);
  EXPECT_EQ(result.cells.within, 24U);
  EXPECT_EQ(layer(result, Layer::kOrders).verdict, Verdict::kEquivalent);
  EXPECT_EQ(compare(left, right, {.clock_rule = ClockRule::kExact}).verdict, Verdict::kDiverged);
  // The rule forgives a clock, not a number: the same shift without its reading in the journal
  // breaks.
  right.bars[4].journal[2].time = left.bars[4].journal[2].time;
  result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.distinct_breaks, 4U);
}

TEST(Compare, IdentityUniverseAndStartStateAreCompared) {
  const RunData left = make_run();
  RunData right = left;
  right.manifest.constructor = "another";
  EXPECT_EQ(compare(left, right).findings.at(0).check, "C001");
  right = left;
  right.manifest.universe.pop_back();
  Comparison result = compare(left, right);
  EXPECT_EQ(result.findings.at(0).check, "C101");
  EXPECT_EQ(result.findings.at(0).left, "2 assets, alone: binance::ETH_USDT");
  right = left;
  right.manifest.start_state = "long";
  result = compare(left, right);
  EXPECT_EQ(layer(result, Layer::kInputs).verdict, Verdict::kDiverged);
  EXPECT_EQ(result.first->finding.column, "start_state");
}

TEST(Compare, BarsThatNeitherRunHasAreSaid) {
  RunData run = make_run();
  run.bars.erase(run.bars.begin() + 4);
  const Comparison result = compare(run, run);
  EXPECT_EQ(result.verdict, Verdict::kIdentical);
  EXPECT_EQ(
      result.sentence,
      "sim == prod: 5 bars, 4 nodes, 341 cells to the bit; 1 bar is of the window in neither run");
}

TEST(Compare, FindingsAreCappedAndAllAreCounted) {
  RunData left = make_run();
  RunData right = left;
  for (auto& bar : right.bars) {
    for (auto& window : bar.windows) {
      for (std::size_t c = 0; c < window.column_count(); ++c) {
        window.set(0, c, 17.0);
      }
    }
  }
  const Comparison all = compare(left, right);
  const Comparison few = compare(left, right, {.max_findings = 3});
  EXPECT_GT(all.findings.size(), 10U);
  ASSERT_EQ(few.findings.size(), 3U);
  EXPECT_TRUE(few.findings_truncated);
  EXPECT_EQ(few.distinct_breaks, all.distinct_breaks);
  EXPECT_EQ(few.roots, all.roots);
  EXPECT_EQ(few.sentence, all.sentence);
  EXPECT_EQ(few.breaks_by_column, all.breaks_by_column);
  for (std::size_t i = 0; i < few.findings.size(); ++i) {
    EXPECT_EQ(to_json_line(few.findings[i]), to_json_line(all.findings[i]));
  }
  EXPECT_EQ(compare(left, right, {.max_findings = 0}).first->sentence, all.first->sentence);
}

TEST(Compare, AFrameThatIsNotWhatTheIndexPromisesIsCorruptEvidence) {
  // Written through the writer with a hash that is not the window's: a log whose chain holds and
  // lies.
  const test::TempDir dir;
  const RunData run = make_run({.bars = 2});
  const runlog::RunReader good = test::write_run(dir / "good", run);
  auto writer = runlog::RunWriter::create(dir / "bad", run.manifest, "", run.config.to_json(),
                                          runlog::Durability::kAtSeal);
  ASSERT_TRUE(writer.ok());
  for (std::size_t n = 0; n < run.manifest.nodes.size(); ++n) {
    auto frame = good.node_frame(n, 0);
    ASSERT_TRUE(frame.ok());
    frame->window_hash.low ^= 1;
    ASSERT_TRUE(writer->write_node(n, *frame).ok());
  }
  ASSERT_TRUE(writer->commit_bar(bar_at(0), bar_at(0), runlog::BarOutcome::kOk).ok());
  const auto bad = runlog::RunReader::open(dir / "bad");
  ASSERT_TRUE(bad.ok());
  const auto result = compare_runs(good, *bad, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kCorruptEvidence);
}

}  // namespace
}  // namespace tieout::recon
