#include "tieout/flow/derive_params.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/config/override.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/flow/command_line.hpp"
#include "tieout/runlog/manifest.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using Flags = std::map<std::string, std::vector<std::string>>;
using OverrideTexts = std::map<std::string, std::string>;  // path of a leaf -> its value as text

/// What a production run wrote of itself.
struct Recorded {
  runlog::Manifest manifest;
  std::optional<std::vector<std::string>> overrides;  // canonical; nothing: it does not say
};

std::string flag_of(const Flags& flags, const std::string& name) {
  const auto found = flags.find(name);
  return found == flags.end() || found->second.empty() ? "" : found->second.back();
}

/// Overrides one by one in their canonical text; several flags and several items in one flag.
Result<std::vector<std::string>> canonical(const std::vector<std::string>& texts,
                                           std::vector<std::string>& notes) {
  std::vector<std::string> items;
  for (const std::string& text : texts) {
    TIEOUT_TRY(const config::ParsedOverrides parsed, config::parse_overrides(text));
    notes.insert(notes.end(), parsed.warnings.begin(), parsed.warnings.end());
    for (const config::Override& item : parsed.overrides) {
      items.push_back(config::to_text(item));
    }
  }
  return items;
}

std::string remapped(std::string path, const DeriveOptions& options) {
  if (!options.remap_from.empty() && path.rfind(options.remap_from, 0) == 0) {
    path.replace(0, options.remap_from.size(), options.remap_to);
  }
  return path;
}

/// Manifest and overrides of the log, when it can be read here; otherwise a note says why not.
Result<std::optional<Recorded>> read_recorded(const fs::path& log_dir,
                                              std::vector<std::string>& notes) {
  std::error_code code;
  if (!fs::is_regular_file(log_dir / "manifest.json", code)) {
    notes.push_back(
        fmt::format("'{}' has no manifest.json here: the command was not held against the log",
                    log_dir.string()));
    return std::optional<Recorded>{};
  }
  Recorded recorded;
  TIEOUT_TRY(const std::string manifest, read_file(log_dir / "manifest.json"));
  TIEOUT_TRY(recorded.manifest, runlog::manifest_from_json(manifest));
  const auto texts = recorded.manifest.command.find("set_config_value");
  if (texts != recorded.manifest.command.end()) {
    TIEOUT_TRY(recorded.overrides, canonical({texts->second}, notes));
  } else {
    notes.emplace_back("the log does not say its overrides");
  }
  return std::optional<Recorded>{std::move(recorded)};
}

class Derivation {
 public:
  explicit Derivation(const DeriveOptions& options) : options_(options) {}

  Result<DerivedParams> from_directory(std::string_view text) {
    params_.source = "production directory";
    TIEOUT_CHECK(take_directory(text));
    if (!recorded_ && options_.constructor.empty()) {
      return Error{ErrorCode::kFileNotFound,
                   fmt::format("derive_params: '{}' has no manifest.json here, so that the builder "
                               "is not known; give --dag-builder-ctor-as-str, or --remap FROM=TO "
                               "when the log lies elsewhere",
                               text)};
    }
    params_.identity.dag_builder_ctor_as_str =
        options_.constructor.empty() ? recorded_->manifest.constructor : options_.constructor;
    params_.switches = {"--no-prevent-overwriting", "--run-notebook"};
    return finish();
  }

  Result<DerivedParams> from_production(const CommandLine& line) {
    params_.source = "production command";
    const std::string dst_dir = flag_of(line.flags, "dst_dir");
    if (dst_dir.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "derive_params: the production command has no --dst_dir, needed the directory "
                   "of its log"};
    }
    TIEOUT_CHECK(take_directory(dst_dir));
    TIEOUT_CHECK(take_constructor(flag_of(line.flags, "dag_builder_ctor_as_str")));
    const auto overrides = line.flags.find("set_config_value");
    if (overrides != line.flags.end()) {
      TIEOUT_TRY(params_.overrides, canonical(overrides->second, params_.notes));
    }
    check_production(line.flags, dst_dir);
    params_.switches = {"--no-prevent-overwriting", "--run-notebook"};
    return finish();
  }

  Result<DerivedParams> from_reconciliation(const CommandLine& line) {
    params_.source = "reconciliation command";
    IdentityText& id = params_.identity;
    TIEOUT_CHECK(take_constructor(flag_of(line.flags, "dag_builder_ctor_as_str")));
    id.run_mode = flag_of(line.flags, "run_mode");
    id.start_timestamp_as_str = flag_of(line.flags, "start_timestamp_as_str");
    id.end_timestamp_as_str = flag_of(line.flags, "end_timestamp_as_str");
    id.mode = flag_of(line.flags, "mode");
    id.tag = flag_of(line.flags, "tag");
    id.prod_data_source_dir = remapped(flag_of(line.flags, "prod_data_source_dir"), options_);
    id.dst_root_dir = remapped(flag_of(line.flags, "dst_root_dir"), options_);
    if (const std::string stage = flag_of(line.flags, "stage"); !stage.empty()) {
      id.stage = stage;
    }
    // The same grammar as a directory's: whatever is missing or malformed is told the same way.
    TIEOUT_TRY(const std::string model, dataflow::model_name_of(id.dag_builder_ctor_as_str));
    const std::string log_dir =
        fmt::format("{}/{}{}/{}/{}.{}/system_log_dir.{}", id.prod_data_source_dir.string(), model,
                    id.tag.empty() ? "" : "." + id.tag, id.run_mode, id.start_timestamp_as_str,
                    id.end_timestamp_as_str, id.mode);
    TIEOUT_CHECK(parse_dst_dir(log_dir));
    TIEOUT_TRY(recorded_, read_recorded(log_dir, params_.notes));
    if (const auto found = line.flags.find("set_config_values"); found != line.flags.end()) {
      TIEOUT_TRY(params_.overrides, canonical(found->second, params_.notes));
    }
    take_other_flags(line.flags);
    return finish();
  }

 private:
  void check(std::string what, std::string found, std::string needed) {
    const bool holds = found == needed;
    params_.checks.push_back({std::move(what), std::move(found), std::move(needed), holds});
  }
  /// As check(), when the command has the flag.
  void check_flag(std::string what, const std::string& found, std::string needed) {
    if (!found.empty()) {
      check(std::move(what), found, std::move(needed));
    }
  }

  /// What belongs to no parameter goes into the command as it is; a value in one word with its
  /// flag.
  void take_other_flags(const Flags& flags) {
    const std::set<std::string> parameters{"dag_builder_ctor_as_str",
                                           "run_mode",
                                           "start_timestamp_as_str",
                                           "end_timestamp_as_str",
                                           "mode",
                                           "tag",
                                           "stage",
                                           "prod_data_source_dir",
                                           "dst_root_dir",
                                           "set_config_values"};
    for (const auto& [name, values] : flags) {
      if (parameters.count(name) > 0) {
        continue;
      }
      std::string flag = "--" + name;
      std::replace(flag.begin() + 2, flag.end(), '_', '-');
      if (std::all_of(values.begin(), values.end(), [](const auto& v) { return v.empty(); })) {
        params_.switches.push_back(flag);
        continue;
      }
      for (const std::string& value : values) {
        params_.switches.push_back(flag + "=" + value);
      }
    }
  }

  Status take_constructor(const std::string& constructor) {
    if (constructor.empty() && options_.constructor.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "derive_params: the command has no --dag_builder_ctor_as_str"};
    }
    if (!constructor.empty() && !options_.constructor.empty() &&
        constructor != options_.constructor) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--dag-builder-ctor-as-str is '{}', but the command says '{}'",
                               options_.constructor, constructor)};
    }
    params_.identity.dag_builder_ctor_as_str =
        constructor.empty() ? options_.constructor : constructor;
    return {};
  }

  Status take_directory(std::string_view text) {
    TIEOUT_TRY(parts_, parse_dst_dir(text));
    IdentityText& id = params_.identity;
    id.run_mode = parts_.run_mode;
    id.start_timestamp_as_str = parts_.start;
    id.end_timestamp_as_str = parts_.end;
    id.mode = parts_.mode;
    id.tag = parts_.tag;
    id.prod_data_source_dir = remapped(parts_.root, options_);
    if (!parts_.stage.empty()) {
      id.stage = parts_.stage;
    }
    TIEOUT_CHECK(derive_target());
    const std::string model_dir =
        parts_.tag.empty() ? parts_.model : parts_.model + "." + parts_.tag;
    run_dir_ =
        id.prod_data_source_dir / model_dir / parts_.run_mode / (parts_.start + "." + parts_.end);
    TIEOUT_TRY(recorded_,
               read_recorded(run_dir_ / ("system_log_dir." + parts_.mode), params_.notes));
    return {};
  }

  /// {...}/system_reconciliation/ -> {...}/prod_reconciliation/.
  Status derive_target() {
    std::string root = params_.identity.prod_data_source_dir.string();
    constexpr std::string_view kFrom = "system_reconciliation";
    const std::size_t at = root.rfind(kFrom);
    if (at != std::string::npos) {
      params_.identity.dst_root_dir = root.replace(at, kFrom.size(), "prod_reconciliation");
    } else if (options_.dst_root_dir.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("derive_params: the root '{}' does not hold system_reconciliation, "
                               "so that --dst-root-dir cannot be derived; give it",
                               root)};
    }
    return {};
  }

  void check_production(const Flags& flags, const std::string& dst_dir) {
    const DstDirParts& parts = parts_;
    check_flag("--start_time is the start of --dst_dir", flag_of(flags, "start_time"), parts.start);
    check_flag("--run_mode is that of --dst_dir", flag_of(flags, "run_mode"), parts.run_mode);
    check_flag("--strategy is the model of --dst_dir", flag_of(flags, "strategy"), parts.model);
    check_flag("--trade_date is the UTC date of the start", flag_of(flags, "trade_date"),
               parts.start.substr(0, 8));
    if (const auto model = dataflow::model_name_of(params_.identity.dag_builder_ctor_as_str);
        model.ok()) {
      check("the model of --dag_builder_ctor_as_str is that of --dst_dir", *model, parts.model);
    }
    const std::string log_file = flag_of(flags, "log_file_name");
    if (!log_file.empty()) {
      const std::string run_dir = dst_dir.substr(0, dst_dir.rfind("system_log_dir."));
      check("--log_file_name lies beside --dst_dir", fs::path(log_file).lexically_normal().string(),
            fs::path(fmt::format("{}logs/log.{}.txt", run_dir, parts.mode))
                .lexically_normal()
                .string());
    }
    if (!parts.stage.empty()) {
      check_flag("--stage is that of --dst_dir", flag_of(flags, "stage"), parts.stage);
    } else if (const std::string stage = flag_of(flags, "stage"); !stage.empty()) {
      params_.identity.stage = stage;
    }
    check_window(flag_of(flags, "run_duration"));
  }

  /// end == start + run_duration - bar.
  void check_window(const std::string& run_duration) {
    const auto duration = parse_int(run_duration);
    if (!duration) {
      return;
    }
    const std::optional<Duration> bar = bar_of_run();
    if (!bar) {
      params_.notes.push_back("the bar is not known: --run_duration was not held against the end");
      return;
    }
    const Timestamp start = *parse_ts_name(parts_.start);
    if (seconds(*duration).ns % bar->ns != 0) {
      params_.notes.push_back(
          fmt::format("--run_duration {} s is not a multiple of the bar {}: not held against the "
                      "end",
                      *duration, to_period(*bar)));
      return;
    }
    check("the end of --dst_dir is the start plus --run_duration less a bar", parts_.end,
          to_ts_name(start + seconds(*duration) - *bar));
  }

  std::optional<Duration> bar_of_run() const {
    if (recorded_) {
      return recorded_->manifest.bar;
    }
    for (const std::string& text : params_.overrides) {
      const auto parsed = config::parse_overrides(text);
      for (const config::Override& item : parsed->overrides) {
        const auto* value = std::get_if<config::Value>(&item.value);
        const std::string* period = value == nullptr ? nullptr : value->get_if<std::string>();
        if (item.path == config::Path{"trading_period"} && period != nullptr) {
          const auto bar = parse_period(*period);
          return bar.ok() ? std::optional(*bar) : std::nullopt;
        }
      }
    }
    return options_.default_bar ? options_.default_bar(params_.identity.dag_builder_ctor_as_str)
                                : std::nullopt;
  }

  void check_recorded() {
    const runlog::Manifest& manifest = recorded_->manifest;
    const IdentityText& id = params_.identity;
    check("the builder is that of the log", id.dag_builder_ctor_as_str, manifest.constructor);
    check("the run mode is that of the log", id.run_mode, manifest.run_mode);
    check("the mode is that of the log", id.mode, manifest.mode);
    check("the stage is that of the log", id.stage, manifest.stage);
    check("the start is that of the log", id.start_timestamp_as_str, to_ts_name(manifest.start));
    if (manifest.end != runlog::kOpenEnd) {
      check("the end is that of the log", id.end_timestamp_as_str, to_ts_name(manifest.end));
    }
    if (!recorded_->overrides) {
      return;
    }
    if (params_.source == "production directory") {
      params_.overrides = *recorded_->overrides;
      return;
    }
    const auto joined = [](std::vector<std::string> items) {
      std::sort(items.begin(), items.end());
      return fmt::format("{}", fmt::join(items, ";"));
    };
    check("the overrides are those of the log", joined(params_.overrides),
          joined(*recorded_->overrides));
  }

  Result<DerivedParams> finish() {
    if (!options_.dst_root_dir.empty()) {
      params_.identity.dst_root_dir = options_.dst_root_dir;
    }
    if (recorded_) {
      check_recorded();
    }
    return std::move(params_);
  }

  const DeriveOptions& options_;
  DerivedParams params_;
  DstDirParts parts_;
  fs::path run_dir_;
  std::optional<Recorded> recorded_;
};

bool is_production(std::string_view program) {
  constexpr std::string_view kEnd = "_prod_system";
  return program.rfind("run_", 0) == 0 && program.size() > kEnd.size() &&
         program.substr(program.size() - kEnd.size()) == kEnd;
}

}  // namespace

Result<DerivedParams> derive_params(std::string_view text, const DeriveOptions& options) {
  Derivation derivation(options);
  const bool has_flags = text.find("--") != std::string_view::npos;
  if (!has_flags && text.find("system_log_dir") != std::string_view::npos) {
    return derivation.from_directory(text);
  }
  TIEOUT_TRY(const CommandLine line, read_command_line(text));
  Result<DerivedParams> params =
      is_production(line.program) ? derivation.from_production(line)
      : line.program == "reconcile_run_all"
          ? derivation.from_reconciliation(line)
          : Error{ErrorCode::kInvalidArgument, fmt::format("derive_params: the program is '{}', "
                                                           "needed run_prod_system, "
                                                           "run_*_prod_system or "
                                                           "reconcile_run_all",
                                                           line.program)};
  if (params.ok()) {
    params->notes.insert(params->notes.begin(), line.warnings.begin(), line.warnings.end());
  }
  return params;
}

std::vector<std::string> reconcile_command(const DerivedParams& params) {
  const IdentityText& id = params.identity;
  std::vector<std::string> words{"tieout", "reconcile_run_all"};
  const auto add = [&words](std::string_view flag, const std::string& value) {
    if (!value.empty()) {
      words.emplace_back(flag);
      words.push_back(value);
    }
  };
  add("--dag-builder-ctor-as-str", id.dag_builder_ctor_as_str);
  add("--run-mode", id.run_mode);
  add("--start-timestamp-as-str", id.start_timestamp_as_str);
  add("--end-timestamp-as-str", id.end_timestamp_as_str);
  add("--mode", id.mode);
  add("--stage", id.stage);
  add("--tag", id.tag);
  add("--prod-data-source-dir", id.prod_data_source_dir.string());
  add("--dst-root-dir", id.dst_root_dir.string());
  words.insert(words.end(), params.switches.begin(), params.switches.end());
  add("--set-config-values", fmt::format("{}", fmt::join(params.overrides, ";")));
  return words;
}

std::string to_json(const DerivedParams& params) {
  using Json = nlohmann::ordered_json;
  const IdentityText& id = params.identity;
  Json checks = Json::array();
  for (const CrossCheck& check : params.checks) {
    checks.push_back({{"what", check.what},
                      {"found", check.found},
                      {"needed", check.needed},
                      {"holds", check.holds}});
  }
  const Json json{{"schema", "tieout.params/1"},
                  {"source", params.source},
                  {"dag_builder_ctor_as_str", id.dag_builder_ctor_as_str},
                  {"run_mode", id.run_mode},
                  {"start_timestamp_as_str", id.start_timestamp_as_str},
                  {"end_timestamp_as_str", id.end_timestamp_as_str},
                  {"mode", id.mode},
                  {"stage", id.stage},
                  {"tag", id.tag},
                  {"prod_data_source_dir", id.prod_data_source_dir.string()},
                  {"dst_root_dir", id.dst_root_dir.string()},
                  {"set_config_values", params.overrides},
                  {"switches", params.switches},
                  {"command", reconcile_command(params)},
                  {"checks", checks},
                  {"notes", params.notes}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tieout::flow
