#include "tieout/transport/s3.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/hash.hpp"

#include "digest.hpp"

namespace tieout::transport {
namespace {

bool is_bucket_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  };
  return name.size() >= 3 && name.size() <= 63 && std::all_of(name.begin(), name.end(), allowed) &&
         name.front() != '.' && name.front() != '-';
}

/// True when an ETag is the MD5 of the object's bytes: no multipart upload, no KMS key.
bool is_md5(std::string_view etag) {
  return etag.size() == 32 && etag.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return std::string(etag);
}

const std::string& empty_sha256() {
  static const std::string hash = sha256_hex("");
  return hash;
}

/// Scheme, host as it is sent, and the path of a bucket's root.
struct Address {
  std::string scheme = "https://";
  std::string host;
  std::string root = "/";
};

/// A server of one's own has the bucket in the path, AWS in the name of the host; a bucket with
/// dots would not match AWS's certificate there.
Address address_of(const AwsSettings& settings, const std::string& bucket) {
  Address address;
  if (settings.endpoint.empty()) {
    address.host = fmt::format("s3.{}.amazonaws.com", settings.region);
    if (bucket.find('.') == std::string::npos) {
      address.host = bucket + "." + address.host;
    } else {
      address.root = "/" + bucket + "/";
    }
    return address;
  }
  const std::size_t host = settings.endpoint.find("://") + 3;
  const std::size_t path = std::min(settings.endpoint.find('/', host), settings.endpoint.size());
  address.scheme = settings.endpoint.substr(0, host);
  address.host = settings.endpoint.substr(host, path - host);
  address.root = settings.endpoint.substr(path) + "/" + bucket + "/";
  return address;
}

}  // namespace

S3Location S3Location::operator/(std::string_view name) const {
  return {bucket, key.empty() ? std::string(name) : fmt::format("{}/{}", key, name)};
}

bool is_s3_url(std::string_view text) {
  return text.starts_with("s3:/");
}

Result<S3Location> parse_s3_url(std::string_view text) {
  std::string_view rest = text;
  rest.remove_prefix(std::min(rest.size(), std::string_view("s3:/").size()));
  while (rest.starts_with('/')) {
    rest.remove_prefix(1);
  }
  S3Location location;
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  location.bucket = rest.substr(0, slash);
  rest.remove_prefix(slash);
  while (rest.starts_with('/')) {
    rest.remove_prefix(1);
  }
  while (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  location.key = rest;
  if (!is_s3_url(text) || !is_bucket_name(location.bucket)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is not s3://bucket/prefix; a bucket's name has 3 to 63 of a-z, "
                             "0-9, '.' and '-'",
                             text)};
  }
  return location;
}

bool is_etag_of(std::string_view etag, const std::filesystem::path& file) {
  if (!is_md5(etag)) {
    return false;
  }
  const Result<FileDigest> digest = digest_file(file);
  return digest.ok() && digest->md5 == etag;
}

struct S3Client::Call {
  std::string method;
  S3Location location;
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<Header> headers;
  std::string body;
  std::filesystem::path body_file;
  std::filesystem::path save_to;
  std::string payload_sha256;
};

S3Client::S3Client(HttpClient& http, AwsSettings settings, std::function<Timestamp()> now,
                   Wait wait, RetryPolicy retries)
    : http_(http),
      settings_(std::move(settings)),
      now_(std::move(now)),
      wait_(std::move(wait)),
      retries_(retries) {}

HttpRequest S3Client::request_of(const Call& call) const {
  const Address address = address_of(settings_, call.location.bucket);
  SignedRequest to_sign;
  to_sign.method = call.method;
  to_sign.host = address.host;
  to_sign.path = address.root + call.location.key;
  if (call.location.key.empty() && to_sign.path.size() > 1) {
    to_sign.path.pop_back();  // "/bucket": some servers sign a bucket's path without its last '/'
  }
  to_sign.query = call.query;
  to_sign.headers = call.headers;
  to_sign.payload_sha256 = call.payload_sha256.empty() ? empty_sha256() : call.payload_sha256;
  to_sign.region = settings_.region;
  HttpRequest request;
  request.method = call.method;
  request.url = address.scheme + address.host + uri_encode(to_sign.path, EncodeSlash::kNo);
  if (!call.query.empty()) {
    request.url += "?" + canonical_query(call.query);
  }
  request.label = call.location.url();
  request.headers = sign_v4(to_sign, settings_.credentials, now_());
  request.body = call.body;
  request.body_file = call.body_file;
  request.save_to = call.save_to;
  return request;
}

Result<HttpResponse> S3Client::send(const Call& call) {
  const HttpRequest request = request_of(call);
  TIEOUT_TRY(HttpResponse response, http_.send(request));
  TIEOUT_CHECK(check_answer(request, response, s3_error_code(response.body)));
  return response;
}

Result<std::vector<S3Object>> S3Client::list(const S3Location& prefix) {
  std::vector<S3Object> objects;
  std::string continuation;
  do {
    Call call;
    call.method = "GET";
    call.location = {prefix.bucket, ""};
    call.query = {{"list-type", "2"},
                  {"encoding-type", "url"},
                  {"prefix", prefix.key.empty() ? "" : prefix.key + "/"}};
    if (!continuation.empty()) {
      call.query.emplace_back("continuation-token", continuation);
    }
    TIEOUT_TRY(S3Listing page, with_retries(retries_, wait_, [&]() -> Result<S3Listing> {
                 TIEOUT_TRY(const HttpResponse response, send(call));
                 return parse_listing(response.body);
               }));
    for (S3Object& object : page.objects) {
      if (!object.key.ends_with('/')) {
        objects.push_back(std::move(object));
      }
    }
    if (!page.continuation.empty() && page.continuation == continuation) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("GET {}: the listing gives the same page again", prefix.url())};
    }
    continuation = std::move(page.continuation);
  } while (!continuation.empty());
  return objects;
}

Result<std::string> S3Client::download(const S3Location& bucket, const S3Object& object,
                                       const std::filesystem::path& target) {
  Call call;
  call.method = "GET";
  call.location = {bucket.bucket, object.key};
  call.save_to = target;
  return with_retries(retries_, wait_, [&]() -> Result<std::string> {
    TIEOUT_TRY(const HttpResponse response, send(call));
    if (response.size_bytes != object.size_bytes) {
      return Error{
          ErrorCode::kRemoteFailed,
          fmt::format("GET {}: {} bytes arrived, the listing says {}; the object changed or "
                      "the answer was cut",
                      call.location.url(), response.size_bytes, object.size_bytes)};
    }
    if (is_md5(object.etag) && response.md5 != object.etag) {
      return Error{ErrorCode::kRemoteFailed,
                   fmt::format("GET {}: the MD5 of what arrived is {}, the ETag says {}",
                               call.location.url(), response.md5, object.etag)};
    }
    return response.sha256;
  });
}

Result<std::string> S3Client::read(const S3Location& object) {
  Call call;
  call.method = "GET";
  call.location = object;
  TIEOUT_TRY(HttpResponse response, with_retries(retries_, wait_, [&] { return send(call); }));
  return std::move(response.body);
}

Status S3Client::upload(const S3Location& target, const std::filesystem::path& file,
                        const ObjectHeaders& headers) {
  TIEOUT_TRY(const FileDigest digest, digest_file(file));
  Call call;
  call.method = "PUT";
  call.location = target;
  call.headers = {{"content-type", headers.content_type}, {"cache-control", headers.cache_control}};
  call.body_file = file;
  call.payload_sha256 = digest.sha256;
  TIEOUT_TRY(
      const HttpResponse response, with_retries(retries_, wait_, [&]() -> Result<HttpResponse> {
        TIEOUT_TRY(HttpResponse answer, send(call));
        const std::string etag = unquoted(answer.header("etag"));
        const bool by_kms = answer.header("x-amz-server-side-encryption").starts_with("aws:");
        if (is_md5(etag) && !by_kms && etag != digest.md5) {
          return Error{ErrorCode::kRemoteFailed,
                       fmt::format("PUT {}: the server's MD5 is {}, the file's {}", target.url(),
                                   etag, digest.md5)};
        }
        return answer;
      }));
  return {};
}

Status S3Client::write(const S3Location& target, std::string_view text,
                       const ObjectHeaders& headers) {
  Call call;
  call.method = "PUT";
  call.location = target;
  call.headers = {{"content-type", headers.content_type}, {"cache-control", headers.cache_control}};
  call.body = text;
  call.payload_sha256 = sha256_hex(text);
  TIEOUT_TRY(const HttpResponse response,
             with_retries(retries_, wait_, [&] { return send(call); }));
  return {};
}

}  // namespace tieout::transport
