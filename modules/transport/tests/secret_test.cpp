#include "tieout/transport/secret.hpp"

#include <type_traits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"

#include "scratch_file.hpp"

namespace tieout::transport {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

static_assert(!std::is_convertible_v<Secret, std::string>, "a secret is not a text by accident");
static_assert(!std::is_convertible_v<Secret, std::string_view>);

TEST(SecretTest, ComesFromAVariable) {
  const auto secret = read_secret("sink 'x'", "env:TOKEN", {{"TOKEN", "t0p"}});
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(secret->reveal(), "t0p");
}

TEST(SecretTest, AMissingVariableIsNamed) {
  const auto secret = read_secret("sink 'x'", "env:TOKEN", {{"TOKEN", ""}});
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().code, ErrorCode::kMissingCredentials);
  EXPECT_THAT(secret.error().message, HasSubstr("'TOKEN' is not set"));
}

TEST(SecretTest, AnInlineSecretIsRefusedAndNotRepeated) {
  const auto secret = read_secret("sink 'x'", "123456:AAbbCC", {});
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(secret.error().message, HasSubstr("env:NAME or file:PATH"));
  EXPECT_THAT(secret.error().message, Not(HasSubstr("AAbbCC")));
}

TEST(SecretTest, TheFirstLineOfAPrivateFileIsTheSecret) {
  const ScratchFile file("token");
  ASSERT_TRUE(write_file_atomic(file.path(), "t0p\nmore\n").ok());
  fs::permissions(file.path(), fs::perms::owner_read | fs::perms::owner_write);
  const auto secret = read_secret("x", "file:" + file.path().string(), {});
  ASSERT_TRUE(secret.ok()) << to_string(secret.error());
  EXPECT_EQ(secret->reveal(), "t0p");
}

TEST(SecretTest, AFileThatOthersMayReadIsRefused) {
  const ScratchFile file("token");
  ASSERT_TRUE(write_file_atomic(file.path(), "t0p\n").ok());
  for (const fs::perms extra : {fs::perms::group_read, fs::perms::others_read}) {
    fs::permissions(file.path(), fs::perms::owner_read | fs::perms::owner_write | extra);
    const auto secret = read_secret("x", "file:" + file.path().string(), {});
    ASSERT_FALSE(secret.ok());
    EXPECT_EQ(secret.error().code, ErrorCode::kMissingCredentials);
    EXPECT_THAT(secret.error().message, HasSubstr("needed 0600"));
  }
}

}  // namespace
}  // namespace tieout::transport
