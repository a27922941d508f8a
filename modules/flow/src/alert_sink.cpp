#include "tieout/flow/alert_sink.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tieout::flow {
namespace {

/// "Wed, 08 Nov 2023 13:10:00 +0000" (RFC 5322).
std::string mail_date(Timestamp t) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(t.ns)))};
  const std::chrono::year_month_day date{day};
  const std::string clock = to_ts_name(t).substr(9);  // HHMMSS
  return fmt::format(
      "{}, {:02} {} {} {}:{}:{} +0000", kDays.at(std::chrono::weekday(day).c_encoding()),
      static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
      static_cast<int>(date.year()), clock.substr(0, 2), clock.substr(2, 2), clock.substr(4, 2));
}

class Sink : public AlertSink {
 public:
  Sink(const SinkConfig& config, const Outside& outside) : config_(config), outside_(outside) {}
  const std::string& name() const override { return config_.name; }

 protected:
  /// POST a JSON and demand a 2xx answer.
  Result<transport::HttpResponse> post(const std::string& url, std::string body,
                                       std::vector<transport::Header> headers) {
    transport::HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.label = fmt::format("to sink '{}'", config_.name);
    request.headers = std::move(headers);
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = std::move(body);
    TIEOUT_TRY(transport::HttpResponse response, outside_.http.send(request));
    TIEOUT_CHECK(transport::check_answer(request, response));
    return response;
  }

  SinkConfig config_;
  const Outside& outside_;
};

class Webhook final : public Sink {
 public:
  using Sink::Sink;
  Status send(const Alert& alert) override {
    std::vector<transport::Header> headers{{"Idempotency-Key", alert.key}};
    if (!config_.bearer.empty()) {
      headers.push_back({"Authorization", "Bearer " + config_.bearer.reveal()});
    }
    TIEOUT_CHECK(post(config_.url.reveal(), alert_json(alert), std::move(headers)));
    return {};
  }
};

class Telegram final : public Sink {
 public:
  using Sink::Sink;
  Status send(const Alert& alert) override {
    constexpr std::size_t kLongest = 4000;  // the API takes 4096 characters
    std::string text = alert_text(alert);
    if (text.size() > kLongest) {
      text.resize(kLongest);
      text += " ...";
    }
    const nlohmann::json body{
        {"chat_id", config_.chat_id}, {"text", text}, {"disable_web_page_preview", true}};
    TIEOUT_TRY(const transport::HttpResponse response,
               post(fmt::format("{}/bot{}/sendMessage", config_.api, config_.token.reveal()),
                    body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), {}));
    const nlohmann::json answer = nlohmann::json::parse(response.body, nullptr, false);
    if (!answer.is_object() || !answer.value("ok", false)) {
      return Error{ErrorCode::kRemoteRefused,
                   fmt::format("POST to sink '{}': the answer is not {{\"ok\": true}}; is `api` a "
                               "Telegram bot API?",
                               config_.name)};
    }
    return {};
  }
};

class Email final : public Sink {
 public:
  using Sink::Sink;
  Status send(const Alert& alert) override {
    const transport::Mail mail{config_.from,
                               config_.to,
                               alert_subject(alert),
                               mail_date(alert.raised),
                               fmt::format("{}.{}@tieout", alert.key, config_.name),
                               alert_text(alert)};
    return outside_.mail.send({config_.server, config_.user, config_.password}, mail);
  }
};

}  // namespace

std::unique_ptr<AlertSink> make_sink(const SinkConfig& config, const Outside& outside) {
  switch (config.kind) {
    case SinkConfig::Kind::kTelegram:
      return std::make_unique<Telegram>(config, outside);
    case SinkConfig::Kind::kEmail:
      return std::make_unique<Email>(config, outside);
    case SinkConfig::Kind::kWebhook:
      break;
  }
  return std::make_unique<Webhook>(config, outside);
}

}  // namespace tieout::flow
