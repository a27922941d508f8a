#include <algorithm>

#include "tieout/config/config.hpp"

#include "sections.hpp"

namespace tieout::report {
namespace {

Result<config::Config> config_of(const Side& side) {
  TIEOUT_TRY(const runlog::RunReader* run, need_run(side));
  return config::Config::from_json(run->config_json());
}

/// True when `path` is `prefix` or lies below it.
bool is_below(std::string_view path, std::string_view prefix) {
  return path.substr(0, prefix.size()) == prefix &&
         (path.size() == prefix.size() || path[prefix.size()] == '.');
}

std::string value_text(const std::optional<config::Value>& value) {
  return value.has_value() ? config::to_text(*value) : "(none)";
}

}  // namespace

Result<Blocks> paths_section(const Facts& facts) {
  TableBlock table;
  table.caption = "Run logs that were compared";
  table.columns = {{"side"}, {"system_log_dir", Align::kCode}, {"opened"}};
  for (const Side* side : {&facts.left, &facts.right}) {
    std::string opened = "whole";
    if (side->run != nullptr) {
      if (!side->run->sealed()) opened = "not sealed: the run was not ended in order";
      for (const std::string& note : side->run->recovery().notes) opened += "; " + note;
    }
    table.rows.push_back({side->name,
                          side_cell(*side,
                                    [](const runlog::RunReader& run) {
                                      return Result<std::string>(run.directory().string());
                                    }),
                          side->run == nullptr ? "" : opened});
  }
  return Blocks{table};
}

Result<Blocks> configs_section(const Facts& facts) {
  Blocks out;
  for (const Side* side : {&facts.left, &facts.right}) {
    const Result<config::Config> config = config_of(*side);
    out.emplace_back(
        Fold{"Config of " + side->name,
             {Code{config.ok() ? config->to_text() : "not available: " + config.error().message}}});
  }
  return out;
}

Result<Blocks> config_diff_section(const Facts& facts) {
  TIEOUT_TRY(const config::Config left, config_of(facts.left));
  TIEOUT_TRY(const config::Config right, config_of(facts.right));
  const std::vector<config::LeafDiff> diffs = config::diff(left, right);
  const std::vector<std::string> expected = facts.input.expected_config_differences.empty()
                                                ? recon::default_expected_config_differences()
                                                : facts.input.expected_config_differences;
  std::vector<std::vector<Cell>> surprising;
  std::vector<std::vector<Cell>> known;
  for (const config::LeafDiff& diff : diffs) {
    const std::string path = config::to_string(diff.path);
    const bool is_expected =
        std::any_of(expected.begin(), expected.end(),
                    [&path](const std::string& prefix) { return is_below(path, prefix); });
    (is_expected ? known : surprising)
        .push_back({path, value_text(diff.left), value_text(diff.right),
                    std::string(to_string(diff.kind)),
                    is_expected ? Cell{"yes", Tone::kMuted} : Cell{"no", Tone::kBad}});
  }
  Blocks out;
  out.emplace_back(
      Paragraph{plural(surprising.size(), "leaf difference") + " not expected, " +
                    count_text(known.size()) + " expected between production and a simulation; " +
                    plural(left.leaves().size(), "leaf value") + " in " + facts.left.name + ", " +
                    count_text(right.leaves().size()) + " in " + facts.right.name + ".",
                surprising.empty() ? Tone::kGood : Tone::kBad});
  if (diffs.empty()) return out;
  TableBlock table;
  table.caption = "Config leaves that differ";
  table.columns = {{"leaf", Align::kCode},
                   {facts.left.name, Align::kCode},
                   {facts.right.name, Align::kCode},
                   {"how"},
                   {"expected"}};
  table.rows = std::move(surprising);
  table.rows.insert(table.rows.end(), known.begin(), known.end());
  out.emplace_back(std::move(table));
  return out;
}

}  // namespace tieout::report
