#include "tieout/transport/aws.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"

#include "scratch_file.hpp"

namespace tieout::transport {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCredentials =
    "# comment\n[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = s1=x\n\n"
    "[desk]\naws_access_key_id=AKDESK\naws_secret_access_key=s2\naws_session_token=t2\n"
    "[half]\naws_access_key_id=AKHALF\n";

class AwsSettingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(write_file_atomic(file_.path(), kCredentials).ok());
    fs::permissions(file_.path(), fs::perms::owner_read | fs::perms::owner_write);
    environment_ = {{"AWS_SHARED_CREDENTIALS_FILE", file_.path().string()},
                    {"AWS_REGION", "eu-north-1"}};
  }
  ScratchFile file_{"credentials"};
  ScratchFile config_{"config"};
  Environment environment_;
};

TEST_F(AwsSettingsTest, VariablesWinOverTheDefaultProfile) {
  environment_["AWS_ACCESS_KEY_ID"] = "AKENV";
  environment_["AWS_SECRET_ACCESS_KEY"] = "s0";
  environment_["AWS_SESSION_TOKEN"] = "t0";
  const auto settings = aws_settings(environment_, "");
  ASSERT_TRUE(settings.ok()) << to_string(settings.error());
  EXPECT_EQ(settings->credentials.access_key_id.reveal(), "AKENV");
  EXPECT_EQ(settings->credentials.session_token.reveal(), "t0");
  EXPECT_EQ(settings->region, "eu-north-1");
  EXPECT_EQ(settings->endpoint, "");
}

TEST_F(AwsSettingsTest, AProfileThatIsAskedForWinsOverVariables) {
  environment_["AWS_ACCESS_KEY_ID"] = "AKENV";
  environment_["AWS_SECRET_ACCESS_KEY"] = "s0";
  const auto settings = aws_settings(environment_, "desk");
  ASSERT_TRUE(settings.ok()) << to_string(settings.error());
  EXPECT_EQ(settings->credentials.access_key_id.reveal(), "AKDESK");
  EXPECT_EQ(settings->credentials.secret_access_key.reveal(), "s2");
  EXPECT_EQ(settings->credentials.session_token.reveal(), "t2");
}

TEST_F(AwsSettingsTest, WithNothingElseTheDefaultProfileCounts) {
  const auto settings = aws_settings(environment_, "");
  ASSERT_TRUE(settings.ok()) << to_string(settings.error());
  EXPECT_EQ(settings->credentials.secret_access_key.reveal(), "s1=x");
}

TEST_F(AwsSettingsTest, AnUnknownAndAHalfProfileAreNamedWithoutAKey) {
  const auto unknown = aws_settings(environment_, "nobody");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, ErrorCode::kMissingCredentials);
  EXPECT_THAT(unknown.error().message, HasSubstr("no profile 'nobody'"));
  const auto half = aws_settings(environment_, "half");
  ASSERT_FALSE(half.ok());
  EXPECT_THAT(half.error().message, HasSubstr("needs aws_access_key_id and aws_secret_access_key"));
  EXPECT_THAT(half.error().message, Not(HasSubstr("AKHALF")));
}

TEST_F(AwsSettingsTest, ACredentialsFileThatOthersMayReadIsRefused) {
  fs::permissions(file_.path(), fs::perms::group_read, fs::perm_options::add);
  const auto settings = aws_settings(environment_, "desk");
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().code, ErrorCode::kMissingCredentials);
  EXPECT_THAT(settings.error().message, HasSubstr("needed 0600"));
}

TEST_F(AwsSettingsTest, RegionAndEndpointComeFromTheProfilesConfig) {
  ASSERT_TRUE(write_file_atomic(config_.path(),
                                "[default]\nregion=us-west-2\n[profile desk]\nregion = "
                                "ap-northeast-1\nendpoint_url = http://127.0.0.1:9/\n")
                  .ok());
  environment_.erase("AWS_REGION");
  environment_["AWS_CONFIG_FILE"] = config_.path().string();
  const auto settings = aws_settings(environment_, "desk");
  ASSERT_TRUE(settings.ok()) << to_string(settings.error());
  EXPECT_EQ(settings->region, "ap-northeast-1");
  EXPECT_EQ(settings->endpoint, "http://127.0.0.1:9");
}

TEST_F(AwsSettingsTest, WithoutARegionTheErrorSaysWhereToPutIt) {
  environment_.erase("AWS_REGION");
  const auto settings = aws_settings(environment_, "");
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.error().message, HasSubstr("set AWS_REGION"));
  environment_["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9000";
  EXPECT_EQ(aws_settings(environment_, "")->region, "us-east-1") << "a server of one's own";
  environment_["AWS_ENDPOINT_URL"] = "127.0.0.1:9000";
  EXPECT_EQ(aws_settings(environment_, "").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(AwsSettingsTest, WithoutAnyCredentialsTheErrorSaysWhatWasLookedFor) {
  const auto settings = aws_settings({{"AWS_SHARED_CREDENTIALS_FILE", "no/such"}}, "");
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().code, ErrorCode::kMissingCredentials);
  EXPECT_THAT(settings.error().message, HasSubstr("AWS_ACCESS_KEY_ID"));
  EXPECT_THAT(settings.error().message, HasSubstr("'no/such'"));
}

}  // namespace
}  // namespace tieout::transport
