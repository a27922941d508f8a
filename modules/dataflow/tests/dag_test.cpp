#include "tieout/dataflow/dag.hpp"

#include <gtest/gtest.h>

#include "tieout/dataflow/nodes.hpp"

namespace tieout::dataflow {
namespace {

NodePtr lag(std::size_t rows) {
  return make_lags("close", {.lag_delay = rows});
}

TEST(DagTest, StagesAreNumberedInTheOrderInWhichTheyWereAdded) {
  Dag dag(SourceSpec{});
  ASSERT_TRUE(
      dag.add("resample", make_resample_bars(minutes(5), ohlcv_bars()), {"read_data"}).ok());
  ASSERT_TRUE(dag.add("compute_vol", lag(1), {"resample"}).ok());
  EXPECT_EQ(dag.node_name(0), "predict.0.read_data");
  EXPECT_EQ(dag.node_name(2), "predict.2.compute_vol");
  EXPECT_EQ(dag.node_name(2, "fit"), "fit.2.compute_vol");
  EXPECT_EQ(dag.find("compute_vol"), 2U);
  EXPECT_FALSE(dag.find("compute"));
  EXPECT_EQ(dag.stages()[2].inputs, std::vector<std::size_t>{1});
}

TEST(DagTest, RefusesWhatWouldNotBeAGraphInOrder) {
  Dag dag(SourceSpec{});
  ASSERT_TRUE(dag.add("a", lag(1), {"read_data"}).ok());
  const auto expect_refused = [&](std::string nid, const std::vector<std::string>& inputs,
                                  const char* what) {
    const Status added = dag.add(std::move(nid), lag(1), inputs);
    ASSERT_FALSE(added.ok());
    EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(added.error().message.find(what), std::string::npos) << added.error().message;
  };
  expect_refused("a", {"read_data"}, "'a' is empty or exists");
  expect_refused("", {"read_data"}, "'' is empty");
  expect_refused("b", {}, "'b' has no input");
  expect_refused("b", {"c"}, "input 'c' of stage 'b'");
  expect_refused("b", {"b"}, "input 'b' of stage 'b'");
  EXPECT_EQ(dag.stages().size(), 2U);
}

TEST(DagTest, RequiredHistoryIsTheLongestPath) {
  Dag dag(SourceSpec{});
  EXPECT_EQ(dag.required_history(), minutes(1)) << "the row of the bar itself";
  ASSERT_TRUE(dag.add("minute_lag", lag(3), {"read_data"}).ok());
  EXPECT_EQ(dag.required_history(), minutes(4));
  ASSERT_TRUE(
      dag.add("resample", make_resample_bars(minutes(5), ohlcv_bars()), {"read_data"}).ok());
  EXPECT_EQ(dag.required_history(), minutes(5)) << "one whole bar";
  ASSERT_TRUE(dag.add("short", lag(1), {"resample"}).ok());
  ASSERT_TRUE(dag.add("long", lag(20), {"resample"}).ok());
  ASSERT_TRUE(dag.add("both", make_combine_columns(Operation::kAdd, {"a", 0}, {"b", 2}, "c"),
                      {"short", "long"})
                  .ok());
  EXPECT_EQ(dag.required_history(), minutes(5) * 23);
}

}  // namespace
}  // namespace tieout::dataflow
