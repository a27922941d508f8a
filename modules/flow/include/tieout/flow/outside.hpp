#pragma once

#include <functional>

#include "tieout/core/time.hpp"
#include "tieout/transport/http.hpp"
#include "tieout/transport/mail.hpp"
#include "tieout/transport/retry.hpp"
#include "tieout/transport/secret.hpp"

namespace tieout::flow {

/// What a stage reaches beyond the file system, passed in by the program. `environment` holds
/// credentials: it is never printed, recorded or handed to a process.
struct Outside {
  transport::HttpClient& http;
  transport::MailClient& mail;
  transport::Environment environment;
  std::function<Timestamp()> now;  // wall clock: signatures and dates of mails
  transport::Wait wait;            // between tries
  transport::RetryPolicy retries = {};
};

}  // namespace tieout::flow
