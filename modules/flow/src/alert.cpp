#include "tieout/flow/alert.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tieout::flow {
namespace {

constexpr int kSchema = 1;

std::string headline(const Alert& alert) {
  switch (alert.kind) {
    case AlertKind::kTest:
      return "test message";
    case AlertKind::kRecovered:
      return fmt::format("agrees again: {}", alert.verdict);
    case AlertKind::kBad:
      break;
  }
  return alert.verdict.empty() ? "failed" : alert.verdict;
}

}  // namespace

std::string_view to_string(AlertKind kind) {
  switch (kind) {
    case AlertKind::kTest:
      return "test";
    case AlertKind::kRecovered:
      return "recovered";
    case AlertKind::kBad:
      break;
  }
  return "bad";
}

std::string alert_subject(const Alert& alert) {
  return fmt::format("{} {}: {}", alert.model, alert.run_mode, headline(alert));
}

std::string alert_text(const Alert& alert) {
  std::string text =
      fmt::format("{}\nRun_mode: {}\nRun: {}\nStart timestamp: {}\nEnd timestamp: {}\nReason: {}\n",
                  alert_subject(alert), alert.mode, alert.run_id, to_iso(alert.start),
                  to_iso(alert.end), alert.reason);
  if (!alert.first_divergence.empty()) {
    text += fmt::format("First divergence: {}\n", alert.first_divergence);
  }
  if (!alert.link.empty()) {
    text += fmt::format("\nLink:\n{}\n", alert.link);
  }
  if (!alert.command.empty()) {
    text += fmt::format("\nRun again:\n{}\n", alert.command);
  }
  return text;
}

std::string alert_json(const Alert& alert) {
  const nlohmann::ordered_json json{{"schema", kSchema},
                                    {"kind", to_string(alert.kind)},
                                    {"key", alert.key},
                                    {"run_id", alert.run_id},
                                    {"model", alert.model},
                                    {"run_mode", alert.run_mode},
                                    {"mode", alert.mode},
                                    {"start_utc", to_iso(alert.start)},
                                    {"end_utc", to_iso(alert.end)},
                                    {"verdict", alert.verdict},
                                    {"reason", alert.reason},
                                    {"first_divergence", alert.first_divergence},
                                    {"link", alert.link},
                                    {"command", alert.command},
                                    {"raised_utc", to_iso(alert.raised)},
                                    {"text", alert_text(alert)}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<Alert> alert_from_json(std::string_view text) {
  Alert alert;
  std::string kind, start, end, raised;
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    if (json.at("schema").get<int>() != kSchema) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("alert: schema {}, needed {}", json.at("schema").dump(), kSchema)};
    }
    json.at("kind").get_to(kind);
    json.at("key").get_to(alert.key);
    json.at("run_id").get_to(alert.run_id);
    json.at("model").get_to(alert.model);
    json.at("run_mode").get_to(alert.run_mode);
    json.at("mode").get_to(alert.mode);
    json.at("start_utc").get_to(start);
    json.at("end_utc").get_to(end);
    json.at("verdict").get_to(alert.verdict);
    json.at("reason").get_to(alert.reason);
    json.at("first_divergence").get_to(alert.first_divergence);
    json.at("link").get_to(alert.link);
    json.at("command").get_to(alert.command);
    json.at("raised_utc").get_to(raised);
  } catch (const nlohmann::json::exception& error) {
    return Error{ErrorCode::kMalformedData, fmt::format("alert: {}", error.what())};
  }
  alert.kind = kind == "test"        ? AlertKind::kTest
               : kind == "recovered" ? AlertKind::kRecovered
                                     : AlertKind::kBad;
  TIEOUT_TRY(alert.start, parse_iso(start));
  TIEOUT_TRY(alert.end, parse_iso(end));
  TIEOUT_TRY(alert.raised, parse_iso(raised));
  return alert;
}

}  // namespace tieout::flow
