#include <algorithm>
#include <limits>

#include "tieout/recon/policy.hpp"

#include "reference.hpp"

// The incremental comparison against the obvious one, over random runs that differ in every way
// that a window can.
namespace tieout::recon {
namespace {

using test::Draws;
using test::RunData;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double strange_value(Draws& draws) {
  constexpr double kValues[] = {kNaN,
                                -kNaN,
                                0.0,
                                -0.0,
                                1e6,
                                std::numeric_limits<double>::infinity(),
                                -std::numeric_limits<double>::infinity(),
                                5e-324};
  return draws.below(3) == 0 ? draws.normal() : kValues[draws.below(std::size(kValues))];
}

Panel without_row(const Panel& window, std::size_t row) {
  Panel result(window.columns());
  for (std::size_t r = 0; r < window.row_count(); ++r) {
    if (r == row) {
      continue;
    }
    result.append_row(window.index()[r]);
    for (std::size_t c = 0; c < window.column_count(); ++c) {
      result.set(result.row_count() - 1, c, window.at(r, c));
    }
  }
  return result;
}

/// Change cells, for a few bars (so that they heal) or for good; drop rows; insert rows between
/// others.
void disturb(RunData& run, Draws& draws) {
  const std::size_t changes = draws.below(6);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t node = draws.below(run.manifest.nodes.size());
    const std::size_t from = draws.below(run.bars.size());
    const std::size_t bars = 1 + draws.below(run.bars.size());
    const std::size_t what = draws.below(5);
    const std::size_t column = draws.below(run.manifest.nodes[node].columns.size());
    const double value = strange_value(draws);
    const Timestamp row = test::bar_at(draws.below(run.bars.size()));
    for (std::size_t b = from; b < std::min(run.bars.size(), from + bars); ++b) {
      Panel& window = run.bars[b].windows[node];
      const auto at = window.find_row(row);
      if (what == 0 && at) {
        window = without_row(window, *at);
      } else if (what == 1 && !window.empty() && window.index().front() < row) {
        // A row off the grid, as a node of irregular rows has them.
        const std::size_t r = window.insert_row(row + seconds(7));
        window.set(r, column, value);
      } else if (what == 2) {
        window.drop_front(std::min<std::size_t>(1, window.row_count()));
      } else if (at) {
        window.set(*at, column, value);
      }
    }
  }
}

/// Rounding: many cells of the right run are a few ulp or some tenths off, at all later bars.
void nudge(RunData& run, Draws& draws) {
  for (std::size_t i = 0, n = draws.below(60); i < n; ++i) {
    const std::size_t node = draws.below(run.manifest.nodes.size());
    const std::size_t column = draws.below(run.manifest.nodes[node].columns.size());
    const Timestamp row = test::bar_at(draws.below(run.bars.size()));
    const double step = draws.below(2) == 0 ? 1e-16 : 0.3 * draws.normal();
    for (auto& bar : run.bars) {
      Panel& window = bar.windows[node];
      if (const auto at = window.find_row(row)) {
        window.set(*at, column, window.at(*at, column) * (1 + step));
      }
    }
  }
}

void permute_columns_of(RunData& run, std::size_t node, Draws& draws) {
  std::vector<std::size_t> order(run.manifest.nodes[node].columns.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    std::swap(order[i], order[draws.below(i + 1)]);
  }
  if (draws.below(3) == 0) {
    order.pop_back();
  }
  auto& columns = run.manifest.nodes[node].columns;
  columns = test::permute_columns(Panel(columns), order).columns();
  for (auto& bar : run.bars) {
    bar.windows[node] = test::permute_columns(bar.windows[node], order);
  }
}

TEST(IncrementalComparison, CountsWhatComparingWholeWindowsCounts) {
  std::uint64_t with_breaks = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    RunData left =
        test::make_run({.seed = seed, .bars = 4 + draws.below(30), .rows = 1 + draws.below(12)});
    RunData right = left;
    disturb(draws.below(4) == 0 ? left : right, draws);
    disturb(right, draws);
    if (draws.below(3) == 0) {
      permute_columns_of(right, draws.below(4), draws);
    }
    if (draws.below(3) == 0) {
      right.bars.erase(right.bars.begin() +
                       static_cast<std::ptrdiff_t>(draws.below(right.bars.size())));
    }
    const auto expected = test::reference_compare(left, right);
    const Comparison actual = test::compare(left, right);
    bool any = false;
    for (const NodeResult& node : actual.nodes) {
      SCOPED_TRACE(node.name);
      const test::ReferenceNode& reference = expected.at(node.name);
      EXPECT_EQ(node.cells, reference.cells);
      EXPECT_EQ(node.distinct_breaks, reference.distinct_breaks);
      EXPECT_EQ(node.first_bar, reference.first_bar);
      EXPECT_EQ(node.max_abs, reference.max_abs);
      EXPECT_EQ(node.max_rel, reference.max_rel);
      any = any || reference.distinct_breaks > 0;
    }
    with_breaks += any ? 1U : 0U;
    EXPECT_EQ(any || left.bars.size() != right.bars.size(), actual.verdict == Verdict::kDiverged)
        << actual.sentence;
  }
  EXPECT_GT(with_breaks, 80U) << "the generator must disturb most runs";
}

/// A policy of a few rules and waivers over the nodes of make_run(), of all kinds.
Policy random_policy(Draws& draws) {
  const char* const kRules[] = {"exact",           "ulp:3",    "abs:0.5", "rel:0.25",
                                "abs+rel:0.1,0.1", "bps:3000", "ticks:2", "ulp:4000000000000000",
                                "ignore",          "abs:0"};
  const char* const kColumns[] = {"", "close", "vol*", "ret", "z", "p*"};
  const char* const kAssets[] = {"", "", "*BTC*", "6051632686"};
  std::string text = "version = 1\n[increments.'*']\ntick = 0.125\n";
  const auto place = [&] {
    std::string where;
    const auto add = [&](const char* key, const std::string& value) {
      if (!value.empty()) {
        where += std::string(key) + " = '" + value + "'\n";
      }
    };
    add("column", kColumns[draws.below(std::size(kColumns))]);
    add("asset", kAssets[draws.below(std::size(kAssets))]);
    add("stage", draws.below(3) == 0 ? "inputs" : "");
    const std::size_t from = draws.below(8);
    if (draws.below(3) == 0) {
      add("from", to_iso(test::bar_at(from)));
      add("until", to_iso(test::bar_at(from + draws.below(5))));
    }
    return where;
  };
  for (std::size_t i = 0, n = draws.below(5); i < n; ++i) {
    text += "[[rule]]\n" + place() + "rule = '" + kRules[draws.below(std::size(kRules))] +
            "'\nreason = 'why not'\n";
  }
  for (std::size_t i = 0, n = draws.below(3); i < n; ++i) {
    text += "[[waiver]]\n" + place() + "owner = 'ann'\nreason = 'known'\nexpires = '" +
            to_iso(test::bar_at(draws.below(20))) + "'\n" +
            (draws.below(2) == 0 ? "max_abs = 0.75\n" : "");
  }
  const auto policy = parse_policy(text, "random.toml");
  EXPECT_TRUE(policy.ok()) << policy.error().message;
  return *policy;
}

TEST(IncrementalComparison, CountsByRuleWhatJudgingEveryCellCounts) {
  CellCounts seen;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed + 1000);
    RunData left =
        test::make_run({.seed = seed, .bars = 4 + draws.below(16), .rows = 1 + draws.below(9)});
    RunData right = left;
    for (std::size_t i = 0, n = 1 + draws.below(6); i < n; ++i) {
      disturb(draws.below(4) == 0 ? left : right, draws);
    }
    nudge(right, draws);
    if (draws.below(3) == 0) {
      permute_columns_of(right, draws.below(4), draws);
    }
    const Policy policy = random_policy(draws);
    const auto expected = test::reference_compare(left, right, &policy);
    const Comparison actual = test::compare(left, right, {.policy = &policy});
    bool any = false;
    for (const NodeResult& node : actual.nodes) {
      SCOPED_TRACE(node.name + "\n" + to_toml(policy));
      const test::ReferenceNode& reference = expected.at(node.name);
      EXPECT_EQ(node.cells, reference.cells);
      EXPECT_EQ(node.distinct_breaks, reference.distinct_breaks);
      EXPECT_EQ(node.first_bar, reference.first_bar);
      EXPECT_EQ(node.max_abs, reference.max_abs);
      EXPECT_EQ(node.max_rel, reference.max_rel);
      any = any || reference.distinct_breaks > 0;
      seen += reference.cells;
    }
    EXPECT_EQ(any, actual.verdict == Verdict::kDiverged) << actual.sentence;
    const Comparison other = test::compare(right, left, {.policy = &policy});
    EXPECT_EQ(other.cells, actual.cells) << "symmetric";
    EXPECT_EQ(other.verdict, actual.verdict);
  }
  EXPECT_GT(seen.within, 500U);
  EXPECT_GT(seen.ignored, 100U);
  EXPECT_GT(seen.waived, 100U);
  EXPECT_GT(seen.uncovered, 1000U);
}

TEST(IncrementalComparison, IsSymmetric) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    const RunData left = test::make_run({.seed = seed, .bars = 12, .rows = 5});
    RunData right = left;
    disturb(right, draws);
    const Comparison one = test::compare(left, right);
    const Comparison other = test::compare(right, left);
    EXPECT_EQ(one.verdict, other.verdict);
    EXPECT_EQ(one.cells, other.cells);
    EXPECT_EQ(one.distinct_breaks, other.distinct_breaks);
    EXPECT_EQ(one.roots, other.roots);
    EXPECT_EQ(one.breaks_by_column, other.breaks_by_column);
    EXPECT_EQ(one.breaks_by_asset, other.breaks_by_asset);
  }
}

TEST(IncrementalComparison, IsAFunctionOfItsInputs) {
  Draws draws(7);
  const RunData left = test::make_run({.seed = 7, .bars = 12, .rows = 5});
  RunData right = left;
  disturb(right, draws);
  EXPECT_EQ(to_json(test::compare(left, right)), to_json(test::compare(left, right)));
}

}  // namespace
}  // namespace tieout::recon
