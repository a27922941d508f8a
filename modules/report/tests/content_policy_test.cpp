#include "content_policy.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tieout::report {
namespace {

// The example of MDN's page on script-src; also `openssl dgst -sha256 -binary | base64`.
TEST(ContentPolicy, TheHashOfAScriptIsThatOfTheStandard) {
  EXPECT_EQ(hash_source("alert('Hello, world.');"),
            "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='");
  // The empty text, FIPS 180-4.
  EXPECT_EQ(hash_source(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
}

TEST(ContentPolicy, NamesEveryScriptAndNothingThatIsUnsafe) {
  const std::string policy = content_policy({"a{}"}, {"1", "2"});
  EXPECT_EQ(policy, "default-src 'none'; style-src " + hash_source("a{}") + "; script-src " +
                        hash_source("1") + " " + hash_source("2") +
                        "; img-src data:; base-uri 'none'; form-action 'none'");
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

TEST(ContentPolicy, APageWithoutScriptsRunsNone) {
  EXPECT_NE(content_policy({}, {}).find("script-src 'none'"), std::string::npos);
}

}  // namespace
}  // namespace tieout::report
