#include "tieout/config/override.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/random.hpp"

#include "sample_config.hpp"

namespace tieout::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Leaves = std::vector<std::pair<Path, Value>>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool same(const Override& left, const Override& right) {
  return left.path == right.path && left.value == right.value;
}

struct FormCase {
  const char* name;
  const char* text;
  Path path;
  std::variant<Value, Leaves> value;
};

List waves() {
  List waves{1.5, 0.7};
  waves.resize(707, 10.0);
  return waves;
}

// Source: the table of recon_flow.md 7, then 11.1 G16 and dataflow.md 2.10, then forms of our own.
const std::vector<FormCase>& forms() {
  static const std::vector<FormCase> kCases = {
      {"bare_string", R"(("key1"),("new_val1"))", {"key1"}, "new_val1"},
      {"str", R"(("trading_period"),(str("5T")))", {"trading_period"}, "5T"},
      {"int", R"(("k"),(int(12)))", {"k"}, 12},
      {"float", R"(("k"),(float(0.55)))", {"k"}, 0.55},
      {"int_of_quoted_number", R"(("k"),(int("3")))", {"k"}, 3},
      {"float_of_quoted_number", R"(("k"),(float("1e-3")))", {"k"}, 0.001},
      {"bool_true", R"(("k"),(bool(True)))", {"k"}, true},
      {"bool_false", R"(("k"),(bool(False)))", {"k"}, false},
      {"timedelta",
       R"(("market_data_config","days"),(pd.Timedelta(str("121T"))))",
       {"market_data_config", "days"},
       minutes(121)},
      {"timedelta_6T", R"(("k"),(pd.Timedelta(str("6T"))))", {"k"}, minutes(6)},
      {"timedelta_510T", R"(("k"),(pd.Timedelta(str("510T"))))", {"k"}, minutes(510)},
      {"dict",
       R"(("kwargs"),({"target_dollar_risk_per_name": float(0.4), "prediction_abs_threshold": float(0.3)}))",
       {"kwargs"},
       Leaves{{{"target_dollar_risk_per_name"}, 0.4}, {{"prediction_abs_threshold"}, 0.3}}},
      {"nested_dict",
       R"(("broker_config"),({"limit_price_computer_type": "L", "limit_price_computer_kwargs": {"volatility_multiple": [0.75, 0.7]}}))",
       {"broker_config"},
       Leaves{{{"limit_price_computer_type"}, "L"},
              {{"limit_price_computer_kwargs", "volatility_multiple"}, List{0.75, 0.7}}}},
      {"list_of_tuples",
       R"(("in_col_groups"),([("r_lr.c",)]))",
       {"in_col_groups"},
       List{List{"r_lr.c"}}},
      {"list_arithmetic",
       R"(("waves"),([float(1.5), float(0.7)] + ([10.0]*705)))",
       {"waves"},
       waves()},
      {"empty_string", R"(("save_node_io"),(str("")))", {"save_node_io"}, ""},
      {"solver_name", R"(("p"),({"solver": str("ECOS")}))", {"p"}, Leaves{{{"solver"}, "ECOS"}}},
      {"blank_after_comma",
       R"(("portfolio_config", "pricing_method"),(str("last")))",
       {"portfolio_config", "pricing_method"},
       "last"},
      {"g16_two_keys",
       R"(("build_model","activation"),("tanh"))",
       {"build_model", "activation"},
       "tanh"},
      {"g16_int", R"(("key2","key2.2"),(int(22)))", {"key2", "key2.2"}, 22},
      {"g16_three_keys",
       R"(("key2", "key2.1", "key3.1"),("v"))",
       {"key2", "key2.1", "key3.1"},
       "v"},
      {"none", R"(("k"),(None))", {"k"}, Value{}},
      {"timestamp",
       R"(("k"),(pd.Timestamp("2023-11-08 13:10:00+00:00")))",
       {"k"},
       Timestamp{1'699'449'000'000'000'000}},
      {"timestamp_with_offset_and_zone",
       R"(("k"),(pd.Timestamp("2023-11-08 08:10:00-05:00", tz="America/New_York")))",
       {"k"},
       Timestamp{1'699'449'000'000'000'000}},
      {"timestamp_local",
       R"(("k"),(pd.Timestamp("2023-11-08 08:10:00", tz="America/New_York")))",
       {"k"},
       Timestamp{1'699'449'000'000'000'000}},
      {"timestamp_date",
       R"(("k"),(pd.Timestamp("1970-01-02", tz="UTC")))",
       {"k"},
       Timestamp{days(1).ns}},
      {"time", R"(("k"),(datetime.time(9,30)))", {"k"}, TimeOfDay{hours(9) + minutes(30)}},
      {"time_with_parts",
       R"(("k"),(datetime.time(15, 55, 1, 500000)))",
       {"k"},
       TimeOfDay{hours(15) + minutes(55) + milliseconds(1500)}},
      {"plain_numbers",
       R"(("k"),([1, -2, 2.5, 1e3, .5, +4]))",
       {"k"},
       List{1, -2, 2.5, 1000.0, 0.5, 4}},
      {"plain_words", R"(("k"),([True, False, None]))", {"k"}, List{true, false, Value{}}},
      {"negative_float", R"(("k"),(float(-0.5)))", {"k"}, -0.5},
      {"nan_and_infinity",
       R"(("k"),([float("nan"), float("-inf")]))",
       {"k"},
       List{kNaN, -std::numeric_limits<double>::infinity()}},
      {"single_quotes", R"(('k'),('it is "so"'))", {"k"}, "it is \"so\""},
      {"escapes", R"(("k"),("a\"b\\c\n\x41"))", {"k"}, "a\"b\\c\nA"},
      {"unicode", "(\"k\"),(\"\xE2\x82\xAC\")", {"k"}, "\xE2\x82\xAC"},
      {"trailing_commas", R"(("k",),([1, 2,]))", {"k"}, List{1, 2}},
      {"parentheses_group", R"(("k"),((("x"))))", {"k"}, "x"},
      {"tuple_value", R"(("k"),("x", "y"))", {"k"}, List{"x", "y"}},
      {"empty_list", R"(("k"),([]))", {"k"}, List{}},
      {"empty_tuple", R"(("k"),(()))", {"k"}, List{}},
      {"empty_dict", R"(("k"),({}))", {"k"}, Leaves{}},
      {"count_first", R"(("k"),(2*[1]))", {"k"}, List{1, 1}},
      {"repeated_zero_times", R"(("k"),([1]*0 + [2]))", {"k"}, List{2}},
      {"repetition_binds_tighter", R"(("k"),([1] + [2]*2 + [3]))", {"k"}, List{1, 2, 2, 3}},
      {"blanks_and_newlines_everywhere",
       " \n ( \"a\" ,\n \"b\" ) , \t ( { \"c\" : [ float ( 1.0 ) ] , } ) \r\n ",
       {"a", "b"},
       Leaves{{{"c"}, List{1.0}}}},
      {"separator_in_quotes", R"(("k"),("a;b"))", {"k"}, "a;b"},
      {"parentheses_in_keys", R"x(("k(1)"),("v)"))x", {"k(1)"}, "v)"},
  };
  return kCases;
}

class FormTest : public ::testing::TestWithParam<FormCase> {};

TEST_P(FormTest, ParsesAndItsCanonicalTextParsesToTheSame) {
  const FormCase& c = GetParam();
  const auto parsed = parse_overrides(c.text);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  ASSERT_EQ(parsed->overrides.size(), 1U);
  EXPECT_THAT(parsed->warnings, IsEmpty());
  const Override& item = parsed->overrides.front();
  EXPECT_EQ(item.path, c.path);
  EXPECT_TRUE(item.value == c.value) << to_text(item);
  const auto again = parse_overrides(to_text(item));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_TRUE(same(again->overrides.front(), item)) << to_text(item);
  EXPECT_EQ(to_text(again->overrides.front()), to_text(item));
}

INSTANTIATE_TEST_SUITE_P(Table, FormTest, ::testing::ValuesIn(forms()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Override, EveryFormParsesInOneJoinedText) {
  for (const char* separator : {";", "; \n", " ; "}) {
    std::string text;
    for (const FormCase& c : forms()) {
      text += (text.empty() ? "" : separator) + std::string(c.text);
    }
    const auto parsed = parse_overrides(text);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    ASSERT_EQ(parsed->overrides.size(), forms().size());
    for (std::size_t i = 0; i < forms().size(); ++i) {
      EXPECT_EQ(parsed->overrides[i].path, forms()[i].path);
      EXPECT_TRUE(parsed->overrides[i].value == forms()[i].value) << forms()[i].name;
    }
  }
}

TEST(Override, TextIsKeptAsGivenAndTrimmed) {
  const auto parsed = parse_overrides("  (\"a\"),(int(1)) ;\n (\"b\") , (\"x\")  ");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->overrides[0].text, "(\"a\"),(int(1))");
  EXPECT_EQ(parsed->overrides[1].text, "(\"b\") , (\"x\")");
}

TEST(Override, BlankTextHoldsNone) {
  for (const char* text : {"", "  ", "\n\t"}) {
    const auto parsed = parse_overrides(text);
    ASSERT_TRUE(parsed.ok());
    EXPECT_THAT(parsed->overrides, IsEmpty());
  }
}

TEST(Override, TheStrayBackslashOfTheGuideIsReadWithAWarning) {
  const auto parsed = parse_overrides(R"(("a","b"),(float(0.55));\("c"),(str("longitudinal")))");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  ASSERT_EQ(parsed->overrides.size(), 2U);
  EXPECT_EQ(parsed->overrides[1].path, Path{"c"});
  EXPECT_THAT(parsed->warnings, ElementsAre("column 25: stray '\\(' read as '('"));
}

TEST(Override, AQuotedBoolIsReadAsItSaysWithAWarning) {
  const auto parsed = parse_overrides(R"(("k"),(bool("False"));("k"),(bool("True")))");
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->overrides[0].value == (std::variant<Value, Leaves>(Value(false))));
  EXPECT_TRUE(parsed->overrides[1].value == (std::variant<Value, Leaves>(Value(true))));
  ASSERT_EQ(parsed->warnings.size(), 2U);
  EXPECT_THAT(parsed->warnings[0], HasSubstr("column 13: bool(\"False\") read as False"));
}

TEST(Override, ASeparatorAfterTheLastIsReadWithAWarning) {
  const auto parsed = parse_overrides(R"(("k"),("v"); )");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->overrides.size(), 1U);
  EXPECT_THAT(parsed->warnings, ElementsAre("column 12: ';' after the last override ignored"));
}

struct BadCase {
  const char* text;
  int column;
  const char* needed;
};

TEST(Override, ErrorsNameTheExactColumnAndWhatWasNeeded) {
  const BadCase cases[] = {
      {R"(key=3)", 1, "'(' that opens the keys"},
      {R"((key),(3))", 2, "a key in quotes"},
      {R"((),(3))", 2, "a key in quotes"},
      {R"((""),(3))", 2, "a key that is not empty"},
      {R"(("k")(3))", 6, "',' between the keys and the value"},
      {R"(("k" "l"),(3))", 6, "',' and another key, or ')'"},
      {R"(("k"),3)", 7, "'(' that opens the value"},
      {R"(("k"),())", 8, "a value"},
      {R"(("k"),(float(0.55))", 19, "')' that closes the value"},
      {R"(("k"),(float(0.55)) ("l"),(1))", 21, "';' before the next override"},
      {R"(("k"),(1);;("l"),(1))", 11, "'(' that opens the keys"},
      {R"(;("k"),(1))", 1, "'(' that opens the keys"},
      {R"(("k"),(foo(3)))", 8, "one of str, int, float"},
      {R"(("k"),(longitudinal))", 8, "text must be in quotes"},
      {R"(("k"),(os.system("x")))", 8, "one of str, int, float"},
      {R"(("k"),(__import__("os")))", 8, "one of str, int, float"},
      {R"(("k"),(str(5T)))", 12, "a text in quotes inside str()"},
      {R"(("k"),(str("5T))", 12, "closed by \""},
      {R"(("k"),("a\q"))", 10, "an escape out of"},
      {R"(("k"),("a\xff"))", 10, "an escape out of"},
      {R"(("k"),(int(3.5)))", 12, "a whole number inside int()"},
      {R"(("k"),(int("3.0")))", 12, "a whole number inside int()"},
      {R"(("k"),(int(9223372036854775808)))", 12, "a whole number inside int()"},
      {R"(("k"),(9223372036854775808))", 8, "at most 64 bits"},
      {R"(("k"),(1.2.3))", 8, "a number"},
      {R"(("k"),(float("x")))", 14, "a number inside float()"},
      {R"(("k"),(float(nan)))", 14, "a number inside float()"},
      {R"(("k"),(float()))", 14, "a number inside float()"},
      {R"(("k"),(bool("no")))", 13, "True or False inside bool()"},
      {R"(("k"),(bool(2)))", 13, "True or False inside bool()"},
      {R"(("k"),(pd.Timedelta("soon")))", 21, "a length of time"},
      {R"(("k"),(pd.Timedelta(5)))", 21, "a length of time"},
      {R"(("k"),(pd.Timestamp("2023-11-08 13:10:00")))", 21, "with an offset"},
      {R"(("k"),(pd.Timestamp("2023-11-08 13:10:00", tz="Mars")))", 44, "tz=\"UTC\""},
      {R"(("k"),(pd.Timestamp("2024-03-10 02:30:00", tz="America/New_York")))", 21, "an instant"},
      {R"(("k"),(datetime.time(24)))", 22, "an hour from 0 to 23"},
      {R"(("k"),(datetime.time(9, 60)))", 25, "a minute from 0 to 59"},
      {R"(("k"),(datetime.time(1,2,3,4,5)))", 30, "')' that closes datetime.time("},
      {R"(("k"),([1, 2))", 13, "',' or ']' in a list"},
      {R"(("k"),([1 2]))", 11, "',' or ']' in a list"},
      {R"(("k"),([{"a": 1}]))", 9, "a dict may stand only as the value of a key"},
      {R"(("k"),({"a" 1}))", 13, "':' after the key"},
      {R"(("k"),({a: 1}))", 9, "a key in quotes"},
      {R"(("k"),({"a": 1, "a": 2}))", 17, "not twice in one dict"},
      {R"(("k"),({"a": {}}))", 14, "a dict that is not empty inside a dict"},
      {R"(("k"),({"a": 1))", 15, "',' or '}' in a dict"},
      {R"(("k"),(1 + 2))", 10, "'+' between two lists, not int + int"},
      {R"(("k"),("a" + "b"))", 12, "'+' between two lists, not str + str"},
      {R"(("k"),([1] + {"a": 1}))", 12, "'+' between two lists, not list + dict"},
      {R"(("k"),([1] * 2.0))", 12, "'*' between a list and a whole number, not list * float"},
      {R"(("k"),([1] * -1))", 12, "not negative"},
      {"(\"\xE2\x82\xAC\"),(x)", 8, "one of str"},
  };
  for (const BadCase& c : cases) {
    const auto parsed = parse_overrides(c.text);
    ASSERT_FALSE(parsed.ok()) << c.text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformedOverride);
    EXPECT_THAT(parsed.error().message,
                AllOf(HasSubstr("column " + std::to_string(c.column) + ":"), HasSubstr(c.needed)))
        << c.text;
    EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
  }
}

TEST(Override, TextThatIsNotUtf8OrTooLongIsRefused) {
  EXPECT_THAT(parse_overrides("(\"k\"),(\"\xFF\")").error().message, HasSubstr("UTF-8"));
  EXPECT_THAT(parse_overrides(std::string(2'000'000, ' ')).error().message, HasSubstr("at most"));
  EXPECT_FALSE(parse_overrides(std::string("(\"k\"),(\"a\0b\")\0", 14)).ok());
}

TEST(Override, NestingAndRepetitionAreBounded) {
  const auto nested = [](std::size_t n, char open, char close) {
    return "(\"k\"),(" + std::string(n, open) + std::string(n, close) + ")";
  };
  EXPECT_TRUE(parse_overrides(nested(20, '[', ']')).ok());
  for (const char* brackets : {"[]", "()"}) {
    EXPECT_THAT(parse_overrides(nested(100'000, brackets[0], brackets[1])).error().message,
                HasSubstr("levels of nesting"));
  }
  std::string dicts;
  for (int i = 0; i < 1000; ++i) {
    dicts += "{\"a\":";
  }
  EXPECT_THAT(parse_overrides("(\"k\"),(" + dicts).error().message, HasSubstr("levels of nesting"));
  for (const char* bomb : {"[0]*100000000000", "[0]*9223372036854775807", "[[[0]*1000]*1000]*1000",
                           "[0]*1000*1000*1000", "[[]]*100000000", "[]*9223372036854775807",
                           "[\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"]*1000000"}) {
    const auto parsed = parse_overrides("(\"k\"),(" + std::string(bomb) + ")");
    ASSERT_FALSE(parsed.ok()) << bomb;
    EXPECT_THAT(parsed.error().message, HasSubstr("64 MiB in all")) << bomb;
  }
  std::string many;
  for (int i = 0; i < 1000; ++i) {
    many += (many.empty() ? "" : ";") + std::string("(\"k\"),([0]*100000)");
  }
  EXPECT_THAT(parse_overrides(many).error().message, HasSubstr("64 MiB in all"))
      << "the limit is over the whole text";
}

TEST(Override, AppliesInOrderAndTheLastWins) {
  Config config = sample_config();
  const auto parsed = parse_overrides(
      R"(("trading_period"),("1T");("trading_period"),("3T");)"
      R"(("process_forecasts_node_dict","process_forecasts_dict","order_config","passivity_factor"),(float(0.55));)"
      R"(("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","params","style"),(str("longitudinal"));)"
      R"(("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","params","kwargs"),)"
      R"(({"target_dollar_risk_per_name": float(0.4), "prediction_abs_threshold": float(0.3)}))");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const Status applied = apply_overrides(config, parsed->overrides, "--set_config_value");
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(*config.get_string({"trading_period"}), "3T");
  const Config kwargs = config.subconfig(kKwargs);
  EXPECT_EQ(kwargs.leaves().size(), 2U);
  EXPECT_EQ(*kwargs.get_float({"target_dollar_risk_per_name"}), 0.4);
  std::size_t overridden = 0;
  for (const Leaf& leaf : config.leaves()) {
    overridden += leaf.writer == "--set_config_value" ? 1U : 0U;
  }
  EXPECT_EQ(overridden, 5U);
}

TEST(Override, AFailedOneNamesItselfAndChangesNothing) {
  Config config = sample_config();
  const auto parsed = parse_overrides(R"(("trading_period"),("1T");("trading_perod"),("3T"))");
  ASSERT_TRUE(parsed.ok());
  const Status applied = apply_overrides(config, parsed->overrides, "test");
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::kUnknownConfigKey);
  EXPECT_THAT(applied.error().message, AllOf(HasSubstr("the nearest is 'trading_period'"),
                                             HasSubstr(R"(in override ("trading_perod"),("3T"))")));
  EXPECT_EQ(*config.get_string({"trading_period"}), "5T");
}

/// Draws random overrides.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : rng_(seed, 0) {}

  Override next() {
    Override item;
    item.path = path(1 + below(4));
    if (below(3) != 0) {
      item.value = value(0);
    } else {
      Leaves leaves;
      add_leaves(leaves, {}, 0);
      item.value = std::move(leaves);
    }
    return item;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return rng_.block(draw_++)[0] % n; }
  std::int64_t whole() {
    const auto words = rng_.block(draw_++);
    return static_cast<std::int64_t>((std::uint64_t{words[0]} << 32) | words[1]) >> (words[2] % 64);
  }
  std::string text() {
    static const std::vector<std::string> kPieces = {
        "a",   "Z_9",  " ", "\"", "'",    "\\",   "\n",       "\t",           "\r",
        ";",   "(",    ")", ",",  "\x01", "\x7f", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
        "\\(", "str(", "[", "{",  "#"};
    std::string out;
    for (std::uint64_t i = below(6); i > 0; --i) {
      out += kPieces[below(kPieces.size())];
    }
    return out;
  }
  std::string key() {
    const std::string out = text();
    return out.empty() ? "key" : out;
  }
  Path path(std::uint64_t size) {
    Path out;
    for (std::uint64_t i = 0; i < size; ++i) {
      out.push_back(key());
    }
    return out;
  }
  Value value(int depth) {
    switch (below(depth < 3 ? 10 : 8)) {
      case 0:
        return {};
      case 1:
        return below(2) == 0;
      case 2:
        return whole();
      case 3:
        return std::bit_cast<double>(whole());
      case 4:
        return text();
      case 5: {
        // Within the years that the ISO form covers.
        const std::int64_t ns = whole();
        return Timestamp{ns % 9'000'000'000'000'000'000};
      }
      case 6:
        return Duration{whole()};
      case 7:
        return TimeOfDay{nanoseconds(1000 * static_cast<std::int64_t>(below(4'000'000'000)))};
      default: {
        List items;
        for (std::uint64_t i = below(4); i > 0; --i) {
          items.push_back(value(depth + 1));
        }
        return items;
      }
    }
  }
  void add_leaves(Leaves& leaves, const Path& prefix, int depth) {
    const std::uint64_t count = (depth == 0 ? 0 : 1) + below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      Path here = prefix;
      here.push_back(key() + std::to_string(i));  // Unique in its dict.
      if (depth < 3 && below(3) == 0) {
        add_leaves(leaves, here, depth + 1);
      } else {
        leaves.emplace_back(std::move(here), value(0));
      }
    }
  }

  CounterRng rng_;
  std::uint64_t draw_ = 0;
};

TEST(Override, CanonicalTextOfARandomOverrideParsesToTheSame) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const Override item = Generator(seed).next();
    const std::string text = to_text(item);
    const auto parsed = parse_overrides(text);
    ASSERT_TRUE(parsed.ok()) << "seed " << seed << ": " << parsed.error().message << "\n" << text;
    ASSERT_EQ(parsed->overrides.size(), 1U) << "seed " << seed;
    ASSERT_TRUE(same(parsed->overrides.front(), item)) << "seed " << seed << "\n" << text;
    EXPECT_THAT(parsed->warnings, IsEmpty());
  }
}

TEST(Override, TruncatedAndGarbledTextsNeverCrash) {
  std::string text;
  for (const FormCase& c : forms()) {
    text += (text.empty() ? "" : ";") + std::string(c.text);
  }
  for (std::size_t n = 0; n < text.size(); ++n) {
    static_cast<void>(parse_overrides(std::string_view(text).substr(0, n)));
  }
  const CounterRng rng(9, 0);
  constexpr std::string_view kBytes = "()[]{},;:\"'\\*+-.e0 ax\n";
  for (std::uint64_t i = 0; i < 5000; ++i) {
    std::string garbled = text;
    for (std::uint64_t k = 0; k < 3; ++k) {
      const auto words = rng.block(3 * i + k);
      garbled[words[0] % garbled.size()] = kBytes[words[1] % kBytes.size()];
    }
    const auto parsed = parse_overrides(garbled);
    if (!parsed.ok()) {
      ASSERT_EQ(parsed.error().code, ErrorCode::kMalformedOverride);
    }
  }
}

}  // namespace
}  // namespace tieout::config
