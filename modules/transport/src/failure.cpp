#include <fmt/format.h>

#include "tieout/transport/http.hpp"

namespace tieout::transport {

std::string_view HttpResponse::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (header.name == name) {
      return header.value;
    }
  }
  return {};
}

Status check_answer(const HttpRequest& request, const HttpResponse& response,
                    std::string_view detail) {
  if (response.status >= 200 && response.status < 300) {
    return {};
  }
  std::string message =
      fmt::format("{} {}: the answer is HTTP {}", request.method, request.label, response.status);
  if (!detail.empty()) {
    message += fmt::format(" {}", detail);
  }
  switch (response.status) {
    case 404:
      return Error{ErrorCode::kFileNotFound, std::move(message)};
    case 408:
      return Error{ErrorCode::kTimeout, std::move(message)};
    case 401:
    case 403:
      return Error{ErrorCode::kRemoteRefused,
                   message + "; the credentials are wrong or lack the right"};
    case 301:
    case 302:
    case 307:
    case 308:
      return Error{ErrorCode::kRemoteRefused,
                   message + "; redirects are not followed: give the right region or address"};
    default:
      break;
  }
  const bool may_pass = response.status == 429 || response.status >= 500;
  return Error{may_pass ? ErrorCode::kRemoteFailed : ErrorCode::kRemoteRefused, std::move(message)};
}

bool is_transient(const Error& error) noexcept {
  return error.code == ErrorCode::kTimeout || error.code == ErrorCode::kRemoteFailed;
}

}  // namespace tieout::transport
