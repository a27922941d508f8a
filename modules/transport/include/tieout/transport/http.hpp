#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::transport {

struct Header {
  std::string name;
  std::string value;
};

/// One exchange. `label` is what errors call it: the URL and the headers may hold secrets and are
/// never in a message.
struct HttpRequest {
  std::string method = "GET";
  std::string url;    // http:// or https://, path and query encoded as they are to be sent
  std::string label;  // "s3://bucket/key"
  std::vector<Header> headers;
  std::string body;
  std::filesystem::path body_file;  // instead of `body`: streamed from there
  std::filesystem::path save_to;    // stream the body of a 2xx answer there, replacing the file
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;   // names in lower case
  std::string body;              // empty when it went to `save_to`
  std::uint64_t size_bytes = 0;  // of the body
  std::string sha256, md5;       // of a body that was saved, hexadecimal

  /// The value of the header (lower case), or nothing.
  std::string_view header(std::string_view name) const;
};

/// Sends a request and waits for the whole answer, of any status.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// Errors: kTimeout; kRemoteFailed for a connection that cannot be made or breaks, a body shorter
  /// than announced, a certificate that does not verify; kFileUnreadable, kFileUnwritable,
  /// kDiskFull for the files; kInterrupted.
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
};

struct TransportOptions {
  Duration connect_timeout = seconds(10);
  Duration stall_timeout = seconds(60);  // less than a byte a second for so long; whole seconds
  Duration total_timeout;                // of one exchange; 0: none, for large files
  std::filesystem::path ca_file;         // certificates to trust instead of the system's
  std::string https_proxy;               // of https:// requests; empty: none
  std::string no_proxy;                  // hosts that are reached without it
  const std::atomic<bool>* stop = nullptr;
};

/// The client on libcurl. TLS certificates and host names are always verified, redirects are never
/// followed, .netrc and the environment are not read.
std::unique_ptr<HttpClient> make_http_client(const TransportOptions& options);

/// Ok for a 2xx status. Errors: kFileNotFound for 404; kTimeout for 408; kRemoteFailed for 429 and
/// 5xx, which may pass; else kRemoteRefused. `detail` is put in the message when it is not empty.
Status check_answer(const HttpRequest& request, const HttpResponse& response,
                    std::string_view detail = {});

/// True when another try may succeed: kTimeout and kRemoteFailed.
bool is_transient(const Error& error) noexcept;

/// True when the URL names this machine: 127.0.0.0/8, [::1], localhost.
bool is_loopback(std::string_view url);

}  // namespace tieout::transport
