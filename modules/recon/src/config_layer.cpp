#include "config_layer.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tieout/config/config.hpp"

#include "cell.hpp"

namespace tieout::recon {
namespace {

/// True when `path` is `prefix` or lies below it.
bool is_below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '.');
}

std::string leaf_text(const std::optional<config::Value>& value, config::DiffKind kind) {
  if (!value) {
    return "(not set)";
  }
  return kind == config::DiffKind::kType
             ? fmt::format("{} ({})", config::to_text(*value), config::to_string(value->type()))
             : config::to_text(*value);
}

Distance leaf_distance(const config::LeafDiff& diff) {
  if (diff.kind != config::DiffKind::kValue) {
    return no_distance();
  }
  const auto* left_float = diff.left->get_if<double>();
  const auto* right_float = diff.right->get_if<double>();
  if (left_float != nullptr && right_float != nullptr) {
    return distance_of(*left_float, *right_float);
  }
  const auto* left_int = diff.left->get_if<std::int64_t>();
  const auto* right_int = diff.right->get_if<std::int64_t>();
  return left_int != nullptr && right_int != nullptr ? distance_of(*left_int, *right_int)
                                                     : no_distance();
}

Finding finding_of(const config::LeafDiff& diff) {
  const Distance distance = leaf_distance(diff);
  return {.check = "C013",
          .layer = Layer::kConfig,
          .kind = BreakKind::kConfigLeaf,
          .bar = {},
          .part = config::to_string(diff.path),
          .column = "",
          .asset = kNoAsset,
          .row = std::nullopt,
          .key = "",
          .left = leaf_text(diff.left, diff.kind),
          .right = leaf_text(diff.right, diff.kind),
          .abs_diff = distance.abs,
          .rel_diff = distance.rel,
          .ulp = distance.ulp,
          .is_root = true};
}

std::string node_with_nid(std::string_view nid, const runlog::Manifest& manifest) {
  const auto found = std::ranges::find(manifest.nodes, nid, &runlog::NodeInfo::nid);
  return found == manifest.nodes.end() ? "" : found->name;
}

}  // namespace

ConfigLayer compare_configs(const runlog::RunSource& left, const runlog::RunSource& right,
                            const CompareOptions& options) {
  ConfigLayer layer;
  for (const auto& [name, run] :
       {std::pair(options.left_name, &left), std::pair(options.right_name, &right)}) {
    if (run->config_json().empty()) {
      layer.not_compared = fmt::format("{} holds no config", name);
      return layer;
    }
  }
  const Result<config::Config> left_config = config::Config::from_json(left.config_json());
  const Result<config::Config> right_config = config::Config::from_json(right.config_json());
  for (const auto& [name, config] :
       {std::pair(options.left_name, &left_config), std::pair(options.right_name, &right_config)}) {
    if (!config->ok()) {
      layer.not_compared =
          fmt::format("the config of {} does not parse: {}", name, config->error().message);
      return layer;
    }
  }
  std::uint64_t only_right = 0;
  for (const config::LeafDiff& diff : config::diff(*left_config, *right_config)) {
    only_right += diff.kind == config::DiffKind::kOnlyRight;
    std::string path = config::to_string(diff.path);
    if (std::ranges::any_of(options.expected_config_differences,
                            [&](const std::string& prefix) { return is_below(path, prefix); })) {
      layer.expected.push_back(std::move(path));
      continue;
    }
    layer.breaks.push_back(finding_of(diff));
    layer.leaves.type_mismatch += diff.kind == config::DiffKind::kType ? 1 : 0;
    layer.leaves.missing +=
        diff.kind == config::DiffKind::kOnlyLeft || diff.kind == config::DiffKind::kOnlyRight ? 1
                                                                                              : 0;
  }
  layer.leaves.present = left_config->leaves().size() + only_right;
  // An expected difference is declared away: it is neither equal nor a break, and not compared.
  layer.leaves.outside = layer.breaks.size();
  layer.leaves.compared = layer.leaves.present - layer.expected.size() - layer.leaves.missing;
  layer.leaves.bitwise = layer.leaves.compared - (layer.leaves.outside - layer.leaves.missing);
  return layer;
}

std::string reader_of_leaf(const std::string& path, const runlog::Manifest& manifest) {
  constexpr std::string_view kDagConfig = "dag_config.";
  if (path.starts_with(kDagConfig)) {
    const std::string_view rest = std::string_view(path).substr(kDagConfig.size());
    return node_with_nid(rest.substr(0, rest.find('.')), manifest);
  }
  if (is_below(path, "process_forecasts_node_dict") || is_below(path, "portfolio_config")) {
    const std::string node = node_with_nid("process_forecasts", manifest);
    return node.empty() ? "target_positions" : node;
  }
  if (is_below(path, "market_data_config") && !manifest.nodes.empty()) {
    return manifest.nodes.front().name;
  }
  return "";
}

std::vector<std::string> default_expected_config_differences() {
  // Each with its reason in docs/formats/comparison.md; a test holds the two lists together.
  return {
      "run_mode",
      "system_log_dir",
      "log_file_name",
      "cf_config",
      "dag_runner_config.start_time",
      "dag_runner_config.run_duration_in_secs",
      "dag_runner_config.rt_timeout_in_secs_or_time",
      "dag_runner_config.wake_up",
      "dag_runner_config.wake_up_timestamp",
      "market_data_config.store",
      "market_data_config.source",
      "market_data_config.feed",
      "market_data_config.speed_up_factor",
      "market_data_config.sleep_in_secs",
      "market_data_config.time_out_in_secs",
      "market_data_config.replay",
      "replay_config",
      "dag_property_config.debug_mode_config",
  };
}

}  // namespace tieout::recon
