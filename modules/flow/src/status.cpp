#include "tieout/flow/status.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

namespace tieout::flow {
namespace {

constexpr int kSchema = 1;

}  // namespace

std::string to_json(const RunStatus& status) {
  nlohmann::ordered_json stages = nlohmann::ordered_json::array();
  for (const StageStatus& stage : status.stages) {
    stages.push_back({{"name", stage.name},
                      {"status", stage.status},
                      {"exit", stage.exit},
                      {"started", stage.started},
                      {"ended", stage.ended},
                      {"attempts", stage.attempts},
                      {"inputs_sha256", stage.inputs_sha256},
                      {"outputs", stage.outputs},
                      {"error", stage.error}});
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
      StageStatus stage;
      item.at("name").get_to(stage.name);
      item.at("status").get_to(stage.status);
      item.at("exit").get_to(stage.exit);
      item.at("started").get_to(stage.started);
      item.at("ended").get_to(stage.ended);
      item.at("attempts").get_to(stage.attempts);
      item.at("inputs_sha256").get_to(stage.inputs_sha256);
      item.at("outputs").get_to(stage.outputs);
      item.at("error").get_to(stage.error);
      status.stages.push_back(std::move(stage));
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
