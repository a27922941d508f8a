#include "tieout/recon/frame_compare.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::recon {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

using Whole = std::vector<std::int64_t>;
using Floats = std::vector<double>;
using Texts = std::vector<std::string>;
using Flags = std::vector<std::uint8_t>;
using Times = std::vector<Timestamp>;

frames::Frame frame(Whole index, std::vector<std::pair<std::string, ColumnValues>> columns) {
  frames::Frame result;
  result.index = frames::FrameColumn{{"id"}, std::move(index), {}};
  for (auto& [name, values] : columns) {
    result.columns.push_back({{name}, std::move(values), {}});
  }
  return result;
}

FrameComparison compare(const frames::Frame& left, const frames::Frame& right,
                        const FrameCompareOptions& options = {}) {
  const auto result = compare_frames(left, right, options);
  EXPECT_TRUE(result.ok()) << result.error().message;
  return result.ok() ? *result : FrameComparison{};
}

struct CellCase {
  const char* name;
  ColumnValues left, right;
  BreakKind kind = BreakKind::kValue;
  bool equal = false;
};
class FrameCells : public testing::TestWithParam<CellCase> {};
TEST_P(FrameCells, AreComparedByTypeAndBits) {
  const CellCase& c = GetParam();
  const FrameComparison result = compare(frame({1}, {{"x", c.left}}), frame({1}, {{"x", c.right}}));
  EXPECT_EQ(result.verdict, c.equal ? Verdict::kIdentical : Verdict::kDiverged) << result.sentence;
  EXPECT_EQ(result.cells.present, 2U) << "the key is a cell too";
  EXPECT_EQ(result.cells.compared, 2U);
  EXPECT_EQ(result.coverage, 1.0);
  ASSERT_EQ(result.findings.size(), c.equal ? 0U : 1U);
  if (!c.equal) {
    EXPECT_EQ(result.findings[0].kind, c.kind);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Table, FrameCells,
    testing::Values(CellCase{"floats", Floats{1.5}, Floats{1.5}, BreakKind::kValue, true},
                    CellCase{"one_ulp", Floats{1.0}, Floats{std::nextafter(1.0, 2.0)}},
                    CellCase{"minus_zero", Floats{-0.0}, Floats{0.0}},
                    CellCase{"nan_and_nan", Floats{kNaN}, Floats{kNaN}, BreakKind::kValue, true},
                    CellCase{"nan_left", Floats{kNaN}, Floats{0.0}, BreakKind::kNanLeft},
                    CellCase{"nan_right", Floats{kInf}, Floats{kNaN}, BreakKind::kNanRight},
                    CellCase{"infinities", Floats{kInf}, Floats{-kInf}},
                    CellCase{"whole", Whole{5}, Whole{500}},
                    CellCase{"whole_and_float", Whole{5}, Floats{5.0}, BreakKind::kType},
                    CellCase{"texts", Texts{"B"}, Texts{"S"}},
                    CellCase{"flags", Flags{1}, Flags{0}},
                    CellCase{"times", Times{Timestamp{1}}, Times{Timestamp{2}}}),
    [](const auto& test) { return test.param.name; });

TEST(CompareFrames, AlignsByKeyAndByLabelNeverByPosition) {
  const auto left = frame({1, 2}, {{"a", Floats{1, 2}}, {"b", Texts{"x", "y"}}});
  const auto right = frame({2, 1}, {{"b", Texts{"y", "x"}}, {"a", Floats{2, 1}}});
  EXPECT_EQ(compare(left, right).verdict, Verdict::kIdentical);
}

TEST(CompareFrames, RowsAndColumnsOfOneSideAreMissing) {
  const auto left = frame({1, 2}, {{"a", Floats{1, 2}}, {"c", Floats{0, 0}}});
  const auto right = frame({2, 3}, {{"a", Floats{2, 3}}});
  const FrameComparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  // 6 cells left, 4 right, 2 (key and a of row 2) in both.
  EXPECT_EQ(result.cells.present, 8U);
  EXPECT_EQ(result.cells.compared, 2U);
  EXPECT_EQ(result.cells.missing, 6U);
  EXPECT_EQ(result.distinct_breaks, 3U);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kColumnOnlyLeft);
  EXPECT_EQ(result.coverage, 0.25);
}

TEST(CompareFrames, EqualDuplicatesCancelOutAndOthersAreABreak) {
  const auto left = frame({1, 1}, {{"a", Floats{1, 2}}});
  EXPECT_EQ(compare(left, frame({1, 1}, {{"a", Floats{2, 1}}})).verdict, Verdict::kIdentical);
  const FrameComparison result = compare(left, frame({1, 1}, {{"a", Floats{2, 3}}}));
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  EXPECT_EQ(result.findings[0].kind, BreakKind::kDuplicate);
}

TEST(CompareFrames, ANullEqualsANullAndNothingElse) {
  auto left = frame({1, 2}, {{"n", Whole{0, 7}}, {"s", Texts{"", "(null)"}}});
  left.columns[0].valid = {0, 1};
  left.columns[1].valid = {0, 1};
  EXPECT_EQ(compare(left, left).verdict, Verdict::kIdentical);
  auto right = left;
  right.columns[0].valid.clear();
  EXPECT_EQ(compare(left, right).cells.outside, 1U) << "null against 0";
  right = left;
  right.columns[1].valid = {0, 0};
  EXPECT_EQ(compare(left, right).cells.outside, 1U) << "null against the text (null)";
}

TEST(CompareFrames, ANullAmongFloatsIsANan) {
  auto left = frame({1}, {{"x", Floats{0}}});
  left.columns[0].valid = {0};
  EXPECT_EQ(compare(left, frame({1}, {{"x", Floats{kNaN}}})).verdict, Verdict::kIdentical);
}

TEST(CompareFrames, NothingInCommonIsInconclusive) {
  EXPECT_EQ(compare(frame({}, {{"a", Floats{}}}), frame({}, {{"a", Floats{}}})).verdict,
            Verdict::kInconclusive);
  const FrameComparison result =
      compare(frame({1}, {{"a", Floats{1}}}), frame({2}, {{"a", Floats{1}}}));
  EXPECT_EQ(result.verdict, Verdict::kInconclusive);
  EXPECT_THAT(result.sentence, HasSubstr("not one cell was compared"));
}

TEST(CompareFrames, ALabelThatOccursTwiceIsAnError) {
  const auto twice = frame({1}, {{"a", Floats{1}}, {"a", Floats{1}}});
  const auto result = compare_frames(twice, twice, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(result.error().message, HasSubstr("'a'"));
}

struct RuleCase {
  const char* name;
  const char* rule;
  ColumnValues left, right;
  Verdict verdict;
};
class FramePolicy : public testing::TestWithParam<RuleCase> {};
TEST_P(FramePolicy, JudgesByTheFirstRuleThatSelects) {
  const std::string text =
      std::string("version = 1\nname = \"test\"\n\n[[rule]]\n") + GetParam().rule + "\n";
  const auto policy = parse_policy(text, "test.toml");
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  FrameCompareOptions options;
  options.policy = &*policy;
  const FrameComparison result = compare(frame({1}, {{"x|101", GetParam().left}}),
                                         frame({1}, {{"x|101", GetParam().right}}), options);
  EXPECT_EQ(result.verdict, GetParam().verdict) << result.sentence;
  EXPECT_EQ(result.cells.within + result.cells.ignored + result.cells.outside, 1U);
  EXPECT_EQ(result.policy_hash, policy->hash);
}
INSTANTIATE_TEST_SUITE_P(
    Table, FramePolicy,
    testing::Values(RuleCase{"abs_within", "column = \"x\"\nrule = \"abs:0.5\"", Floats{1.0},
                             Floats{1.5}, Verdict::kEquivalent},
                    RuleCase{"abs_outside", "column = \"x\"\nrule = \"abs:0.5\"", Floats{1.0},
                             Floats{1.500001}, Verdict::kDiverged},
                    RuleCase{"rel_is_of_the_larger", "rule = \"rel:0.5\"", Floats{1.0}, Floats{2.0},
                             Verdict::kEquivalent},
                    RuleCase{"nan_is_near_nothing", "rule = \"abs:1e9\"", Floats{kNaN}, Floats{1.0},
                             Verdict::kDiverged},
                    RuleCase{"infinity_is_near_nothing", "rule = \"rel:1e9\"", Floats{kInf},
                             Floats{1.0}, Verdict::kDiverged},
                    RuleCase{"ulp", "rule = \"ulp:1\"", Floats{1.0}, Floats{1.0000000000000002},
                             Verdict::kEquivalent},
                    RuleCase{"whole_numbers", "rule = \"abs:1.9\"", Whole{5}, Whole{7},
                             Verdict::kDiverged},
                    RuleCase{"ignored", "column = \"x\"\nrule = \"ignore\"\nreason = \"test\"",
                             Texts{"B"}, Texts{"S"}, Verdict::kExplained},
                    RuleCase{"all_ignored", "rule = \"ignore\"\nreason = \"test\"", Texts{"B"},
                             Texts{"S"}, Verdict::kInconclusive},
                    RuleCase{"another_asset", "asset = \"202\"\nrule = \"abs:9\"", Floats{1.0},
                             Floats{1.5}, Verdict::kDiverged}),
    [](const auto& test) { return test.param.name; });

TEST(FramePolicyCoverage, AColumnWithoutARuleLowersIt) {
  const auto policy = parse_policy(
      "version = 1\nname = \"test\"\n\n[[rule]]\ncolumn = \"a\"\nrule = \"abs:1\"\n", "t");
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  FrameCompareOptions options;
  options.policy = &*policy;
  const auto two = frame({1}, {{"a", Floats{1}}, {"b", Floats{1}}});
  const FrameComparison result = compare(two, two, options);
  EXPECT_EQ(result.verdict, Verdict::kIdentical);
  // The column b and the index, which is a cell too.
  EXPECT_EQ(result.cells.uncovered, 2U);
  EXPECT_NEAR(result.coverage, 1.0 / 3.0, 1e-12);
}

TEST(CompareFrames, FindingsAreCappedAndAllAreCounted) {
  FrameCompareOptions options;
  options.max_findings = 1;
  const FrameComparison result =
      compare(frame({1, 2}, {{"a", Floats{1, 2}}}), frame({1, 2}, {{"a", Floats{3, 4}}}), options);
  EXPECT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.distinct_breaks, 2U);
  EXPECT_EQ(result.findings[0].key, "id=1");
  EXPECT_EQ(result.findings[0].abs_diff, 2.0);
  EXPECT_THAT(to_json(result), HasSubstr("\"distinct_breaks\":2"));
}

}  // namespace
}  // namespace tieout::recon
