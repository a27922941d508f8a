#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/transport/secret.hpp"

namespace tieout::flow {

/// When a sink is told.
struct AlertWhen {
  std::vector<std::string> verdicts{"DIVERGED", "INCONCLUSIVE"};
  bool stage_errors = true;  // a stage that failed, or a reconciliation that did not begin
  bool thresholds = true;    // a threshold of an observer that fired
  bool recovery = true;      // the first good run after one that was told
};

/// One receiver of alerts (docs/guides/publish_and_alert.md).
struct SinkConfig {
  enum class Kind { kWebhook, kTelegram, kEmail };
  Kind kind = Kind::kWebhook;
  std::string name;  // letters, digits, '-' and '_'
  AlertWhen when;
  // webhook
  transport::Secret url;     // it may hold a token
  transport::Secret bearer;  // "Authorization: Bearer ..."; empty: none
  // telegram
  std::string api = "https://api.telegram.org";
  std::string chat_id;
  transport::Secret token;
  // email
  std::string server;  // smtp:// or smtps://
  std::string from;
  std::vector<std::string> to;
  std::string user;
  transport::Secret password;
};

struct AlertConfig {
  std::vector<SinkConfig> sinks;
};

/// Read a TOML file of sinks. Secrets are read from where it says; the file itself holds none.
///
/// Errors: kFileNotFound; kInvalidConfig with the line for an unknown key, a missing one, a value
/// of another kind, two sinks of one name, a secret that would travel unencrypted to another
/// machine; kInvalidArgument for a secret that is written out (it is not repeated);
/// kMissingCredentials for one that cannot be read.
Result<AlertConfig> load_alerts(const std::filesystem::path& path,
                                const transport::Environment& environment);
Result<AlertConfig> alerts_from_toml(std::string_view text, std::string_view source,
                                     const transport::Environment& environment);

}  // namespace tieout::flow
