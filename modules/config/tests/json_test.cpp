#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/config/config.hpp"

#include "sample_config.hpp"

namespace tieout::config {
namespace {

using ::testing::HasSubstr;

void expect_same(const Config& left, const Config& right) {
  const auto left_leaves = left.leaves();
  const auto right_leaves = right.leaves();
  ASSERT_EQ(left_leaves.size(), right_leaves.size());
  for (std::size_t i = 0; i < left_leaves.size(); ++i) {
    EXPECT_EQ(left_leaves[i].path, right_leaves[i].path) << "the order is kept";
    EXPECT_TRUE(left_leaves[i].value == right_leaves[i].value) << to_string(left_leaves[i].path);
    EXPECT_EQ(left_leaves[i].writer, right_leaves[i].writer);
  }
  EXPECT_EQ(left.to_json(), right.to_json());
}

TEST(ConfigJson, ReadsBackEverythingThatWasWritten) {
  Config config = sample_config();
  ASSERT_TRUE(config.set({"trading_period"}, "1T", "--set_config_value").ok());
  config.declare({"numbers"}, List{std::numeric_limits<double>::quiet_NaN(),
                                   std::numeric_limits<double>::infinity(), -0.0, 3.0, 3, 0.1,
                                   5e-324, std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max()});
  config.declare({"nested"}, List{List{"r_lr.c"}, List{}, Value{}, true, minutes(-121),
                                  TimeOfDay{hours(9)}, Timestamp{1'500'000'001}});
  config.declare({"text"}, "quote \" backslash \\ newline \n tab \t \x01 \xE2\x82\xAC");
  const auto read = Config::from_json(config.to_json());
  ASSERT_TRUE(read.ok()) << read.error().message;
  expect_same(config, *read);
  EXPECT_EQ(read->content_hash(), config.content_hash());
}

TEST(ConfigJson, KeepsDeclarationsSoThatOverridesStillApply) {
  auto read = Config::from_json(sample_config().to_json());
  ASSERT_TRUE(read.ok());
  Path threshold = kKwargs;
  threshold.emplace_back("prediction_abs_threshold");
  EXPECT_FALSE(read->contains(threshold));
  EXPECT_TRUE(read->set(threshold, 0.3, "test").ok());
  EXPECT_EQ(read->set(threshold, 1, "test").error().code, ErrorCode::kConfigTypeMismatch);
  EXPECT_EQ(read->set({"absent"}, 1, "test").error().code, ErrorCode::kUnknownConfigKey);
  EXPECT_TRUE(read->set({"market_data_config", "universe_version"}, "v7.4", "test").ok());
}

TEST(ConfigJson, ScalarsThatJsonHasNotAreTyped) {
  Config config;
  config.declare({"period"}, minutes(121));
  config.declare({"int"}, 3);
  config.declare({"float"}, 3.0);
  EXPECT_EQ(config.to_json(), R"({
 "format": "tieout-config-1",
 "config": {
  "keys": {
   "period": {
    "value": {
     "type": "timedelta",
     "value": "P0DT2H1M0S"
    },
    "writer": "default"
   },
   "int": {
    "value": 3,
    "writer": "default"
   },
   "float": {
    "value": 3.0,
    "writer": "default"
   }
  }
 }
}
)");
}

TEST(ConfigJson, AnEmptyConfigRoundTrips) {
  const auto read = Config::from_json(Config().to_json());
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->leaves().empty());
}

TEST(ConfigJson, MalformedTextIsAnErrorThatNamesThePlace) {
  const auto wrap = [](const std::string& body) {
    return R"({"format": "tieout-config-1", "config": )" + body + "}";
  };
  struct Case {
    std::string text;
    const char* message;
  };
  const Case cases[] = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"{", "not a JSON object"},
      {"{}", "tieout-config-1"},
      {R"({"format": "other-1", "config": {"keys": {}}})", "tieout-config-1"},
      {wrap("3"), "no object"},
      {wrap(R"({"value": 3})"), "root is a leaf"},
      {wrap(R"({"keys": {}, "x": 1})"), "'keys' only"},
      {wrap(R"({"keys": {"": {"value": 1}}})"), "empty key"},
      {wrap(R"({"keys": {"a": {}}})"), "at 'a'"},
      {wrap(R"({"keys": {"a": {"keys": {"b": 3}}}})"), "at 'a.b'"},
      {wrap(R"({"keys": {"a": {"value": 1, "author": "x"}}})"), "unknown member 'author'"},
      {wrap(R"({"keys": {"a": {"accepts": ["double"]}}})"), "unknown type"},
      {wrap(R"({"keys": {"a": {"value": {"type": "timestamp", "value": "soon"}}}})"), "'soon'"},
      {wrap(R"({"keys": {"a": {"value": {"type": "dict", "value": "x"}}}})"), "type 'dict'"},
      {wrap(R"({"keys": {"a": {"value": {"k": 1}}}})"), "needed {\"type\""},
      {wrap(R"({"keys": {"a": {"value": 9223372036854775808}}})"), "64 bits"},
      {wrap(R"({"keys": {"a": {"value": )" + std::string(100, '[') + std::string(100, ']') + "}}}"),
       "nested deeper"},
  };
  for (const Case& c : cases) {
    const auto read = Config::from_json(c.text);
    ASSERT_FALSE(read.ok()) << c.text;
    EXPECT_EQ(read.error().code, ErrorCode::kMalformedData);
    EXPECT_THAT(read.error().message, HasSubstr(c.message)) << c.text;
  }
  std::string deep = R"({"value": 1})";
  for (int i = 0; i < 200; ++i) {
    deep.insert(0, R"({"keys": {"a": )").append("}}");
  }
  EXPECT_FALSE(Config::from_json(wrap(deep)).ok());
}

}  // namespace
}  // namespace tieout::config
