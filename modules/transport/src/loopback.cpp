#include "tieout/transport/http.hpp"

namespace tieout::transport {

bool is_loopback(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find_first_of("/?#"));
  // "user@host": what counts is the host.
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    url.remove_prefix(at + 1);
  }
  if (url.starts_with("[::1]")) {
    return url.size() == 5 || url[5] == ':';
  }
  const std::string_view host = url.substr(0, url.find(':'));
  return host == "localhost" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

}  // namespace tieout::transport
