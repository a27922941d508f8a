#include "tieout/transport/sigv4.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "tieout/core/hash.hpp"

#include "digest.hpp"

namespace tieout::transport {
namespace {

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

/// "20130524T000000Z".
std::string amz_date(Timestamp now) {
  const std::string text = to_ts_name(now);  // YYYYMMDD_HHMMSS
  return fmt::format("{}T{}Z", text.substr(0, 8), text.substr(9));
}

std::string signing_key(const AwsCredentials& credentials, std::string_view day,
                        const SignedRequest& request) {
  const std::string of_day = hmac_sha256("AWS4" + credentials.secret_access_key.reveal(), day);
  return hmac_sha256(hmac_sha256(hmac_sha256(of_day, request.region), request.service),
                     "aws4_request");
}

}  // namespace

std::string uri_encode(std::string_view text, EncodeSlash slash) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || (c == '/' && slash == EncodeSlash::kNo)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string canonical_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) {
    encoded.emplace_back(uri_encode(name, EncodeSlash::kYes), uri_encode(value, EncodeSlash::kYes));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  }
  return out;
}

std::vector<Header> sign_v4(const SignedRequest& request, const AwsCredentials& credentials,
                            Timestamp now) {
  const std::string date = amz_date(now);
  std::vector<Header> headers = request.headers;
  headers.push_back({"x-amz-content-sha256", request.payload_sha256});
  headers.push_back({"x-amz-date", date});
  if (!credentials.session_token.empty()) {
    headers.push_back({"x-amz-security-token", credentials.session_token.reveal()});
  }
  std::map<std::string, std::string> canonical{{"host", request.host}};
  for (const Header& header : headers) {
    canonical[lower(header.name)] = header.value;
  }
  std::string lines;
  std::string names;
  for (const auto& [name, value] : canonical) {
    lines += fmt::format("{}:{}\n", name, value);
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical_request = fmt::format(
      "{}\n{}\n{}\n{}\n{}\n{}", request.method, uri_encode(request.path, EncodeSlash::kNo),
      canonical_query(request.query), lines, names, request.payload_sha256);
  const std::string_view day = std::string_view(date).substr(0, 8);
  const std::string scope =
      fmt::format("{}/{}/{}/aws4_request", day, request.region, request.service);
  const std::string to_sign =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", date, scope, sha256_hex(canonical_request));
  const std::string signature =
      hex_of(hmac_sha256(signing_key(credentials, day, request), to_sign));
  headers.push_back({"Authorization",
                     fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}",
                                 credentials.access_key_id.reveal(), scope, names, signature)});
  return headers;
}

}  // namespace tieout::transport
