#include "tieout/transport/sigv4.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/hash.hpp"

namespace tieout::transport {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// The examples of AWS's documentation, "Signature Calculations for the Authorization Header:
// Transferring Payload in a Single Chunk"; their keys are public.
const AwsCredentials kExample{Secret("AKIAIOSFODNN7EXAMPLE"),
                              Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret()};
const Timestamp kExampleTime = parse_ts_name("20130524_000000").value();

SignedRequest example(const std::string& method, const std::string& path) {
  SignedRequest request;
  request.method = method;
  request.host = "examplebucket.s3.amazonaws.com";
  request.path = path;
  request.payload_sha256 = sha256_hex("");
  request.region = "us-east-1";
  return request;
}

std::string authorization(const SignedRequest& request) {
  return sign_v4(request, kExample, kExampleTime).back().value;
}

TEST(SigV4Test, SignsTheGetExampleOfAws) {
  SignedRequest request = example("GET", "/test.txt");
  request.headers = {{"Range", "bytes=0-9"}};
  EXPECT_EQ(authorization(request),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4Test, SignsThePutExampleOfAwsWhoseKeyMustBeEncoded) {
  SignedRequest request = example("PUT", "/test$file.text");
  request.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  request.payload_sha256 = sha256_hex("Welcome to Amazon S3.");
  EXPECT_EQ(request.payload_sha256,
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  EXPECT_THAT(
      authorization(request),
      EndsWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(SigV4Test, SignsTheLifecycleExampleOfAwsWhoseQueryHasNoValue) {
  SignedRequest request = example("GET", "/");
  request.query = {{"lifecycle", ""}};
  EXPECT_THAT(
      authorization(request),
      EndsWith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(SigV4Test, SignsTheListExampleOfAwsWithItsQueryInAnyOrder) {
  SignedRequest request = example("GET", "/");
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_THAT(
      authorization(request),
      EndsWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(SigV4Test, ATemporaryCredentialsTokenIsSentAndSigned) {
  AwsCredentials temporary = kExample;
  temporary.session_token = Secret("TOKEN");
  const auto headers = sign_v4(example("GET", "/test.txt"), temporary, kExampleTime);
  const auto token = std::find_if(headers.begin(), headers.end(), [](const Header& header) {
    return header.name == "x-amz-security-token";
  });
  ASSERT_NE(token, headers.end());
  EXPECT_EQ(token->value, "TOKEN");
  EXPECT_THAT(
      headers.back().value,
      HasSubstr("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
}

TEST(SigV4Test, EncodesEverythingButUnreservedCharacters) {
  EXPECT_EQ(uri_encode("Az09-._~", EncodeSlash::kYes), "Az09-._~");
  EXPECT_EQ(uri_encode("a b/c+\xC3\xA4", EncodeSlash::kNo), "a%20b/c%2B%C3%A4");
  EXPECT_EQ(uri_encode("a/b", EncodeSlash::kYes), "a%2Fb");
}

TEST(SigV4Test, TheQueryIsSortedByItsEncodedNames) {
  EXPECT_EQ(canonical_query({{"b", "2"}, {"a+", "x y"}, {"a", ""}}), "a=&a%2B=x%20y&b=2");
}

}  // namespace
}  // namespace tieout::transport
