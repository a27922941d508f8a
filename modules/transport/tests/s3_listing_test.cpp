#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/transport/s3.hpp"

namespace tieout::transport {
namespace {

using ::testing::HasSubstr;

std::string result(const std::string& inside) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
         inside + "</ListBucketResult>";
}

TEST(S3ListingTest, ReadsKeysSizesAndETags) {
  const auto listing = parse_listing(
      result("<KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>"
             "<Contents><Key>a/b&amp;c</Key><Size>12</Size><ETag>&quot;0123&quot;</ETag></Contents>"
             "<Contents><Key>a/d</Key><ETag>\"4567\"</ETag><Size>0</Size></Contents>"));
  ASSERT_TRUE(listing.ok());
  ASSERT_EQ(listing->objects.size(), 2U);
  EXPECT_EQ(listing->objects[0].key, "a/b&c");
  EXPECT_EQ(listing->objects[0].size_bytes, 12U);
  EXPECT_EQ(listing->objects[0].etag, "0123");
  EXPECT_EQ(listing->objects[1].etag, "4567");
  EXPECT_EQ(listing->continuation, "");
}

TEST(S3ListingTest, DecodesKeysOnlyWhenTheyAreEncoded) {
  const std::string contents = "<Contents><Key>a%20b+c%2Bd</Key><Size>1</Size></Contents>";
  EXPECT_EQ(parse_listing(result(contents))->objects[0].key, "a%20b+c%2Bd");
  EXPECT_EQ(parse_listing(result("<EncodingType>url</EncodingType>" + contents))->objects[0].key,
            "a b c+d");
}

TEST(S3ListingTest, ACutListingGivesTheNextPage) {
  EXPECT_EQ(parse_listing(result("<IsTruncated>true</IsTruncated><NextContinuationToken>1&#43;2"
                                 "&#x3D;</NextContinuationToken>"))
                ->continuation,
            "1+2=");
  const auto endless = parse_listing(result("<IsTruncated>true</IsTruncated>"));
  ASSERT_FALSE(endless.ok());
  EXPECT_EQ(endless.error().code, ErrorCode::kMalformedData);
}

TEST(S3ListingTest, AnythingElseIsNoListing) {
  for (const char* text : {"", "<html></html>", "{}"}) {
    EXPECT_EQ(parse_listing(text).error().code, ErrorCode::kMalformedData) << text;
  }
  EXPECT_FALSE(parse_listing(result("<Contents><Key>a</Key><Size>1x</Size></Contents>")).ok());
  EXPECT_FALSE(parse_listing(result("<Contents><Size>1</Size></Contents>")).ok());
}

TEST(S3ListingTest, OnlyAPlainWordOfAnErrorIsTold) {
  EXPECT_EQ(s3_error_code("<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>"),
            "NoSuchBucket");
  EXPECT_EQ(s3_error_code("<Error><Code>AWS4-HMAC-SHA256 Signature=12</Code></Error>"), "");
  EXPECT_EQ(s3_error_code("nothing"), "");
}

TEST(S3ListingTest, AddressesAreBucketAndPrefix) {
  EXPECT_EQ(parse_s3_url("s3://my-bucket/a/b/")->url(), "s3://my-bucket/a/b");
  EXPECT_EQ(parse_s3_url("s3:/my-bucket/a")->url(), "s3://my-bucket/a");
  EXPECT_EQ(parse_s3_url("s3://my-bucket")->key, "");
  EXPECT_EQ((parse_s3_url("s3://my-bucket").value() / "x").key, "x");
  for (const char* text :
       {"s3://", "s3://ab", "s3://Upper/x", "s3://a_b/x", "/local", "s3://.abc"}) {
    const auto bad = parse_s3_url(text);
    ASSERT_FALSE(bad.ok()) << text;
    EXPECT_THAT(bad.error().message, HasSubstr("is not s3://bucket/prefix"));
  }
}

}  // namespace
}  // namespace tieout::transport
