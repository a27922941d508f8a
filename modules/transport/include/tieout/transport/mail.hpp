#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/transport/http.hpp"
#include "tieout/transport/secret.hpp"

namespace tieout::transport {

/// A plain-text mail.
struct Mail {
  std::string from;  // "tieout@example.org"
  std::vector<std::string> to;
  std::string subject;
  std::string date;        // RFC 5322: "Wed, 08 Nov 2023 13:10:00 +0000"
  std::string message_id;  // without angle brackets; the same for a mail that is sent again
  std::string text;        // lines end in "\n"
};

/// The bytes of the message: headers, an empty line, the text; lines end in CRLF. Line ends within
/// header values are written as spaces.
std::string to_message(const Mail& mail);

struct MailServer {
  std::string url;  // "smtp://host:587" (TLS by STARTTLS is demanded, but on this machine),
                    // "smtps://host:465"
  std::string user;
  Secret password;
};

class MailClient {
 public:
  virtual ~MailClient() = default;
  /// Errors: kTimeout, kRemoteFailed (also for a 4xx reply), kRemoteRefused (login, sender,
  /// receiver or message refused, no trusted TLS), kInterrupted. No message holds the password.
  virtual Status send(const MailServer& server, const Mail& mail) = 0;
};

std::unique_ptr<MailClient> make_mail_client(const TransportOptions& options);

}  // namespace tieout::transport
