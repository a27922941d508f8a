#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "tieout/core/random.hpp"
#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/runner.hpp"
#include "tieout/dataflow/window_node.hpp"

// Random DAGs over random data with gaps, NaN, revisions and late rows: whatever is recomputed, the
// bits are the same.

namespace tieout::dataflow {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Timestamp kStart{1'500'000'000'000'000'000};

/// Draws in order from a counter-based generator.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : rng_(seed, 7) {}
  std::size_t below(std::size_t n) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(n));
  }
  bool chance(double p) { return uniform() < p; }
  double uniform() { return rng_.uniform(counter_++); }

 private:
  CounterRng rng_;
  std::uint64_t counter_ = 0;
};

/// Sum over the windows of several fields with weights that depend on the place: wrong rows cannot
/// give the right bits.
class WeightedWindow final : public WindowNode {
 public:
  WeightedWindow(const std::vector<std::string>& fields, const std::string& output,
                 std::size_t lookback)
      : WindowNode(fields, {output}, lookback) {}
  std::string_view kind() const noexcept override { return "weighted_window"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    double sum = 0;
    double weight = 1;
    for (const auto& window : windows) {
      for (const double x : window) {
        weight *= 1.37;
        sum += std::isnan(x) ? 0.1 * weight : weight * x;
      }
    }
    // Some windows give no value, and some outputs do not see a change of their inputs.
    outputs[0] = sum < 0 ? kNaN : std::min(sum, 50.0);
  }
};

struct RandomStage {
  std::string nid;
  std::set<std::string> fields;
  std::string main;  // the field that later stages use
  bool is_finite = true;
};

struct RandomDag {
  Dag dag;
  std::vector<bool> is_finite;  // no stage up to this one looks at its whole window
};

/// A stage on one predecessor, or on two whose fields do not overlap.
struct Made {
  NodePtr node;
  std::set<std::string> fields;
  std::string main;
  bool is_whole_window = false;
};

Made make_single(Dice& dice, const std::string& in, const std::string& out) {
  const Duration rules[] = {minutes(2), minutes(3), minutes(5)};
  switch (dice.below(9)) {
    case 0:
      return {std::make_unique<WeightedWindow>(std::vector<std::string>{in}, out, dice.below(6)),
              {out},
              out};
    case 1:
      return {
          make_resample_bars(rules[dice.below(3)],
                             {{{in, out, static_cast<Aggregate>(dice.below(6))}}, {}, out + ".n"}),
          {out, out + ".n"},
          out};
    case 2:
      return {make_returns(static_cast<ReturnMode>(dice.below(3)), {in}),
              {in + ".ret_0"},
              in + ".ret_0"};
    case 3:
      return {make_rolling_volatility(in, 1 + dice.below(7), 1), {in + ".vol"}, in + ".vol"};
    case 4:
      return {make_rolling_norm(in, out, 4.0), {out}, out, true};
    case 5:
      return {
          make_drop_nans({in}, make_combine_columns(Operation::kSubtract, {in, 0}, {in, 2}, out)),
          {out},
          out,
          true};
    case 6:
      return {make_compress_tails(in, out, 4.0), {out}, out};
    case 7:
      return {make_lags(in, {.lag_delay = dice.below(3), .num_lags = 2}),
              {in + ".lag0", in + ".lag1"},
              in + ".lag1"};
    default:
      return {make_clip(in, out, 0.2, 0.8), {out}, out};
  }
}

RandomDag make_dag(std::uint64_t seed, Duration extra_history) {
  Dice dice(seed);
  SourceSpec source;
  source.fields = {"a", "b"};
  source.history_lookback = minutes(static_cast<std::int64_t>(20 + dice.below(60)));
  source.index = dice.chance(0.4) ? SourceIndex::kObserved : SourceIndex::kGrid;
  source.history_lookback = source.history_lookback + extra_history;
  RandomDag result{Dag(source), {true}};
  std::vector<RandomStage> stages = {{"read_data", {"a", "b"}, dice.chance(0.5) ? "a" : "b", true}};
  const std::size_t count = 3 + dice.below(8);
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string nid = "stage" + std::to_string(i);
    const std::string out = "f" + std::to_string(i);
    const RandomStage& first = stages[dice.below(stages.size())];
    const RandomStage& second = stages[dice.below(stages.size())];
    std::vector<std::string> inputs = {first.nid};
    bool is_finite = first.is_finite;
    Made made;
    const bool are_disjoint = std::ranges::none_of(
        first.fields, [&](const std::string& field) { return second.fields.contains(field); });
    if (are_disjoint && dice.chance(0.6)) {
      inputs.push_back(second.nid);
      is_finite = is_finite && second.is_finite;
      const std::vector<std::string> fields = {second.main, first.main};
      if (dice.chance(0.5)) {
        made = {std::make_unique<WeightedWindow>(fields, out, dice.below(5)), {out}, out};
      } else {
        made = {
            make_combine_columns(static_cast<Operation>(dice.below(4)), {first.main, dice.below(3)},
                                 {second.main, dice.below(3)}, out),
            {out},
            out};
      }
    } else {
      made = make_single(dice, first.main, out);
      if (dice.chance(0.3) &&
          std::ranges::none_of(
              made.fields,
              [&](const std::string& field) { return first.fields.contains(field); }) &&
          made.node->output_period().ns == 0) {
        made.node = make_joined(std::move(made.node));
        made.fields.insert(first.fields.begin(), first.fields.end());
      }
    }
    is_finite = is_finite && !made.is_whole_window;
    EXPECT_TRUE(result.dag.add(nid, std::move(made.node), inputs).ok());
    result.is_finite.push_back(is_finite);
    stages.push_back({nid, made.fields, made.main, is_finite});
  }
  return result;
}

DagRunner make_runner(std::uint64_t seed, const Universe& universe, Recompute mode,
                      Duration extra_history = {}) {
  auto runner = DagRunner::create(make_dag(seed, extra_history).dag, universe, mode);
  EXPECT_TRUE(runner.ok()) << (runner.ok() ? "" : to_string(runner.error()));
  return std::move(runner).value();
}

using Truth = std::map<std::pair<Timestamp, AssetId>, std::vector<double>>;

/// What became known between two bars.
std::vector<Observation> draw_changes(Dice& dice, const Universe& universe, Timestamp last,
                                      Timestamp bar, Truth& truth) {
  const auto draw = [&] { return dice.chance(0.1) ? kNaN : dice.uniform() + 0.05; };
  std::vector<Observation> changes;
  for (Timestamp row = last + minutes(1); row <= bar; row = row + minutes(1)) {
    const bool is_gap = dice.chance(0.1);
    for (const Asset& asset : universe.assets()) {
      if (!is_gap && !dice.chance(0.1)) {
        changes.push_back({row, asset.id, {draw(), draw()}});
      }
    }
  }
  while (dice.chance(0.4)) {
    // Revised or late, possibly before the window; sometimes with the same bits as before.
    const Timestamp row = bar - minutes(static_cast<std::int64_t>(1 + dice.below(60)));
    const AssetId asset = universe.assets()[dice.below(universe.size())].id;
    const auto known = truth.find({row, asset});
    if (row < kStart - hours(2)) {
      continue;
    }
    changes.push_back(known != truth.end() && dice.chance(0.3)
                          ? Observation{row, asset, known->second}
                          : Observation{row, asset, {draw(), draw()}});
  }
  for (const Observation& change : changes) {
    truth[{change.row, change.asset}] = change.values;
  }
  return changes;
}

std::vector<Observation> all_until(const Truth& truth, Timestamp bar) {
  std::vector<Observation> observations;
  for (const auto& [key, values] : truth) {
    if (key.first <= bar) {
      observations.push_back({key.first, key.second, values});
    }
  }
  return observations;
}

bool same_row(const Panel& left, std::size_t l, const Panel& right, std::size_t r) {
  return bitwise_equal(left.slice({l, l + 1}), right.slice({r, r + 1}));
}

/// The change as it follows from the two windows alone.
void expect_exact_change(const Panel& before, const Panel& now, const StageChange& change) {
  std::vector<std::size_t> differing;
  if (!change.replaced) {
    ASSERT_LE(change.dropped_front, before.row_count());
    const std::size_t kept = before.row_count() - change.dropped_front;
    ASSERT_LE(kept, now.row_count());
    for (std::size_t row = 0; row < now.row_count(); ++row) {
      if (row < kept) {
        ASSERT_EQ(before.index()[row + change.dropped_front], now.index()[row]);
      }
      if (row >= kept || !same_row(before, row + change.dropped_front, now, row)) {
        differing.push_back(row);
      }
    }
  } else {
    EXPECT_EQ(change.dropped_front, 0U);
    for (std::size_t row = 0; row < now.row_count(); ++row) {
      differing.push_back(row);
    }
  }
  std::vector<std::size_t> reported;
  std::size_t last = 0;
  for (const RowRange& rows : change.changed) {
    ASSERT_LT(rows.first, rows.last);
    ASSERT_TRUE(reported.empty() || last < rows.first)
        << "ranges must be disjoint, not adjacent, ascending";
    last = rows.last;
    for (std::size_t row = rows.first; row < rows.last; ++row) {
      reported.push_back(row);
    }
  }
  EXPECT_EQ(reported, differing);
}

/// Rows that both windows have hold the same bits; returns how many there are.
std::size_t expect_same_common_rows(const Panel& left, const Panel& right) {
  std::size_t common = 0;
  for (std::size_t row = 0; row < left.row_count(); ++row) {
    if (const auto other = right.find_row(left.index()[row])) {
      EXPECT_TRUE(same_row(left, row, right, *other)) << to_iso(left.index()[row]);
      ++common;
    }
  }
  return common;
}

void expect_same_bits_in_all_modes(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Dice dice(seed + 1'000'000);
  const Universe universe = Universe::from_ids(
      dice.chance(0.5) ? std::vector<AssetId>{{3}} : std::vector<AssetId>{{3}, {5}, {9}});
  DagRunner incremental = make_runner(seed, universe, Recompute::kIncremental);
  DagRunner full = make_runner(seed, universe, Recompute::kFull);
  const std::size_t stage_count = incremental.dag().stages().size();
  std::vector<Panel> before;
  for (std::size_t id = 0; id < stage_count; ++id) {
    before.push_back(incremental.output(id));
  }
  Truth truth;
  Timestamp bar = kStart - hours(1);
  for (int step = 0; step < 25 && !testing::Test::HasFailure(); ++step) {
    const Timestamp last = bar;
    const std::size_t jump = dice.chance(0.05) ? 150 : 1 + dice.below(step == 0 ? 100 : 6);
    bar = bar + minutes(static_cast<std::int64_t>(jump));
    const std::vector<Observation> changes = draw_changes(dice, universe, last, bar, truth);
    const auto one = incremental.run_bar(bar, changes);
    const auto two = full.run_bar(bar, changes);
    ASSERT_TRUE(one.ok() && two.ok()) << to_string(one.ok() ? two.error() : one.error());
    DagRunner fresh = make_runner(seed, universe, Recompute::kIncremental);
    const auto three = fresh.run_bar(bar, all_until(truth, bar));
    ASSERT_TRUE(three.ok());
    for (std::size_t id = 0; id < stage_count; ++id) {
      SCOPED_TRACE(incremental.dag().node_name(id) + " bar " + to_iso(bar));
      const Panel& now = incremental.output(id);
      ASSERT_TRUE(bitwise_equal(now, full.output(id)));
      ASSERT_TRUE(bitwise_equal(now, fresh.output(id))) << "a restart would need state";
      EXPECT_EQ((*one)[id].changed, (*two)[id].changed);
      EXPECT_EQ((*one)[id].dropped_front, (*two)[id].dropped_front);
      EXPECT_EQ((*one)[id].replaced, (*two)[id].replaced);
      EXPECT_EQ((*one)[id].window_hash, (*two)[id].window_hash);
      EXPECT_EQ((*one)[id].window_hash, hash_panel(now));
      expect_exact_change(before[id], now, (*one)[id]);
      before[id] = now;
    }
  }
}

void expect_rows_independent_of_the_window(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Dice dice(seed + 2'000'000);
  const Universe universe = Universe::from_ids({{3}, {5}});
  Truth truth;
  const Timestamp bar = kStart + minutes(static_cast<std::int64_t>(dice.below(10)));
  draw_changes(dice, universe, kStart - hours(3), bar, truth);
  const Timestamp earlier = bar - minutes(static_cast<std::int64_t>(1 + dice.below(9)));
  DagRunner now = make_runner(seed, universe, Recompute::kIncremental);
  DagRunner truncated = make_runner(seed, universe, Recompute::kIncremental);
  DagRunner longer = make_runner(seed, universe, Recompute::kIncremental, minutes(7));
  ASSERT_TRUE(now.run_bar(bar, all_until(truth, bar)).ok());
  ASSERT_TRUE(truncated.run_bar(earlier, all_until(truth, earlier)).ok());
  ASSERT_TRUE(longer.run_bar(bar, all_until(truth, bar)).ok());
  const std::vector<bool> is_finite = make_dag(seed, {}).is_finite;
  for (std::size_t id = 0; id < is_finite.size(); ++id) {
    SCOPED_TRACE(now.dag().node_name(id));
    if (is_finite[id]) {
      expect_same_common_rows(now.output(id), truncated.output(id));
      const std::size_t common = expect_same_common_rows(now.output(id), longer.output(id));
      EXPECT_EQ(common, now.output(id).row_count()) << "a longer history may only add rows";
    }
  }
}

/// Each test runs a block of seeds.
class EngineTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr std::uint64_t kSeeds = 20;

  template <typename F>
  void for_each_seed(F&& check) const {
    for (std::uint64_t seed = GetParam() * kSeeds;
         seed < (GetParam() + 1) * kSeeds && !HasFailure(); ++seed) {
      check(seed);
    }
  }
};

TEST_P(EngineTest, IncrementalAndFullAndFreshRunnersGiveTheSameBitsAndTheExactChanges) {
  for_each_seed(expect_same_bits_in_all_modes);
}

TEST_P(EngineTest, RowsDoNotDependOnTheEndOfTheWindowNorFiniteOnesOnItsStart) {
  for_each_seed(expect_rows_independent_of_the_window);
}

INSTANTIATE_TEST_SUITE_P(Seeds, EngineTest, ::testing::Range<std::uint64_t>(0, 8));

}  // namespace
}  // namespace tieout::dataflow
