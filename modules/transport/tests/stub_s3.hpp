#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/hash.hpp"
#include "tieout/transport/sigv4.hpp"

#include "stub_server.hpp"

namespace tieout::transport {

/// Objects in memory behind the part of the S3 protocol that tieout speaks: PUT and GET of objects,
/// ListObjectsV2 in pages of two. It recomputes every signature and refuses a wrong one with 403. A
/// test may answer a request itself first.
class StubS3 {
 public:
  static constexpr const char* kKeyId = "AKIDEXAMPLE";
  static constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  using Interceptor = std::function<std::optional<Reply>(const Received&)>;

  explicit StubS3(Timestamp now, Interceptor interceptor = {})
      : now_(now),
        interceptor_(std::move(interceptor)),
        server_([this](const Received& request) { return answer(request); }) {}

  std::string url() const { return server_.url(); }
  std::vector<Received> received() const { return server_.received(); }
  std::map<std::string, std::string> objects() const {
    const std::lock_guard lock(mutex_);
    return objects_;
  }
  void put(const std::string& bucket_and_key, const std::string& content) {
    const std::lock_guard lock(mutex_);
    objects_["/" + bucket_and_key] = content;
  }

 private:
  static std::string decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

  static std::vector<std::pair<std::string, std::string>> query_of(const std::string& target) {
    std::vector<std::pair<std::string, std::string>> query;
    const std::size_t mark = target.find('?');
    for (std::size_t at = mark; at != std::string::npos && at < target.size();) {
      const std::size_t end = std::min(target.find('&', at + 1), target.size());
      const std::string item = target.substr(at + 1, end - at - 1);
      const std::size_t equals = item.find('=');
      query.emplace_back(decoded(item.substr(0, equals)), decoded(item.substr(equals + 1)));
      at = end;
    }
    return query;
  }

  /// The Authorization that the request must have had.
  bool is_signed(const Received& request, const std::string& path) const {
    const auto header = [&](const std::string& name) {
      const auto found = request.headers.find(name);
      return found == request.headers.end() ? std::string() : found->second;
    };
    SignedRequest expected;
    expected.method = request.method;
    expected.host = header("host");
    expected.path = path;
    expected.query = query_of(request.target);
    for (const char* name : {"content-type", "cache-control"}) {
      if (request.headers.count(name) != 0) {
        expected.headers.push_back({name, header(name)});
      }
    }
    expected.payload_sha256 = sha256_hex(request.body);
    expected.region = "us-east-1";
    const AwsCredentials credentials{Secret(kKeyId), Secret(kSecret),
                                     Secret(header("x-amz-security-token"))};
    return header("authorization") == sign_v4(expected, credentials, now_).back().value;
  }

  Reply answer(const Received& request) {
    if (interceptor_) {
      if (std::optional<Reply> reply = interceptor_(request)) {
        return *reply;
      }
    }
    const std::string path = decoded(request.target.substr(0, request.target.find('?')));
    if (!is_signed(request, path)) {
      return {403,
              "<Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>" +
                  request.headers.at("authorization") + "</SignatureProvided></Error>",
              {},
              {},
              false};
    }
    const std::lock_guard lock(mutex_);
    if (request.method == "PUT") {
      objects_[path] = request.body;
      return {};
    }
    if (request.target.find("list-type=2") != std::string::npos) {
      return {200, listing(path, query_of(request.target)), {}, {}, false};
    }
    const auto found = objects_.find(path);
    return found == objects_.end()
               ? Reply{404, "<Error><Code>NoSuchKey</Code></Error>", {}, {}, false}
               : Reply{200, found->second, {}, {}, false};
  }

  std::string listing(const std::string& bucket_path,
                      const std::vector<std::pair<std::string, std::string>>& query) const {
    std::string prefix;
    std::string after;
    for (const auto& [name, value] : query) {
      (name == "prefix" ? prefix : name == "continuation-token" ? after : ignored_) = value;
    }
    std::string xml =
        "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3\">"
        "<EncodingType>url</EncodingType>";
    std::size_t count = 0;
    std::string last;
    for (const auto& [path, content] : objects_) {
      if (path.rfind(bucket_path + "/" + prefix, 0) != 0 || path <= after) {
        continue;
      }
      if (count++ == 2) {
        return xml + "<IsTruncated>true</IsTruncated><NextContinuationToken>" + last +
               "</NextContinuationToken></ListBucketResult>";
      }
      last = path;
      xml += fmt::format(
          "<Contents><Key>{}</Key><Size>{}</Size><ETag>&quot;not-an-md5&quot;</ETag>"
          "</Contents>",
          uri_encode(path.substr(bucket_path.size() + 1), EncodeSlash::kNo), content.size());
    }
    return xml + "<IsTruncated>false</IsTruncated></ListBucketResult>";
  }

  Timestamp now_;
  Interceptor interceptor_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  mutable std::string ignored_;
  StubServer server_;
};

}  // namespace tieout::transport
