#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tieout/core/time.hpp"
#include "tieout/transport/http.hpp"
#include "tieout/transport/secret.hpp"

namespace tieout::transport {

struct AwsCredentials {
  Secret access_key_id;
  Secret secret_access_key;
  Secret session_token;  // of temporary credentials; empty otherwise
};

/// What a signature is of. `host` is the Host header as it is sent, with the port when there is
/// one.
struct SignedRequest {
  std::string method;
  std::string host;
  std::string path;                                        // not encoded: "/bucket/a key"
  std::vector<std::pair<std::string, std::string>> query;  // not encoded, in any order
  std::vector<Header> headers;                             // more headers to sign and send
  std::string payload_sha256;                              // hexadecimal, of the body
  std::string region;
  std::string service = "s3";
};

/// RFC 3986: everything but letters, digits, '-', '.', '_' and '~' is written %XX; a path keeps its
/// '/'.
enum class EncodeSlash { kYes, kNo };
std::string uri_encode(std::string_view text, EncodeSlash slash);

/// "a=1&b=": encoded and sorted, as it is signed and as it must be sent.
std::string canonical_query(const std::vector<std::pair<std::string, std::string>>& query);

/// The headers to send: those of the request, x-amz-date, x-amz-content-sha256,
/// x-amz-security-token for temporary credentials, Authorization.
///
/// Rule:    AWS Signature Version 4, the payload signed, every header of the request signed.
/// Source:  AWS, "Signature Calculations for the Authorization Header: Transferring Payload in a
/// Single Chunk".
std::vector<Header> sign_v4(const SignedRequest& request, const AwsCredentials& credentials,
                            Timestamp now);

}  // namespace tieout::transport
