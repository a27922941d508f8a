#include "tieout/recon/policy.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace tieout::recon {
namespace {

constexpr std::string_view kFull = R"(# Everything that a policy can say.
version = 1
name = "paper against simulation"
min_coverage = 0.99

[increments."binance::*"]
tick = 0.01
lot = 1e-5
[increments."binance::BTC_USDT"]
tick = 0.1

[[rule]]
stage = "nodes"
node = "predict.*"
column = "vwap.ret_?.vol"
asset = "binance::*"
from = 2018-01-23T00:00:00Z
until = "2018-01-23 12:00:00+00:00"
rule = "abs+rel"
abs = 1e-9
rel = 1e-6

[[rule]]
stage = "orders"
column = "creation_timestamp"
rule = "time:100ms"

[[rule]]
column = "debug*"
rule = "ignore"
reason = "not used"

[[rule]]
rule = "ulp:4"

[[rule]]
rule = "exact"

[[waiver]]
stage = "fills"
column = "price"
owner = "ann"
reason = "ticket 12"
expires = 2018-02-01T00:00:00Z
max_abs = 0.5
)";

Policy parse(std::string_view text) {
  auto policy = parse_policy(text, "p.toml");
  EXPECT_TRUE(policy.ok()) << policy.error().message;
  return policy.ok() ? std::move(*policy) : Policy{};
}

PolicyQuery query(Layer layer, std::string_view node, std::string_view column) {
  return {.layer = layer,
          .node = node,
          .column = column,
          .asset = AssetId{1467591036},
          .symbol = "binance::BTC_USDT",
          .bar = parse_iso("2018-01-23 06:00:00+00:00").value()};
}

TEST(ParsePolicy, ReadsEverythingThatAPolicyCanSay) {
  const Policy policy = parse(kFull);
  EXPECT_EQ(policy.name, "paper against simulation");
  EXPECT_EQ(policy.min_coverage, 0.99);
  ASSERT_EQ(policy.rules.size(), 5U);
  EXPECT_EQ(to_string(policy.rules[0]), "abs+rel(1e-09, 1e-06)");
  EXPECT_EQ(policy.rules[0].line, 12U);
  EXPECT_EQ(policy.rules[0].until, parse_iso("2018-01-23 12:00:00+00:00").value());
  EXPECT_EQ(policy.rules[1].time, milliseconds(100));
  EXPECT_EQ(policy.rules[2].reason, "not used");
  EXPECT_EQ(policy.rules[3].count, 4U);
  ASSERT_EQ(policy.waivers.size(), 1U);
  EXPECT_EQ(policy.waivers[0].max_abs, 0.5);
  EXPECT_EQ(find_increments(policy, AssetId{1467591036}, "binance::BTC_USDT").tick, 0.1);
  EXPECT_EQ(find_increments(policy, AssetId{2}, "binance::ETH_USDT").lot, 1e-5);
  EXPECT_EQ(find_increments(policy, AssetId{2}, "kraken::ETH_USDT").lot, 0);
}

TEST(ParsePolicy, ReadsTheExampleOfTheDocument) {
  std::ifstream file(TIEOUT_SOURCE_DIR "/docs/formats/policy.md");
  std::stringstream stream;
  stream << file.rdbuf();
  const std::string document = stream.str();
  const std::string fence = "```toml\n";
  const std::size_t first = document.find(fence);
  ASSERT_NE(first, std::string::npos);
  const std::size_t last = document.find("```", first + fence.size());
  const Policy policy = parse(document.substr(first + fence.size(), last - first - fence.size()));
  std::vector<std::string> rules;
  for (const PolicyRule& rule : policy.rules) {
    rules.push_back(to_string(rule));
  }
  EXPECT_EQ(rules,
            (std::vector<std::string>{"abs+rel(1e-12, 1e-09)", "ulp(4)", "ticks(1.0)",
                                      "time(100ms)", "ignore(free text of the broker)", "exact"}));
  ASSERT_EQ(policy.waivers.size(), 1U);
  EXPECT_EQ(policy.waivers[0].owner, "ann");
  EXPECT_EQ(policy.min_coverage, 0.99);
  EXPECT_EQ(find_increments(policy, AssetId{1467591036}, "binance::BTC_USDT").lot, 1e-8);
  EXPECT_EQ(find_increments(policy, AssetId{2}, "kraken::ETH_USDT").lot, 1e-5);
}

TEST(ParsePolicy, TheCanonicalTextIsTheSamePolicy) {
  const Policy policy = parse(kFull);
  const Policy again = parse(to_toml(policy));
  EXPECT_EQ(to_toml(again), to_toml(policy));
  EXPECT_EQ(again.hash, policy.hash);
  EXPECT_EQ(policy.hash.size(), 64U);
}

TEST(ParsePolicy, TheHashIsOfTheMeaningAndNotOfTheSpelling) {
  const Policy one = parse("version = 1\n[[rule]]\nrule = 'abs:0.001'\n");
  EXPECT_EQ(one.hash, parse("# why\nversion=1\n\n[[rule]]\nabs = 1e-3 # so\nrule=\"abs\"\n").hash);
  EXPECT_NE(one.hash, parse("version = 1\n[[rule]]\nrule = 'abs:0.002'\n").hash);
  EXPECT_NE(one.hash, exact_policy().hash);
}

TEST(ParsePolicy, KeepsTextsThatTomlMustEscape) {
  const Policy policy =
      parse("version = 1\nname = \"a\\\"b\\\\c\\n\\u0001é\"\n[[rule]]\nrule='exact'\n");
  EXPECT_EQ(policy.name, "a\"b\\c\n\x01é");
  EXPECT_EQ(parse(to_toml(policy)).name, policy.name);
}

struct BadCase {
  const char* name;
  const char* text;
  const char* message;  // a part of it
};

class BadPolicyTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadPolicyTest, IsRefusedWithItsLine) {
  const auto policy = parse_policy(GetParam().text, "p.toml");
  ASSERT_FALSE(policy.ok());
  EXPECT_EQ(policy.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(policy.error().message.find(GetParam().message), std::string::npos)
      << policy.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Policies, BadPolicyTest,
    testing::Values(
        BadCase{"not_toml", "version = 1\n[[rule]\n", "p.toml:2: not TOML: "},
        BadCase{"empty", "", "p.toml:1: policy: version is missing"},
        BadCase{"another_version", "\nversion = 2\n", "p.toml:2: policy: version is 2, needed 1"},
        BadCase{"version_text", "version = '1'\n", "version is '1', needed 1"},
        BadCase{"unknown_key_at_top", "version = 1\nrules = []\n",
                "p.toml:2: policy: unknown key 'rules', the nearest is 'rule'"},
        BadCase{"unknown_key_in_rule", "version = 1\n[[rule]]\nrule = 'exact'\ncolum = 'x'\n",
                "p.toml:4: [[rule]]: unknown key 'colum', the nearest is 'column'"},
        BadCase{"unknown_rule", "version = 1\n[[rule]]\nrule = 'absrel'\n",
                "p.toml:3: [[rule]]: unknown rule 'absrel', the nearest is 'abs+rel'"},
        BadCase{"unknown_stage", "version = 1\n[[rule]]\nrule = 'exact'\nstage = 'node'\n",
                "p.toml:4: [[rule]]: unknown stage 'node', the nearest is 'nodes'"},
        BadCase{"rule_is_a_table", "version = 1\n[rule]\nrule = 'exact'\n",
                "rule is a table, needed [[rule]] tables"},
        BadCase{"no_rule", "version = 1\n[[rule]]\ncolumn = 'x'\n", "p.toml:2: [[rule]]: rule is"},
        BadCase{"negative", "version = 1\n[[rule]]\nrule = 'abs'\nabs = -1e-9\n",
                "p.toml:4: [[rule]]: abs is '-1e-09', needed a finite number"},
        BadCase{"nan", "version = 1\n[[rule]]\nrule = 'rel'\nrel = nan\n", "rel is 'nan', needed"},
        BadCase{"infinite", "version = 1\n[[rule]]\nrule = 'bps:inf'\n", "n is 'inf', needed"},
        BadCase{"half_an_ulp", "version = 1\n[[rule]]\nrule = 'ulp:0.5'\n",
                "n is '0.5', needed a whole number"},
        BadCase{"no_number", "version = 1\n[[rule]]\nrule = 'ticks'\n", "rule 'ticks' needs n"},
        BadCase{"one_number_of_two", "version = 1\n[[rule]]\nrule = 'abs+rel:1e-9'\n",
                "needs two numbers"},
        BadCase{"number_of_exact", "version = 1\n[[rule]]\nrule = 'exact:1'\n",
                "rule 'exact' takes no number, found '1'"},
        BadCase{"key_without_meaning", "version = 1\n[[rule]]\nrule = 'exact'\nabs = 1\n",
                "p.toml:4: [[rule]]: abs has no meaning for rule 'exact'"},
        BadCase{"twice", "version = 1\n[[rule]]\nrule = 'ulp:2'\nn = 3\n", "n is given twice"},
        BadCase{"time_without_unit", "version = 1\n[[rule]]\nrule = 'time'\ntime = 5\n",
                "needed a length of time"},
        BadCase{"ignore_without_a_reason", "version = 1\n[[rule]]\nrule = 'ignore'\n",
                "rule 'ignore' needs a reason"},
        BadCase{"empty_reason", "version = 1\n[[rule]]\nrule = 'ignore'\nreason = ''\n",
                "reason is '', needed a text"},
        BadCase{"local_time", "version = 1\n[[rule]]\nrule = 'exact'\nfrom = 2018-01-23T00:00:00\n",
                "from is a date, needed an instant with an offset"},
        BadCase{"inverted_window",
                "version = 1\n[[rule]]\nrule = 'exact'\nfrom = 2018-01-23T01:00:00Z\nuntil = "
                "2018-01-23T00:00:00Z\n",
                "is before from"},
        BadCase{"waiver_without_owner",
                "version = 1\n[[waiver]]\nreason = 'r'\nexpires = 2018-01-23T00:00:00Z\n",
                "p.toml:2: [[waiver]]: owner is missing"},
        BadCase{"waiver_without_expiry", "version = 1\n[[waiver]]\nreason = 'r'\nowner = 'o'\n",
                "expires is missing"},
        BadCase{"coverage_in_percent", "version = 1\nmin_coverage = 99\n",
                "min_coverage is 99, needed a ratio"},
        BadCase{"no_tick", "version = 1\n[increments.'a']\ntick = 0\n",
                "tick is 0, needed a positive number"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(LoadPolicy, AMissingFileIsNotAPolicy) {
  const auto policy = load_policy("/nonexistent/policy.toml");
  ASSERT_FALSE(policy.ok());
  EXPECT_EQ(policy.error().code, ErrorCode::kFileNotFound);
}

TEST(FindRule, TheFirstThatSelectsDecides) {
  const Policy policy = parse(kFull);
  const auto rule_of = [&](const PolicyQuery& what) {
    const PolicyRule* rule = find_rule(policy, what);
    return rule == nullptr ? std::string("none") : to_string(*rule);
  };
  const PolicyQuery volatility = query(Layer::kNodes, "predict.3.compute", "vwap.ret_0.vol");
  EXPECT_EQ(rule_of(volatility), "abs+rel(1e-09, 1e-06)");
  PolicyQuery other = volatility;
  other.column = "vwap.ret_10.vol";
  EXPECT_EQ(rule_of(other), "ulp(4)");
  other = volatility;
  other.bar = parse_iso("2018-01-23 12:00:00.000000001+00:00").value();
  EXPECT_EQ(rule_of(other), "ulp(4)") << "the window is closed and over";
  other.bar = std::nullopt;
  EXPECT_EQ(rule_of(other), "ulp(4)") << "a rule with a window does not hold at any bar";
  other = volatility;
  other.symbol = "kraken::BTC_USDT";
  EXPECT_EQ(rule_of(other), "ulp(4)");
  other = volatility;
  other.layer = Layer::kInputs;
  EXPECT_EQ(rule_of(other), "ulp(4)");
  EXPECT_EQ(rule_of(query(Layer::kOrders, "orders", "creation_timestamp")), "time(100ms)");
  EXPECT_EQ(rule_of(query(Layer::kNodes, "predict.1.x", "debug")), "ignore(not used)");
}

TEST(FindRule, ARuleThatNamesNoColumnSkipsTypesThatItCannotJudge) {
  const Policy policy = parse(kFull);
  PolicyQuery text = query(Layer::kOrders, "orders", "side");
  text.type = ColumnType::kString;
  EXPECT_EQ(to_string(*find_rule(policy, text)), "exact");
  text.column = "creation_timestamp";
  EXPECT_EQ(find_rule(policy, text)->kind, RuleKind::kTime) << "named, so that it is an error";
}

TEST(FindRule, NothingIsSelectedByNothing) {
  EXPECT_EQ(find_rule(parse("version = 1\n"), query(Layer::kNodes, "a", "b")), nullptr);
  EXPECT_NE(find_rule(exact_policy(), query(Layer::kNodes, "a", "b")), nullptr);
}

TEST(FindRule, AnAssetIsMatchedByItsSymbolOrItsId) {
  const Policy by_id = parse("version = 1\n[[rule]]\nrule='exact'\nasset='1467591036'\n");
  PolicyQuery what = query(Layer::kNodes, "a", "b");
  EXPECT_NE(find_rule(by_id, what), nullptr);
  what.asset = kNoAsset;
  what.symbol = "";
  EXPECT_EQ(find_rule(by_id, what), nullptr);
}

TEST(MatchesGlob, FollowsTheTable) {
  struct Case {
    const char* glob;
    const char* text;
    bool matches;
  };
  constexpr Case kCases[] = {
      {"", "anything", true},
      {"*", "", true},
      {"a*c", "abc", true},
      {"a*c", "ac", true},
      {"a*c", "abcd", false},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"*b*b*", "abab", true},
      {"*ab", "aab", true},
      {"a.c", "abc", false},
      {"[ab]", "a", false},
      {"**", "x", true},
      {"*a*b*c", "aabbc", true},
      {"*a*b*c", "acb", false},
      {"A", "a", false},
      {"?", "", false},
      {"predict.*", "predict", false},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(matches_glob(c.glob, c.text), c.matches) << c.glob << " on " << c.text;
  }
}

}  // namespace
}  // namespace tieout::recon
