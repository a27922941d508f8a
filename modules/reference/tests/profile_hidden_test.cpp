#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/recon/frame_compare.hpp"
#include "tieout/reference/profile.hpp"

#include "profile_support.hpp"

// What the profile hides, in numbers: the six false passes of the reference (peers 2.0), each
// passed by the profile as the reference's reports call it, and DIVERGED by our rule.
namespace tieout::reference {
namespace {

using test::column;
using test::frame;
using test::kInf;
using test::kNaN;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Whole = std::vector<std::int64_t>;
using Floats = std::vector<double>;
using Texts = std::vector<std::string>;

/// As the reports call it: percent, no threshold, float columns, then max <= 1e-3.
struct AsReported {
  DfsComparison comparison;
  bool passes = false;
};
AsReported as_reported(const frames::Frame& left, const frames::Frame& right) {
  CompareDfsOptions options;
  options.diff_mode = "pct_change";
  options.assert_diff_threshold = std::nullopt;
  AsReported result;
  result.comparison = compare_dfs(select_float_columns(left), select_float_columns(right), options);
  result.comparison.hidden += hidden_by_float_selection(left, right);
  result.passes = !result.comparison.raised && result.comparison.max_abs_diff <= 1e-3;
  return result;
}

/// `values` in row 1 of a column "v", beside a column that is equal.
frames::Frame beside_equal(ColumnValues values) {
  return frame({1}, {{"v", std::move(values)}, {"equal", Floats{30.0}}});
}

struct FalsePass {
  const char* name;
  frames::Frame prod, sim;
  std::uint64_t HiddenByProfile::*count;
  const char* sentence;
};
class FalsePassTest : public testing::TestWithParam<FalsePass> {};

TEST_P(FalsePassTest, IsPassedByTheProfileAndSaid) {
  const AsReported result = as_reported(GetParam().prod, GetParam().sim);
  EXPECT_TRUE(result.passes);
  EXPECT_EQ(result.comparison.hidden.*GetParam().count, 1U);
  EXPECT_THAT(to_sentences(result.comparison.hidden), ElementsAre(HasSubstr(GetParam().sentence)));
}

TEST_P(FalsePassTest, IsDivergedByOurRule) {
  const auto result = recon::compare_frames(GetParam().prod, GetParam().sim, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict, recon::Verdict::kDiverged) << result->sentence;
  EXPECT_EQ(result->cells.outside, 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Peers, FalsePassTest,
    testing::Values(
        FalsePass{"a_million_shares_against_none", beside_equal(Floats{1e6}),
                  beside_equal(Floats{0.0}), &HiddenByProfile::value_against_zero,
                  "zero on the right"},
        FalsePass{"nan_against_a_value", beside_equal(Floats{kNaN}), beside_equal(Floats{0.5}),
                  &HiddenByProfile::nan_against_value, "NaN on one side only"},
        FalsePass{"infinity_against_a_value", beside_equal(Floats{kInf}), beside_equal(Floats{0.5}),
                  &HiddenByProfile::infinities, "hold an infinity"},
        FalsePass{"an_integer_column", beside_equal(Whole{5}), beside_equal(Whole{500}),
                  &HiddenByProfile::cells_not_compared, "because of the type (v)"},
        FalsePass{"side_buy_against_sell", beside_equal(Texts{"B"}), beside_equal(Texts{"S"}),
                  &HiddenByProfile::cells_not_compared, "because of the type (v)"},
        FalsePass{"small_forecasts_of_opposite_sign", beside_equal(Floats{9e-7}),
                  beside_equal(Floats{-9e-7}), &HiddenByProfile::rounded_to_zero, "close-to-zero"}),
    [](const auto& test) { return test.param.name; });

// The controls of the same experiment.
TEST(FalsePassControls, EqualPassesHidesNothingAndThirtyAgainstThirtyOneFails) {
  const AsReported equal = as_reported(column({30}), column({30}));
  EXPECT_TRUE(equal.passes);
  EXPECT_FALSE(equal.comparison.hidden.any());
  EXPECT_FALSE(as_reported(column({30}), column({31})).passes);
}

TEST(HiddenByProfileTest, ToleratedAndNotAssertedAreToldApart) {
  CompareDfsOptions options;
  options.diff_mode = "pct_change";
  options.assert_diff_threshold = 0.5;
  const auto asserted = compare_dfs(column({100.4, 101}), column({100, 100}), options);
  EXPECT_EQ(asserted.hidden.tolerated, 1U);
  EXPECT_EQ(asserted.hidden.not_asserted, 0U) << "1 % is warned of, so that it is not hidden";
  options.assert_diff_threshold = std::nullopt;
  const auto silent = compare_dfs(column({100.4, 101}), column({100, 100}), options);
  EXPECT_EQ(silent.hidden.not_asserted, 2U);
  EXPECT_THAT(silent.warnings, IsEmpty());
}

TEST(HiddenByProfileTest, MinusZeroAgainstZeroIsHidden) {
  EXPECT_EQ(compare_dfs(column({-0.0}), column({0.0}), {}).hidden.rounded_to_zero, 1U);
}

TEST(HiddenByProfileTest, SumsUpOverManyComparisons) {
  HiddenByProfile sum;
  for (int i = 0; i < 3; ++i) {
    sum += as_reported(beside_equal(Texts{"B"}), beside_equal(Texts{"S"})).comparison.hidden;
  }
  EXPECT_EQ(sum.cells_not_compared, 3U);
  EXPECT_THAT(sum.columns_not_compared, ElementsAre("v")) << "each name once";
}

}  // namespace
}  // namespace tieout::reference
