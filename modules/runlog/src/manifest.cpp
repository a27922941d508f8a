#include "tieout/runlog/manifest.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tieout::runlog {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormatName = "tieout run log";
constexpr std::string_view kOpenEndText = "open";
constexpr std::string_view kWholeUniverse = "universe";

Error bad(const std::string& what) {
  return Error{ErrorCode::kCorruptEvidence, "manifest_from_json: " + what};
}

/// Columns as runs of one field: [field] for a column of no asset, [field, "universe"] for all
/// assets of the run in their order, else [field, [ids]]. A thousand assets would otherwise fill
/// megabytes.
Json columns_to_json(const std::vector<ColumnKey>& columns, const std::vector<Asset>& universe) {
  Json runs = Json::array();
  for (std::size_t first = 0; first < columns.size();) {
    std::size_t last = first;
    std::vector<std::int64_t> ids;
    while (last < columns.size() && columns[last].field == columns[first].field) {
      ids.push_back(columns[last++].asset.value);
    }
    Json run = Json::array({columns[first].field});
    const bool whole = std::ranges::equal(ids, universe, {}, {},
                                          [](const Asset& asset) { return asset.id.value; });
    if (ids.size() == 1 && ids.front() == kNoAsset.value) {
      // [field]
    } else if (whole) {
      run.push_back(kWholeUniverse);
    } else {
      run.push_back(ids);
    }
    runs.push_back(std::move(run));
    first = last;
  }
  return runs;
}

std::vector<ColumnKey> columns_from_json(const Json& runs, const std::vector<Asset>& universe) {
  std::vector<ColumnKey> columns;
  for (const Json& run : runs) {
    const auto field = run.at(0).get<std::string>();
    if (run.size() == 1) {
      columns.push_back({field, kNoAsset});
    } else if (run.at(1).is_string()) {
      for (const Asset& asset : universe) {
        columns.push_back({field, asset.id});
      }
    } else {
      for (const Json& id : run.at(1)) {
        columns.push_back({field, AssetId{id.get<std::int64_t>()}});
      }
    }
  }
  return columns;
}

Json node_to_json(const NodeInfo& node, const std::vector<Asset>& universe) {
  Json json;
  json["name"] = node.name;
  json["nid"] = node.nid;
  json["kind"] = node.kind;
  json["topological_id"] = node.topological_id;
  json["inputs"] = node.inputs;
  json["lookback_rows"] = node.lookback_rows;
  json["whole_window"] = node.whole_window;
  json["columns"] = columns_to_json(node.columns, universe);
  return json;
}

NodeInfo node_from_json(const Json& json, const std::vector<Asset>& universe) {
  NodeInfo node;
  node.name = json.at("name").get<std::string>();
  node.nid = json.at("nid").get<std::string>();
  node.kind = json.at("kind").get<std::string>();
  node.topological_id = json.at("topological_id").get<std::size_t>();
  node.inputs = json.at("inputs").get<std::vector<std::size_t>>();
  node.lookback_rows = json.at("lookback_rows").get<std::size_t>();
  node.whole_window = json.at("whole_window").get<bool>();
  node.columns = columns_from_json(json.at("columns"), universe);
  return node;
}

RunOutcome outcome_from_text(const std::string& text) {
  for (const RunOutcome outcome : {RunOutcome::kRunning, RunOutcome::kComplete,
                                   RunOutcome::kInterrupted, RunOutcome::kFailed}) {
    if (text == to_string(outcome)) {
      return outcome;
    }
  }
  throw std::invalid_argument("outcome '" + text + "' does not exist");
}

TableKind table_from_text(const std::string& text) {
  for (const TableKind kind : kTableKinds) {
    if (text == to_string(kind)) {
      return kind;
    }
  }
  throw std::invalid_argument("table '" + text + "' does not exist");
}

Timestamp time_from_text(const std::string& text) {
  const Result<Timestamp> time = parse_iso(text);
  if (!time.ok()) {
    throw std::invalid_argument(time.error().message);
  }
  return time.value();
}

/// Throws what nlohmann::json throws, and std::invalid_argument.
Manifest read_members(const Json& json) {
  Manifest manifest;
  manifest.format_version = json.at("format_version").get<int>();
  manifest.constructor = json.at("constructor").get<std::string>();
  manifest.run_mode = json.at("run_mode").get<std::string>();
  manifest.mode = json.at("mode").get<std::string>();
  manifest.stage = json.at("stage").get<std::string>();
  manifest.replay = json.at("replay").get<std::string>();
  manifest.start = time_from_text(json.at("start").get<std::string>());
  const std::string end = json.at("end").get<std::string>();
  manifest.end = end == kOpenEndText ? kOpenEnd : time_from_text(end);
  manifest.bar = {json.at("bar_ns").get<std::int64_t>()};
  manifest.history_lookback = {json.at("history_lookback_ns").get<std::int64_t>()};
  for (const Json& asset : json.at("universe")) {
    manifest.universe.push_back(
        {AssetId{asset.at(0).get<std::int64_t>()}, asset.at(1).get<std::string>()});
  }
  for (const Json& node : json.at("nodes")) {
    manifest.nodes.push_back(node_from_json(node, manifest.universe));
  }
  if (const auto tables = json.find("more_tables"); tables != json.end()) {
    for (const Json& table : *tables) {
      manifest.more_tables.push_back(table_from_text(table.get<std::string>()));
    }
  }
  manifest.config_hash = json.at("config_hash").get<std::string>();
  manifest.start_state = json.at("start_state").get<std::string>();
  manifest.command = json.at("command").get<std::map<std::string, std::string>>();
  manifest.environment = json.at("environment").get<std::map<std::string, std::string>>();
  manifest.outcome = outcome_from_text(json.at("outcome").get<std::string>());
  manifest.bar_count = json.at("bar_count").get<std::size_t>();
  manifest.content_hash = json.at("content_hash").get<std::string>();
  manifest.root_hash = json.at("root_hash").get<std::string>();
  return manifest;
}

bool is_safe_name(std::string_view name) {
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= 200 && name.front() != '.' &&
         std::ranges::all_of(name, safe);
}

}  // namespace

std::string_view to_string(RunOutcome outcome) noexcept {
  switch (outcome) {
    case RunOutcome::kRunning:
      return "running";
    case RunOutcome::kComplete:
      return "complete";
    case RunOutcome::kInterrupted:
      return "interrupted";
    case RunOutcome::kFailed:
      return "failed";
  }
  return "unknown";
}

int version_of(const Manifest& manifest) noexcept {
  if (std::ranges::count(manifest.more_tables, TableKind::kOrderEvents) > 0) {
    return kFormatVersionWithEvents;
  }
  return manifest.more_tables.empty() ? kFormatVersion : kFormatVersionWithMoreTables;
}

std::vector<TableKind> tables_of(const Manifest& manifest) {
  std::vector<TableKind> tables;
  for (const TableKind kind : kTableKinds) {
    if (is_in_every_log(kind)) {
      tables.push_back(kind);
    }
  }
  tables.insert(tables.end(), manifest.more_tables.begin(), manifest.more_tables.end());
  return tables;
}

Status check_manifest(const Manifest& manifest) {
  const auto refuse = [](std::string what) {
    return Error{ErrorCode::kInvalidArgument, "check_manifest: " + std::move(what)};
  };
  std::set<TableKind> tables;
  for (const TableKind kind : manifest.more_tables) {
    if (is_in_every_log(kind) || (!tables.empty() && kind <= *tables.rbegin())) {
      return refuse(
          fmt::format("table '{}' does not belong where it is in 'more_tables'", to_string(kind)));
    }
    tables.insert(kind);
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < manifest.nodes.size(); ++i) {
    const NodeInfo& node = manifest.nodes[i];
    if (node.topological_id != i) {
      return refuse(fmt::format("node '{}' has topological id {}, needed {}, its place in the list",
                                node.name, node.topological_id, i));
    }
    // The name becomes a file name: it must not lead out of the log.
    if (!is_safe_name(node.name)) {
      return refuse(
          fmt::format("node name '{}' is not a file name of letters, digits, '_', '-' "
                      "and '.', needed at most 200 of them, the first not '.'",
                      node.name));
    }
    if (!names.insert(node.name).second) {
      return refuse(fmt::format("two nodes have the name '{}'", node.name));
    }
    std::vector<ColumnKey> columns = node.columns;
    std::ranges::sort(columns);
    const auto twice = std::ranges::adjacent_find(columns);
    if (twice != columns.end()) {
      return refuse(fmt::format("node '{}' has column {} twice", node.name, to_string(*twice)));
    }
  }
  return {};
}

std::string to_json(const Manifest& manifest) {
  Json json;
  json["format"] = kFormatName;
  json["format_version"] = manifest.format_version;
  json["constructor"] = manifest.constructor;
  json["run_mode"] = manifest.run_mode;
  json["mode"] = manifest.mode;
  json["stage"] = manifest.stage;
  json["replay"] = manifest.replay;
  json["start"] = to_iso(manifest.start);
  json["end"] = manifest.end == kOpenEnd ? std::string(kOpenEndText) : to_iso(manifest.end);
  json["bar_ns"] = manifest.bar.ns;
  json["history_lookback_ns"] = manifest.history_lookback.ns;
  json["universe"] = Json::array();
  for (const Asset& asset : manifest.universe) {
    json["universe"].push_back(Json::array({asset.id.value, asset.full_symbol}));
  }
  json["nodes"] = Json::array();
  for (const NodeInfo& node : manifest.nodes) {
    json["nodes"].push_back(node_to_json(node, manifest.universe));
  }
  if (!manifest.more_tables.empty()) {
    json["more_tables"] = Json::array();
    for (const TableKind kind : manifest.more_tables) {
      json["more_tables"].push_back(to_string(kind));
    }
  }
  json["config_hash"] = manifest.config_hash;
  json["start_state"] = manifest.start_state;
  json["command"] = manifest.command;
  json["environment"] = manifest.environment;
  json["outcome"] = to_string(manifest.outcome);
  json["bar_count"] = manifest.bar_count;
  json["content_hash"] = manifest.content_hash;
  json["root_hash"] = manifest.root_hash;
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Manifest> manifest_from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return bad("the text is not a JSON object");
  }
  const auto format = json.find("format");
  if (format == json.end() || *format != kFormatName) {
    return Error{ErrorCode::kNotARunLog,
                 fmt::format("manifest_from_json: member 'format' is not '{}'", kFormatName)};
  }
  const auto version = json.find("format_version");
  if (version == json.end() || !version->is_number_integer() ||
      !is_known_version(version->get<int>())) {
    return Error{ErrorCode::kNotARunLog,
                 fmt::format("manifest_from_json: 'format_version' is {}, needed {} to {}",
                             version == json.end() ? "missing" : version->dump(), kFormatVersion,
                             kFormatVersionWithEvents)};
  }
  try {
    Manifest manifest = read_members(json);
    if (const Status checked = check_manifest(manifest); !checked.ok()) {
      return bad(checked.error().message);
    }
    if (manifest.format_version != version_of(manifest)) {
      return bad(fmt::format("'format_version' is {}, the tables of the log need {}",
                             manifest.format_version, version_of(manifest)));
    }
    return manifest;
  } catch (const std::exception& error) {  // nlohmann::json, at the edge
    return bad(error.what());
  }
}

}  // namespace tieout::runlog
