// Prefix invariance: clean DAGs pass, and each way of looking ahead that is planted is found, named
// and blamed on its own node.

#include "tieout/dataflow/prefix_check.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/random.hpp"
#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

namespace tieout::dataflow {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Timestamp kStart{1'500'000'000'000'000'000 / 300'000'000'000 * 300'000'000'000};

/// One series of an asset to another, row by row: what a plugin's author may write.
using SeriesFunction =
    std::function<double(std::span<const double> series, std::size_t row, std::size_t first)>;

/// A node whose declaration and computation need not agree.
class PlantedNode : public Node {
 public:
  PlantedNode(std::string field, std::string output, Lookback lookback, SeriesFunction function)
      : field_(std::move(field)),
        output_(std::move(output)),
        lookback_(lookback),
        function_(std::move(function)) {}
  std::string_view kind() const noexcept override { return "planted"; }
  Lookback lookback() const noexcept override { return lookback_; }
  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const override {
    std::vector<ColumnKey> columns;
    for (const ColumnKey& key : inputs[0]) {
      if (key.field == field_) {
        columns.push_back({output_, key.asset});
      }
    }
    return columns;
  }
  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const override {
    for (std::size_t c = 0; c < output.column_count(); ++c) {
      const auto in =
          inputs[0]->column(*inputs[0]->find_column({field_, output.columns()[c].asset}));
      const auto first = inputs[0]->find_row(output.index()[rows.first]);
      for (std::size_t row = rows.first; row < rows.last; ++row) {
        const auto at = inputs[0]->find_row(output.index()[row]);
        output.set(row, c, function_(in, *at, *first));
      }
    }
  }

 private:
  std::string field_, output_;
  Lookback lookback_;
  SeriesFunction function_;
};

/// Five-minute bars whose label is wrong by `shift`.
class ShiftedBars final : public PlantedNode {
 public:
  explicit ShiftedBars(Duration shift)
      : PlantedNode("b", "label", Lookback::of_rows(0), {}), shift_(shift) {}
  Timestamp output_row(Timestamp input_row) const noexcept override {
    return ceil_to(input_row, minutes(5)) + shift_;
  }
  Duration output_period() const noexcept override { return minutes(5); }
  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const override {
    for (std::size_t c = 0; c < output.column_count(); ++c) {
      const auto in = inputs[0]->column(*inputs[0]->find_column({"b", output.columns()[c].asset}));
      for (std::size_t row = rows.first; row < rows.last; ++row) {
        const Timestamp end = output.index()[row] - shift_;
        const std::size_t first = inputs[0]->lower_bound(end - minutes(5) + nanoseconds(1));
        const std::size_t last = inputs[0]->lower_bound(end + nanoseconds(1));
        double sum = 0;
        for (std::size_t i = first; i < last; ++i) {
          sum += std::isnan(in[i]) ? 0 : in[i];
        }
        output.set(row, c, sum);
      }
    }
  }

 private:
  Duration shift_;
};

double mean(std::span<const double> values) {
  double sum = 0;
  double count = 0;
  for (const double x : values) {
    sum += std::isnan(x) ? 0 : x;
    count += std::isnan(x) ? 0 : 1;
  }
  return count > 0 ? sum / count : kNaN;
}

double at(std::span<const double> series, std::ptrdiff_t row) {
  return 0 <= row && row < std::ssize(series) ? series[static_cast<std::size_t>(row)] : kNaN;
}

NodePtr planted(Lookback lookback, SeriesFunction function) {
  return std::make_unique<PlantedNode>("a", "x", lookback, std::move(function));
}

struct Settings {
  Duration history = hours(6);
  std::size_t bars = 200;
  SourceIndex index = SourceIndex::kGrid;
};

/// read_data(a, b) -> planted(x) -> after(x.ret_0): the one after it is clean.
Result<Dag> planted_dag(NodePtr node, const Settings& settings) {
  SourceSpec source;
  source.fields = {"a", "b"};
  source.history_lookback = settings.history;
  source.index = settings.index;
  Dag dag(source);
  TIEOUT_CHECK(dag.add("before", make_returns(ReturnMode::kDifference, {"a"}), {"read_data"}));
  TIEOUT_CHECK(dag.add("planted", std::move(node), {"read_data"}));
  return dag;
}

Status add_after(Dag& dag, const std::string& field) {
  return dag.add("after", make_returns(ReturnMode::kDifference, {field}), {"planted"});
}

/// Rows in (first, last] minutes after kStart; one value in twelve is missing.
std::vector<Observation> rows_of(std::int64_t first, std::int64_t last) {
  std::vector<Observation> rows;
  for (std::int64_t minute = first + 1; minute <= last; ++minute) {
    for (std::int64_t asset = 1; asset <= 2; ++asset) {
      const CounterRng rng(11, static_cast<std::uint64_t>(asset));
      const auto counter = static_cast<std::uint64_t>(minute + 1'000'000);
      const double a = rng.uniform(3 * counter) < 1.0 / 12 ? kNaN : rng.normal(3 * counter + 1);
      rows.push_back({kStart + minutes(minute), AssetId{asset}, {a, rng.uniform(3 * counter + 2)}});
    }
  }
  return rows;
}

PrefixReport check(Dag dag, const Settings& settings) {
  auto checker = PrefixChecker::create(std::move(dag), Universe::from_ids({{1}, {2}}), minutes(5));
  EXPECT_TRUE(checker.ok()) << (checker.ok() ? "" : to_string(checker.error()));
  const std::int64_t history = checker->history().ns / minutes(1).ns;
  for (std::size_t i = 0; i < settings.bars; ++i) {
    const auto end = 5 * static_cast<std::int64_t>(i);
    const Status done =
        checker->run_bar(kStart + minutes(end), rows_of(i == 0 ? -history : end - 5, end));
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : to_string(done.error()));
  }
  return checker->finish();
}

PrefixReport check_planted(NodePtr node, const std::string& field = "x",
                           const Settings& settings = {}) {
  auto dag = planted_dag(std::move(node), settings);
  EXPECT_TRUE(dag.ok());
  EXPECT_TRUE(add_after(*dag, field).ok());
  return check(std::move(dag).value(), settings);
}

/// The planted node violates, those before it are clean, the one after it inherits.
void expect_found(const PrefixReport& report, Suspicion suspicion, std::string_view check) {
  ASSERT_EQ(report.nodes.size(), 4U);
  EXPECT_EQ(report.nodes[0].outcome, NodeOutcome::kClean);
  EXPECT_EQ(report.nodes[1].outcome, NodeOutcome::kClean) << report.nodes[1].sentence;
  EXPECT_EQ(report.nodes[2].outcome, NodeOutcome::kViolates);
  EXPECT_EQ(to_string(report.nodes[2].suspicion), to_string(suspicion)) << report.nodes[2].sentence;
  EXPECT_EQ(check_id(report.nodes[2].suspicion), check);
  EXPECT_FALSE(report.nodes[2].differences.empty());
  EXPECT_FALSE(report.nodes[2].sentence.empty());
  EXPECT_EQ(report.nodes[3].outcome, NodeOutcome::kInherits) << report.nodes[3].sentence;
  EXPECT_FALSE(report.clean());
}

TEST(PrefixCheck, ACleanDagPassesAndSaysHowMuchWasChecked) {
  const auto lagged = [](std::span<const double> s, std::size_t row, std::size_t) {
    return at(s, static_cast<std::ptrdiff_t>(row) - 3);
  };
  const PrefixReport report = check_planted(planted(Lookback::of_rows(3), lagged));
  EXPECT_TRUE(report.clean());
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.bars, 200U);
  EXPECT_EQ(report.truncations, 199U);
  for (const NodeCheck& node : report.nodes) {
    EXPECT_EQ(node.outcome, NodeOutcome::kClean) << node.name << ": " << node.sentence;
    // The rows of all bars but the last, five each; two columns or four.
    EXPECT_EQ(node.rows, 199U * 5) << node.name;
    EXPECT_EQ(node.cells, node.rows * (node.name == "predict.0.read_data" ? 4 : 2)) << node.name;
    EXPECT_GT(node.values, node.cells / 2) << node.name;
    EXPECT_LE(node.values, node.cells) << node.name;
  }
}

TEST(PrefixCheck, ANegativeShiftIsFoundWithItsHorizonAndItsFirstCell) {
  const auto shift = [](std::span<const double> s, std::size_t row, std::size_t) {
    return at(s, static_cast<std::ptrdiff_t>(row) + 2);
  };
  const PrefixReport report = check_planted(planted(Lookback::of_rows(0), shift));
  expect_found(report, Suspicion::kNegativeShift, "C205");
  const NodeCheck& node = report.nodes[2];
  ASSERT_FALSE(node.differences.empty());
  EXPECT_EQ(node.rows_ahead, 2);
  EXPECT_EQ(node.horizon, minutes(2));
  const PrefixDifference& first = node.differences.front();
  EXPECT_EQ(first.column, (ColumnKey{"x", AssetId{1}}));
  EXPECT_TRUE(std::isnan(first.at_bar));
  EXPECT_FALSE(std::isnan(first.later));
  // Of each bar's five rows the last two could not see what they show later.
  EXPECT_GE(first.row, first.bar - minutes(1));
  EXPECT_THAT(node.sentence, HasSubstr("2 rows ahead (120 s): a negative shift"));
}

TEST(PrefixCheck, ADeclaredWholeWindowNodeThatPeeksIsFoundToo) {
  const auto shift = [](std::span<const double> s, std::size_t row, std::size_t) {
    return at(s, static_cast<std::ptrdiff_t>(row) + 1);
  };
  const PrefixReport report = check_planted(planted(Lookback::window(), shift));
  expect_found(report, Suspicion::kNegativeShift, "C205");
  EXPECT_EQ(report.nodes[2].rows_ahead, 1);
}

double normalised(std::span<const double> s, std::size_t row, std::size_t) {
  return s[row] - mean(s);
}

TEST(PrefixCheck, ANormalisationOverTheWholeWindowIsFoundDeclaredOrNot) {
  expect_found(check_planted(planted(Lookback::of_rows(0), normalised)), Suspicion::kWholeWindow,
               "C205");
  expect_found(check_planted(planted(Lookback::window(), normalised)), Suspicion::kWholeWindow,
               "C205");
}

TEST(PrefixCheck, BackFillingIsFoundAndToldFromAShift) {
  const auto fill = [](std::span<const double> s, std::size_t row, std::size_t) {
    while (row + 1 < s.size() && std::isnan(s[row])) {
      ++row;
    }
    return s[row];
  };
  expect_found(check_planted(planted(Lookback::of_rows(0), fill)), Suspicion::kBackFill, "C205");
  expect_found(check_planted(planted(Lookback::window(), fill)), Suspicion::kBackFill, "C205");
}

TEST(PrefixCheck, ACentredWindowIsFound) {
  const auto centred = [](std::span<const double> s, std::size_t row, std::size_t) {
    const std::size_t first = row < 3 ? 0 : row - 3;
    return mean(s.subspan(first, std::min<std::size_t>(s.size(), row + 4) - first));
  };
  const PrefixReport report = check_planted(planted(Lookback::of_rows(3), centred));
  expect_found(report, Suspicion::kCentredWindow, "C205");
  EXPECT_EQ(report.nodes[2].rows_back, 3);
  EXPECT_EQ(report.nodes[2].rows_ahead, 3);
}

TEST(PrefixCheck, AWindowThatReachesOneRowAheadIsFound) {
  const auto ahead = [](std::span<const double> s, std::size_t row, std::size_t) {
    const std::size_t first = row < 4 ? 0 : row - 4;
    return mean(s.subspan(first, std::min<std::size_t>(s.size(), row + 2) - first));
  };
  expect_found(check_planted(planted(Lookback::of_rows(4), ahead)), Suspicion::kReadsAhead, "C205");
}

TEST(PrefixCheck, RowsThatAreLabelledOneBarEarlyOrLateAreFound) {
  const PrefixReport early = check_planted(std::make_unique<ShiftedBars>(minutes(-5)), "label");
  expect_found(early, Suspicion::kLabelledEarly, "C205");
  EXPECT_EQ(early.nodes[2].horizon, minutes(5));
  const PrefixReport late = check_planted(std::make_unique<ShiftedBars>(minutes(5)), "label");
  expect_found(late, Suspicion::kLabelledLate, "C205");
  const PrefixReport right = check_planted(std::make_unique<ShiftedBars>(minutes(0)), "label");
  EXPECT_TRUE(right.clean()) << right.nodes[2].sentence;
}

TEST(PrefixCheck, AReachBeyondTheDeclaredLookbackIsFound) {
  const auto far = [](std::span<const double> s, std::size_t row, std::size_t) {
    const std::size_t first = row < 9 ? 0 : row - 9;
    return mean(s.subspan(first, row + 1 - first));
  };
  const PrefixReport report = check_planted(planted(Lookback::of_rows(4), far));
  expect_found(report, Suspicion::kBeyondLookback, "C203");
  EXPECT_EQ(report.nodes[2].rows_back, 9);
  EXPECT_TRUE(check_planted(planted(Lookback::of_rows(9), far)).clean());

  // A run so short that no row of its own bars comes to the window's start: its first rows do.
  Settings brief;
  brief.history = hours(24);
  brief.bars = 40;
  expect_found(check_planted(planted(Lookback::of_rows(4), far), "x", brief),
               Suspicion::kBeyondLookback, "C203");
}

TEST(PrefixCheck, ARunningSumThatStartsWithTheRowsItIsAskedForIsFound) {
  const auto running = [](std::span<const double> s, std::size_t row, std::size_t first) {
    return mean(s.subspan(first, row + 1 - first));
  };
  expect_found(check_planted(planted(Lookback::of_rows(4), running)), Suspicion::kRowGrouping,
               "C203");
}

TEST(PrefixCheck, ANodeWithAMemoryIsFoundDeclaredOrNot) {
  for (const Lookback lookback : {Lookback::of_rows(0), Lookback::window()}) {
    const auto counter = std::make_shared<double>(0);
    const auto remember = [counter](std::span<const double> s, std::size_t row, std::size_t) {
      return s[row] + (*counter += 1e-9);
    };
    expect_found(check_planted(planted(lookback, remember)), Suspicion::kNotRepeatable, "C203");
  }
}

TEST(PrefixCheck, APeekAfterAWholeWindowFilterIsBlamedOnThePeek) {
  Settings settings;
  Dag dag({.fields = {"a", "b"}, .history_lookback = settings.history});
  ASSERT_TRUE(dag.add("filter", make_rolling_norm("b", "norm", 20), {"read_data"}).ok());
  const auto shift = [](std::span<const double> s, std::size_t row, std::size_t) {
    return at(s, static_cast<std::ptrdiff_t>(row) + 1);
  };
  ASSERT_TRUE(dag.add("peek",
                      std::make_unique<PlantedNode>("norm", "x", Lookback::of_rows(0), shift),
                      {"filter"})
                  .ok());
  ASSERT_TRUE(dag.add("after", make_rolling_norm("x", "y", 20), {"peek"}).ok());
  const PrefixReport report = check(std::move(dag), settings);
  EXPECT_EQ(report.nodes[1].outcome, NodeOutcome::kClean) << report.nodes[1].sentence;
  EXPECT_EQ(report.nodes[2].outcome, NodeOutcome::kViolates);
  EXPECT_EQ(to_string(report.nodes[2].suspicion), to_string(Suspicion::kNegativeShift));
  EXPECT_EQ(report.nodes[3].outcome, NodeOutcome::kInherits) << report.nodes[3].sentence;
}

TEST(PrefixCheck, EveryBuiltInNodeIsCleanUnderBothIndexes) {
  for (const SourceIndex index : {SourceIndex::kGrid, SourceIndex::kObserved}) {
    Settings settings;
    settings.index = index;
    Dag dag({.fields = {"a", "b"}, .history_lookback = settings.history, .index = index});
    BarSpec bars;
    bars.columns = {{"a", "a", Aggregate::kLast}, {"b", "b", Aggregate::kSum}};
    ASSERT_TRUE(dag.add("resample", make_resample_bars(minutes(15), bars), {"read_data"}).ok());
    ASSERT_TRUE(
        dag.add("ret", make_returns(ReturnMode::kDifference, {"a", "b"}), {"resample"}).ok());
    ASSERT_TRUE(dag.add("vol", make_rolling_volatility("a.ret_0", 5, 2), {"ret"}).ok());
    ASSERT_TRUE(dag.add("norm", make_rolling_norm("b", "norm", 6), {"resample"}).ok());
    ASSERT_TRUE(
        dag.add("drop", make_drop_nans({"a.ret_0"}, make_lags("a.ret_0", {.num_lags = 2})), {"ret"})
            .ok());
    ASSERT_TRUE(
        dag.add("swt", make_joined(make_swt_volatility("a.ret_0.lag1", "swt")), {"drop"}).ok());
    ASSERT_TRUE(dag.add("sink", make_select({{"norm", "n"}, {"swt", "s"}, {"a.ret_0.vol", "v"}}),
                        {"norm", "swt", "vol"})
                    .ok());
    const PrefixReport report = check(std::move(dag), settings);
    EXPECT_TRUE(report.clean());
    EXPECT_TRUE(report.complete());
    for (const NodeCheck& node : report.nodes) {
      EXPECT_EQ(node.outcome, NodeOutcome::kClean) << node.name << ": " << node.sentence;
      EXPECT_GT(node.rows, 60U) << node.name;
    }
  }
}

TEST(PrefixCheck, ATightHistoryIsLengthenedSoThatRowsCanBeCheckedLater) {
  Settings settings;
  settings.history = minutes(1);
  const auto shift = [](std::span<const double> s, std::size_t row, std::size_t) {
    return at(s, static_cast<std::ptrdiff_t>(row) + 30);
  };
  const PrefixReport report = check_planted(planted(Lookback::of_rows(0), shift), "x", settings);
  expect_found(report, Suspicion::kNegativeShift, "C205");
  EXPECT_EQ(report.nodes[2].rows_ahead, 30);
}

TEST(PrefixCheck, OneBarProvesNothing) {
  Settings settings;
  settings.bars = 1;
  const auto same = [](std::span<const double> s, std::size_t row, std::size_t) { return s[row]; };
  const PrefixReport report = check_planted(planted(Lookback::of_rows(0), same), "x", settings);
  EXPECT_EQ(report.truncations, 0U);
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(report.nodes[2].outcome, NodeOutcome::kNotChecked);
}

TEST(PrefixCheck, ANodeWithoutAnyValueIsNotChecked) {
  const auto nothing = [](std::span<const double>, std::size_t, std::size_t) { return kNaN; };
  const PrefixReport report = check_planted(planted(Lookback::of_rows(0), nothing));
  EXPECT_TRUE(report.clean());
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(report.nodes[2].outcome, NodeOutcome::kNotChecked);
}

TEST(PrefixCheck, ARowThatComesAgainIsRefused) {
  auto checker = PrefixChecker::create(Dag({.fields = {"a", "b"}}), Universe::from_ids({{1}, {2}}),
                                       minutes(5));
  ASSERT_TRUE(checker.ok());
  ASSERT_TRUE(checker->run_bar(kStart, rows_of(-5, 0)).ok());
  const Status again = checker->run_bar(kStart + minutes(5), rows_of(-1, 5));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kMalformedData);
  EXPECT_THAT(again.error().message, HasSubstr("the data must be final"));
}

}  // namespace
}  // namespace tieout::dataflow
