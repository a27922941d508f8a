#include "rolling_state.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kBars = "bars.jsonl";
constexpr const char* kVerdicts = "verdicts.jsonl";

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json json_of(const RollingBar& bar) {
  return {{"bar", to_iso(bar.bar)}, {"wall_ns", bar.wall.ns}, {"prod", bar.prod}, {"sim", bar.sim}};
}

Json json_of(const RollingPass& pass) {
  return {{"at", to_iso(pass.at)},
          {"bars", pass.bars},
          {"last_bar", to_iso(pass.last_bar)},
          {"sealed", pass.sealed},
          {"policy", pass.policy_hash},
          {"verdict", pass.verdict},
          {"sentence", pass.sentence},
          {"first_bar", pass.first_bar ? Json(to_iso(*pass.first_bar)) : Json(nullptr)}};
}

Result<Timestamp> time_of(const Json& json, const char* name) {
  return parse_iso(json.at(name).get<std::string>());
}

Status read_bar(const Json& json, RollingState& state) {
  RollingBar bar;
  TIEOUT_TRY(bar.bar, time_of(json, "bar"));
  json.at("wall_ns").get_to(bar.wall.ns);
  json.at("prod").get_to(bar.prod);
  json.at("sim").get_to(bar.sim);
  state.bars.push_back(std::move(bar));
  return {};
}

Status read_pass(const Json& json, RollingState& state) {
  RollingPass pass;
  TIEOUT_TRY(pass.at, time_of(json, "at"));
  json.at("bars").get_to(pass.bars);
  TIEOUT_TRY(pass.last_bar, time_of(json, "last_bar"));
  json.at("sealed").get_to(pass.sealed);
  json.at("policy").get_to(pass.policy_hash);
  json.at("verdict").get_to(pass.verdict);
  json.at("sentence").get_to(pass.sentence);
  if (!json.at("first_bar").is_null()) {
    TIEOUT_TRY(pass.first_bar, time_of(json, "first_bar"));
  }
  state.passes.push_back(std::move(pass));
  return {};
}

/// Every line of a file through `read`; a file that does not exist has none.
Status read_lines(const fs::path& path, const std::function<Status(const Json&)>& read) {
  std::error_code code;
  if (!fs::exists(path, code)) {
    return {};
  }
  TIEOUT_TRY(const std::string text, read_file(path));
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    ++number;
    std::string problem;
    try {
      if (const Status status = read(Json::parse(rest.substr(0, end))); !status.ok()) {
        problem = status.error().message;
      }
    } catch (const nlohmann::json::exception& error) {
      problem = error.what();
    }
    if (!problem.empty()) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("rolling: '{}' line {}: {}; move its directory away to begin anew",
                               path.string(), number, problem)};
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

std::string state_json(const Rolling& rolling) {
  const runlog::Manifest& manifest = rolling.prod.manifest();
  Json first = nullptr;
  if (rolling.comparison && rolling.comparison->first) {
    first = Json::parse(recon::to_json_line(rolling.comparison->first->finding), nullptr, false);
  }
  const Json json{
      {"schema", 1},
      {"system_log_dir", rolling.prod.directory().string()},
      {"constructor", manifest.constructor},
      {"config_hash", manifest.config_hash},
      {"start", to_iso(manifest.start)},
      {"end", manifest.end == runlog::kOpenEnd ? Json(nullptr) : Json(to_iso(manifest.end))},
      {"bars_done", rolling.bars.size()},
      {"bars_expected", rolling.bars_expected ? Json(*rolling.bars_expected) : Json(nullptr)},
      {"last_bar", rolling.bars.empty() ? Json(nullptr) : Json(to_iso(rolling.bars.back().bar))},
      {"sealed", rolling.prod.sealed()},
      {"verdict", verdict_of(rolling)},
      {"sentence", sentence_of(rolling)},
      {"first", first},
      {"simulation", rolling.sim ? Json(rolling.sim->directory().string()) : Json(nullptr)},
      {"notes", rolling.notes}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<RollingState> read_rolling_state(const fs::path& dir) {
  RollingState state;
  TIEOUT_CHECK(read_lines(dir / kBars, [&](const Json& json) { return read_bar(json, state); }));
  TIEOUT_CHECK(
      read_lines(dir / kVerdicts, [&](const Json& json) { return read_pass(json, state); }));
  return state;
}

Status write_rolling_state(const fs::path& dir, const Rolling& rolling) {
  std::string bars;
  for (const RollingBar& bar : rolling.bars) {
    bars += line_of(json_of(bar));
  }
  std::string passes;
  for (const RollingPass& pass : rolling.passes) {
    passes += line_of(json_of(pass));
  }
  TIEOUT_CHECK(write_file_atomic(dir / kBars, bars));
  TIEOUT_CHECK(write_file_atomic(dir / kVerdicts, passes));
  return write_file_atomic(dir / "state.json", state_json(rolling));
}

}  // namespace tieout::flow
