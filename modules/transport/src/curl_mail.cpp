#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/transport/mail.hpp"

#include "curl_handle.hpp"

namespace tieout::transport {
namespace {

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

/// A part of the message that is still to be read.
std::size_t on_upload(char* data, std::size_t, std::size_t size, void* user) {
  std::string_view& rest = *static_cast<std::string_view*>(user);
  const std::size_t count = std::min(size, rest.size());
  std::memcpy(data, rest.data(), count);
  rest.remove_prefix(count);
  return count;
}

class CurlMailClient final : public MailClient {
 public:
  explicit CurlMailClient(const TransportOptions& options) : options_(options) {}

  Status send(const MailServer& server, const Mail& mail) override {
    const std::string label = fmt::format("mail by {}", server.url);
    const CurlHandle owner(curl_easy_init(), &curl_easy_cleanup);
    CURL* const handle = owner.get();
    TIEOUT_ASSERT(handle != nullptr);
    set_common_options(handle, options_, server.url, "smtp,smtps");
    // A password and a message go in the clear to this machine only.
    curl_easy_setopt(handle, CURLOPT_USE_SSL,
                     static_cast<long>(is_loopback(server.url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    if (!server.user.empty()) {
      curl_easy_setopt(handle, CURLOPT_USERNAME, server.user.c_str());
      curl_easy_setopt(handle, CURLOPT_PASSWORD, server.password.reveal().c_str());
    }
    CurlList receivers(nullptr, &curl_slist_free_all);
    for (const std::string& receiver : mail.to) {
      append(receivers, fmt::format("<{}>", receiver));
    }
    const std::string sender = fmt::format("<{}>", mail.from);
    const std::string message = to_message(mail);
    std::string_view rest = message;
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, sender.c_str());
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, receivers.get());
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(handle, CURLOPT_READDATA, &rest);
    const CURLcode code = curl_easy_perform(handle);
    if (code == CURLE_OK) {
      return {};
    }
    long reply = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &reply);
    if (reply >= 400) {
      // 4yz is a refusal for now, 5yz for good (RFC 5321, 4.2.1).
      return Error{
          reply < 500 ? ErrorCode::kRemoteFailed : ErrorCode::kRemoteRefused,
          fmt::format("{}: the server replied {}: {}", label, reply, curl_easy_strerror(code))};
    }
    if (code == CURLE_USE_SSL_FAILED) {
      return Error{ErrorCode::kRemoteRefused,
                   label + ": the server offers no TLS; nothing is sent in the clear"};
    }
    return curl_error(code, label, options_);
  }

 private:
  TransportOptions options_;
};

}  // namespace

std::string to_message(const Mail& mail) {
  std::string receivers;
  for (const std::string& receiver : mail.to) {
    receivers += (receivers.empty() ? "" : ", ") + receiver;
  }
  std::string message;
  const auto header = [&](std::string_view name, const std::string& value) {
    message += fmt::format("{}: {}\r\n", name, one_line(value));
  };
  header("Date", mail.date);
  header("From", mail.from);
  header("To", receivers);
  header("Subject", mail.subject);
  header("Message-ID", fmt::format("<{}>", mail.message_id));
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  header("Content-Transfer-Encoding", "8bit");
  message += "\r\n";
  for (const char c : mail.text) {
    if (c == '\n') {
      message += '\r';
    }
    message += c;
  }
  return message;
}

std::unique_ptr<MailClient> make_mail_client(const TransportOptions& options) {
  start_curl();
  return std::make_unique<CurlMailClient>(options);
}

}  // namespace tieout::transport
