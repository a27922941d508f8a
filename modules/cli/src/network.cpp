#include "network.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

namespace tieout::cli {
namespace {

std::string_view first_variable(const transport::Environment& environment,
                                std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const std::string_view value = transport::variable(environment, name); !value.empty()) {
      return value;
    }
  }
  return {};
}

transport::TransportOptions options_of(const Session& session) {
  transport::TransportOptions options;
  options.ca_file = first_variable(session.environment, {"AWS_CA_BUNDLE", "SSL_CERT_FILE"});
  options.https_proxy = first_variable(session.environment, {"https_proxy", "HTTPS_PROXY"});
  options.no_proxy = first_variable(session.environment, {"no_proxy", "NO_PROXY"});
  options.stop = &session.stop;
  return options;
}

/// Sleep in parts, so that a signal is seen soon.
void wait_for(Duration duration, const std::atomic<bool>& stop) {
  constexpr Duration kPart = milliseconds(100);
  for (; duration > Duration{} && !stop.load(); duration = duration + -kPart) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(duration, kPart).ns));
  }
}

}  // namespace

Network::Network(const Session& session)
    : http_(transport::make_http_client(options_of(session))),
      mail_(transport::make_mail_client(options_of(session))),
      outside_{*http_, *mail_, session.environment, session.now,
               [&stop = session.stop](Duration duration) { wait_for(duration, stop); }} {}

}  // namespace tieout::cli
