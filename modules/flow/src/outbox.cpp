#include "tieout/flow/outbox.hpp"

#include <algorithm>
#include <system_error>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/flow/directories.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

struct PendingAlert {
  fs::path file;
  std::string sink;
  Alert alert;
};

std::string file_name(const std::string& key, const std::string& sink) {
  return fmt::format("{}.{}.json", key, sink);
}

/// The pending alerts of an outbox, oldest first.
Result<std::vector<PendingAlert>> pending_in(const fs::path& dir) {
  std::vector<PendingAlert> out;
  std::error_code code;
  for (fs::directory_iterator entry(dir, code), end; !code && entry != end; entry.increment(code)) {
    const fs::path path = entry->path();
    const std::string stem = path.stem().string();
    // A temporary file of a writer that died has another suffix.
    if (path.extension() != ".json" || stem.find('.') == std::string::npos) {
      continue;
    }
    TIEOUT_TRY(const std::string text, read_file(path));
    Result<Alert> alert = alert_from_json(text);
    if (!alert.ok()) {
      return Error{alert.error().code,
                   fmt::format("'{}': {}", path.string(), alert.error().message)};
    }
    out.push_back({path, stem.substr(stem.find('.') + 1), std::move(alert).value()});
  }
  std::sort(out.begin(), out.end(), [](const PendingAlert& a, const PendingAlert& b) {
    return std::tie(a.alert.raised, a.alert.key, a.sink) <
           std::tie(b.alert.raised, b.alert.key, b.sink);
  });
  return out;
}

Status send_one(const PendingAlert& item, const AlertConfig& config, const Outside& outside) {
  const auto sink = std::find_if(config.sinks.begin(), config.sinks.end(),
                                 [&](const SinkConfig& each) { return each.name == item.sink; });
  if (sink == config.sinks.end()) {
    return Error{ErrorCode::kUnknownName,
                 fmt::format("alert: the config has no sink '{}'", item.sink)};
  }
  const std::unique_ptr<AlertSink> receiver = make_sink(*sink, outside);
  return transport::with_retries(outside.retries, outside.wait,
                                 [&] { return receiver->send(item.alert); });
}

}  // namespace

Result<Outbox::Queued> Outbox::add(const Alert& alert, const std::string& sink) {
  const std::string name = file_name(alert.key, sink);
  std::error_code code;
  if (fs::exists(dir_ / "sent" / name, code)) {
    return Queued::kSent;
  }
  if (fs::exists(dir_ / "pending" / name, code)) {
    return Queued::kPending;
  }
  for (const char* part : {"pending", "sent"}) {
    TIEOUT_CHECK(tieout::create_directories(dir_ / part));
  }
  TIEOUT_CHECK(write_file_atomic(dir_ / "pending" / name, alert_json(alert)));
  return Queued::kNew;
}

Result<std::vector<AlertRecord>> Outbox::deliver(const AlertConfig& config,
                                                 const Outside& outside) {
  std::vector<AlertRecord> records;
  std::error_code code;
  if (!fs::is_directory(dir_ / "pending", code)) {
    return records;
  }
  // Two processes that deliver would send twice.
  TIEOUT_TRY(const RunLock lock, RunLock::acquire(dir_ / ".lock"));
  TIEOUT_TRY(const std::vector<PendingAlert> pending, pending_in(dir_ / "pending"));
  for (const PendingAlert& item : pending) {
    const Status sent = send_one(item, config, outside);
    if (!sent.ok()) {
      records.push_back({item.sink, item.alert.key, "pending", to_string(sent.error())});
      continue;
    }
    fs::rename(item.file, dir_ / "sent" / item.file.filename(), code);
    if (code) {
      return file_error("alert", item.file, code.value());
    }
    records.push_back({item.sink, item.alert.key, "sent", ""});
  }
  return records;
}

Result<std::map<std::string, SinkState>> Outbox::state() const {
  std::map<std::string, SinkState> out;
  const fs::path path = dir_ / "state.json";
  std::error_code code;
  if (!fs::exists(path, code)) {
    return out;
  }
  TIEOUT_TRY(const std::string text, read_file(path));
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    for (const auto& [name, item] : json.at("sinks").items()) {
      out[name] = {item.at("run_id").get<std::string>(), item.at("verdict").get<std::string>(),
                   item.at("episode").get<int>()};
    }
  } catch (const nlohmann::json::exception& error) {
    return Error{ErrorCode::kMalformedData, fmt::format("'{}': {}", path.string(), error.what())};
  }
  return out;
}

Status Outbox::set_state(const std::map<std::string, SinkState>& state) {
  nlohmann::ordered_json sinks = nlohmann::ordered_json::object();
  for (const auto& [name, item] : state) {
    sinks[name] = {{"run_id", item.run_id}, {"verdict", item.verdict}, {"episode", item.episode}};
  }
  const nlohmann::ordered_json json{{"schema", 1}, {"sinks", sinks}};
  TIEOUT_CHECK(tieout::create_directories(dir_));
  return write_file_atomic(dir_ / "state.json", json.dump(2) + "\n");
}

Result<std::vector<Outbox>> find_outboxes(const fs::path& dir) {
  std::error_code code;
  if (fs::is_directory(dir / "pending", code)) {
    return std::vector<Outbox>{Outbox(dir)};
  }
  std::vector<fs::path> found;
  for (fs::recursive_directory_iterator entry(dir, code), end; !code && entry != end;
       entry.increment(code)) {
    if (entry.depth() == 2) {
      entry.disable_recursion_pending();
      std::error_code ignored;
      if (entry->path().filename() == "alerts" &&
          fs::is_directory(entry->path() / "pending", ignored)) {
        found.push_back(entry->path());
      }
    }
  }
  if (found.empty()) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("alert: '{}' is neither an outbox of alerts nor a --dst-root-dir with "
                             "one in MODEL/RUN_MODE/alerts",
                             dir.string())};
  }
  std::sort(found.begin(), found.end());
  return std::vector<Outbox>(found.begin(), found.end());
}

}  // namespace tieout::flow
