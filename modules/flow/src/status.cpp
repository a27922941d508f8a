#include "tieout/flow/status.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/directories.hpp"

namespace tieout::flow {
namespace {

/// Members that were added later are optional, so that every version reads the status of every
/// other.
constexpr int kSchema = 1;

nlohmann::ordered_json to_json(const StageAttempt& attempt) {
  return {{"attempt", attempt.number},  {"status", attempt.status}, {"exit", attempt.exit},
          {"started", attempt.started}, {"ended", attempt.ended},   {"error", attempt.error}};
}

nlohmann::ordered_json to_json(const StageStatus& stage) {
  nlohmann::ordered_json history = nlohmann::ordered_json::array();
  for (const StageAttempt& attempt : stage.history) {
    history.push_back(to_json(attempt));
  }
  return {{"name", stage.name},
          {"status", stage.status},
          {"exit", stage.exit},
          {"started", stage.started},
          {"ended", stage.ended},
          {"attempts", stage.attempts},
          {"inputs_sha256", stage.inputs_sha256},
          {"outputs", stage.outputs},
          {"outputs_sha256", stage.outputs_sha256},
          {"error", stage.error},
          {"history", history}};
}

StageAttempt attempt_from_json(const nlohmann::json& json) {
  StageAttempt attempt;
  json.at("attempt").get_to(attempt.number);
  json.at("status").get_to(attempt.status);
  json.at("exit").get_to(attempt.exit);
  json.at("started").get_to(attempt.started);
  json.at("ended").get_to(attempt.ended);
  json.at("error").get_to(attempt.error);
  return attempt;
}

StageStatus stage_from_json(const nlohmann::json& json) {
  StageStatus stage;
  json.at("name").get_to(stage.name);
  json.at("status").get_to(stage.status);
  json.at("exit").get_to(stage.exit);
  json.at("started").get_to(stage.started);
  json.at("ended").get_to(stage.ended);
  json.at("attempts").get_to(stage.attempts);
  json.at("inputs_sha256").get_to(stage.inputs_sha256);
  json.at("outputs").get_to(stage.outputs);
  json.at("error").get_to(stage.error);
  if (const auto digest = json.find("outputs_sha256"); digest != json.end()) {
    digest->get_to(stage.outputs_sha256);
  }
  if (const auto history = json.find("history"); history != json.end()) {
    for (const nlohmann::json& item : *history) {
      stage.history.push_back(attempt_from_json(item));
    }
  }
  return stage;
}

/// "sha256 size path" for every file of an output, or of the one file that it is.
Status add_files(const std::filesystem::path& root, const std::string& output, std::string& text) {
  std::error_code code;
  std::vector<std::filesystem::path> files{output};
  if (std::filesystem::is_directory(root / output, code)) {
    TIEOUT_TRY(files, list_files(root / output));
    for (std::filesystem::path& file : files) {
      file = output / file;
    }
    text += fmt::format("{}/\n", output);
  }
  for (const std::filesystem::path& file : files) {
    TIEOUT_TRY(const std::string content, read_file(root / file));
    text += fmt::format("{} {} {}\n", sha256_hex(content), content.size(), file.string());
  }
  return {};
}

}  // namespace

std::string to_json(const RunStatus& status) {
  nlohmann::ordered_json stages = nlohmann::ordered_json::array();
  for (const StageStatus& stage : status.stages) {
    stages.push_back(to_json(stage));
  }
  nlohmann::ordered_json alerts = nlohmann::ordered_json::array();
  for (const AlertRecord& alert : status.alerts) {
    alerts.push_back({{"sink", alert.sink},
                      {"key", alert.key},
                      {"status", alert.status},
                      {"error", alert.error}});
  }
  const nlohmann::ordered_json json{
      {"schema", kSchema},
      {"run_id", status.run_id},
      {"verdict", status.verdict},
      {"sentence", status.sentence},
      {"policy", {{"name", status.policy_name}, {"hash", status.policy_hash}}},
      {"partial", status.partial},
      {"first_divergence", status.first_divergence},
      {"link", status.link},
      {"stages", stages},
      {"counts",
       {{"pass", status.counts.pass},
        {"fail", status.counts.fail},
        {"warn", status.counts.warn},
        {"not_checked", status.counts.not_checked},
        {"error", status.counts.error}}},
      {"alerts", alerts}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<RunStatus> status_from_json(std::string_view text) {
  RunStatus status;
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    if (json.at("schema").get<int>() != kSchema) {
      return Error{ErrorCode::kMalformedData, fmt::format("status.json has schema {}, needed {}",
                                                          json.at("schema").dump(), kSchema)};
    }
    json.at("run_id").get_to(status.run_id);
    json.at("verdict").get_to(status.verdict);
    json.at("sentence").get_to(status.sentence);
    // Directories from before there were policies have none.
    if (const auto policy = json.find("policy"); policy != json.end()) {
      policy->at("name").get_to(status.policy_name);
      policy->at("hash").get_to(status.policy_hash);
    }
    json.at("partial").get_to(status.partial);
    // Directories from before there were alerts have none of these.
    status.first_divergence = json.value("first_divergence", "");
    status.link = json.value("link", "");
    for (const nlohmann::json& item : json.value("alerts", nlohmann::json::array())) {
      status.alerts.push_back(
          {item.at("sink").get<std::string>(), item.at("key").get<std::string>(),
           item.at("status").get<std::string>(), item.at("error").get<std::string>()});
    }
    for (const nlohmann::json& item : json.at("stages")) {
      status.stages.push_back(stage_from_json(item));
    }
    const nlohmann::json& counts = json.at("counts");
    counts.at("pass").get_to(status.counts.pass);
    counts.at("fail").get_to(status.counts.fail);
    counts.at("warn").get_to(status.counts.warn);
    counts.at("not_checked").get_to(status.counts.not_checked);
    counts.at("error").get_to(status.counts.error);
  } catch (const nlohmann::json::exception& error) {
    return Error{ErrorCode::kMalformedData, fmt::format("status.json: {}", error.what())};
  }
  return status;
}

Result<RunStatus> read_status(const std::filesystem::path& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    return RunStatus{};
  }
  TIEOUT_TRY(const std::string text, read_file(path));
  Result<RunStatus> status = status_from_json(text);
  if (!status.ok()) {
    return Error{status.error().code,
                 fmt::format("'{}': {}", path.string(), status.error().message)};
  }
  return status;
}

Status write_status(const std::filesystem::path& path, const RunStatus& status) {
  return write_file_atomic(path, to_json(status));
}

const StageStatus* find_stage(const RunStatus& status, std::string_view name) noexcept {
  const auto found = std::find_if(status.stages.begin(), status.stages.end(),
                                  [&](const StageStatus& item) { return item.name == name; });
  return found == status.stages.end() ? nullptr : &*found;
}

Result<std::string> digest_of_outputs(const std::filesystem::path& root,
                                      const std::vector<std::string>& outputs) {
  std::string text;
  std::error_code code;
  for (const std::string& output : outputs) {
    if (output.find("://") != std::string::npos) {
      continue;
    }
    if (!std::filesystem::path(output).is_absolute()) {
      TIEOUT_CHECK(add_files(root, output, text));
    } else if (!std::filesystem::exists(output, code)) {
      return Error{ErrorCode::kFileNotFound, fmt::format("'{}' is gone", output)};
    }
  }
  return sha256_hex(text);
}

int worse_exit(int left, int right) noexcept {
  // From harmless to grave. Inconclusive is below diverged: a difference that was found stays
  // found.
  constexpr std::array<int, 6> kOrder{0, 3, 1, 2, 4, 130};
  const auto rank = [&](int code) {
    return std::find(kOrder.begin(), kOrder.end(), code) - kOrder.begin();
  };
  return rank(left) >= rank(right) ? left : right;
}

}  // namespace tieout::flow
