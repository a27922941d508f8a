#include "tieout/recon/self_consistency.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support.hpp"

namespace tieout::recon {
namespace {

using test::bar_at;
using test::compare;
using test::make_run;
using test::node;
using test::RunData;

void revise(RunData& run, std::size_t bar, std::size_t node_id, std::size_t row, double value) {
  for (std::size_t b = bar; b < run.bars.size(); ++b) {
    Panel& window = run.bars[b].windows[node_id];
    window.set(*window.find_row(bar_at(row)), 0, value);
  }
}

TEST(SelfConsistency, RewritesOfAWholeWindowNodeAreCountedAndNotFailures) {
  const RunData run = make_run();
  const Comparison result = compare(run, run);
  const NodeResult& zscore = node(result, "predict.2.zscore");
  EXPECT_TRUE(zscore.whole_window);
  EXPECT_EQ(zscore.revised_rows_left, 1U + 2 + 3 + 4 + 5);
  EXPECT_EQ(zscore.revised_rows_right, zscore.revised_rows_left);
  EXPECT_EQ(zscore.unexplained_rewrites, 0U);
  EXPECT_EQ(node(result, "predict.1.compute_ret").revised_rows_left, 0U);
}

TEST(SelfConsistency, RewritesInReachOfARevisedInputAreExplained) {
  RunData run = make_run();
  revise(run, 4, 0, 2, 1.5);
  revise(run, 4, 1, 2, 1.5);
  revise(run, 4, 1, 3, 1.5);  // one row of lookback
  const Comparison result = compare(run, run);
  EXPECT_EQ(node(result, "predict.0.read_data").revised_rows_left, 1U);
  EXPECT_EQ(node(result, "predict.1.compute_ret").revised_rows_left, 2U);
  EXPECT_EQ(node(result, "predict.1.compute_ret").unexplained_rewrites, 0U);
  EXPECT_TRUE(result.findings.empty());
}

TEST(SelfConsistency, ARewriteOutOfReachIsReportedAndDoesNotMakeEqualRunsDiffer) {
  for (const std::size_t row : {1U, 4U}) {  // before the revised row, and beyond the lookback
    RunData run = make_run();
    revise(run, 5, 0, 2, 1.5);
    revise(run, 5, 1, row, 1.5);
    const Comparison result = compare(run, run);
    EXPECT_EQ(node(result, "predict.1.compute_ret").unexplained_rewrites, 2U) << "one on each side";
    EXPECT_EQ(result.verdict, Verdict::kIdentical);
    EXPECT_TRUE(
        result.sentence.ends_with("; self-consistency: 2 rows were rewritten without a rewritten "
                                  "input in predict.1.compute_ret"))
        << result.sentence;
    ASSERT_EQ(result.findings.size(), 2U);
    const Finding& finding = result.findings[0];
    EXPECT_EQ(finding.check, "C203");
    EXPECT_EQ(finding.kind, BreakKind::kHistoryRewritten);
    EXPECT_EQ(finding.bar, bar_at(5));
    EXPECT_EQ(finding.row, bar_at(row));
    const std::string kind = row == 4 ? "peeking" : "scattered";
    EXPECT_EQ(finding.key, "run=prod,rows=1,kind=" + kind);
    EXPECT_EQ(finding.right, "1.5");
    EXPECT_EQ(result.findings[1].key, "run=sim,rows=1,kind=" + kind);
  }
}

TEST(SelfConsistency, ANodeThatPeeksRewritesTheRowBeforeTheLast) {
  RunData run = make_run();
  for (auto& bar : run.bars) {
    Panel& ret = bar.windows[1];
    ret.set(ret.row_count() - 1, 0, std::numeric_limits<double>::quiet_NaN());
  }
  const Comparison result = compare(run, run);
  EXPECT_EQ(node(result, "predict.1.compute_ret").unexplained_rewrites, 2U * 5);
}

TEST(SelfConsistency, OneSideThatRewritesIsToldApart) {
  const RunData prod = make_run();
  RunData sim = prod;
  revise(sim, 5, 1, 1, 1.5);
  const Comparison result = compare(prod, sim);
  EXPECT_EQ(node(result, "predict.1.compute_ret").revised_rows_left, 0U);
  EXPECT_EQ(node(result, "predict.1.compute_ret").revised_rows_right, 1U);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  ASSERT_EQ(result.findings.size(), 2U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kValue);
  EXPECT_TRUE(result.findings[1].key.starts_with("run=sim,rows=1,kind="));
  EXPECT_TRUE(compare(prod, sim, {.check_self_consistency = false}).findings.size() == 1);
}

/// Adds to the rows of compute_ret (node 1, window of 20 rows) at each bar what `change` says of a
/// row that lies `from_start` rows behind the first and `lag` rows before the newest.
Comparison disturb(double (*change)(std::size_t from_start, std::size_t lag)) {
  RunData run = make_run({.bars = 30, .rows = 20});
  for (auto& bar : run.bars) {
    Panel& ret = bar.windows[1];
    for (std::size_t r = 0; r < ret.row_count(); ++r) {
      ret.set(r, 0, 1.0);
      ret.set(r, 1, 1.0 + change(r, ret.row_count() - 1 - r));
    }
  }
  return compare(run, run);
}

std::string kind_at_last_bar(const Comparison& result) {
  const auto last = std::find_if(result.findings.rbegin(), result.findings.rend(),
                                 [](const Finding& f) { return f.check == "C203"; });
  if (last == result.findings.rend()) {
    return "(none)";
  }
  EXPECT_TRUE(last->note.starts_with("predict.1.compute_ret ")) << last->note;
  return last->key.substr(last->key.rfind('=') + 1);
}

TEST(RewriteKinds, ANodeThatUsesTheNextRowsPeeks) {
  const Comparison result = disturb(
      [](std::size_t, std::size_t lag) { return lag < 2 ? 0.5 + static_cast<double>(lag) : 0; });
  EXPECT_EQ(kind_at_last_bar(result), "peeking");
  const std::string& text = node(result, "predict.1.compute_ret").rewrites_left;
  EXPECT_TRUE(text.starts_with("peeks: ")) << text;
  EXPECT_TRUE(text.ends_with("bars: ret[6051632686] at lags 0 to 1")) << text;
}

TEST(RewriteKinds, ANodeThatStartsAnewWithItsWindowDependsOnItsEdge) {
  EXPECT_EQ(kind_at_last_bar(disturb([](std::size_t from_start, std::size_t) {
              return from_start < 4 ? 1.0 / static_cast<double>(1 + from_start) : 0;
            })),
            "window_edge");
  EXPECT_EQ(kind_at_last_bar(disturb([](std::size_t from_start, std::size_t) {
              return std::exp2(-static_cast<double>(from_start));
            })),
            "window_edge")
      << "decays over the whole window";
}

TEST(RewriteKinds, ANodeThatNormalisesRewritesItsWholeWindow) {
  EXPECT_EQ(kind_at_last_bar(disturb([](std::size_t from_start, std::size_t lag) {
              return static_cast<double>((from_start * 7 + lag * 5) % 11) + 1;
            })),
            "whole_window");
}

TEST(RewriteKinds, ANodeThatRewritesNothingHasNoKind) {
  const Comparison result = disturb([](std::size_t, std::size_t) { return 0.0; });
  EXPECT_EQ(kind_at_last_bar(result), "(none)");
  EXPECT_EQ(node(result, "predict.1.compute_ret").rewrites_left, "");
}

TEST(RewriteKinds, ARowInTheMiddleIsScattered) {
  const std::vector<RewrittenRow> rows{{.from_start = 9, .lag = 10, .change = 1}};
  EXPECT_EQ(classify_rewrites(rows, 20), RewriteKind::kScattered);
  const std::vector<RewrittenRow> ends{{.from_start = 0, .lag = 19, .change = 1},
                                       {.from_start = 19, .lag = 0, .change = 1}};
  EXPECT_EQ(classify_rewrites(ends, 20), RewriteKind::kScattered);
}

/// One-minute rows, a bin for every five minutes labelled by its end, bars of five minutes.
RunData make_resampling_run() {
  RunData run = make_run({.bars = 4});
  run.manifest.nodes.resize(2);
  for (auto& bar : run.bars) {
    bar.windows.resize(2);
    bar.tables.clear();
    Panel source(run.manifest.nodes[0].columns);
    Panel bins(run.manifest.nodes[1].columns);
    for (Timestamp t = bar_at(0) - minutes(20); t <= bar.bar; t = t + minutes(1)) {
      source.append_row(t);
      source.set(source.row_count() - 1, 0, static_cast<double>(t.ns));
      if (floor_to(t, minutes(5)) == t) {
        bins.append_row(t);
        bins.set(bins.row_count() - 1, 0, static_cast<double>(t.ns));
      }
    }
    bar.windows = {source, bins};
  }
  run.manifest.nodes[1].lookback_rows = 0;
  return run;
}

TEST(SelfConsistency, TheReachOfABinIsItsTimeRange) {
  const auto unexplained = [](Timestamp source_row, Timestamp bin) {
    RunData run = make_resampling_run();
    for (std::size_t b = 2; b < run.bars.size(); ++b) {
      auto& windows = run.bars[b].windows;
      windows[0].set(*windows[0].find_row(source_row), 0, 1.5);
      windows[1].set(*windows[1].find_row(bin), 0, 1.5);
    }
    return node(compare(run, run), "predict.1.compute_ret").unexplained_rewrites;
  };
  const Timestamp bin = bar_at(0);
  EXPECT_EQ(unexplained(bin, bin), 0U);
  EXPECT_EQ(unexplained(bin - minutes(4), bin), 0U) << "the first row of the bin";
  EXPECT_EQ(unexplained(bin - minutes(5), bin), 2U) << "the last row of the bin before";
  EXPECT_EQ(unexplained(bin + minutes(1), bin), 2U) << "the first row of the next bin";
}

}  // namespace
}  // namespace tieout::recon
