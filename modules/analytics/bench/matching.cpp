#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <tuple>
#include <vector>

#include "matching_truth.hpp"

// A million decisions on each side, of 100 assets, six seconds apart in the window of a minute, so
// that each has some twenty neighbours: drifted clocks, splits, merges, drops, other sizes and
// replaced orders, in random order. Checked against the pairing that the generator knows; the time
// is told as a ratio to sorting both lists by asset, side and time in the same run.
namespace tieout::analytics {
namespace {

/// Of the processor: everything here runs on one thread.
double now_s() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void sort_list(const std::vector<Trade>& trades) {
  std::vector<Trade> sorted = trades;
  std::ranges::sort(sorted, {},
                    [](const Trade& t) { return std::tuple(t.asset, t.quantity < 0, t.time); });
  if (!std::ranges::is_sorted(sorted, {}, &Trade::asset)) std::abort();
}

int run() {
  test::TruthOptions shape;
  shape.decisions = 1'000'000;
  shape.assets = 100;
  shape.spacing = seconds(6);
  shape.skew = seconds(5);
  shape.split = shape.merge = shape.drop = shape.resized = shape.replaced = 0.02;
  const test::Truth truth = test::make_truth(shape);
  MatchOptions options;
  options.quantity_step = shape.step;
  std::vector<double> match_s;
  std::vector<double> ratios;
  for (int i = 0; i < 3; ++i) {
    const double before_sort = now_s();
    sort_list(truth.left);
    sort_list(truth.right);
    const double sort_s = now_s() - before_sort;
    const double before = now_s();
    const Result<MatchResult> result = match_trades(truth.left, truth.right, options);
    match_s.push_back(now_s() - before);
    ratios.push_back(match_s.back() / sort_s);
    if (!result.ok()) {
      std::fprintf(stderr, "bench_analytics_matching: %s\n", result.error().message.c_str());
      return 1;
    }
    const test::TruthScore found = test::score(*result, truth);
    if (i == 0) {
      std::printf(
          "%zu x %zu fills, %zu true pairings: recall %.5f, precision %.5f, without drift "
          "%.5f\n",
          truth.left.size(), truth.right.size(), truth.pairs.size(), found.recall, found.precision,
          found.precision_of_evidence);
    }
    // What only one side has is paired with its like within the window, as a drift: no rule can
    // tell that from one decision of two sizes. All other pairings rest on evidence.
    if (found.precision_of_evidence < 0.999 || found.recall < 0.999 || found.precision < 0.99) {
      std::fprintf(stderr, "bench_analytics_matching: wrong answer\n");
      return 1;
    }
  }
  std::printf(
      "match %.2f s of one core, %.2f times sorting both lists (median of 3; asked: less than 10 "
      "s)\n",
      median(match_s), median(ratios));
  return median(match_s) < 10 ? 0 : 1;
}

}  // namespace
}  // namespace tieout::analytics

int main() {
  return tieout::analytics::run();
}
