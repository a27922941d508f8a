#include <bit>

#include <gmock/gmock.h>

#include "tieout/recon/policy.hpp"

#include "fake_source.hpp"

// Logs of another system: typed columns, hashes of files, windows that are missing, no journal.
namespace tieout::recon {
namespace {

using test::FakeLog;
using test::FakeSource;

constexpr std::size_t kNode = 1;  // of make_run(): columns ret of two assets

double word(std::int64_t value) {
  return std::bit_cast<double>(value);
}

/// Runs whose node compute_ret has one column of this type (and one of float64).
FakeLog typed_log(ColumnType type, std::int64_t value) {
  FakeLog log;
  log.run = test::make_run({.seed = 3, .bars = 4, .rows = 3});
  log.run.manifest.nodes[kNode].types = {type, ColumnType::kFloat64};
  for (test::BarData& bar : log.run.bars) {
    for (std::size_t r = 0; r < bar.windows[kNode].row_count(); ++r) {
      bar.windows[kNode].set(r, 0, word(value));
    }
  }
  return log;
}

void set_last_cell(FakeLog& log, std::int64_t value) {
  Panel& window = log.run.bars.back().windows[kNode];
  window.set(window.row_count() - 1, 0, word(value));
}

Comparison compare(const FakeLog& left, const FakeLog& right, const Policy* policy = nullptr) {
  const FakeSource left_run(left);
  const FakeSource right_run(right);
  const auto result = compare_runs(left_run, right_run, {.policy = policy});
  EXPECT_TRUE(result.ok()) << result.error().message;
  if (!result.ok()) {
    return {};
  }
  test::check_identities(*result);
  return *result;
}

struct TypedCase {
  const char* name;
  ColumnType type;
  std::int64_t left, right;
  BreakKind kind;
  const char* left_text;
  const char* right_text;
};

class TypedColumns : public testing::TestWithParam<TypedCase> {};

TEST_P(TypedColumns, DifferByTheirWords) {
  const TypedCase& c = GetParam();
  const auto pool = std::make_shared<StringPool>();
  pool->intern("buy");
  pool->intern("sell");
  FakeLog left = typed_log(c.type, c.left);
  left.strings = pool;
  FakeLog right = left;
  EXPECT_EQ(compare(left, right).verdict, Verdict::kIdentical);
  set_last_cell(right, c.right);
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  ASSERT_TRUE(result.first.has_value());
  const Finding& finding = result.first->finding;
  EXPECT_EQ(finding.kind, c.kind);
  EXPECT_EQ(finding.left, c.left_text);
  EXPECT_EQ(finding.right, c.right_text);
  EXPECT_EQ(test::node(result, "predict.1.compute_ret").cells.outside, 1U);
  EXPECT_EQ(compare(right, left).first->finding.left, c.right_text);
}

INSTANTIATE_TEST_SUITE_P(
    Cells, TypedColumns,
    testing::Values(TypedCase{"int64_whose_words_look_like_nans", ColumnType::kInt64, -1, -2,
                              BreakKind::kValue, "-1", "-2"},
                    TypedCase{"int64_against_null", ColumnType::kInt64, 5, kNullWord,
                              BreakKind::kNanRight, "5", "(null)"},
                    TypedCase{"null_against_zero", ColumnType::kInt64, kNullWord, 0,
                              BreakKind::kNanLeft, "(null)", "0"},
                    TypedCase{"bool", ColumnType::kBool, 1, 0, BreakKind::kValue, "true", "false"},
                    TypedCase{"string", ColumnType::kString, 0, 1, BreakKind::kValue, "buy",
                              "sell"},
                    TypedCase{"timestamp", ColumnType::kTimestamp, 0, 1, BreakKind::kValue,
                              "1970-01-01 00:00:00+00:00", "1970-01-01 00:00:00.000000001+00:00"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(TypedColumnsByRule, IntegersAndInstantsHaveTolerancesAndNullsHaveNone) {
  const auto policy = parse_policy(
      "version = 1\n[[rule]]\nrule = 'abs:1.9'\n[[rule]]\nrule = 'time:100ns'\n"
      "[[rule]]\nrule = 'exact'\n",
      "p.toml");
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  const auto verdict = [&](ColumnType type, std::int64_t left, std::int64_t right) {
    FakeLog log = typed_log(type, left);
    FakeLog other = log;
    set_last_cell(other, right);
    return compare(log, other, &*policy).verdict;
  };
  EXPECT_EQ(verdict(ColumnType::kInt64, 7, 8), Verdict::kEquivalent);
  EXPECT_EQ(verdict(ColumnType::kInt64, 7, 9), Verdict::kDiverged);
  EXPECT_EQ(verdict(ColumnType::kInt64, kNullWord, kNullWord + 1), Verdict::kDiverged);
  EXPECT_EQ(verdict(ColumnType::kTimestamp, 0, 100), Verdict::kEquivalent);
  EXPECT_EQ(verdict(ColumnType::kTimestamp, 0, 101), Verdict::kDiverged);
  EXPECT_EQ(verdict(ColumnType::kBool, 0, 1), Verdict::kDiverged);
}

TEST(TypedColumnsByRule, ARuleThatNamesAColumnThatItCannotJudgeIsAnError) {
  const auto policy =
      parse_policy("version = 1\n[[rule]]\ncolumn = 'ret'\nrule = 'rel:0.1'\n", "p.toml");
  const FakeSource left(typed_log(ColumnType::kBool, 1));
  const FakeSource right(typed_log(ColumnType::kBool, 1));
  const auto result = compare_runs(left, right, {.policy = &*policy});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(result.error().message.find("line 2: rule rel(0.1) selects predict.1.compute_ret ret"),
            std::string::npos)
      << result.error().message;
}

TEST(TypedColumns, OfTwoTypesDifferInEveryCell) {
  const FakeLog left = typed_log(ColumnType::kInt64, 1);
  const FakeLog right = typed_log(ColumnType::kBool, 1);
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  const NodeResult& node = test::node(result, "predict.1.compute_ret");
  EXPECT_EQ(node.cells.type_mismatch, 1U + 2U + 3U + 3U);
  EXPECT_EQ(node.cells.outside, node.cells.type_mismatch);
  EXPECT_EQ(node.distinct_breaks, 1U) << "one column";
}

TEST(TypedColumns, StringsOfTwoPoolsCannotBeCompared) {
  FakeLog left = typed_log(ColumnType::kString, 0);
  left.strings = std::make_shared<StringPool>();
  left.strings->intern("buy");
  FakeLog right = left;
  right.strings = std::make_shared<StringPool>();
  right.strings->intern("sell");
  const auto result = compare_runs(FakeSource(left), FakeSource(right), {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kSchemaMismatch);
}

TEST(TypedColumns, ARewrittenWordIsARewrite) {
  FakeLog log = typed_log(ColumnType::kInt64, -1);
  // Row 1 of bar 2's window is row 2 of bar 1's, which said -1.
  log.run.bars[2].windows[kNode].set(1, 0, word(-2));
  const Comparison result = compare(log, log);
  EXPECT_EQ(result.verdict, Verdict::kIdentical);
  EXPECT_GT(test::node(result, "predict.1.compute_ret").revised_rows_left, 0U);
}

TEST(HashesOfFiles, ProveEqualityAndNoDifference) {
  FakeLog left;
  left.run = test::make_run({.seed = 3, .bars = 4, .rows = 3});
  FakeLog right = left;
  right.file = 1;
  const FakeSource left_run(left);
  const FakeSource other_files(right);
  const auto result = compare_runs(left_run, other_files, {.check_self_consistency = false});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->verdict, Verdict::kIdentical);
  EXPECT_GT(left_run.decoded(), 0U);
  const FakeSource one(left);
  const FakeSource same_files(left);
  const auto equal = compare_runs(one, same_files, {.check_self_consistency = false});
  ASSERT_TRUE(equal.ok());
  EXPECT_EQ(equal->cells, result->cells);
  EXPECT_EQ(one.decoded() + same_files.decoded(), 0U) << "equal files are not decoded";
}

TEST(HashesOfFiles, EqualAgainAfterADifferenceNeedNoDecoding) {
  FakeLog left;
  left.run = test::make_run({.seed = 3, .bars = 6, .rows = 3});
  FakeLog right = left;
  right.run.bars[1].windows[0].set(0, 0, 77.0);
  right.run.bars[4].windows[0].set(0, 0, 77.0);
  const Comparison result = compare(left, right);
  EXPECT_EQ(test::node(result, "predict.0.read_data").cells.outside, 2U);
  EXPECT_EQ(test::node(result, "predict.0.read_data").distinct_breaks, 2U);
}

TEST(MissingWindows, OfOneCompleteRunAreABreak) {
  FakeLog left;
  left.run = test::make_run({.seed = 3, .bars = 4, .rows = 3});
  FakeLog right = left;
  right.missing[{kNode, 2}] = true;
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kDiverged);
  const Finding& finding = result.first->finding;
  EXPECT_EQ(finding.check, "C004");
  EXPECT_EQ(finding.part, "predict.1.compute_ret");
  EXPECT_EQ(finding.kind, BreakKind::kMissingRight);
  EXPECT_EQ(test::node(result, "predict.1.compute_ret").cells.missing, 6U);
  EXPECT_EQ(result.distinct_breaks, 1U);
}

TEST(MissingWindows, OfAnIncompleteRunAreNotCompared) {
  FakeLog left;
  left.run = test::make_run({.seed = 3, .bars = 4, .rows = 3});
  FakeLog right = left;
  right.missing[{kNode, 2}] = true;
  right.run.seal = std::nullopt;
  right.notes = {"1 window of predict.1.compute_ret is missing"};
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kInconclusive);
  EXPECT_NE(test::layer(result, Layer::kCompleteness).note.find("sim: 1 window of predict.1"),
            std::string::npos)
      << test::layer(result, Layer::kCompleteness).note;
}

TEST(MissingWindows, OfBothRunsAreNothing) {
  FakeLog left;
  left.run = test::make_run({.seed = 3, .bars = 4, .rows = 3});
  left.missing[{kNode, 2}] = true;
  const Comparison result = compare(left, left);
  EXPECT_EQ(result.verdict, Verdict::kIdentical);
  EXPECT_EQ(test::node(result, "predict.1.compute_ret").cells.present, 2U * (1 + 2 + 3));
}

TEST(NoJournal, IsSaidAndTheSourceNodeIsTheLayer) {
  FakeLog left;
  left.run = test::make_run({.seed = 3, .bars = 4, .rows = 3});
  FakeLog right = left;
  right.has_journal = true;
  const Comparison result = compare(left, right);
  EXPECT_EQ(result.verdict, Verdict::kIdentical);
  EXPECT_NE(test::layer(result, Layer::kInputs).note.find("no journal"), std::string::npos);
}

TEST(NoJournal, EventsThatTheOtherLayoutCannotHoldAreLeftOutAndThatIsSaid) {
  FakeLog native;
  native.run = test::make_run({.bars = 4, .rows = 3, .events = true});
  native.run.manifest.more_tables = {runlog::TableKind::kOrderEvents};
  native.has_journal = true;
  FakeLog imported;
  imported.run = test::make_run({.bars = 4, .rows = 3});
  const Comparison left_out = compare(native, imported);
  EXPECT_EQ(left_out.verdict, Verdict::kIdentical) << left_out.sentence;
  EXPECT_THAT(test::layer(left_out, Layer::kInputs).note,
              testing::HasSubstr("has no order events: those of"));
  // A run log that has none is another matter.
  imported.has_journal = true;
  const Comparison compared = compare(native, imported);
  EXPECT_EQ(compared.verdict, Verdict::kDiverged);
  EXPECT_EQ(test::layer(compared, Layer::kOrderEvents).verdict, Verdict::kDiverged);
}

}  // namespace
}  // namespace tieout::recon
