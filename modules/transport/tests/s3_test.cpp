#include "tieout/transport/s3.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"

#include "scratch_file.hpp"
#include "stub_s3.hpp"

namespace tieout::transport {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Timestamp kNow = parse_ts_name("20231108_131000").value();

class S3ClientTest : public ::testing::Test {
 protected:
  S3Client client(const std::string& endpoint) {
    AwsSettings settings;
    settings.credentials = {Secret(key_id_), Secret(secret_), Secret(token_)};
    settings.region = "us-east-1";
    settings.endpoint = endpoint;
    return {*http_, settings, [] { return kNow; },
            [this](Duration wait) { waits_ms_.push_back(wait.ns / 1'000'000); }};
  }
  /// Answer the first requests with these statuses.
  static StubS3::Interceptor first_answers(std::vector<int> statuses) {
    return [statuses = std::move(statuses),
            calls = std::size_t{0}](const Received& request) mutable -> std::optional<Reply> {
      if (calls == statuses.size()) {
        return std::nullopt;
      }
      // S3 repeats the signature in some errors.
      return Reply{statuses[calls++],
                   "<Error><Code>SlowDown</Code><SignatureProvided>" +
                       request.headers.at("authorization") + "</SignatureProvided></Error>",
                   {},
                   {},
                   false};
    };
  }

  std::unique_ptr<HttpClient> http_ = make_http_client({});
  std::string key_id_ = StubS3::kKeyId, secret_ = StubS3::kSecret, token_;
  std::vector<std::int64_t> waits_ms_;
};

TEST_F(S3ClientTest, WhatIsWrittenIsReadAgain) {
  StubS3 s3(kNow);
  token_ = "TOKEN";
  S3Client c = client(s3.url());
  const S3Location target = parse_s3_url("s3://bucket/a dir/ä+$.html").value();
  const Status written = c.write(target, "<html>", {"text/html; charset=utf-8", "no-cache"});
  ASSERT_TRUE(written.ok()) << to_string(written.error());
  EXPECT_EQ(c.read(target).value(), "<html>");
  EXPECT_EQ(s3.received().at(0).headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(s3.received().at(0).headers.at("cache-control"), "no-cache");
}

TEST_F(S3ClientTest, UploadsAndDownloadsAFileAndProvesIt) {
  StubS3 s3(kNow);
  S3Client c = client(s3.url());
  const ScratchFile source("source");
  const ScratchFile target("target");
  const std::string content(200'000, 'y');
  ASSERT_TRUE(write_file_atomic(source.path(), content).ok());
  const S3Location place = parse_s3_url("s3://bucket/f").value();
  const Status status = c.upload(place, source.path(), {"text/html", "no-cache"});
  ASSERT_TRUE(status.ok()) << to_string(status.error());
  const auto sha256 = c.download(place, {"f", content.size(), ""}, target.path());
  ASSERT_TRUE(sha256.ok()) << to_string(sha256.error());
  EXPECT_EQ(*sha256, sha256_hex(content));
  EXPECT_EQ(read_file(target.path()).value(), content);
}

TEST_F(S3ClientTest, AListingIsReadToItsLastPage) {
  StubS3 s3(kNow);
  for (const char* key : {"run/a", "run/b c", "run/d/e", "run/f", "run/g", "runner/h", "run/d/"}) {
    s3.put(std::string("bucket/") + key, "12345");
  }
  const auto objects = client(s3.url()).list(parse_s3_url("s3://bucket/run").value());
  ASSERT_TRUE(objects.ok()) << to_string(objects.error());
  std::vector<std::string> keys;
  for (const S3Object& object : *objects) {
    keys.push_back(object.key);
    EXPECT_EQ(object.size_bytes, 5U);
  }
  EXPECT_THAT(keys, ElementsAre("run/a", "run/b c", "run/d/e", "run/f", "run/g"))
      << "neither the neighbour 'runner' nor a directory's marker";
}

TEST_F(S3ClientTest, AServerThatFailsForAMomentIsAskedAgain) {
  StubS3 s3(kNow, first_answers({500, 503}));
  s3.put("bucket/f", "x");
  EXPECT_EQ(client(s3.url()).read(parse_s3_url("s3://bucket/f").value()).value(), "x");
  EXPECT_THAT(waits_ms_, ElementsAre(500, 1000));
}

TEST_F(S3ClientTest, AServerThatKeepsFailingIsToldWithTheNumberOfTries) {
  StubS3 s3(kNow, first_answers({503, 503, 503, 503, 503}));
  const auto result = client(s3.url()).read(parse_s3_url("s3://bucket/f").value());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kRemoteFailed);
  EXPECT_THAT(result.error().message,
              HasSubstr("GET s3://bucket/f: the answer is HTTP 503 SlowDown"));
  EXPECT_THAT(result.error().message, HasSubstr("4 attempts"));
  EXPECT_EQ(s3.received().size(), 4U);
}

TEST_F(S3ClientTest, AWrongKeyIsRefusedAtOnceAndNeverTold) {
  StubS3 s3(kNow);
  secret_ = "a-wrong-secret";
  const auto result = client(s3.url()).read(parse_s3_url("s3://bucket/f").value());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kRemoteRefused);
  EXPECT_THAT(result.error().message, HasSubstr("HTTP 403 SignatureDoesNotMatch"));
  EXPECT_EQ(s3.received().size(), 1U);
  const std::string authorization = s3.received().at(0).headers.at("authorization");
  const std::string signature = authorization.substr(authorization.find("Signature=") + 10);
  for (const std::string& secret : {signature, secret_, key_id_}) {
    EXPECT_THAT(to_string(result.error()), Not(HasSubstr(secret)));
  }
}

TEST_F(S3ClientTest, AMissingObjectIsNotFound) {
  StubS3 s3(kNow);
  const auto result = client(s3.url()).read(parse_s3_url("s3://bucket/none").value());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kFileNotFound);
  EXPECT_THAT(result.error().message, HasSubstr("s3://bucket/none"));
}

TEST_F(S3ClientTest, ATruncatedDownloadIsTriedAgain) {
  int calls = 0;
  StubS3 s3(kNow, [&](const Received&) -> std::optional<Reply> {
    return ++calls == 1 ? std::optional(Reply{200, "hal", {}, 6, false}) : std::nullopt;
  });
  s3.put("bucket/f", "halves");
  const ScratchFile target("target");
  const auto sha256 =
      client(s3.url()).download(parse_s3_url("s3://bucket").value(), {"f", 6, ""}, target.path());
  ASSERT_TRUE(sha256.ok()) << to_string(sha256.error());
  EXPECT_EQ(read_file(target.path()).value(), "halves");
  EXPECT_EQ(waits_ms_.size(), 1U);
}

TEST_F(S3ClientTest, ADownloadOfAnotherSizeOrHashIsNotTaken) {
  StubS3 s3(kNow);
  s3.put("bucket/f", "halves");
  const ScratchFile target("target");
  S3Client c = client(s3.url());
  const S3Location bucket = parse_s3_url("s3://bucket").value();
  const auto size = c.download(bucket, {"f", 7, ""}, target.path());
  ASSERT_FALSE(size.ok());
  EXPECT_THAT(size.error().message, HasSubstr("6 bytes arrived, the listing says 7"));
  const auto hash = c.download(bucket, {"f", 6, std::string(32, '0')}, target.path());
  ASSERT_FALSE(hash.ok());
  EXPECT_THAT(hash.error().message, HasSubstr("the ETag says 00000000000000000000000000000000"));
  // md5("halves"), by md5sum.
  EXPECT_TRUE(c.download(bucket, {"f", 6, "1457f8c0692685f3b89fb0265ab04f9f"}, target.path()).ok());
}

TEST_F(S3ClientTest, AnUploadWhoseETagIsAnotherMd5Fails) {
  StubS3 s3(kNow, [](const Received&) -> std::optional<Reply> {
    return Reply{200, "", {{"ETag", '"' + std::string(32, '0') + '"'}}, {}, false};
  });
  const ScratchFile source("source");
  ASSERT_TRUE(write_file_atomic(source.path(), "x").ok());
  const Status status =
      client(s3.url()).upload(parse_s3_url("s3://bucket/f").value(), source.path(), {});
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("the server's MD5 is 000"));
}

TEST_F(S3ClientTest, AnAddressThatIsNoS3ServerIsSaidSo) {
  StubS3 s3(kNow, [](const Received&) {
    return std::optional(Reply{200, "<html>", {}, {}, false});
  });
  const auto objects = client(s3.url()).list(parse_s3_url("s3://bucket/run").value());
  ASSERT_FALSE(objects.ok());
  EXPECT_EQ(objects.error().code, ErrorCode::kMalformedData);
}

}  // namespace
}  // namespace tieout::transport
