#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "tieout/transport/http.hpp"

namespace tieout::transport {

using CurlHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using CurlList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// libcurl ready for use in this process.
void start_curl();

/// A list with the line added. The list owns its lines.
void append(CurlList& list, const std::string& line);

/// What every exchange has: time-outs, verified TLS, the allowed protocols, no environment, a way
/// to stop. `options` must live as long as the handle.
void set_common_options(CURL* handle, const TransportOptions& options, const std::string& url,
                        const char* protocols);

/// What a failed exchange is called. `code` is not CURLE_OK.
Error curl_error(CURLcode code, const std::string& label, const TransportOptions& options);

}  // namespace tieout::transport
