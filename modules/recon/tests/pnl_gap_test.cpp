#include "tieout/recon/pnl_gap.hpp"

#include <cmath>
#include <numeric>

#include "tieout/recon/compare.hpp"
#include "tieout/recon/trades.hpp"

#include "trading_run.hpp"

namespace tieout::recon {
namespace {

using analytics::GapPart;
using runlog::TableKind;
using test::floats;
using test::make_trading_run;
using test::RunData;
using test::TempDir;
using test::write_run;

/// Books and fills again from prices and shares: what a run with this price at this bar would hold.
void trade_at(RunData& run, std::size_t bar, double price) {
  auto& tables = run.bars[bar].tables;
  Table& fills = tables.at(TableKind::kFills);
  Table& books = tables.at(TableKind::kPortfolio);
  const double old = floats(fills, "price")[0];
  const double shares = floats(fills, "num_shares")[0];
  floats(fills, "price")[0] = price;
  floats(books, "executed_trades_notional")[0] += shares * (price - old);
  floats(books, "pnl")[0] -= shares * (price - old);
}

struct TwoRuns {
  TempDir dir;
  RunData left = make_trading_run(), right = make_trading_run();

  PnlGap gap() {
    const auto l = write_run(dir / "left", left);
    const auto r = write_run(dir / "right", right);
    const auto result =
        pnl_gap(read_trading_frames(l).value(), trades_of(l, TradeKind::kFills).value(),
                read_trading_frames(r).value(), trades_of(r, TradeKind::kFills).value(), {});
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.value();
  }
};

TEST(RunPnlGapTest, EqualRunsHaveNone) {
  TwoRuns runs;
  const PnlGap gap = runs.gap();
  EXPECT_EQ(gap.split.total.gap, 0.0);
  for (const double part : gap.split.total.parts) {
    EXPECT_EQ(part, 0.0);
  }
}

TEST(RunPnlGapTest, AnotherFillPriceIsTheGapToTheBit) {
  TwoRuns runs;
  const double shares = floats(runs.left.bars[3].tables.at(TableKind::kFills), "num_shares")[0];
  const double old = floats(runs.left.bars[3].tables.at(TableKind::kFills), "price")[0];
  trade_at(runs.left, 3, old + 0.5);
  const PnlGap gap = runs.gap();
  EXPECT_NE(shares, 0.0);
  EXPECT_NEAR(gap.split.total.gap, -0.5 * shares, 1e-9);
  EXPECT_NEAR(gap.split.total.part(GapPart::kPrices), gap.split.total.gap, 1e-9);
  EXPECT_NEAR(gap.split.total.part(GapPart::kUnexplained), 0.0, 1e-9);
  const auto& parts = gap.split.total.parts;
  EXPECT_NEAR(std::accumulate(parts.begin(), parts.end(), 0.0), gap.split.total.gap, 1e-9);
}

TEST(RunPnlGapTest, BooksThatEarnWithoutAFillAreUnexplained) {
  TwoRuns runs;
  floats(runs.left.bars[4].tables.at(TableKind::kPortfolio), "pnl")[1] += 2.0;
  const PnlGap gap = runs.gap();
  EXPECT_NEAR(gap.split.total.part(GapPart::kUnexplained), 2.0, 1e-9);
}

TEST(PairingNotesTest, AFindingOfAFillSaysWhatTheRowWasMatchedWith) {
  TwoRuns runs;
  trade_at(runs.left, 3, floats(runs.left.bars[3].tables.at(TableKind::kFills), "price")[0] + 0.5);
  const auto left = write_run(runs.dir / "left", runs.left);
  const auto right = write_run(runs.dir / "right", runs.right);
  const Comparison comparison = compare_runs(left, right, {}).value();
  std::size_t told = 0;
  for (const Finding& finding : comparison.findings) {
    if (finding.layer == Layer::kFills && finding.column == "price") {
      EXPECT_NE(finding.note.find("matched as "), std::string::npos) << finding.note;
      ++told;
    }
  }
  EXPECT_EQ(told, 1U);
}

TEST(PairingNotesTest, AFillOfOneSideAloneSaysWhyNothingGoesWithIt) {
  TwoRuns runs;
  for (TypedColumn& column : runs.right.bars[3].tables.at(TableKind::kFills).columns) {
    std::visit([](auto& values) { values.clear(); }, column.values);
  }
  const auto left = write_run(runs.dir / "left", runs.left);
  const auto right = write_run(runs.dir / "right", runs.right);
  const Comparison comparison = compare_runs(left, right, {}).value();
  std::size_t told = 0;
  for (const Finding& finding : comparison.findings) {
    if (finding.layer == Layer::kFills && finding.kind == BreakKind::kMissingRight) {
      EXPECT_NE(finding.note.find("not matched: "), std::string::npos) << finding.note;
      ++told;
    }
  }
  EXPECT_GT(told, 0U);
}

}  // namespace
}  // namespace tieout::recon
