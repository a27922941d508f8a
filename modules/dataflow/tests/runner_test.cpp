#include "tieout/dataflow/runner.hpp"

#include <bit>
#include <cmath>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

#include "one_asset.hpp"

namespace tieout::dataflow {
namespace {

using ::testing::HasSubstr;

Timestamp at(std::int64_t minute) {
  return kZero + minutes(minute);
}

SourceSpec one_field(std::int64_t history, SourceIndex index = SourceIndex::kGrid) {
  SourceSpec source;
  source.fields = {"x"};
  source.history_lookback = minutes(history);
  source.index = index;
  return source;
}

Observation value(std::int64_t minute, double x) {
  return {at(minute), kAsset, {x}};
}

DagRunner make_runner(Dag dag, Recompute mode = Recompute::kIncremental) {
  return std::move(DagRunner::create(std::move(dag), Universe::from_ids({kAsset}), mode)).value();
}

std::vector<StageChange> run(DagRunner& runner, std::int64_t bar,
                             const std::vector<Observation>& changes) {
  auto done = runner.run_bar(at(bar), changes);
  EXPECT_TRUE(done.ok()) << (done.ok() ? "" : to_string(done.error()));
  return done.ok() ? std::move(done).value() : std::vector<StageChange>{};
}

TEST(DagRunnerTest, TheWindowIsOpenAtTheFrontAndClosedAtTheBar) {
  DagRunner runner = make_runner(Dag(one_field(5)));
  const auto changes = run(runner, 10, {value(5, 1), value(6, 2), value(10, 3), value(11, 4)});
  const Panel& window = runner.output(0);
  ASSERT_EQ(window.row_count(), 5U);
  EXPECT_EQ(window.index().front(), at(6));
  expect_cells(column_of(window, "x"), {2, kNaN, kNaN, kNaN, 3});
  EXPECT_EQ(changes[0].changed, (std::vector<RowRange>{{0, 5}}));
  EXPECT_EQ(changes[0].dropped_front, 0U);
}

TEST(DagRunnerTest, ABarDropsItsFrontAndReportsNewAndRevisedRowsOnly) {
  DagRunner runner = make_runner(Dag(one_field(5)));
  run(runner, 5, {value(1, 1), value(2, 2), value(3, 3), value(4, 4), value(5, 5)});
  const auto changes = run(runner, 7, {value(7, 7), value(4, 40), value(1, 9), value(5, 5)});
  expect_cells(column_of(runner.output(0), "x"), {3, 40, 5, kNaN, 7});
  EXPECT_EQ(changes[0].dropped_front, 2U);
  EXPECT_EQ(changes[0].changed, (std::vector<RowRange>{{1, 2}, {3, 5}}))
      << "row 5 was sent again unchanged";
  EXPECT_FALSE(changes[0].replaced);
}

TEST(DagRunnerTest, BitsDecideWhatChanged) {
  DagRunner runner = make_runner(Dag(one_field(4)));
  run(runner, 4, {value(1, 0.0), value(2, kNaN), value(4, 1)});
  const auto changes = run(runner, 5, {value(2, -kNaN), value(5, 1), value(4, 1)});
  EXPECT_EQ(changes[0].changed, (std::vector<RowRange>{{3, 4}})) << "any NaN is the same NaN";
  const auto signs = run(runner, 6, {value(4, -1), value(5, 1)});
  EXPECT_EQ(signs[0].changed, (std::vector<RowRange>{{1, 2}, {3, 4}}));
  run(runner, 7, {value(7, 0.0)});
  const auto zeros = run(runner, 8, {value(7, -0.0)});
  EXPECT_EQ(zeros[0].changed, (std::vector<RowRange>{{2, 4}})) << "-0 is not +0";
}

TEST(DagRunnerTest, EveryNanIsTheSameQuietNan) {
  Dag dag(one_field(3));
  ASSERT_TRUE(dag.add("zero_by_zero",
                      make_combine_columns(Operation::kDivide, {"x", 0}, {"x", 0}, "y"),
                      {"read_data"})
                  .ok());
  DagRunner runner = make_runner(std::move(dag));
  run(runner, 3, {value(1, 0.0), value(2, -kNaN), value(3, 1)});
  const auto quiet = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
  for (std::size_t stage = 0; stage < 2; ++stage) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(runner.output(stage).at(1, 0)), quiet);
  }
  EXPECT_EQ(std::bit_cast<std::uint64_t>(runner.output(1).at(0, 0)), quiet);
}

TEST(DagRunnerTest, AJumpPastTheWindowReplacesEveryRowInOrder) {
  DagRunner runner = make_runner(Dag(one_field(3)));
  run(runner, 3, {value(3, 1)});
  const auto changes = run(runner, 100, {value(99, 2)});
  EXPECT_EQ(changes[0].dropped_front, 3U);
  EXPECT_FALSE(changes[0].replaced);
  EXPECT_EQ(changes[0].changed, (std::vector<RowRange>{{0, 3}}));
  expect_cells(column_of(runner.output(0), "x"), {kNaN, 2, kNaN});
}

TEST(DagRunnerTest, ARowWithoutItsWholeLookbackIsNotEmitted) {
  Dag dag(one_field(5));
  ASSERT_TRUE(dag.add("vol", make_rolling_volatility("x", 3, 1), {"read_data"}).ok());
  ASSERT_TRUE(dag.add("lag", make_lags("x.vol", {.lag_delay = 1}), {"vol"}).ok());
  DagRunner runner = make_runner(std::move(dag));
  run(runner, 5, {value(1, 1), value(2, 1), value(3, 1), value(4, 1), value(5, 1)});
  EXPECT_EQ(runner.output(1).index().front(), at(3));
  EXPECT_EQ(runner.output(2).index().front(), at(4));
}

TEST(DagRunnerTest, AStageWhoseLookbackExceedsTheWindowIsEmpty) {
  Dag dag(one_field(3));
  ASSERT_TRUE(dag.add("lag", make_lags("x", {.lag_delay = 3}), {"read_data"}).ok());
  ASSERT_TRUE(dag.add("norm", make_rolling_norm("x.lag0", "n", 2), {"lag"}).ok());
  DagRunner runner = make_runner(std::move(dag));
  const auto changes = run(runner, 3, {value(1, 1)});
  EXPECT_TRUE(runner.output(1).empty());
  EXPECT_TRUE(runner.output(2).empty());
  EXPECT_EQ(changes[2].window_hash, hash_panel(runner.output(2)));
}

TEST(DagRunnerTest, ARevisionReachesAsFarAsTheLookbackAndNoFurtherThanItsBits) {
  Dag dag(one_field(10));
  ASSERT_TRUE(
      dag.add("sum", make_combine_columns(Operation::kAdd, {"x", 0}, {"x", 2}, "s"), {"read_data"})
          .ok());
  ASSERT_TRUE(dag.add("clip", make_clip("s", "c", 0, 5), {"sum"}).ok());
  DagRunner runner = make_runner(std::move(dag));
  std::vector<Observation> rows;
  for (std::int64_t i = 1; i <= 10; ++i) {
    rows.push_back(value(i, 4));
  }
  run(runner, 10, rows);
  const auto changes = run(runner, 11, {value(11, 4), value(6, 5)});
  EXPECT_EQ(changes[0].changed, (std::vector<RowRange>{{4, 5}, {9, 10}}));
  // The sum starts at minute 4 now; minutes 6 and 8 see the revision.
  EXPECT_EQ(runner.output(1).index().front(), at(4));
  EXPECT_EQ(changes[1].changed, (std::vector<RowRange>{{2, 3}, {4, 5}, {7, 8}}));
  EXPECT_EQ(changes[2].changed, (std::vector<RowRange>{{7, 8}})) << "8 and 9 are both clipped to 5";
}

TEST(DagRunnerTest, ResampledBarsAreWholeAtBothEnds) {
  Dag dag(one_field(12));
  ASSERT_TRUE(dag.add("resample",
                      make_resample_bars(minutes(5), {{{"x", "n", Aggregate::kSum}}, {}, "n_rows"}),
                      {"read_data"})
                  .ok());
  DagRunner runner = make_runner(std::move(dag));
  std::vector<Observation> rows;
  for (std::int64_t i = 1; i <= 13; ++i) {
    rows.push_back(value(i, 1));
  }
  run(runner, 13, rows);  // holds minutes 2 .. 13: of the bars 5, 10 and 15 only 10 is whole
  const Panel& bars = runner.output(1);
  ASSERT_EQ(bars.row_count(), 1U);
  EXPECT_EQ(bars.index()[0], at(10));
  expect_cells(column_of(bars, "n"), {5});
}

TEST(DagRunnerTest, ABinWithoutRowsBetweenTwoOthersIsEmitted) {
  Dag dag(one_field(30, SourceIndex::kObserved));
  ASSERT_TRUE(dag.add("resample",
                      make_resample_bars(minutes(5), {{{"x", "s", Aggregate::kSum}}, {}, "n_rows"}),
                      {"read_data"})
                  .ok());
  DagRunner runner = make_runner(std::move(dag));
  run(runner, 30, {value(3, 1), value(21, 2), value(22, 3)});
  const Panel& bars = runner.output(1);
  ASSERT_EQ(bars.row_count(), 5U) << "5, 10, 15, 20 and 25";
  expect_cells(column_of(bars, "s"), {1, kNaN, kNaN, kNaN, 5});
  expect_cells(column_of(bars, "n_rows"), {1, 0, 0, 0, 2});
}

TEST(DagRunnerTest, AnObservedRowInTheMiddleReplacesTheRows) {
  Dag dag(one_field(30, SourceIndex::kObserved));
  ASSERT_TRUE(dag.add("lag", make_lags("x", {.lag_delay = 1}), {"read_data"}).ok());
  DagRunner runner = make_runner(std::move(dag));
  run(runner, 10, {value(2, 2), value(5, 5), value(9, 9)});
  expect_cells(column_of(runner.output(1), "x.lag0"), {2, 5});
  const auto changes = run(runner, 11, {value(4, 4), value(11, 11)});
  EXPECT_TRUE(changes[0].replaced);
  EXPECT_EQ(changes[0].changed, (std::vector<RowRange>{{0, 5}}));
  EXPECT_TRUE(changes[1].replaced);
  expect_cells(column_of(runner.output(1), "x.lag0"), {2, 4, 5, 9});
}

TEST(DagRunnerTest, AStageOfSeveralInputsEmitsWhatAllSupport) {
  Dag dag(one_field(12));
  ASSERT_TRUE(dag.add("slow", make_lags("x", {.lag_delay = 4}), {"read_data"}).ok());
  ASSERT_TRUE(dag.add("bars",
                      make_resample_bars(minutes(3), {{{"x", "last", Aggregate::kLast}}, {}, ""}),
                      {"read_data"})
                  .ok());
  ASSERT_TRUE(dag.add("both",
                      make_combine_columns(Operation::kSubtract, {"last", 0}, {"x.lag0", 0}, "d"),
                      {"bars", "slow"})
                  .ok());
  DagRunner runner = make_runner(std::move(dag));
  std::vector<Observation> rows;
  for (std::int64_t i = 1; i <= 12; ++i) {
    rows.push_back(value(i, static_cast<double>(i * i)));
  }
  run(runner, 12, rows);
  // kZero is a multiple of 3 minutes less 0 .. 2; both sides count from the epoch.
  const Panel& both = runner.output(3);
  ASSERT_FALSE(both.empty());
  for (std::size_t row = 0; row < both.row_count(); ++row) {
    const Timestamp t = both.index()[row];
    EXPECT_TRUE(TimeGrid{minutes(3)}.contains(t));
    EXPECT_GE(t, at(5));
    const double minute = to_seconds(t - kZero) / 60.0;
    EXPECT_EQ(both.at(row, 0), minute * minute - (minute - 4) * (minute - 4));
  }
}

TEST(DagRunnerTest, AWholeWindowNodeChangesWhenARowOnlyLeaves) {
  Dag dag(one_field(3, SourceIndex::kObserved));
  ASSERT_TRUE(dag.add("norm", make_rolling_norm("x", "n", 2), {"read_data"}).ok());
  DagRunner runner = make_runner(std::move(dag));
  run(runner, 3, {value(1, 1), value(2, 2), value(3, 3)});
  const auto changes = run(runner, 4, {});
  EXPECT_EQ(changes[1].dropped_front, 1U);
  EXPECT_EQ(changes[1].changed, (std::vector<RowRange>{{0, 2}}));
  EXPECT_EQ(runner.output(1).at(0, 0), 2.0) << "the first value of a window is its own norm";
}

struct BadInput {
  const char* name;
  std::int64_t bar;
  Observation observation;
  ErrorCode code;
  const char* message;
};
class BadInputTest : public ::testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, IsRefusedAndChangesNothing) {
  DagRunner runner = make_runner(Dag(one_field(3)));
  run(runner, 3, {value(1, 1)});
  const Panel before = runner.output(0);
  const auto done = runner.run_bar(at(GetParam().bar),
                                   std::vector<Observation>{value(3, 5), GetParam().observation});
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, GetParam().code);
  EXPECT_THAT(done.error().message, HasSubstr(GetParam().message));
  EXPECT_TRUE(bitwise_equal(before, runner.output(0)));
  EXPECT_TRUE(runner.run_bar(at(4), {}).ok()) << "the next bar goes on";
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadInputTest,
    ::testing::Values(
        BadInput{"unknown_asset", 4, {at(4), {8}, {1.0}}, ErrorCode::kMalformedData, "asset 8"},
        BadInput{"missing_value",
                 4,
                 {at(4), kAsset, {}},
                 ErrorCode::kMalformedData,
                 "0 values, needed 1"},
        BadInput{"off_the_grid",
                 4,
                 {at(4) - seconds(1), kAsset, {1.0}},
                 ErrorCode::kMalformedData,
                 "multiple of 1T"},
        BadInput{"same_bar_again", 3, value(3, 1), ErrorCode::kInvalidInterval,
                 "does not come after"}),
    [](const auto& test) { return std::string(test.param.name); });

/// A node with whatever columns.
class ColumnsNode final : public Node {
 public:
  explicit ColumnsNode(std::vector<ColumnKey> columns) : columns_(std::move(columns)) {}
  std::string_view kind() const noexcept override { return "columns"; }
  Lookback lookback() const noexcept override { return {}; }
  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> /*inputs*/) const override {
    return columns_;
  }
  void compute(std::span<const Panel* const> /*inputs*/, RowRange /*rows*/,
               Panel& /*output*/) const override {}

 private:
  std::vector<ColumnKey> columns_;
};

std::optional<Error> creation_error(Dag dag,
                                    const Universe& universe = Universe::from_ids({kAsset})) {
  auto runner = DagRunner::create(std::move(dag), universe, Recompute::kFull);
  return runner.ok() ? std::nullopt : std::optional(runner.error());
}

TEST(DagRunnerTest, RefusesASchemaThatKernelsCouldNotRead) {
  const auto with = [](std::vector<ColumnKey> columns) {
    Dag dag(one_field(3));
    EXPECT_TRUE(
        dag.add("node", std::make_unique<ColumnsNode>(std::move(columns)), {"read_data"}).ok());
    return creation_error(std::move(dag));
  };
  EXPECT_FALSE(with({{"a", {1}}, {"a", {2}}, {"b", {1}}}));
  const auto twice = with({{"a", {1}}, {"a", {1}}});
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(twice->message, HasSubstr("a[1] twice"));
  const auto apart = with({{"a", {1}}, {"b", {1}}, {"a", {2}}});
  ASSERT_TRUE(apart);
  EXPECT_THAT(apart->message, HasSubstr("'a' in two places"));
}

TEST(DagRunnerTest, RefusesAMissingFieldNamingStageAndFields) {
  Dag dag(one_field(3));
  ASSERT_TRUE(dag.add("vol", make_rolling_volatility("y", 2, 1), {"read_data"}).ok());
  const auto error = creation_error(std::move(dag));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(error->message, HasSubstr("stage 'vol'"));
  EXPECT_THAT(error->message, HasSubstr("'y' is not among the input's: x"));
}

TEST(DagRunnerTest, RefusesAFieldThatTwoInputsHave) {
  Dag dag(one_field(3));
  ASSERT_TRUE(dag.add("same", make_pass_through(), {"read_data"}).ok());
  ASSERT_TRUE(dag.add("vol", make_rolling_volatility("x", 2, 1), {"read_data", "same"}).ok());
  const auto error = creation_error(std::move(dag));
  ASSERT_TRUE(error);
  EXPECT_THAT(error->message, HasSubstr("in inputs 0 and 1"));
}

TEST(DagRunnerTest, RefusesAHistoryOffItsGridAndAnEmptyUniverse) {
  SourceSpec source = one_field(3);
  source.history_lookback = seconds(90);
  EXPECT_EQ(creation_error(Dag(source))->code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(creation_error(Dag(one_field(0)))->code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(creation_error(Dag(one_field(3)), Universe{})->code, ErrorCode::kInvalidConfig);
}

class CountingClock final : public Clock {
 public:
  Timestamp now() override { return Timestamp{10 * calls_++}; }
  bool sleep_until(Timestamp /*deadline*/) override { return true; }

 private:
  std::int64_t calls_ = 0;
};

TEST(DagRunnerTest, TimesEachStageOnTheStopwatchAndOnlyThere) {
  DagRunner runner = make_runner(Dag(one_field(3)));
  CountingClock clock;
  EXPECT_EQ(runner.run_bar(at(1), {}, &clock).value()[0].compute_time, nanoseconds(10));
  EXPECT_EQ(runner.run_bar(at(2), {}).value()[0].compute_time, Duration{});
}

}  // namespace
}  // namespace tieout::dataflow
