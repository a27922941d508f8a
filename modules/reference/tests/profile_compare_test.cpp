#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/reference/profile.hpp"

#include "profile_support.hpp"

// The rule of compare_dfs, by the reference's own tests (helpers/test/test_hpandas.py,
// Test_compare_dfs.test1-13) and by hand where they are silent. What pandas 1.5.3 does is said
// where it decides.
namespace tieout::reference {
namespace {

using test::column;
using test::floats;
using test::frame;
using test::kInf;
using test::kNaN;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::NanSensitiveDoubleEq;

using Whole = std::vector<std::int64_t>;
using Floats = std::vector<double>;

CompareDfsOptions percent() {
  CompareDfsOptions options;
  options.diff_mode = "pct_change";
  options.assert_diff_threshold = std::nullopt;
  return options;
}

frames::Frame upstream_left() {
  return frame({1, 2, 3},
               {{"tsA", Whole{1, 2, 3}}, {"tsB", Whole{4, 5, 6}}, {"tsC", Whole{7, 8, 9}}});
}
frames::Frame upstream_right() {
  return frame({1, 2, 3}, {{"tsA", Floats{1.1, 1.9, 3.15}},
                           {"tsB", Floats{0, 5, 5.8}},
                           {"tsC", Floats{6.5, 8.6, 9.07}}});
}

TEST(CompareDfs, SubtractsTheRightFrame) {
  const auto result = compare_dfs(upstream_left(), upstream_right(), {});
  ASSERT_FALSE(result.raised);
  EXPECT_THAT(floats(result.diff, 1), ElementsAre(4.0, 0.0, 6 - 5.8));
  EXPECT_EQ(result.diff.columns[2].label, frames::ColumnLabel{"tsC.diff"});
  EXPECT_EQ(result.max_abs_diff, 4.0);
  EXPECT_EQ(result.warnings.size(), 1U);
}

TEST(CompareDfs, PercentIsOfTheRightMagnitude) {
  CompareDfsOptions options = percent();
  options.remove_inf = false;
  const auto result = compare_dfs(upstream_left(), upstream_right(), options);
  ASSERT_FALSE(result.raised);
  EXPECT_NEAR(floats(result.diff, 0)[0], -9.090909, 1e-6);
  EXPECT_EQ(floats(result.diff, 1)[0], kInf);
  EXPECT_NEAR(floats(result.diff, 2)[1], -6.976744, 1e-6);
  EXPECT_EQ(result.max_abs_diff, kInf);
}

TEST(CompareDfs, InnerModesKeepWhatBothHave) {
  const auto left = upstream_left();
  auto right = upstream_right();
  right.index->values = Whole{1, 2, 4};
  right.columns[2].label = {"extra_col"};
  CompareDfsOptions options;
  options.row_mode = options.column_mode = "inner";
  const auto result = compare_dfs(left, right, options);
  ASSERT_FALSE(result.raised);
  EXPECT_EQ(std::get<Whole>(result.diff.index->values), (Whole{1, 2}));
  ASSERT_EQ(result.diff.columns.size(), 2U);
  EXPECT_THAT(floats(result.diff, 1), ElementsAre(4.0, 0.0));
  EXPECT_EQ(result.hidden.rows_left_only, 1U);
  EXPECT_EQ(result.hidden.rows_right_only, 1U);
  EXPECT_THAT(result.hidden.columns_left_only, ElementsAre("tsC"));
  EXPECT_THAT(result.hidden.columns_right_only, ElementsAre("extra_col"));
}

TEST(CompareDfs, WholeNumbersStayWholeAndExact) {
  const std::int64_t big = (std::int64_t{1} << 60) + 1;
  const auto result =
      compare_dfs(frame({1}, {{"n", Whole{big}}}), frame({1}, {{"n", Whole{big - 1}}}), {});
  EXPECT_EQ(std::get<Whole>(result.diff.columns[0].values), Whole{1});
  EXPECT_EQ(result.max_abs_diff, 1.0);
  EXPECT_THAT(result.warnings, IsEmpty()) << "within rtol";
}

struct CloseToZero {
  const char* name;
  bool zero_is_zero, remove_inf;
  double a0, a1, b0, b1;
};
class CloseToZeroTest : public testing::TestWithParam<CloseToZero> {};
TEST_P(CloseToZeroTest, RoundsSmallMagnitudesFirst) {
  const auto left = frame({1, 2}, {{"A", Floats{3e-9, -3e-9}}, {"B", Floats{6e-3, 4e-9}}});
  const auto right = frame({1, 2}, {{"A", Floats{15e-3, -5e-9}}, {"B", Floats{5e-9, 3e-9}}});
  CompareDfsOptions options = percent();
  options.zero_vs_zero_is_zero = GetParam().zero_is_zero;
  options.remove_inf = GetParam().remove_inf;
  const auto result = compare_dfs(left, right, options);
  EXPECT_THAT(floats(result.diff, 0), ElementsAre(NanSensitiveDoubleEq(GetParam().a0),
                                                  NanSensitiveDoubleEq(GetParam().a1)));
  EXPECT_THAT(floats(result.diff, 1), ElementsAre(NanSensitiveDoubleEq(GetParam().b0),
                                                  NanSensitiveDoubleEq(GetParam().b1)));
}
INSTANTIATE_TEST_SUITE_P(Upstream, CloseToZeroTest,
                         testing::Values(CloseToZero{"test6", true, true, -100.0, 0.0, kNaN, 0.0},
                                         CloseToZero{"test7", false, false, -100.0, kNaN, kInf,
                                                     kNaN}),
                         [](const auto& test) { return test.param.name; });

TEST(CompareDfs, TheInputsAreNeverChanged) {
  const auto left = column({3e-9, -0.4});
  const auto right = column({-3e-9, 1});
  const Floats before = floats(left, 0);
  (void)compare_dfs(left, right, {});
  EXPECT_EQ(floats(left, 0), before);
  EXPECT_EQ(floats(right, 0)[0], -3e-9);
}

TEST(CompareDfs, RoundingIsToTheEvenWholeNumber) {
  CompareDfsOptions options;
  options.close_to_zero_threshold = 10;
  const auto result = compare_dfs(column({2.5, 3.5, -0.4}), column({0, 0, 0}), options);
  EXPECT_THAT(floats(result.diff, 0), ElementsAre(2.0, 4.0, 0.0));
  EXPECT_TRUE(std::signbit(floats(result.diff, 0)[2])) << "-0.4 rounds to -0, and -0 - 0 is -0";
}

struct RaisedCase {
  const char* name;
  frames::Frame left, right;
  CompareDfsOptions options;
  const char* type;
  const char* text;
  Raised::Cause cause;
};
class RaisedTest : public testing::TestWithParam<RaisedCase> {};
TEST_P(RaisedTest, SaysWhatTheReferenceSays) {
  const RaisedCase& c = GetParam();
  const auto result = compare_dfs(c.left, c.right, c.options);
  ASSERT_TRUE(result.raised);
  EXPECT_EQ(result.raised->type, c.type);
  EXPECT_THAT(result.raised->message, HasSubstr(c.text));
  EXPECT_EQ(result.raised->cause, c.cause);
  EXPECT_TRUE(result.diff.columns.empty());
}

CompareDfsOptions with(void (*change)(CompareDfsOptions&)) {
  CompareDfsOptions options;
  change(options);
  return options;
}

const auto kDifference = Raised::Cause::kDifference;
const auto kArgument = Raised::Cause::kArgument;
const frames::Frame kTwo = frame({1, 2}, {{"a", Floats{1, 2}}, {"b", Floats{3, 4}}});
const frames::Frame kPermuted = frame({1, 2}, {{"b", Floats{3, 4}}, {"a", Floats{1, 2}}});

INSTANTIATE_TEST_SUITE_P(
    Table, RaisedTest,
    testing::Values(
        RaisedCase{"other_rows",
                   column({1, 2}),
                   column({1, 2, 3}),
                   {},
                   "AssertionError",
                   "cond=False\ndf1.index.difference(df2.index)=\nInt64Index([], dtype='int64', "
                   "name='row')\ndf2.index.difference(df1.index)=\nInt64Index([3], dtype='int64', "
                   "name='row')\n####",
                   kDifference},
        RaisedCase{"rows_in_another_order",
                   frame({1, 2}, {{"x", Floats{1, 2}}}),
                   frame({2, 1}, {{"x", Floats{2, 1}}}),
                   {},
                   "AssertionError",
                   "cond=False",
                   kDifference},
        RaisedCase{"other_columns",
                   frame({1}, {{"a", Floats{1}}, {"c", Floats{1}}}),
                   frame({1}, {{"b", Floats{1}}, {"a", Floats{1}}}),
                   {},
                   "AssertionError",
                   "'['a', 'c']'\n==\n'['a', 'b']'",
                   kDifference},
        RaisedCase{"permuted_columns_in_percent", kTwo, kPermuted,
                   with([](auto& o) { o.diff_mode = "pct_change"; }), "AssertionError",
                   "df1.columns.difference(df2.columns)=", kDifference},
        RaisedCase{"row_mode", kTwo, kTwo, with([](auto& o) { o.row_mode = "outer"; }),
                   "ValueError", "Invalid row_mode='outer'", kArgument},
        RaisedCase{"column_mode", kTwo, kTwo, with([](auto& o) { o.column_mode = "left"; }),
                   "ValueError", "Invalid column_mode='left'", kArgument},
        RaisedCase{"diff_mode", kTwo, kTwo, with([](auto& o) { o.diff_mode = "ratio"; }),
                   "ValueError", "diff_mode=ratio", kArgument},
        RaisedCase{"threshold_above_one", kTwo, kTwo,
                   with([](auto& o) { o.assert_diff_threshold = 1.5; }), "AssertionError",
                   "1.5 <= 1.0", kArgument},
        RaisedCase{"threshold_below_zero", kTwo, kTwo,
                   with([](auto& o) { o.assert_diff_threshold = -0.5; }), "AssertionError",
                   "0.0 <= -0.5", kArgument},
        RaisedCase{"difference", column({1}), column({2}),
                   with([](auto& o) { o.only_warning = false; }), "AssertionError",
                   "At positional index 0, first diff: 1.0 != 2.0", kDifference},
        RaisedCase{"zero_threshold_is_applied", column({1.0000001}), column({1}), with([](auto& o) {
                     o.diff_mode = "pct_change";
                     o.assert_diff_threshold = 0;
                     o.only_warning = false;
                   }),
                   "AssertionError", "have pct_change more than `assert_diff_threshold`.",
                   kDifference},
        RaisedCase{"kept_infinity_is_beyond_any_threshold", column({kInf}), column({1}),
                   with([](auto& o) {
                     o.diff_mode = "pct_change";
                     o.remove_inf = false;
                     o.only_warning = false;
                   }),
                   "AssertionError", "have pct_change more than", kDifference},
        RaisedCase{"nan_pattern", column({1, kNaN, kNaN}), column({1, 2, kNaN}), with([](auto& o) {
                     o.diff_mode = "pct_change";
                     o.only_warning = false;
                   }),
                   "AssertionError", "'0'\n==\n'1'\nThere are NaN values in one of the dataframes",
                   kDifference},
        // pandas: assert_frame_equal(check_like=True) reindexes, which duplicates forbid.
        RaisedCase{"duplicates_in_another_order", frame({1, 1, 2}, {{"x", Floats{1, 2, 3}}}),
                   frame({2, 1, 1}, {{"x", Floats{3, 2, 1}}}),
                   with([](auto& o) { o.row_mode = "inner"; }), "ValueError",
                   "cannot reindex on an axis with duplicate labels", kDifference}),
    [](const auto& test) { return test.param.name; });

TEST(CompareDfs, DuplicateLabelsInTheSameOrderArePairedByPosition) {
  const auto result =
      compare_dfs(frame({1, 1}, {{"x", Floats{1, 2}}}), frame({1, 1}, {{"x", Floats{1, 5}}}), {});
  EXPECT_THAT(floats(result.diff, 0), ElementsAre(0.0, -3.0));
}

// pandas' outer join of indices that are not equal: every row of a label with every other.
TEST(CompareDfs, UnequalCountsOfALabelAreJoinedManyToMany) {
  CompareDfsOptions options;
  options.row_mode = "inner";
  const auto result = compare_dfs(frame({2, 1, 1}, {{"x", Floats{7, 1, 2}}}),
                                  frame({1, 2}, {{"x", Floats{10, 7}}}), options);
  ASSERT_FALSE(result.raised);
  EXPECT_EQ(std::get<Whole>(result.diff.index->values), (Whole{1, 1, 2}));
  EXPECT_THAT(floats(result.diff, 0), ElementsAre(-9.0, -8.0, 0.0));
  EXPECT_EQ(result.warnings.size(), 1U) << "the shapes differ";
}

TEST(CompareDfs, CommonRowsInAnotherOrderAreAlignedAndSorted) {
  CompareDfsOptions options;
  options.row_mode = "inner";
  const auto result = compare_dfs(frame({3, 1, 2}, {{"x", Floats{30, 10, 20}}}),
                                  frame({1, 2, 3}, {{"x", Floats{10, 20, 30}}}), options);
  EXPECT_EQ(std::get<Whole>(result.diff.index->values), (Whole{1, 2, 3}));
  EXPECT_THAT(floats(result.diff, 0), ElementsAre(0.0, 0.0, 0.0));
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(CompareDfs, PermutedColumnsAreSortedInTheResult) {
  auto left = frame({1}, {{"z", Floats{1}}, {"b", Floats{2}}, {"a", Floats{3}}});
  auto right = frame({1}, {{"a", Floats{3}}, {"z", Floats{1}}, {"b", Floats{2.5}}});
  const auto result = compare_dfs(left, right, {});
  EXPECT_EQ(result.diff.columns[0].label.front(), "a.diff");
  EXPECT_EQ(result.diff.columns[2].label.front(), "z.diff");
  EXPECT_EQ(floats(result.diff, 1)[0], -0.5);
  const auto same_order = compare_dfs(left, left, {});
  EXPECT_EQ(same_order.diff.columns[0].label.front(), "z.diff") << "no alignment, no sorting";
}

TEST(CompareDfs, AnIndexOfAnotherNameWarnsInDiffMode) {
  const auto result =
      compare_dfs(frame({1}, {{"x", Floats{1}}}, "a"), frame({1}, {{"x", Floats{1}}}, "b"), {});
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_THAT(result.warnings[0], HasSubstr("Attribute \"names\" are different"));
  EXPECT_THAT(result.warnings[0],
              HasSubstr("Continuing as per user request with only_warning=True"));
  EXPECT_EQ(result.max_abs_diff, 0.0);
}

TEST(CompareDfs, SuffixesEveryLevelAndSortsAssetsAsNumbers) {
  auto left = frame({1}, {{"p|9", Floats{1}}, {"p|10", Floats{2}}});
  auto right = frame({1}, {{"p|10", Floats{2}}, {"p|9", Floats{1}}});
  split_levels(left);
  split_levels(right);
  const auto result = compare_dfs(left, right, {});
  EXPECT_EQ(result.diff.columns[0].label, (frames::ColumnLabel{"p.diff", "9.diff"}));
  EXPECT_EQ(result.diff.columns[1].label, (frames::ColumnLabel{"p.diff", "10.diff"}));
}

TEST(CompareDfs, AnIntegerColumnWithANullIsAFloatColumn) {
  auto left = frame({1, 2}, {{"n", Whole{1, 0}}});
  left.columns[0].valid = {1, 0};
  const auto result = compare_dfs(left, frame({1, 2}, {{"n", Whole{1, 0}}}), {});
  EXPECT_THAT(floats(result.diff, 0), ElementsAre(0.0, NanSensitiveDoubleEq(kNaN)));
}

TEST(CompareDfs, FramesWithoutCellsHaveNoLargestDifference) {
  const auto result = compare_dfs(column({}), column({}), {});
  EXPECT_FALSE(result.raised);
  EXPECT_TRUE(std::isnan(result.max_abs_diff));
}

TEST(CompareDfs, LogsTheLargestPercentage) {
  const auto result = compare_dfs(column({101}), column({100}), percent());
  EXPECT_THAT(result.messages,
              ElementsAre("Maximum percentage difference between the two dataframes = 1.0"));
}

struct SubsetCase {
  const char* name;
  std::vector<std::string> level0, level1;
  const char* type;
  const char* text;
};
class SubsetTest : public testing::TestWithParam<SubsetCase> {};
TEST_P(SubsetTest, SaysWhatTheReferenceSays) {
  auto left =
      frame({1}, {{"price|101", Floats{1}}, {"price|202", Floats{1}}, {"ret|303", Floats{1}}});
  left.index->values = std::vector<Timestamp>{Timestamp{0}};
  split_levels(left);
  SubsetOptions subset;
  if (!GetParam().level0.empty()) {
    subset.columns_level0 = GetParam().level0;
  }
  if (!GetParam().level1.empty()) {
    subset.columns_level1 = GetParam().level1;
  }
  const auto result = compare_multiindex_dfs(left, left, subset, {});
  ASSERT_TRUE(result.raised);
  EXPECT_EQ(result.raised->type, GetParam().type);
  EXPECT_THAT(result.raised->message, HasSubstr(GetParam().text));
}
INSTANTIATE_TEST_SUITE_P(
    Table, SubsetTest,
    testing::Values(
        SubsetCase{"unknown_field",
                   {"volume"},
                   {},
                   "AssertionError",
                   "val1=['volume']\nissubset\nval2=['price', 'ret']\nval1 - "
                   "val2=['volume']"},
        SubsetCase{"unknown_asset",
                   {},
                   {"404"},
                   "AssertionError",
                   "val1=[404]\nissubset\nval2=[101, 202, 303]"},
        // pandas keeps the labels of columns that were cut away.
        SubsetCase{
            "asset_without_the_field", {"price"}, {"303"}, "KeyError", "[303] not in index"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace tieout::reference
