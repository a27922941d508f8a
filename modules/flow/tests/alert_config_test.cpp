#include "tieout/flow/alert_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::flow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const transport::Environment kEnvironment{
    {"BOT", "123:abc"}, {"HOOK", "https://hooks.example.org/T0/s3cret"}, {"PASSWORD", "pa55"}};

constexpr const char* kAll = R"(schema = 1
[when]
verdicts = ["DIVERGED"]
[[sink]]
name = "room"
kind = "telegram"
chat_id = "-100"
token = "env:BOT"
[[sink]]
name = "hook"
kind = "webhook"
url = "env:HOOK"
verdicts = ["DIVERGED", "EXPLAINED"]
recovery = false
[[sink]]
name = "post"
kind = "email"
server = "smtp://mail.example.org:587"
from = "tieout@example.org"
to = ["a@example.org", "b@example.org"]
user = "tieout"
password = "env:PASSWORD"
)";

TEST(AlertConfigTest, ReadsAllKindsAndTheirSecrets) {
  const auto config = alerts_from_toml(kAll, "alerts.toml", kEnvironment);
  ASSERT_TRUE(config.ok()) << to_string(config.error());
  ASSERT_EQ(config->sinks.size(), 3U);
  EXPECT_EQ(config->sinks[0].token.reveal(), "123:abc");
  EXPECT_THAT(config->sinks[0].when.verdicts, ElementsAre("DIVERGED"));
  EXPECT_TRUE(config->sinks[0].when.recovery);
  EXPECT_EQ(config->sinks[1].url.reveal(), "https://hooks.example.org/T0/s3cret");
  EXPECT_THAT(config->sinks[1].when.verdicts, ElementsAre("DIVERGED", "EXPLAINED"));
  EXPECT_FALSE(config->sinks[1].when.recovery);
  EXPECT_TRUE(config->sinks[1].when.stage_errors);
  EXPECT_EQ(config->sinks[2].password.reveal(), "pa55");
  EXPECT_EQ(config->sinks[2].to.size(), 2U);
}

struct Bad {
  const char* replace;
  const char* by;
  const char* message;
};
constexpr Bad kBad[] = {
    {"schema = 1", "schema = 2", "schema = 1 is needed"},
    {"schema = 1", "schema = 1\nsinks = 1", "'sinks' is no key of the file"},
    {"[\"DIVERGED\"]", "[\"DIVERGENT\"]", "'DIVERGENT' is no verdict"},
    {"[\"DIVERGED\"]", "\"DIVERGED\"", "alerts.toml:3: 'verdicts' must be a list of texts"},
    {"kind = \"telegram\"", "kind = \"pager\"", "kind 'pager' must be webhook, telegram or email"},
    {"chat_id = \"-100\"\n", "", "'chat_id' must be given"},
    {"chat_id = \"-100\"", "chat_id = -100", "'chat_id' must be given, a text"},
    {"chat_id", "chat", "'chat_id' must be given"},
    {"recovery = false", "recovery = \"no\"", "'recovery' must be true or false"},
    {"recovery = false", "recover = false", "'recover' is no key of this table"},
    {"\"hook\"", "\"room\"", "two sinks are called 'room'"},
    {"\"hook\"", "\"../x\"", "letters, digits, '-' and '_'"},
    {"\"env:HOOK\"", "\"http://hooks.example.org/x\"", "must begin with https://"},
    {"\"smtp://mail", "\"mail", "must begin with smtp:// or smtps://"},
    {"\"smtp://mail", "\"smtp://me:pa55@mail", "holds no user and no password"},
    {"b@example.org", "b example.org", "'b example.org' is no address"},
    {"user = \"tieout\"\n", "", "'user' must be given"},
    {"[[sink]]\nname = \"room\"", "[[sink]\nname = \"room\"", "alerts.toml:4:"},
};

TEST(AlertConfigTest, EveryMistakeIsToldWithItsLine) {
  for (const Bad& bad : kBad) {
    std::string text = kAll;
    const std::size_t at = text.find(bad.replace);
    ASSERT_NE(at, std::string::npos) << bad.replace;
    text.replace(at, std::string(bad.replace).size(), bad.by);
    const auto config = alerts_from_toml(text, "alerts.toml", kEnvironment);
    ASSERT_FALSE(config.ok()) << bad.by;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidConfig) << config.error().message;
    EXPECT_THAT(config.error().message, HasSubstr(bad.message));
    EXPECT_THAT(config.error().message, HasSubstr("alerts.toml:"));
  }
}

TEST(AlertConfigTest, AnInlineSecretIsRefusedAndNotRepeated) {
  std::string text = kAll;
  text.replace(text.find("env:BOT"), 7, "123456:AA-the-token");
  const auto config = alerts_from_toml(text, "alerts.toml", kEnvironment);
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(config.error().message, HasSubstr("alerts.toml:8: token: a secret is named as"));
  EXPECT_THAT(config.error().message, Not(HasSubstr("AA-the-token")));
}

TEST(AlertConfigTest, AMissingVariableIsToldBeforeARunBegins) {
  const auto config = alerts_from_toml(kAll, "alerts.toml", {{"BOT", "x"}});
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().code, ErrorCode::kMissingCredentials);
  EXPECT_THAT(config.error().message, HasSubstr("'HOOK' is not set"));
}

TEST(AlertConfigTest, AnEmptyFileHasNoSink) {
  EXPECT_THAT(alerts_from_toml("schema = 1\n", "a", {}).error().message,
              HasSubstr("at least one [[sink]]"));
}

}  // namespace
}  // namespace tieout::flow
