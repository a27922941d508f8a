#include "tieout/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_config.hpp"
#include "suggest.hpp"

namespace tieout::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Path kwarg(const char* key) {
  Path path = kKwargs;
  path.emplace_back(key);
  return path;
}

TEST(Config, GetsEveryTypeAndConvertsNothing) {
  const Config config = sample_config();
  EXPECT_EQ(*config.get_string({"trading_period"}), "5T");
  EXPECT_EQ(*config.get_duration({"market_data_config", "days"}), days(10));
  EXPECT_EQ(*config.get_timestamp({"market_data_config", "start"}), Timestamp{0});
  EXPECT_EQ(*config.get_float(kwarg("target_gmv")), 3000.0);
  EXPECT_EQ(config.get_list({"dag_config", "predict", "weights"})->size(), 2U);
  const Path forecasts = {"process_forecasts_node_dict", "process_forecasts_dict"};
  const auto at = [&](const char* a, const char* b) {
    return Path{forecasts[0], forecasts[1], a, b};
  };
  EXPECT_EQ(*config.get_int(at("order_config", "order_duration_in_mins")), 5);
  EXPECT_EQ(*config.get_bool({forecasts[0], forecasts[1], "liquidate_at_trading_end_time"}), false);
  EXPECT_EQ(**config.get_optional_time({forecasts[0], forecasts[1], "trading_end_time"}),
            TimeOfDay{hours(15) + minutes(55)});

  const auto wrong = config.get_float(at("order_config", "order_duration_in_mins"));
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, ErrorCode::kConfigTypeMismatch);
  EXPECT_THAT(wrong.error().message, AllOf(HasSubstr("5 of type int"), HasSubstr("needed float")));
}

TEST(Config, OptionalGettersTellNoValueFromAMistake) {
  const Config config = sample_config();
  EXPECT_EQ(*config.get_optional_string({"market_data_config", "universe_version"}), std::nullopt)
      << "None";
  EXPECT_EQ(*config.get_optional_float(kwarg("prediction_abs_threshold")), std::nullopt)
      << "declared without a value";
  EXPECT_EQ(*config.get_optional_float(kwarg("target_gmv")), 3000.0);
  EXPECT_EQ(config.get_optional_int(kwarg("target_gmv")).error().code,
            ErrorCode::kConfigTypeMismatch);
  EXPECT_EQ(config.get_optional_float({"absent"}).error().code, ErrorCode::kUnknownConfigKey);
  EXPECT_EQ(config.get_float(kwarg("prediction_abs_threshold")).error().code,
            ErrorCode::kInvalidConfig);
}

TEST(Config, ContainsLeavesWithAValueAndSubconfigs) {
  const Config config = sample_config();
  EXPECT_TRUE(config.contains({"trading_period"}));
  EXPECT_TRUE(config.contains(kKwargs));
  EXPECT_TRUE(config.contains({"market_data_config", "universe_version"})) << "None is a value";
  EXPECT_FALSE(config.contains(kwarg("prediction_abs_threshold")));
  EXPECT_FALSE(config.contains({"absent"}));
  EXPECT_FALSE(config.contains({"trading_period", "below_a_leaf"}));
  EXPECT_EQ(config.find(kKwargs), nullptr) << "a sub-config is no value";
}

TEST(Config, SetRecordsWhoSetTheValueLast) {
  Config config = sample_config();
  ASSERT_TRUE(config.set(kwarg("target_gmv"), 20000.0, "--set_config_value").ok());
  for (const Leaf& leaf : config.leaves()) {
    EXPECT_EQ(leaf.writer, leaf.path.back() == "target_gmv" ? "--set_config_value" : "default");
  }
  EXPECT_EQ(*config.get_float(kwarg("target_gmv")), 20000.0);
}

TEST(Config, AValueOfAnotherTypeIsAnErrorThatSaysWhatToWrite) {
  struct Case {
    Path path;
    Value value;
    const char* types;
    const char* write;
  };
  const Case cases[] = {
      {kwarg("target_gmv"), 3, "float", "write float(3)"},
      {kwarg("target_gmv"), "3e3", "float", "write float(3e3)"},
      {kwarg("target_gmv"), Value{}, "float", "write float("},
      {{"trading_period"}, minutes(5), "str", "write str("},
      {{"trading_period"}, 5, "str", "write str(\"5\")"},
      {{"market_data_config", "days"}, "150T", "timedelta", "write pd.Timedelta(\"150T\")"},
      {{"market_data_config", "start"}, "2023", "timestamp", "write pd.Timestamp("},
      {{"market_data_config", "universe_version"}, 7.3, "str or null", "write str(\"7.3\")"},
      {{"dag_config", "predict", "weights"}, 1.0, "list", "write [...]"},
      {{"process_forecasts_node_dict", "process_forecasts_dict", "order_config",
        "order_duration_in_mins"},
       12.0,
       "int",
       "write int(12)"},
      {{"process_forecasts_node_dict", "process_forecasts_dict", "liquidate_at_trading_end_time"},
       1,
       "bool",
       "write bool(True) or bool(False)"},
      {{"process_forecasts_node_dict", "process_forecasts_dict", "trading_end_time"},
       "15:55",
       "time",
       "write datetime.time("},
  };
  for (const Case& c : cases) {
    Config config = sample_config();
    const Status set = config.set(c.path, c.value, "test");
    ASSERT_FALSE(set.ok()) << to_string(c.path);
    EXPECT_EQ(set.error().code, ErrorCode::kConfigTypeMismatch);
    EXPECT_THAT(
        set.error().message,
        AllOf(HasSubstr("'" + to_string(c.path) + "' is of type " + c.types),
              HasSubstr("of type " + std::string(to_string(c.value.type()))), HasSubstr(c.write)));
    EXPECT_TRUE(diff(config, sample_config()).empty()) << "a failed set changes nothing";
  }
}

TEST(Config, AnOptionalKeyTakesItsTypesAndNone) {
  Config config = sample_config();
  const Path path = {"market_data_config", "universe_version"};
  EXPECT_TRUE(config.set(path, "v7.3", "test").ok());
  EXPECT_TRUE(config.set(path, Value{}, "test").ok());
  EXPECT_TRUE(config.set(kwarg("prediction_abs_threshold"), 0.3, "test").ok());
  EXPECT_FALSE(config.set(kwarg("prediction_abs_threshold"), Value{}, "test").ok())
      << "kNull was not declared for it";
}

TEST(Config, ANewDefaultReplacesTheOldOneAndItsType) {
  Config config;
  config.declare({"a"}, 1);
  config.declare({"b"}, Value{});
  config.declare({"a"}, 2.5, "builder");
  config.declare({"b"}, "text");
  EXPECT_EQ(*config.get_float({"a"}), 2.5);
  EXPECT_EQ(config.leaves().front().writer, "builder");
  EXPECT_TRUE(config.set({"a"}, 1.0, "test").ok());
  EXPECT_FALSE(config.set({"a"}, 1, "test").ok());
  EXPECT_TRUE(config.set({"b"}, Value{}, "test").ok()) << "a key that was None may be None again";
}

TEST(ConfigDeathTest, DeclaringThroughALeafIsAProgrammerError) {
  Config config;
  config.declare({"a"}, 1);
  config.declare({"s", "k"}, 1);
  EXPECT_DEATH(config.declare({"a", "b"}, 1), "programmer error");
  EXPECT_DEATH(config.declare({"s"}, 1), "programmer error");
  EXPECT_DEATH(config.declare({}, 1), "programmer error");
}

struct SuggestionCase {
  Path wrong;
  const char* nearest;
};

TEST(Config, AnUnknownKeySuggestsTheNearest) {
  const SuggestionCase cases[] = {
      {{"trading_perod"}, "trading_period"},
      {{"tradign_period"}, "trading_period"},
      {{"process_forecasts_node_dict", "process_forecasts_dict", "order_config", "pasivity_factor"},
       "process_forecasts_node_dict.process_forecasts_dict.order_config.passivity_factor"},
      // The right name in the wrong place.
      {{"passivity_factor"},
       "process_forecasts_node_dict.process_forecasts_dict.order_config.passivity_factor"},
      {{"process_forecasts_node_dict", "order_config", "order_type"},
       "process_forecasts_node_dict.process_forecasts_dict.order_config.order_type"},
      {{"optimizer_config", "params", "styl"},
       "process_forecasts_node_dict.process_forecasts_dict.optimizer_config.params.style"},
      // A sub-config, and a key that has no value yet.
      {{"market_data_confg"}, "market_data_config"},
      {{"prediction_abs_treshold"},
       "process_forecasts_node_dict.process_forecasts_dict.optimizer_config.params.kwargs."
       "prediction_abs_threshold"},
      // Below a leaf there is nothing.
      {{"trading_period", "rule"}, "dag_config.resample.transformer_kwargs.rule"},
  };
  for (const SuggestionCase& c : cases) {
    Config config = sample_config();
    const Status set = config.set(c.wrong, 1, "test");
    ASSERT_FALSE(set.ok());
    EXPECT_EQ(set.error().code, ErrorCode::kUnknownConfigKey);
    EXPECT_THAT(set.error().message,
                AllOf(HasSubstr("unknown key '" + to_string(c.wrong) + "'"),
                      HasSubstr("the nearest is '" + std::string(c.nearest) + "'")));
    EXPECT_EQ(config.get_int(c.wrong).error().message, set.error().message);
    EXPECT_EQ(config.set_subconfig(c.wrong, {}, "test").error().message, set.error().message);
  }
  EXPECT_THAT(Config().set({"a"}, 1, "test").error().message, HasSubstr("declares no key"));
  EXPECT_THAT(sample_config().set({"trading_perod"}, 1, "t").error().message,
              HasSubstr("written (\"trading_period\")"));
}

TEST(EditDistance, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("ab", "ba"), 1U);
  EXPECT_EQ(edit_distance("period", "period"), 0U);
  EXPECT_EQ(edit_distance(std::string(100'000, 'a'), std::string(100'000, 'b')), 200U);
}

TEST(Config, SetSubconfigReplacesTheWhole) {
  Config config = sample_config();
  const Status set = config.set_subconfig(
      kKwargs, {{{"target_dollar_risk_per_name"}, 1.0}, {{"prediction_abs_threshold"}, 0.3}},
      "test");
  ASSERT_TRUE(set.ok()) << set.error().message;
  std::vector<std::string> keys;
  for (const Leaf& leaf : config.subconfig(kKwargs).leaves()) {
    keys.push_back(to_string(leaf.path));
    EXPECT_EQ(leaf.writer, "test");
  }
  EXPECT_THAT(keys, ElementsAre("target_dollar_risk_per_name", "prediction_abs_threshold"));
  EXPECT_FALSE(config.contains(kwarg("target_gmv"))) << "the default keys are gone";
  EXPECT_TRUE(config.set(kwarg("target_gmv"), 1.0, "test").ok()) << "but still declared";
}

TEST(Config, SetSubconfigChangesAllOrNothing) {
  Config config = sample_config();
  EXPECT_EQ(
      config.set_subconfig(kKwargs, {{{"target_gmv"}, 1.0}, {{"typo"}, 1.0}}, "t").error().code,
      ErrorCode::kUnknownConfigKey);
  EXPECT_EQ(config.set_subconfig(kKwargs, {{{"target_gmv"}, 1}}, "t").error().code,
            ErrorCode::kConfigTypeMismatch);
  EXPECT_EQ(config.set_subconfig({"trading_period"}, {{{"x"}, 1}}, "t").error().code,
            ErrorCode::kConfigTypeMismatch);
  EXPECT_EQ(config.set_subconfig({"dag_config"}, {{{"resample"}, 1}}, "t").error().code,
            ErrorCode::kConfigTypeMismatch);
  EXPECT_EQ(config.set(kKwargs, 1, "t").error().code, ErrorCode::kConfigTypeMismatch);
  EXPECT_EQ(config.content_hash(), sample_config().content_hash());
}

TEST(Config, SubconfigIsACopyOfAPart) {
  const Config config = sample_config();
  Config part = config.subconfig({"dag_config", "resample"});
  EXPECT_EQ(*part.get_string({"transformer_kwargs", "rule"}), "5T");
  ASSERT_TRUE(part.set({"transformer_kwargs", "rule"}, "10T", "test").ok());
  EXPECT_EQ(*config.get_string({"dag_config", "resample", "transformer_kwargs", "rule"}), "5T");
  EXPECT_TRUE(config.subconfig({"absent"}).leaves().empty());
  EXPECT_TRUE(config.subconfig({"trading_period"}).leaves().empty());
}

TEST(Config, CopiesAreIndependent) {
  Config config = sample_config();
  Config copy = config;
  ASSERT_TRUE(copy.set({"trading_period"}, "1T", "test").ok());
  EXPECT_EQ(*config.get_string({"trading_period"}), "5T");
  config = copy;
  EXPECT_EQ(*config.get_string({"trading_period"}), "1T");
  const Config moved = std::move(copy);
  EXPECT_EQ(*moved.get_string({"trading_period"}), "1T");
}

TEST(Config, TextIsNestedAndTyped) {
  Config config;
  config.declare({"dag_config", "resample", "rule"}, "5T");
  config.declare({"dag_config", "lags"}, 2);
  config.declare_optional({"hidden", "unset"}, {ValueType::kInt});
  config.declare({"factor"}, 0.5);
  ASSERT_TRUE(config.set({"factor"}, 0.55, "--set_config_value").ok());
  EXPECT_EQ(config.to_text(),
            "dag_config:\n"
            "  resample:\n"
            "    rule (writer=default, type=str): \"5T\"\n"
            "  lags (writer=default, type=int): 2\n"
            "factor (writer=--set_config_value, type=float): 0.55\n");
}

TEST(Config, TheHashIsOfPathsTypesAndValuesOnly) {
  const Hash128 hash = sample_config().content_hash();
  Config same = sample_config();
  ASSERT_TRUE(same.set({"trading_period"}, "5T", "somebody else").ok());
  EXPECT_EQ(same.content_hash(), hash) << "writers do not count";

  Config left, right;
  left.declare({"a"}, 1);
  left.declare({"b", "c"}, 2);
  right.declare({"b", "c"}, 2);
  right.declare({"a"}, 1);
  right.declare_optional({"unset"}, {ValueType::kInt});
  EXPECT_EQ(left.content_hash(), right.content_hash()) << "nor does the order of declarations";

  const auto hash_of = [](const Path& path, const Value& value) {
    Config config;
    config.declare(path, value);
    return config.content_hash();
  };
  const std::vector<Hash128> all_different = {hash_of({"a"}, 3000),
                                              hash_of({"a"}, 3000.0),
                                              hash_of({"a"}, "3000"),
                                              hash_of({"b"}, 3000),
                                              hash_of({"a"}, Value{}),
                                              hash_of({"a"}, true),
                                              hash_of({"a"}, 1),
                                              hash_of({"a", "b"}, 1),
                                              hash_of({"a.b"}, 1),
                                              hash_of({"a"}, List{1}),
                                              hash_of({"a"}, List{1, 1}),
                                              hash_of({"a"}, List{List{1}}),
                                              hash_of({"a"}, Timestamp{1}),
                                              hash_of({"a"}, Duration{1}),
                                              hash_of({"a"}, TimeOfDay{{1}}),
                                              hash_of({"a"}, 0.0),
                                              hash_of({"a"}, -0.0),
                                              hash_of({"a"}, List{}),
                                              hash_of({"a"}, List{Value{}}),
                                              Config().content_hash()};
  for (std::size_t i = 0; i < all_different.size(); ++i) {
    for (std::size_t j = i + 1; j < all_different.size(); ++j) {
      EXPECT_NE(all_different[i], all_different[j]) << i << " and " << j;
    }
  }
}

// Source: recon_flow.md 11.1, G17; dataflow.md 2.11 for what the reference misses.
TEST(Diff, NamesEachLeafAndHowItDiffers) {
  Config left, right;
  left.declare({"same"}, 1);
  right.declare({"same"}, 1);
  left.declare({"z", "gmv"}, 3000);
  right.declare({"z", "gmv"}, 3000.0);
  left.declare({"flag"}, true);
  right.declare({"flag"}, 1);
  left.declare({"factor"}, 0.5);
  right.declare({"factor"}, 0.55);
  left.declare({"only_left"}, Value{});
  right.declare({"only_right"}, "x");
  const auto differences = diff(left, right);
  std::vector<std::string> lines;
  lines.reserve(differences.size());
  for (const LeafDiff& d : differences) {
    lines.push_back(to_string(d.path) + " " + std::string(to_string(d.kind)) + " " +
                    (d.left ? to_text(*d.left) : "-") + " " + (d.right ? to_text(*d.right) : "-"));
  }
  EXPECT_THAT(lines,
              ElementsAre("factor value 0.5 0.55", "flag type True 1", "only_left only_left None -",
                          "only_right only_right - \"x\"", "z.gmv type 3000 3000.0"));
}

TEST(Diff, IdenticalConfigsHaveNone) {
  EXPECT_TRUE(diff(sample_config(), sample_config()).empty());
  Config changed = sample_config();
  ASSERT_TRUE(changed.set({"trading_period"}, "5T", "somebody else").ok());
  EXPECT_TRUE(diff(changed, sample_config()).empty()) << "writers do not count";
}

TEST(Diff, IsEmptyExactlyWhenTheHashesAgree) {
  Config changed = sample_config();
  ASSERT_TRUE(changed.set_subconfig(kKwargs, {}, "test").ok());
  EXPECT_EQ(diff(sample_config(), changed).size(), 2U);
  EXPECT_NE(changed.content_hash(), sample_config().content_hash());
  EXPECT_EQ(diff(sample_config(), changed)[0].kind, DiffKind::kOnlyLeft);
  EXPECT_THAT(changed.to_text(), Not(HasSubstr("target_gmv")));
}

}  // namespace
}  // namespace tieout::config
