#include "production_overrides.hpp"

#include <map>

#include <fmt/format.h>

#include "tieout/config/override.hpp"

namespace tieout::flow {
namespace {

struct Written {
  std::string value;
  bool by_override = false;
};

/// Every leaf of a config as text, and whether an override wrote it.
std::map<std::string, Written> leaves_of(const config::Config& config) {
  std::map<std::string, Written> out;
  for (const config::Leaf& leaf : config.leaves()) {
    out[config::to_string(leaf.path)] = {config::to_text(leaf.value),
                                         leaf.writer.starts_with("--set")};
  }
  return out;
}

/// The strategy's config with the overrides that were given.
Result<config::Config> given_config(const Reconciliation& recon, const Context& context) {
  TIEOUT_TRY(const dataflow::DagBuilder* builder, context.registry.find(recon.run.constructor));
  TIEOUT_TRY(config::Config config, system::make_config(*builder));
  for (const std::string& text : recon.overrides) {
    TIEOUT_TRY(const config::ParsedOverrides parsed, config::parse_overrides(text));
    TIEOUT_CHECK(config::apply_overrides(config, parsed.overrides, "--set-config-values"));
  }
  return config;
}

/// One line for each leaf that an override of either side wrote and that differs.
std::vector<std::string> contradictions(const std::map<std::string, Written>& given,
                                        const std::map<std::string, Written>& recorded) {
  std::vector<std::string> out;
  const Written nothing{"(no value)", false};
  const auto value_in = [&nothing](const std::map<std::string, Written>& leaves,
                                   const std::string& path) -> const Written& {
    const auto found = leaves.find(path);
    return found == leaves.end() ? nothing : found->second;
  };
  const auto tell = [&](const std::string& path, const Written& mine, const Written& theirs) {
    if (mine.value != theirs.value && (mine.by_override || theirs.by_override)) {
      out.push_back(fmt::format("{} is {} on the command line and {} in production's run", path,
                                mine.value, theirs.value));
    }
  };
  for (const auto& [path, mine] : given) {
    tell(path, mine, value_in(recorded, path));
  }
  for (const auto& [path, theirs] : recorded) {
    if (given.find(path) == given.end()) {
      tell(path, nothing, theirs);
    }
  }
  return out;
}

}  // namespace

Result<std::vector<std::string>> recorded_overrides(const runlog::RunReader& run) {
  const auto texts = run.manifest().command.find("set_config_value");
  if (texts != run.manifest().command.end()) {
    return texts->second.empty() ? std::vector<std::string>{}
                                 : std::vector<std::string>{texts->second};
  }
  TIEOUT_TRY(const config::Config config, config::Config::from_json(run.config_json()));
  std::vector<std::string> leaves;
  for (const config::Leaf& leaf : config.leaves()) {
    if (leaf.writer.starts_with("--set")) {
      leaves.push_back(config::to_text(config::Override{leaf.path, leaf.value, ""}));
    }
  }
  return leaves;
}

Result<std::vector<std::string>> settle_overrides(const Reconciliation& recon,
                                                  const std::filesystem::path& prod_log,
                                                  const Context& context) {
  if (recon.force_overrides) {
    return recon.overrides;
  }
  TIEOUT_TRY(const runlog::RunReader prod, runlog::RunReader::open(prod_log));
  TIEOUT_TRY(std::vector<std::string> recorded, recorded_overrides(prod));
  if (recon.overrides.empty()) {
    if (!recorded.empty()) {
      context.say("overrides of production's run: " + fmt::format("{}", fmt::join(recorded, ";")));
    }
    return recorded;
  }
  TIEOUT_TRY(const config::Config given, given_config(recon, context));
  TIEOUT_TRY(const config::Config theirs, config::Config::from_json(prod.config_json()));
  const std::vector<std::string> lines = contradictions(leaves_of(given), leaves_of(theirs));
  if (!lines.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--set-config-values: {}; leave the flag out to take production's, or "
                             "give --force-overrides to replay with others",
                             fmt::join(lines, "; "))};
  }
  return recon.overrides;
}

Result<std::string> settle_stage(const RunIdentity& run, const std::filesystem::path& prod_log) {
  const auto prod = runlog::RunReader::open(prod_log);
  const std::string recorded = prod.ok() ? prod->manifest().stage : std::string();
  if (run.stage.empty()) {
    return recorded.empty() ? std::string("preprod") : recorded;
  }
  if (!recorded.empty() && recorded != run.stage) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--stage is {}, production's run in '{}' says {}; leave the flag out "
                             "to take production's",
                             run.stage, prod_log.string(), recorded)};
  }
  return run.stage;
}

}  // namespace tieout::flow
