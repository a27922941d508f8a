#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/file.hpp"

#include "curl_handle.hpp"
#include "digest.hpp"

namespace tieout::transport {

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { TIEOUT_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

void append(CurlList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  TIEOUT_ASSERT(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

namespace {

/// Called about once a second, and while data flow.
int on_progress(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

constexpr std::size_t kLargestBody = std::size_t{16}
                                     << 20U;  // in memory: listings, answers of APIs

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// One exchange while it runs.
struct Exchange {
  CURL* handle = nullptr;
  HttpResponse response;
  File source{nullptr, &std::fclose};
  File target{nullptr, &std::fclose};
  int write_error = 0;
  bool too_large = false;
  Digest sha256{Digest::Kind::kSha256};
  Digest md5{Digest::Kind::kMd5};
};

bool is_success(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status >= 200 && status < 300;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  exchange.response.size_bytes += size;
  if (exchange.target != nullptr && is_success(exchange.handle)) {
    if (std::fwrite(data, 1, size, exchange.target.get()) != size) {
      exchange.write_error = errno;
      return 0;
    }
    exchange.sha256.add({data, size});
    exchange.md5.add({data, size});
    return size;
  }
  if (exchange.response.body.size() + size > kLargestBody) {
    exchange.too_large = true;
    return 0;
  }
  exchange.response.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {
    exchange.response.headers.clear();  // Of an answer before, as of "100 Continue".
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return size;
  }
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  line.remove_prefix(colon + 1);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  line = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
  exchange.response.headers.push_back({std::move(name), std::string(line)});
  return size;
}

std::size_t on_upload(char* data, std::size_t, std::size_t size, void* user) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  const std::size_t count = std::fread(data, 1, size, exchange.source.get());
  return std::ferror(exchange.source.get()) != 0 ? CURL_READFUNC_ABORT : count;
}

Status set_body(CURL* handle, const HttpRequest& request, Exchange& exchange) {
  if (!request.body_file.empty()) {
    std::error_code code;
    const std::uintmax_t size = std::filesystem::file_size(request.body_file, code);
    exchange.source.reset(std::fopen(request.body_file.c_str(), "rb"));
    if (code || exchange.source == nullptr) {
      return Error{ErrorCode::kFileUnreadable,
                   fmt::format("{} {}: '{}' cannot be read", request.method, request.label,
                               request.body_file.string())};
    }
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(handle, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  return {};
}

class CurlHttpClient final : public HttpClient {
 public:
  explicit CurlHttpClient(const TransportOptions& options)
      : options_(options), handle_(curl_easy_init(), &curl_easy_cleanup) {
    TIEOUT_ASSERT(handle_ != nullptr);
  }

  Result<HttpResponse> send(const HttpRequest& request) override {
    CURL* const handle = handle_.get();
    curl_easy_reset(handle);  // The connections stay open.
    Exchange exchange;
    exchange.handle = handle;
    set_common_options(handle, options_, request.url, "http,https");
    TIEOUT_CHECK(set_body(handle, request, exchange));
    if (!request.save_to.empty()) {
      exchange.target.reset(std::fopen(request.save_to.c_str(), "wb"));
      if (exchange.target == nullptr) {
        return file_error(request.label, request.save_to, errno);
      }
    }
    CurlList headers(nullptr, &curl_slist_free_all);
    append(headers, "Expect:");  // Not every server answers "100 Continue".
    for (const Header& header : request.headers) {
      append(headers, header.value.empty() ? header.name + ";"
                                           : fmt::format("{}: {}", header.name, header.value));
    }
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(handle, CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
    return finish(request, exchange, curl_easy_perform(handle));
  }

 private:
  Result<HttpResponse> finish(const HttpRequest& request, Exchange& exchange, CURLcode code) const {
    if (exchange.target != nullptr) {
      // What was fetched is evidence: it must be on the disk before it is said to be.
      const bool synced =
          std::fflush(exchange.target.get()) == 0 && ::fsync(::fileno(exchange.target.get())) == 0;
      const bool flushed = std::fclose(exchange.target.release()) == 0 && synced;
      if (exchange.write_error != 0 || (!flushed && code == CURLE_OK)) {
        return file_error(request.label, request.save_to,
                          exchange.write_error != 0 ? exchange.write_error : errno);
      }
    }
    if (exchange.too_large) {
      return Error{ErrorCode::kRemoteRefused,
                   fmt::format("{} {}: the answer is larger than {} bytes", request.method,
                               request.label, kLargestBody)};
    }
    if (code != CURLE_OK) {
      return curl_error(code, fmt::format("{} {}", request.method, request.label), options_);
    }
    long status = 0;
    curl_easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    if (!request.save_to.empty()) {
      exchange.response.sha256 = exchange.sha256.hex();
      exchange.response.md5 = exchange.md5.hex();
    }
    return std::move(exchange.response);
  }

  TransportOptions options_;
  CurlHandle handle_;
};

}  // namespace

void set_common_options(CURL* handle, const TransportOptions& options, const std::string& url,
                        const char* protocols) {
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, protocols);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  }
  // An empty text keeps libcurl from reading the environment's proxies by itself.
  const bool proxied = url.starts_with("https://") && !options.https_proxy.empty();
  curl_easy_setopt(handle, CURLOPT_PROXY, proxied ? options.https_proxy.c_str() : "");
  curl_easy_setopt(handle, CURLOPT_NOPROXY, options.no_proxy.c_str());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "tieout");
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.ns / 1'000'000));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(options.total_timeout.ns / 1'000'000));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(options.stall_timeout.ns / 1'000'000'000));
  if (options.stop != nullptr) {
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, options.stop);
  }
}

Error curl_error(CURLcode code, const std::string& label, const TransportOptions& options) {
  if (code == CURLE_ABORTED_BY_CALLBACK && options.stop != nullptr && options.stop->load()) {
    return Error{ErrorCode::kInterrupted, label + ": stopped by a signal"};
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Error{ErrorCode::kTimeout, label + ": no answer in time, or the transfer stalled"};
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return Error{ErrorCode::kRemoteFailed,
                   label + ": the connection ended before the answer did"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
      return Error{
          ErrorCode::kRemoteRefused,
          fmt::format("{}: no trusted TLS connection: {}; name the right certificates with "
                      "AWS_CA_BUNDLE or SSL_CERT_FILE",
                      label, curl_easy_strerror(code))};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_LOGIN_DENIED:
      return Error{ErrorCode::kRemoteRefused,
                   fmt::format("{}: {}", label, curl_easy_strerror(code))};
    case CURLE_READ_ERROR:
      return Error{ErrorCode::kFileUnreadable,
                   label + ": the file to send could not be read to its end"};
    default:
      // curl's own text of the code names neither URL nor headers.
      return Error{ErrorCode::kRemoteFailed,
                   fmt::format("{}: {}", label, curl_easy_strerror(code))};
  }
}

std::unique_ptr<HttpClient> make_http_client(const TransportOptions& options) {
  start_curl();
  return std::make_unique<CurlHttpClient>(options);
}

}  // namespace tieout::transport
