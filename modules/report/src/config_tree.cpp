#include "config_tree.hpp"

#include <nlohmann/json.hpp>

#include "tieout/config/config.hpp"

namespace tieout::report {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const config::Value& value) {
  switch (value.type()) {
    case config::ValueType::kNull:
      return nullptr;
    case config::ValueType::kBool:
      return *value.get_if<bool>();
    case config::ValueType::kInt:
      return *value.get_if<std::int64_t>();
    case config::ValueType::kFloat:
      return *value.get_if<double>();
    case config::ValueType::kString:
      return *value.get_if<std::string>();
    case config::ValueType::kList: {
      Json list = Json::array();
      for (const config::Value& item : *value.get_if<config::List>()) list.push_back(json_of(item));
      return list;
    }
    case config::ValueType::kTimestamp:
    case config::ValueType::kDuration:
    case config::ValueType::kTimeOfDay:
      return config::to_text(value);
  }
  return nullptr;
}

Json json_of(const Side& side) {
  if (side.run == nullptr) return nullptr;
  const Result<config::Config> config = config::Config::from_json(side.run->config_json());
  if (!config.ok()) return nullptr;
  Json root = Json::object();
  for (const config::Leaf& leaf : config->leaves()) {
    Json* at = &root;
    for (const std::string& key : leaf.path) {
      if (!at->is_object()) *at = Json::object();
      at = &(*at)[key];
    }
    *at = json_of(leaf.value);
  }
  return root;
}

Json path_of(const Side& side) {
  if (side.run == nullptr) return nullptr;
  return side.run->directory().string();
}

Json path_or_null(const std::filesystem::path& path) {
  return path.empty() ? Json(nullptr) : Json(path.generic_string());
}

Json sources_of(const ReportInput& input) {
  if (!input.notebook_sources) return nullptr;
  const NotebookSources& sources = *input.notebook_sources;
  return Json{{"kind", std::string(to_string(input.kind))},
              {"prod", path_or_null(sources.prod)},
              {"sim", path_or_null(sources.sim)},
              {"market_data", path_or_null(sources.market_data)},
              {"noise_floor", path_or_null(sources.noise_floor)},
              {"policy", path_or_null(sources.policy)},
              {"check_self_consistency", sources.check_self_consistency},
              {"base", path_or_null(sources.base)}};
}

}  // namespace

nlohmann::ordered_json config_tree(const Facts& facts) {
  const runlog::RunReader* run = facts.left.run != nullptr ? facts.left.run : facts.right.run;
  Json meta = Json::object();
  meta["title"] = facts.input.title;
  meta["notebook_run_mode"] = std::string(to_string(facts.input.kind));
  meta["stamp"] = stamp_text(facts.input.stamp);
  if (run != nullptr) {
    meta["date_str"] = to_ts_name(run->manifest().start).substr(0, 8);
    meta["bar_duration"] = to_period(run->manifest().bar);
    meta["start_timestamp_as_str"] = to_ts_name(run->manifest().start);
    if (run->manifest().end != runlog::kOpenEnd) {
      meta["end_timestamp_as_str"] = to_ts_name(run->manifest().end);
    }
  }
  Json parameters = Json::object();
  for (const auto& item : facts.parameters) parameters[item.first] = item.second;
  Json out = Json::object();
  out["meta"] = std::move(meta);
  out["system_log_path"] = Json{{"prod", path_of(facts.left)}, {"sim", path_of(facts.right)}};
  out["dag_builder_ctor_as_str"] =
      run == nullptr ? Json(nullptr) : Json(run->manifest().constructor);
  out["parameters"] = std::move(parameters);
  out["rerun_command"] = facts.input.rerun_command;
  out["report"] = sources_of(facts.input);
  out["config_text"] = facts.input.config_text;
  out["config"] = Json{{"prod", json_of(facts.left)}, {"sim", json_of(facts.right)}};
  return out;
}

std::string config_text(const Facts& facts) {
  if (!facts.input.config_text.empty()) {
    return facts.input.config_text + (facts.input.config_text.back() == '\n' ? "" : "\n");
  }
  std::string out;
  for (const auto& item : facts.parameters) out += item.first + ": " + item.second + "\n";
  return out;
}

}  // namespace tieout::report
