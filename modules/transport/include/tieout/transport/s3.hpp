#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/transport/aws.hpp"
#include "tieout/transport/http.hpp"
#include "tieout/transport/retry.hpp"

namespace tieout::transport {

/// "s3://bucket/key"; the key has no '/' at its ends and may be empty.
struct S3Location {
  std::string bucket;
  std::string key;
  std::string url() const { return "s3://" + bucket + "/" + key; }
  /// The object or prefix `name` below this one.
  S3Location operator/(std::string_view name) const;
};

bool is_s3_url(std::string_view text);
/// Errors: kInvalidArgument for a bucket that is not 3 to 63 of a-z, 0-9, '.' and '-'.
/// "s3:/bucket", what a path makes of the address, is taken too.
Result<S3Location> parse_s3_url(std::string_view text);

/// An object of a listing.
struct S3Object {
  std::string key;
  std::uint64_t size_bytes = 0;
  std::string etag;  // without quotes; the MD5 of the bytes when it is 32 hexadecimal digits
};

/// One page of ListObjectsV2.
struct S3Listing {
  std::vector<S3Object> objects;
  std::string continuation;  // of the next page; empty on the last
};
/// Errors: kMalformedData for XML that is not a listing.
Result<S3Listing> parse_listing(std::string_view xml);

/// The `Code` of an S3 error body, when it is a plain word; nothing else of the body, which may
/// repeat the signature.
std::string s3_error_code(std::string_view xml);

/// True when the ETag is the MD5 of the file's bytes; false also when it is another kind of ETag or
/// the file cannot be read.
bool is_etag_of(std::string_view etag, const std::filesystem::path& file);

/// How an object is served.
struct ObjectHeaders {
  std::string content_type;
  std::string cache_control;
};

/// Objects of S3 or of a server that speaks its protocol. Requests are signed (SigV4, payload
/// included) at every try.
class S3Client {
 public:
  S3Client(HttpClient& http, AwsSettings settings, std::function<Timestamp()> now, Wait wait,
           RetryPolicy retries = {});

  /// All objects whose key begins with the prefix and a '/', in the order of S3. Directory markers
  /// (keys that end in '/') are left out. Errors: those of HttpClient and check_answer();
  /// kMalformedData.
  Result<std::vector<S3Object>> list(const S3Location& prefix);
  /// Stream an object into a file and prove it: its size, and its MD5 when the ETag is one.
  ///
  /// Returns: the SHA-256 of what arrived. Errors: kRemoteFailed when every try gave other bytes;
  /// on an error the file may be there in part.
  Result<std::string> download(const S3Location& bucket, const S3Object& object,
                               const std::filesystem::path& target);
  /// The object as text. Errors: kFileNotFound.
  Result<std::string> read(const S3Location& object);
  /// Stream a file into an object; the object appears whole or not at all.
  Status upload(const S3Location& target, const std::filesystem::path& file,
                const ObjectHeaders& headers);
  Status write(const S3Location& target, std::string_view text, const ObjectHeaders& headers);

 private:
  struct Call;
  Result<HttpResponse> send(const Call& call);
  HttpRequest request_of(const Call& call) const;

  HttpClient& http_;
  AwsSettings settings_;
  std::function<Timestamp()> now_;
  Wait wait_;
  RetryPolicy retries_;
};

}  // namespace tieout::transport
