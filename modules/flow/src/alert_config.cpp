#include "tieout/flow/alert_config.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/nearest.hpp"
#include "tieout/core/toml.hpp"
#include "tieout/transport/http.hpp"

namespace tieout::flow {
namespace {

constexpr std::array<std::string_view, 5> kVerdicts{"IDENTICAL", "EQUIVALENT", "EXPLAINED",
                                                    "DIVERGED", "INCONCLUSIVE"};

/// Reads one file: every error names it and the line.
class AlertReader {
 public:
  AlertReader(std::string_view source, const transport::Environment& environment)
      : source_(source), environment_(environment) {}

  Result<AlertConfig> read(const toml::table& root) const {
    TIEOUT_CHECK(check_keys(root, {"schema", "when", "sink"}, "the file"));
    if (root["schema"].value_or(std::int64_t{0}) != 1) {
      return bad(root, "schema = 1 is needed");
    }
    AlertWhen when;
    if (const toml::node* node = root.get("when"); node != nullptr) {
      if (!node->is_table()) return bad(*node, "'when' must be a table [when]");
      TIEOUT_TRY(when, when_of(*node->as_table(), when,
                               {"verdicts", "stage_errors", "thresholds", "recovery"}));
    }
    AlertConfig config;
    const toml::node* const sinks = root.get("sink");
    if (sinks == nullptr || !sinks->is_array_of_tables()) {
      return bad(root, "at least one [[sink]] is needed");
    }
    for (const toml::node& item : *sinks->as_array()) {
      TIEOUT_TRY(SinkConfig sink, sink_of(*item.as_table(), when));
      const bool known =
          std::any_of(config.sinks.begin(), config.sinks.end(),
                      [&](const SinkConfig& other) { return other.name == sink.name; });
      if (known) return bad(item, fmt::format("two sinks are called '{}'", sink.name));
      config.sinks.push_back(std::move(sink));
    }
    return config;
  }

 private:
  Error bad(const toml::node& node, std::string_view what) const {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("{}:{}: {}", source_, node.source().begin.line, what)};
  }

  Status check_keys(const toml::table& table, const std::vector<std::string>& allowed,
                    std::string_view where) const {
    for (const auto& [key, value] : table) {
      const std::string name(key.str());
      if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
        return bad(value, fmt::format("'{}' is no key of {}; allowed are {}", name, where,
                                      fmt::join(allowed, ", ")));
      }
    }
    return {};
  }

  Result<std::string> text(const toml::table& table, const std::string& key) const {
    const toml::node* const node = table.get(key);
    if (node == nullptr || !node->is_string() || node->value_or(std::string()).empty()) {
      return bad(node == nullptr ? static_cast<const toml::node&>(table) : *node,
                 fmt::format("'{}' must be given, a text", key));
    }
    return node->value_or(std::string());
  }

  Result<std::vector<std::string>> texts(const toml::node& node, const std::string& key) const {
    std::vector<std::string> out;
    if (!node.is_array() || node.as_array()->empty()) {
      return bad(node, fmt::format("'{}' must be a list of texts", key));
    }
    for (const toml::node& item : *node.as_array()) {
      if (!item.is_string()) return bad(node, fmt::format("'{}' must be a list of texts", key));
      out.push_back(item.value_or(std::string()));
    }
    return out;
  }

  Status flag(const toml::table& table, const std::string& key, bool& value) const {
    const toml::node* const node = table.get(key);
    if (node == nullptr) return {};
    if (!node->is_boolean()) return bad(*node, fmt::format("'{}' must be true or false", key));
    value = node->value_or(value);
    return {};
  }

  Result<AlertWhen> when_of(const toml::table& table, AlertWhen when,
                            const std::vector<std::string>& allowed) const {
    TIEOUT_CHECK(check_keys(table, allowed, "this table"));
    if (const toml::node* node = table.get("verdicts"); node != nullptr) {
      TIEOUT_TRY(when.verdicts, texts(*node, "verdicts"));
      for (const std::string& verdict : when.verdicts) {
        if (std::find(kVerdicts.begin(), kVerdicts.end(), verdict) == kVerdicts.end()) {
          return bad(*node, fmt::format("'{}' is no verdict; they are {}", verdict,
                                        fmt::join(kVerdicts, ", ")));
        }
      }
    }
    TIEOUT_CHECK(flag(table, "stage_errors", when.stage_errors));
    TIEOUT_CHECK(flag(table, "thresholds", when.thresholds));
    TIEOUT_CHECK(flag(table, "recovery", when.recovery));
    return when;
  }

  /// A secret; a plain text is refused without repeating it.
  Result<transport::Secret> secret(const toml::table& table, const std::string& key) const {
    TIEOUT_TRY(const std::string reference, text(table, key));
    return transport::read_secret(
        fmt::format("{}:{}: {}", source_, table.get(key)->source().begin.line, key), reference,
        environment_);
  }

  /// An address that gets a secret must be encrypted or on this machine.
  Status check_address(const toml::table& table, std::string_view key, std::string_view url) const {
    const bool encrypted = url.starts_with("https://");
    const bool local = url.starts_with("http://") && transport::is_loopback(url);
    if (!encrypted && !local) {
      return bad(table,
                 fmt::format("'{}' must begin with https:// (http:// only to this machine)", key));
    }
    return {};
  }

  Result<SinkConfig> sink_of(const toml::table& table, const AlertWhen& when) const {
    SinkConfig sink;
    TIEOUT_TRY(sink.name, text(table, "name"));
    const auto is_plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    };
    if (!std::all_of(sink.name.begin(), sink.name.end(), is_plain)) {
      return bad(table, "a sink's name may hold letters, digits, '-' and '_'");
    }
    TIEOUT_TRY(const std::string kind, text(table, "kind"));
    std::vector<std::string> keys{"name",         "kind",       "verdicts",
                                  "stage_errors", "thresholds", "recovery"};
    const auto also = [&](std::initializer_list<const char*> more) {
      keys.insert(keys.end(), more.begin(), more.end());
    };
    if (kind == "webhook") {
      also({"url", "bearer"});
      TIEOUT_CHECK(webhook(table, sink));
    } else if (kind == "telegram") {
      also({"chat_id", "token", "api"});
      TIEOUT_CHECK(telegram(table, sink));
    } else if (kind == "email") {
      also({"server", "from", "to", "user", "password"});
      TIEOUT_CHECK(email(table, sink));
    } else {
      return bad(table, fmt::format("kind '{}' must be webhook, telegram or email", kind));
    }
    TIEOUT_TRY(sink.when, when_of(table, when, keys));
    return sink;
  }

  Status webhook(const toml::table& table, SinkConfig& sink) const {
    sink.kind = SinkConfig::Kind::kWebhook;
    TIEOUT_TRY(std::string url, text(table, "url"));
    // A webhook's address is often a secret itself; one that is not may be written out.
    if (url.starts_with("env:") || url.starts_with("file:")) {
      TIEOUT_TRY(sink.url, secret(table, "url"));
    } else {
      sink.url = transport::Secret(std::move(url));
    }
    TIEOUT_CHECK(check_address(table, "url", sink.url.reveal()));
    if (table.contains("bearer")) {
      TIEOUT_TRY(sink.bearer, secret(table, "bearer"));
    }
    return {};
  }

  Status telegram(const toml::table& table, SinkConfig& sink) const {
    sink.kind = SinkConfig::Kind::kTelegram;
    TIEOUT_TRY(sink.chat_id, text(table, "chat_id"));
    TIEOUT_TRY(sink.token, secret(table, "token"));
    if (table.contains("api")) {
      TIEOUT_TRY(sink.api, text(table, "api"));
    }
    return check_address(table, "api", sink.api);
  }

  Status email(const toml::table& table, SinkConfig& sink) const {
    sink.kind = SinkConfig::Kind::kEmail;
    TIEOUT_TRY(sink.server, text(table, "server"));
    if (!sink.server.starts_with("smtp://") && !sink.server.starts_with("smtps://")) {
      return bad(table, "'server' must begin with smtp:// or smtps://");
    }
    if (sink.server.find('@') != std::string::npos) {
      return bad(table, "'server' holds no user and no password: give user and password");
    }
    TIEOUT_TRY(sink.from, text(table, "from"));
    const toml::node* const to = table.get("to");
    if (to == nullptr) return bad(table, "'to' must be given, a list of addresses");
    TIEOUT_TRY(sink.to, texts(*to, "to"));
    std::vector<std::string> addresses = sink.to;
    addresses.push_back(sink.from);
    for (const std::string& address : addresses) {
      const bool odd = address.find_first_of(" <>\"\r\n\t,") != std::string::npos;
      if (odd || address.find('@') == std::string::npos) {
        return bad(table, fmt::format("'{}' is no address like name@example.org", address));
      }
    }
    if (table.contains("user") || table.contains("password")) {
      TIEOUT_TRY(sink.user, text(table, "user"));
      TIEOUT_TRY(sink.password, secret(table, "password"));
    }
    return {};
  }

  std::string source_;
  const transport::Environment& environment_;
};

}  // namespace

Result<AlertConfig> alerts_from_toml(std::string_view text, std::string_view source,
                                     const transport::Environment& environment) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("{}:{}: {}", source, parsed.error().source().begin.line,
                             parsed.error().description())};
  }
  return AlertReader(source, environment).read(parsed.table());
}

Result<AlertConfig> load_alerts(const std::filesystem::path& path,
                                const transport::Environment& environment) {
  TIEOUT_TRY(const std::string text, read_file(path));
  return alerts_from_toml(text, path.string(), environment);
}

}  // namespace tieout::flow
