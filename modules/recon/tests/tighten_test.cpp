#include "tieout/recon/tighten.hpp"

#include <bit>
#include <cmath>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "support.hpp"

namespace tieout::recon {
namespace {

using test::make_run;
using test::RunData;

Policy parse(const std::string& text) {
  auto policy = parse_policy(text, "p.toml");
  EXPECT_TRUE(policy.ok()) << policy.error().message;
  return policy.ok() ? std::move(*policy) : Policy{};
}

std::string with_rule(const std::string& column, const std::string& rule) {
  return "version = 1\n[increments.'*']\ntick = 0.01\nlot = 0.001\n[[rule]]\ncolumn = '" + column +
         "'\nrule = '" + rule + "'\n[[rule]]\nrule = 'exact'\n";
}

/// A run that differs from make_run() a little in the last rows of a node.
RunData noisy_run(std::uint64_t seed, std::size_t column, double size) {
  RunData run = make_run();
  test::Draws draws(seed);
  for (test::BarData& bar : run.bars) {
    const std::span<double> cells = bar.windows[3].column(column);
    cells.back() += size * draws.normal();
  }
  return run;
}

Comparison compare(const RunData& left, const RunData& right, const Policy& policy) {
  CompareOptions options;
  options.policy = &policy;
  options.measure_rules = true;
  options.check_self_consistency = false;
  return test::compare(left, right, options);
}

/// The policy with the number of its first rule a little smaller.
Policy smaller(Policy policy) {
  PolicyRule& rule = policy.rules.front();
  const auto below = [](double value) { return std::nextafter(value, 0.0); };
  switch (rule.kind) {
    case RuleKind::kUlp:
      --rule.count;
      break;
    case RuleKind::kAbs:
      rule.abs = below(rule.abs);
      break;
    case RuleKind::kRel:
      rule.rel = below(rule.rel);
      break;
    case RuleKind::kBps:
      rule.units = below(rule.units);
      break;
    case RuleKind::kAbsRel:
      // The ratio of both numbers is what was tightened: the last digits of one may not count.
      rule.abs *= 1 - 1e-15;
      rule.rel *= 1 - 1e-15;
      break;
    case RuleKind::kTicks:
    case RuleKind::kLots:
      rule.units -= 1;
      break;
    case RuleKind::kTime:
      rule.time = nanoseconds(rule.time.ns - 1);
      break;
    default:
      ADD_FAILURE() << "no number";
  }
  return policy;
}

class TightenTest : public testing::TestWithParam<const char*> {};

TEST_P(TightenTest, KeepsTheVerdictAndAnySmallerToleranceFails) {
  const std::string rule = GetParam();
  const Policy policy = parse(with_rule("prediction", rule));
  const bool by_ulp = rule.starts_with("ulp");
  const RunData clean = make_run();
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const double size = by_ulp ? 1e-15 : 0.01;
    const RunData noisy = noisy_run(seed, seed % 2, size);
    const RunData other = noisy_run(seed + 100, 0, size);
    const Comparison before = compare(clean, noisy, policy);
    const Comparison second = compare(clean, other, policy);
    ASSERT_EQ(before.verdict, Verdict::kEquivalent) << before.sentence;
    ASSERT_EQ(second.verdict, Verdict::kEquivalent) << second.sentence;
    const PolicyResult results[] = {before.policy, second.policy};
    const TightenedPolicy tightened = tighten(policy, results);
    EXPECT_EQ(tightened.rules.front().to, TightenedTo::kNeeded);

    // What is written to a file is what was found, to the last bit.
    const Policy written = parse(to_toml(tightened.policy));
    EXPECT_EQ(written.hash, tightened.policy.hash);
    EXPECT_EQ(compare(clean, noisy, written).verdict, Verdict::kEquivalent) << to_toml(written);
    EXPECT_EQ(compare(clean, other, written).verdict, Verdict::kEquivalent) << to_toml(written);
    const Policy less = smaller(written);
    const bool both_pass = compare(clean, noisy, less).verdict == Verdict::kEquivalent &&
                           compare(clean, other, less).verdict == Verdict::kEquivalent;
    EXPECT_FALSE(both_pass) << to_string(written.rules.front()) << " is not the smallest, "
                            << to_string(less.rules.front()) << " passes";
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, TightenTest,
                         testing::Values("abs:1", "rel:100", "abs+rel:0.1,0.5", "bps:1000000",
                                         "ticks:50", "lots:1000", "ulp:1000000"),
                         [](const auto& test) {
                           std::string name(test.param);
                           name.resize(name.find(':'));
                           for (char& c : name) {
                             c = c == '+' ? '_' : c;
                           }
                           return name;
                         });

Table& orders_of(RunData& run, std::size_t bar) {
  return run.bars[bar].tables.at(runlog::TableKind::kOrders);
}

/// The first column of this type in the orders.
TypedColumn* column_of(Table& table, ColumnType type) {
  for (TypedColumn& column : table.columns) {
    if (column.type() == type && column.name != "order_id") {
      return &column;
    }
  }
  return nullptr;
}

TEST(Tighten, MeasuresTimesToTheNanosecond) {
  const RunData left = make_run();
  RunData right = left;
  std::string name;
  for (std::size_t b = 0; b < right.bars.size(); ++b) {
    TypedColumn* column = column_of(orders_of(right, b), ColumnType::kTimestamp);
    ASSERT_NE(column, nullptr);
    name = column->name;
    for (Timestamp& t : std::get<std::vector<Timestamp>>(column->values)) {
      t = t + nanoseconds(1'234'567);
    }
  }
  const Policy policy = parse(with_rule(name, "time:5ms"));
  const Comparison before = compare(left, right, policy);
  ASSERT_EQ(before.verdict, Verdict::kEquivalent) << before.sentence;
  const TightenedPolicy tightened = tighten(policy, {&before.policy, 1});
  EXPECT_EQ(tightened.policy.rules.front().time, nanoseconds(1'234'567));
  EXPECT_EQ(compare(left, right, parse(to_toml(tightened.policy))).verdict, Verdict::kEquivalent);
  EXPECT_EQ(compare(left, right, smaller(tightened.policy)).verdict, Verdict::kDiverged);
}

TEST(Tighten, MeasuresIntegersExactly) {
  const RunData left = make_run();
  for (const std::string kind : {"abs:1000", "rel:0.5", "bps:9000"}) {
    SCOPED_TRACE(kind);
    RunData right = left;
    RunData base = left;
    std::string name;
    for (RunData* run : {&base, &right}) {
      TypedColumn* column = column_of(orders_of(*run, 2), ColumnType::kInt64);
      if (column == nullptr) {
        GTEST_SKIP() << "skipped: the orders of make_run() have no integer";
      }
      name = column->name;
      auto& values = std::get<std::vector<std::int64_t>>(column->values);
      values.front() = 1000 + (run == &right ? 7 : 0);
    }
    const Policy policy = parse(with_rule(name, kind));
    const Comparison before = compare(base, right, policy);
    ASSERT_EQ(before.verdict, Verdict::kEquivalent) << before.sentence;
    const TightenedPolicy tightened = tighten(policy, {&before.policy, 1});
    EXPECT_EQ(compare(base, right, parse(to_toml(tightened.policy))).verdict, Verdict::kEquivalent);
    EXPECT_EQ(compare(base, right, smaller(tightened.policy)).verdict, Verdict::kDiverged);
  }
}

TEST(Tighten, TellsARuleThatNoCellNeededFromOneThatSelectedNothing) {
  const Policy policy = parse(
      "version = 1\n[[rule]]\ncolumn = 'prediction'\nrule = 'abs:1'\n"
      "[[rule]]\ncolumn = 'volatility'\nrule = 'rel:0.1'\n"
      "[[rule]]\ncolumn = 'no_such'\nrule = 'ulp:4'\n"
      "[[rule]]\nrule = 'exact'\n");
  const RunData left = make_run();
  const Comparison before = compare(left, noisy_run(7, 0, 0.01), policy);
  ASSERT_EQ(before.verdict, Verdict::kEquivalent) << before.sentence;
  const TightenedPolicy tightened = tighten(policy, {&before.policy, 1});
  ASSERT_EQ(tightened.rules.size(), 4U);
  EXPECT_EQ(tightened.rules[0].to, TightenedTo::kNeeded);
  EXPECT_LT(tightened.policy.rules[0].abs, 1);
  EXPECT_EQ(tightened.rules[1].to, TightenedTo::kNotNeeded);
  EXPECT_EQ(tightened.rules[1].before, "rel(0.1)");
  EXPECT_EQ(tightened.rules[1].after, "rel(0.0)");
  EXPECT_EQ(tightened.rules[2].to, TightenedTo::kNotUsed);
  EXPECT_EQ(tightened.policy.rules[2].count, 4U) << "nothing is known of it";
  EXPECT_EQ(tightened.rules[3].to, TightenedTo::kNoNumber);
  EXPECT_NE(tightened.policy.hash, policy.hash);
}

TEST(Tighten, OfRunsThatAreEqualAllowsNothing) {
  const Policy policy = parse(with_rule("prediction", "abs+rel:0.1,0.5"));
  const RunData run = make_run();
  const Comparison before = compare(run, run, policy);
  ASSERT_EQ(before.verdict, Verdict::kIdentical) << before.sentence;
  const TightenedPolicy tightened = tighten(policy, {&before.policy, 1});
  EXPECT_EQ(tightened.rules[0].to, TightenedTo::kNotNeeded);
  EXPECT_EQ(tightened.policy.rules[0].abs, 0);
  EXPECT_EQ(tightened.policy.rules[0].rel, 0);
}

}  // namespace
}  // namespace tieout::recon
