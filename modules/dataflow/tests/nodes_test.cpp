#include "tieout/dataflow/nodes.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "one_asset.hpp"

namespace tieout::dataflow {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(ResampleBars, AggregatesWhatIsThere) {
  BarSpec spec;
  spec.columns = {{"x", "first", Aggregate::kFirst}, {"x", "max", Aggregate::kMax},
                  {"x", "min", Aggregate::kMin},     {"x", "last", Aggregate::kLast},
                  {"x", "mean", Aggregate::kMean},   {"x", "sum", Aggregate::kSum}};
  spec.count = "n_rows";
  const Panel bars = run_node(
      make_resample_bars(minutes(5), spec),
      {{"x", {kNaN, 4, -2, 7, kNaN, /**/ kNaN, kNaN, kNaN, kNaN, kNaN, /**/ 3, 3, 3, 3, 3}}});
  ASSERT_EQ(bars.row_count(), 3U);
  EXPECT_EQ(bars.index()[0], kZero + minutes(5)) << "right-closed, right-labelled";
  expect_cells(column_of(bars, "first"), {4, kNaN, 3});
  expect_cells(column_of(bars, "max"), {7, kNaN, 3});
  expect_cells(column_of(bars, "min"), {-2, kNaN, 3});
  expect_cells(column_of(bars, "last"), {7, kNaN, 3});
  expect_cells(column_of(bars, "mean"), {3, kNaN, 3});
  expect_cells(column_of(bars, "sum"), {9, kNaN, 15});
  expect_cells(column_of(bars, "n_rows"), {3, 0, 5});
}

TEST(ResampleBars, VwapWeighsTheRowsThatHaveBoth) {
  BarSpec spec;
  spec.vwaps = {{"p", "v", "vwap", ""}};
  const Panel bars = run_node(make_resample_bars(minutes(5), spec),
                              {{"p", {10, 20, kNaN, 30, 99, /**/ 1, 2, 3, 4, 5}},
                               {"v", {1, 3, 100, 0, kNaN, /**/ 0, 0, 0, 0, 0}}});
  expect_cells(column_of(bars, "vwap"), {(10 * 1 + 20 * 3) / 4.0, kNaN});
}

TEST(ResampleBars, VwapFallsBackWhereThereIsNoVolume) {
  BarSpec spec;
  spec.columns = {{"p", "twap", Aggregate::kMean}};
  spec.vwaps = {{"p", "v", "vwap", "twap"}};
  const Panel bars = run_node(
      make_resample_bars(minutes(5), spec),
      {{"p", {1, 2, 3, 4, 5, /**/ 2, 2, 2, 2, 4}}, {"v", {0, 0, 0, 0, 0, /**/ 0, 0, 0, 0, 1}}});
  expect_cells(column_of(bars, "vwap"), {3, 4});
}

TEST(ResampleBars, OhlcvBarsHaveTheirNames) {
  const Fields fields = {{"open", {1, 2, 3, 4, 5}},
                         {"high", {2, 3, 9, 5, 6}},
                         {"low", {0, 1, 2, -3, 4}},
                         {"close", {2, 4, 6, 8, 10}},
                         {"volume", {1, 1, 1, 1, 6}}};
  const Panel bars = run_node(make_resample_bars(minutes(5), ohlcv_bars()), fields);
  const auto cell = [&](const char* field) { return column_of(bars, field).front(); };
  EXPECT_EQ(cell("open"), 1);
  EXPECT_EQ(cell("high"), 9);
  EXPECT_EQ(cell("low"), -3);
  EXPECT_EQ(cell("close"), 10);
  EXPECT_EQ(cell("volume"), 10);
  EXPECT_EQ(cell("twap"), 6);
  EXPECT_EQ(cell("vwap"), (2 + 4 + 6 + 8 + 60) / 10.0);
  EXPECT_EQ(cell("n_rows"), 5);
}

TEST(Returns, FollowTheirMode) {
  const Fields fields = {{"p", {100, 110, kNaN, 99}}};
  expect_cells(column_of(run_node(make_returns(ReturnMode::kPctChange, {"p"}), fields), "p.ret_0"),
               {110.0 / 100.0 - 1, kNaN, kNaN});
  expect_cells(column_of(run_node(make_returns(ReturnMode::kLogReturns, {"p"}), fields), "p.ret_0"),
               {std::log(110.0) - std::log(100.0), kNaN, kNaN});
  expect_cells(column_of(run_node(make_returns(ReturnMode::kDifference, {"p"}), fields), "p.ret_0"),
               {10, kNaN, kNaN});
  EXPECT_EQ(return_mode_of("log_rets").value(), ReturnMode::kLogReturns);
  EXPECT_EQ(return_mode_of("log").error().code, ErrorCode::kUnknownName);
}

TEST(RollingVolatility, IsTheRootMeanSquareOfWhatTheWindowHas) {
  const Fields fields = {{"x", {3, 4, kNaN, 12, kNaN, kNaN}}};
  expect_cells(column_of(run_node(make_rolling_volatility("x", 3, 2), fields), "x.vol"),
               {std::sqrt(25 / 2.0), std::sqrt((16 + 144) / 2.0), kNaN, kNaN});
  expect_cells(column_of(run_node(make_rolling_volatility("x", 3, 0), fields), "x.vol"),
               {std::sqrt(25 / 2.0), std::sqrt((16 + 144) / 2.0), 12, 12});
  expect_cells(column_of(run_node(make_rolling_volatility("x", 1, 0), fields), "x.vol"),
               {3, 4, kNaN, 12, kNaN, kNaN});
}

TEST(CombineColumns, ShiftsBothTermsAndDropsInfinities) {
  const Fields fields = {{"a", {1, 2, 3, 4}}, {"b", {0, 5, 10, 20}}};
  const auto combined = [&](Operation operation, const Term& left, const Term& right) {
    return column_of(run_node(make_combine_columns(operation, left, right, "c"), fields), "c");
  };
  expect_cells(combined(Operation::kDivide, {"a", 0}, {"b", 2}), {kNaN, 4 / 5.0});
  expect_cells(combined(Operation::kAdd, {"a", 1}, {"b", 0}), {6, 12, 23});
  expect_cells(combined(Operation::kSubtract, {"a", 0}, {"b", 0}), {1, -3, -7, -16});
  expect_cells(combined(Operation::kMultiply, {"a", 0}, {"b", 1}), {0, 15, 40});
  EXPECT_EQ(operation_of("sub").value(), Operation::kSubtract);
  EXPECT_EQ(operation_of("minus").error().code, ErrorCode::kUnknownName);
}

TEST(ShapeColumns, CompressClipAndLag) {
  const Fields fields = {{"x", {-10, kNaN, 0.5, kInf}}};
  expect_cells(column_of(run_node(make_compress_tails("x", "c", 4), fields), "c"),
               {4 * std::tanh(-2.5), kNaN, 4 * std::tanh(0.125), 4});
  expect_cells(column_of(run_node(make_clip("x", "c", -3, 3), fields), "c"), {-3, kNaN, 0.5, 3});
  const Panel lags = run_node(
      make_lags("x", {.lag_delay = 1, .first_lag = 0, .num_lags = 2, .separator = "_"}), fields);
  expect_cells(column_of(lags, "x_lag0"), {kNaN, 0.5});
  expect_cells(column_of(lags, "x_lag1"), {-10, kNaN});
  EXPECT_EQ(lag_names("x", {.first_lag = 2, .num_lags = 2}),
            (std::vector<std::string>{"x.lag2", "x.lag3"}));
  const Panel late = run_node(make_lags("x", {.first_lag = 2, .num_lags = 1}), fields);
  expect_cells(column_of(late, "x.lag2"), {-10, kNaN});
}

TEST(LinearModel, NeedsAllOfItsFields) {
  const Fields fields = {{"a", {1, kNaN}}, {"b", {2, 2}}};
  expect_cells(column_of(run_node(make_linear_model({"b", "a"}, {10, 0.5}, "p"), fields), "p"),
               {20.5, kNaN});
}

TEST(Select, RenamesAndReorders) {
  const Panel selected =
      run_node(make_select({{"b", "price"}, {"a", "a"}}), {{"a", {1}}, {"b", {2}}});
  ASSERT_EQ(selected.columns(), (std::vector<ColumnKey>{{"price", kAsset}, {"a", kAsset}}));
  EXPECT_EQ(selected.at(0, 0), 2);
  EXPECT_EQ(selected.at(0, 1), 1);
}

TEST(FilterAth, KeepsRowsAfterTheOpenUpToTheCloseInLocalTime) {
  const config::TimeOfDay open{hours(9) + minutes(30)};
  const config::TimeOfDay close{hours(9) + minutes(32)};
  const Fields fields = {{"x", {1, 2, 3, 4}}};
  // 2023-01-03 is winter time (UTC-5), 2023-07-03 summer time (UTC-4).
  for (const char* zero : {"2023-01-03T14:29:00Z", "2023-07-03T13:29:00Z"}) {
    const Panel kept =
        run_node(make_filter_ath(open, close, Zone::kNewYork), fields, parse_iso(zero).value());
    expect_cells(column_of(kept, "x"), {kNaN, 2, 3, kNaN});
  }
}

TEST(FilterWeekends, BlanksLocalSaturdayAndSunday) {
  const Fields fields = {{"x", {1, 2, 3}}};
  const auto kept = [&](const char* zero) {
    return column_of(
        run_node(make_filter_weekends(Zone::kNewYork), fields, parse_iso(zero).value()), "x");
  };
  expect_cells(kept("2023-08-05T03:58:00Z"),
               {1, kNaN, kNaN});  // Friday 23:59, Saturday 00:00 in New York
  expect_cells(kept("2023-08-07T03:58:00Z"), {kNaN, 2, 3});  // Sunday 23:59, Monday 00:00
}

TEST(DropNans, ComputesOnWhatIsLeftAndPutsItBack) {
  const Fields fields = {{"a", {1, kNaN, 3, 4, kNaN, 6}}, {"b", {1, 1, 1, 1, 1, 1}}};
  const Panel lagged =
      run_node(make_drop_nans({"a", "b"},
                              make_combine_columns(Operation::kSubtract, {"a", 0}, {"a", 2}, "d")),
               fields);
  expect_cells(column_of(lagged, "d"), {kNaN, kNaN, kNaN, 3, kNaN, 3});
  const Panel lags = run_node(make_drop_nans({"a"}, make_lags("a", {.num_lags = 3})), fields);
  expect_cells(column_of(lags, "a.lag0"), {1, kNaN, 3, 4, kNaN, 6});
  expect_cells(column_of(lags, "a.lag1"), {kNaN, kNaN, 1, 3, kNaN, 4});
  expect_cells(column_of(lags, "a.lag2"), {kNaN, kNaN, kNaN, 1, kNaN, 3});
}

TEST(DropNans, OfNothingLeftIsNothing) {
  const Panel empty =
      run_node(make_drop_nans({"a"}, make_swt_volatility("a", "v")), {{"a", {kNaN, kNaN}}});
  expect_cells(column_of(empty, "v"), {kNaN, kNaN});
}

TEST(Joined, PutsTheNewColumnsBeforeTheInputs) {
  const Panel joined = run_node(make_joined(make_returns(ReturnMode::kDifference, {"p"})),
                                {{"a", {8, 9}}, {"p", {1, 3}}});
  EXPECT_EQ(joined.columns(),
            (std::vector<ColumnKey>{{"p.ret_0", kAsset}, {"a", kAsset}, {"p", kAsset}}));
  expect_cells(column_of(joined, "p.ret_0"), {2});
  expect_cells(column_of(joined, "a"), {9});
}

TEST(Joined, RefusesANameThatTheInputHas) {
  Dag dag({.fields = {"x"}});
  ASSERT_TRUE(dag.add("clip", make_joined(make_clip("x", "x", 0, 1)), {"read_data"}).ok());
  const auto runner =
      DagRunner::create(std::move(dag), Universe::from_ids({kAsset}), Recompute::kFull);
  ASSERT_FALSE(runner.ok());
  EXPECT_EQ(runner.error().code, ErrorCode::kSchemaMismatch);
}

}  // namespace
}  // namespace tieout::dataflow
