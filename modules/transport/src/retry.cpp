#include "tieout/transport/retry.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tieout::transport {

Duration wait_after(const RetryPolicy& policy, int attempt) noexcept {
  Duration wait = policy.first_wait;
  for (int i = 1; i < attempt && wait < policy.longest_wait; ++i) {
    wait = wait * 2;
  }
  return std::min(wait, policy.longest_wait);
}

Error after_attempts(const Error& first, Error last, int attempts) {
  last.message += fmt::format(" ({} attempts", attempts);
  if (first.message != last.message.substr(0, first.message.size())) {
    last.message += "; the first: " + first.message;
  }
  last.message += ")";
  return last;
}

}  // namespace tieout::transport
