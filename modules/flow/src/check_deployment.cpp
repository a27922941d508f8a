#include "tieout/flow/check_deployment.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/config/override.hpp"
#include "tieout/core/file.hpp"
#include "tieout/flow/command_line.hpp"
#include "tieout/flow/render_deployment.hpp"
#include "tieout/runlog/manifest.hpp"
#include "tieout/system/run.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using Overrides = std::map<std::string, std::string>;  // path -> canonical text

constexpr std::string_view kBarPath = "trading_period";

/// The bar of a builder that nothing overrides.
std::optional<std::string> default_bar(const Deployment& deployment,
                                       const dataflow::DagBuilderRegistry& registry) {
  const auto builder = registry.find(deployment.constructor);
  if (!builder.ok()) {
    return std::nullopt;
  }
  const auto config = system::make_config(**builder);
  const auto period = config.ok() ? config->get_string({std::string(kBarPath)})
                                  : Result<std::string>(config.error());
  return period.ok() ? std::optional(*period) : std::nullopt;
}

/// Overrides by path, the last one wins. The bar is always there if it is known: a command without
/// it has the builder's.
Result<Overrides> overrides_of(const std::vector<std::string>& texts,
                               const std::optional<std::string>& bar) {
  Overrides out;
  if (bar) {
    out[std::string(kBarPath)] = fmt::format(R"(("{}"),(str("{}")))", kBarPath, *bar);
  }
  for (const std::string& text : texts) {
    TIEOUT_TRY(const config::ParsedOverrides parsed, config::parse_overrides(text));
    for (const config::Override& item : parsed.overrides) {
      out[config::to_string(item.path)] = config::to_text(item);
    }
  }
  return out;
}

Result<Overrides> overrides_of(const Deployment& deployment) {
  return overrides_of(deployment.overrides, to_period(deployment.bar));
}

/// One drift for each key whose value differs.
void compare(const std::map<std::string, std::string>& found,
             const std::map<std::string, std::string>& needed, const std::string& check,
             const std::string& where, DriftReport& report) {
  std::set<std::string> keys;
  for (const auto* side : {&found, &needed}) {
    for (const auto& [key, value] : *side) {
      keys.insert(key);
    }
  }
  const auto value_in = [](const std::map<std::string, std::string>& side, const std::string& key) {
    const auto at = side.find(key);
    return at == side.end() ? std::string() : at->second;
  };
  for (const std::string& key : keys) {
    if (value_in(found, key) != value_in(needed, key) || found.count(key) != needed.count(key)) {
      report.drifts.push_back({check, where, key, value_in(found, key), value_in(needed, key)});
    }
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// The first lines that differ; the rest is counted.
void compare_lines(const std::string& found, const std::string& needed, const std::string& where,
                   DriftReport& report) {
  constexpr std::size_t kMost = 10;
  const std::vector<std::string> left = lines_of(found);
  const std::vector<std::string> right = lines_of(needed);
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const std::string mine = i < left.size() ? left[i] : "";
    const std::string theirs = i < right.size() ? right[i] : "";
    if (mine == theirs && i < left.size() && i < right.size()) {
      continue;
    }
    if (++count <= kMost) {
      report.drifts.push_back(
          {"rendered_file", fmt::format("{}:{}", where, i + 1), "line", mine, theirs});
    }
  }
  if (count > kMost) {
    report.notes.push_back(fmt::format("{}: {} more lines differ", where, count - kMost));
  }
  if (count == 0 && found != needed) {
    report.drifts.push_back({"rendered_file", where, "end of the last line", "", ""});
  }
}

std::string flag_of(const CommandLine& line, const std::string& name) {
  const auto found = line.flags.find(name);
  return found == line.flags.end() || found->second.empty() ? "" : found->second.back();
}

/// Which of the three commands a program is; "" for another one.
std::string part_of(const std::string& program) {
  constexpr std::string_view kProduction = "_prod_system";
  if (program.starts_with("run_") && program.ends_with(kProduction)) {
    return "production";
  }
  return program == "reconcile_run_all"                     ? "reconcile"
         : program == "run_master_system_observer_notebook" ? "observer"
                                                            : "";
}

/// The day of the run that a command names. A start that no launch leads to is a drift, and its
/// date is taken.
Result<Timestamp> day_of_command(const Deployment& deployment, const CommandLine& line,
                                 const std::string& where, DriftReport& report) {
  const bool is_production = part_of(line.program) == "production";
  const std::string flag = is_production ? "start_time" : "start_timestamp_as_str";
  const std::string text = flag_of(line, flag);
  const Result<Timestamp> start = parse_ts_name(text);
  if (!start.ok()) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("check_deployment: {}: --{} is '{}', needed YYYYMMDD_HHMMSS: without "
                             "it the day of the run is not known",
                             where, flag, text)};
  }
  if (const auto day = day_of_start(deployment, *start)) {
    const int weekday = static_cast<int>((day->ns / days(1).ns + 3) % 7) + 1;  // 1970 began on Thu
    if (!deployment.weekdays.empty() &&
        std::ranges::find(deployment.weekdays, weekday) == deployment.weekdays.end()) {
      report.drifts.push_back({"schedule", where, "day of the launch",
                               std::string(kWeekdayNames[static_cast<std::size_t>(weekday) - 1]),
                               "a day of the schedule"});
    }
    return *day;
  }
  const Timestamp day = floor_to(*start, days(1));
  report.drifts.push_back(
      {"schedule", where, "first bar", text, to_ts_name(run_of_day(deployment, day).start)});
  return day;
}

/// The flags of a command without its overrides; a path's slash at the end counts as nothing.
std::map<std::string, std::string> plain_flags(const CommandLine& line) {
  std::map<std::string, std::string> out;
  for (const auto& [name, values] : line.flags) {
    if (name == "set_config_value" || name == "set_config_values" || name == "v") {
      continue;
    }
    std::string value = fmt::format("{}", fmt::join(values, " "));
    while (value.size() > 1 && value.ends_with('/')) {
      value.pop_back();
    }
    out["--" + name] = value.empty() ? "(given)" : value;
  }
  return out;
}

std::vector<std::string> override_texts(const CommandLine& line) {
  std::vector<std::string> texts;
  for (const char* name : {"set_config_value", "set_config_values"}) {
    if (const auto found = line.flags.find(name); found != line.flags.end()) {
      texts.insert(texts.end(), found->second.begin(), found->second.end());
    }
  }
  return texts;
}

/// What one template says, for the comparison of templates with each other.
struct ReadTemplate {
  std::string file;
  std::string part;
  Overrides overrides;
};

Result<ReadTemplate> check_template(const Deployment& deployment, const fs::path& file,
                                    const CheckDeploymentOptions& options, DriftReport& report) {
  const std::string where = file.string();
  TIEOUT_TRY(const std::string text, read_file(file));
  TIEOUT_TRY(const CommandLine line, read_command_line(text));
  for (const std::string& warning : line.warnings) {
    report.notes.push_back(fmt::format("{}: {}", where, warning));
  }
  ReadTemplate read{where, part_of(line.program), {}};
  if (read.part.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("check_deployment: '{}' starts '{}', needed run_*_prod_system, "
                             "reconcile_run_all or run_master_system_observer_notebook",
                             where, line.program)};
  }
  TIEOUT_TRY(const Timestamp day, day_of_command(deployment, line, where, report));
  const std::vector<std::string> words =
      with_times(read.part == "production"  ? production_words(deployment)
                 : read.part == "reconcile" ? reconcile_words(deployment)
                                            : observer_words(deployment),
                 run_of_day(deployment, day));
  TIEOUT_TRY(const CommandLine needed, read_command_line(render_command(words)));
  report.checked.push_back(fmt::format("{} command {}", read.part, where));
  compare(plain_flags(line), plain_flags(needed), "flag", where, report);
  if (read.part != "observer") {
    TIEOUT_TRY(read.overrides,
               overrides_of(override_texts(line), default_bar(deployment, options.registry)));
    TIEOUT_TRY(const Overrides wanted, overrides_of(deployment));
    compare(read.overrides, wanted, "override", where, report);
  }
  return read;
}

}  // namespace

Status check_against_builder(const Deployment& deployment, const CheckDeploymentOptions& options,
                             DriftReport& report) {
  TIEOUT_TRY(const dataflow::DagBuilder* builder, options.registry.find(deployment.constructor));
  TIEOUT_TRY(config::Config config, system::make_config(*builder));
  report.checked.push_back("overrides, bar and duration against the builder");
  const auto drift = [&](const std::string& what, const std::string& found,
                         const std::string& needed) {
    report.drifts.push_back({"builder", deployment.constructor, what, found, needed});
  };
  TIEOUT_TRY(const Overrides overrides, overrides_of(deployment));
  for (const auto& [path, text] : overrides) {
    TIEOUT_TRY(const config::ParsedOverrides parsed, config::parse_overrides(text));
    const Status applied = config::apply_overrides(config, parsed.overrides, "deployment");
    if (!applied.ok()) {
      drift(path, text, applied.error().message);
    }
  }
  constexpr AssetId kAnyAsset{1467591036};
  if (const auto dag = builder->build(config, Universe::from_ids({kAnyAsset})); !dag.ok()) {
    drift("DAG", to_period(deployment.bar), dag.error().message);
  }
  const config::Path order_duration{"process_forecasts_node_dict", "process_forecasts_dict",
                                    "order_config", "order_duration_in_mins"};
  const auto order = config.get_int(order_duration);
  if (order.ok() && minutes(*order) > deployment.bar) {
    drift(config::to_string(order_duration), std::to_string(*order),
          fmt::format("at most the bar, {}", to_period(deployment.bar)));
  }
  return {};
}

Status check_directory(const Deployment& deployment, const fs::path& dir,
                       const CheckDeploymentOptions& options, DriftReport& report) {
  const fs::path install = !deployment.install_dir.empty() ? fs::path(deployment.install_dir)
                           : !options.install_dir.empty()  ? options.install_dir
                                                           : fs::absolute(dir).lexically_normal();
  const auto read = [&](const std::string& name) { return read_file(dir / name); };
  std::map<std::string, std::string> there;
  for (const RenderedFile& file : render_deployment(deployment, install, Timestamp{})) {
    if (const auto text = read(file.name); text.ok()) {
      there[file.name] = *text;
    } else if (text.error().code != ErrorCode::kFileNotFound) {
      return text.error();
    }
  }
  if (there.empty()) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("check_deployment: '{}' has no file of the deployment {}; "
                             "render_deployment writes them",
                             dir.string(), deployment.file)};
  }
  report.checked.push_back(fmt::format("{} files in {}", there.size(), dir.string()));
  // What starts scripts needs them, and a scheduler's kind is needed whole when a part is there.
  std::set<std::string> groups;
  for (const RenderedFile& file : render_deployment(deployment, install, Timestamp{})) {
    if (there.count(file.name) > 0) {
      groups.insert(file.group);
    }
  }
  const bool starts_scripts =
      groups.count("systemd") + groups.count("cron") + groups.count("slurm") > 0;
  const bool is_installed_here = fs::absolute(dir).lexically_normal() == install;
  const auto is_needed = [&](const RenderedFile& file) {
    const bool is_of_a_command =
        file.group == "production" || file.group == "reconcile" || file.group == "observer";
    return is_of_a_command ? file.is_script && starts_scripts && is_installed_here
                           : groups.count(file.group) > 0;
  };
  for (const RenderedFile& file : render_deployment(deployment, install, Timestamp{})) {
    const std::string where = (dir / file.name).string();
    const auto found = there.find(file.name);
    if (found == there.end()) {
      if (is_needed(file)) {
        report.drifts.push_back({"rendered_file", where, "file", "", "the rendered file"});
      }
      continue;
    }
    const bool has_a_day = file.name.ends_with(".command") || file.name.ends_with(".json");
    if (!has_a_day) {
      compare_lines(found->second, file.text, where, report);
      continue;
    }
    TIEOUT_TRY(const CommandLine line, read_command_line(found->second));
    TIEOUT_TRY(const Timestamp day, day_of_command(deployment, line, where, report));
    for (const RenderedFile& again : render_deployment(deployment, install, day)) {
      if (again.name == file.name) {
        compare_lines(found->second, again.text, where, report);
      }
    }
  }
  return {};
}

Status check_templates(const Deployment& deployment, const std::vector<fs::path>& files,
                       const CheckDeploymentOptions& options, DriftReport& report) {
  std::vector<ReadTemplate> all;
  for (const fs::path& file : files) {
    TIEOUT_TRY(ReadTemplate read, check_template(deployment, file, options, report));
    all.push_back(std::move(read));
  }
  for (const ReadTemplate& production : all) {
    for (const ReadTemplate& reconcile : all) {
      if (production.part == "production" && reconcile.part == "reconcile") {
        report.checked.push_back(
            fmt::format("overrides of {} against those of {}", production.file, reconcile.file));
        compare(reconcile.overrides, production.overrides, "reconcile_against_production",
                reconcile.file, report);
      }
    }
  }
  return {};
}

Status check_run(const Deployment& deployment, const fs::path& log_dir,
                 const CheckDeploymentOptions& options, DriftReport& report) {
  const std::string where = log_dir.string();
  TIEOUT_TRY(const std::string text, read_file(log_dir / "manifest.json"));
  TIEOUT_TRY(const runlog::Manifest manifest, runlog::manifest_from_json(text));
  report.checked.push_back(fmt::format("manifest of the run {}", where));
  const auto end_of = [](Timestamp end) {
    return end == runlog::kOpenEnd ? std::string("open") : to_ts_name(end);
  };
  const std::optional<Timestamp> day = day_of_start(deployment, manifest.start);
  const DeployedRun run = run_of_day(deployment, day.value_or(floor_to(manifest.start, days(1))));
  std::map<std::string, std::string> found{{"dag_builder_ctor_as_str", manifest.constructor},
                                           {"run_mode", manifest.run_mode},
                                           {"mode", manifest.mode},
                                           {"stage", manifest.stage},
                                           {"bar", to_period(manifest.bar)},
                                           {"start", to_ts_name(manifest.start)},
                                           {"end", end_of(manifest.end)}};
  std::map<std::string, std::string> needed{{"dag_builder_ctor_as_str", deployment.constructor},
                                            {"run_mode", deployment.run_mode},
                                            {"mode", deployment.mode},
                                            {"stage", deployment.stage},
                                            {"bar", to_period(deployment.bar)},
                                            {"start", to_ts_name(run.start)},
                                            {"end", to_ts_name(run.end)}};
  const std::pair<const char*, std::string> labels[] = {
      {"strategy", deployment.model},
      {"exchange", deployment.exchange},
      {"account_type", deployment.account_type},
      {"secret_id", deployment.secret_id},
      {"liveness", deployment.liveness},
      {"instance_type", deployment.instance_type}};
  for (const auto& [name, value] : labels) {
    if (const auto label = manifest.command.find(name); label != manifest.command.end()) {
      found[name] = label->second;
      needed[name] = value;
    } else {
      report.notes.push_back(fmt::format("{}: the manifest does not say {}", where, name));
    }
  }
  compare(found, needed, "run", where, report);
  const auto overrides = manifest.command.find("set_config_value");
  if (overrides == manifest.command.end()) {
    report.notes.push_back(fmt::format("{}: the manifest does not say its overrides", where));
    return {};
  }
  TIEOUT_TRY(const Overrides theirs,
             overrides_of({overrides->second}, default_bar(deployment, options.registry)));
  TIEOUT_TRY(const Overrides ours, overrides_of(deployment));
  compare(theirs, ours, "run_override", where, report);
  return {};
}

std::string to_json(const Deployment& deployment, const DriftReport& report) {
  using Json = nlohmann::ordered_json;
  Json drifts = Json::array();
  for (const Drift& drift : report.drifts) {
    drifts.push_back({{"check", drift.check},
                      {"where", drift.where},
                      {"what", drift.what},
                      {"found", drift.found},
                      {"needed", drift.needed}});
  }
  const Json json{{"schema", "tieout.drift/1"},
                  {"deployment", deployment.file},
                  {"checked", report.checked},
                  {"drifts", drifts},
                  {"notes", report.notes}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tieout::flow
