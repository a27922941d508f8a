#pragma once

#include <functional>
#include <string>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/transport/http.hpp"

namespace tieout::transport {

/// Waits; passed in, so that tests do not. It may return early when the process is asked to stop.
using Wait = std::function<void(Duration)>;

/// Tries are made at fixed growing distances: first_wait, twice that, and so on, at most
/// longest_wait.
struct RetryPolicy {
  int attempts = 4;
  Duration first_wait = milliseconds(500);
  Duration longest_wait = seconds(20);
};

/// The wait after the try number `attempt`, from 1.
Duration wait_after(const RetryPolicy& policy, int attempt) noexcept;

/// `last`, saying how many tries were made, and what the first said when that is something else: a
/// second try never hides the first one's error.
Error after_attempts(const Error& first, Error last, int attempts);

/// Call `attempt` until it succeeds, fails for good, or has been called policy.attempts times.
///
/// Rule:    only transient errors (is_transient) are tried again.
/// Returns: the result of the last call; its error as after_attempts() makes it.
template <typename Attempt>
auto with_retries(const RetryPolicy& policy, const Wait& wait, const Attempt& attempt)
    -> decltype(attempt()) {
  auto result = attempt();
  if (result.ok()) {
    return result;
  }
  const Error first = result.error();
  int made = 1;
  while (!result.ok() && is_transient(result.error()) && made < policy.attempts) {
    wait(wait_after(policy, made));
    result = attempt();
    ++made;
  }
  if (!result.ok() && made > 1) {
    return after_attempts(first, result.error(), made);
  }
  return result;
}

}  // namespace tieout::transport
