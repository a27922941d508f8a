#include "tieout/flow/run_identity.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "tieout/dataflow/builder.hpp"
#include "tieout/transport/s3.hpp"

namespace tieout::flow {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> allowed) {
  return std::find(allowed.begin(), allowed.end(), text) != allowed.end();
}

/// Production's runs may lie in S3, the reconciliations are local.
Status check_s3_root(std::string_view flag, const std::filesystem::path& root) {
  if (flag != "--prod-data-source-dir") {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("{}: '{}' is in S3, a local directory is needed", flag, root.string())};
  }
  const auto location = transport::parse_s3_url(root.string());
  return location.ok()
             ? Status()
             : Error{location.error().code, fmt::format("{}: {}", flag, location.error().message)};
}

Status check_root(std::string_view flag, const std::filesystem::path& root) {
  if (root.empty()) {
    return {};
  }
  if (transport::is_s3_url(root.string())) {
    return check_s3_root(flag, root);
  }
  std::error_code code;
  if (!std::filesystem::is_directory(root, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("{}: '{}' is not a directory; it must exist", flag, root.string())};
  }
  return {};
}

Result<Timestamp> parse_flag(std::string_view flag, const std::string& text) {
  Result<Timestamp> time = parse_ts_name(text);
  if (!time.ok()) {
    return Error{time.error().code, fmt::format("{}: {}", flag, time.error().message)};
  }
  return time;
}

/// A tag becomes part of a directory's and a page's name.
Status check_tag(std::string_view tag) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  if (!std::all_of(tag.begin(), tag.end(), allowed) || (!tag.empty() && tag.front() == '.')) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("--tag is '{}', it may hold letters, digits, '_', '-' and '.', and not "
                    "begin with '.'",
                    tag)};
  }
  return {};
}

}  // namespace

Result<RunIdentity> make_identity(const IdentityText& text) {
  RunIdentity run;
  run.constructor = text.dag_builder_ctor_as_str;
  TIEOUT_TRY(run.model, dataflow::model_name_of(text.dag_builder_ctor_as_str));
  if (!is_one_of(text.run_mode, {"prod", "paper_trading"})) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("--run-mode is '{}', it must be prod or paper_trading", text.run_mode)};
  }
  if (!text.mode.empty() && !is_one_of(text.mode, {"scheduled", "manual"})) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--mode is '{}', it must be scheduled or manual", text.mode)};
  }
  TIEOUT_CHECK(check_tag(text.tag));
  TIEOUT_TRY(run.start, parse_flag("--start-timestamp-as-str", text.start_timestamp_as_str));
  TIEOUT_TRY(run.end, parse_flag("--end-timestamp-as-str", text.end_timestamp_as_str));
  if (run.start > run.end) {
    return Error{ErrorCode::kInvalidInterval,
                 fmt::format("--start-timestamp-as-str {} must not be after --end-timestamp-as-str "
                             "{}",
                             text.start_timestamp_as_str, text.end_timestamp_as_str)};
  }
  TIEOUT_CHECK(check_root("--dst-root-dir", text.dst_root_dir));
  TIEOUT_CHECK(check_root("--prod-data-source-dir", text.prod_data_source_dir));
  run.run_mode = text.run_mode;
  run.mode = text.mode;
  run.tag = text.tag;
  run.stage = text.stage;
  run.dst_root_dir = text.dst_root_dir;
  run.prod_data_source_dir = text.prod_data_source_dir;
  return run;
}

std::string model_dir_name(const RunIdentity& run) {
  return run.tag.empty() ? run.model : run.model + "." + run.tag;
}

std::string interval_name(const RunIdentity& run) {
  return to_ts_name(run.start) + "." + to_ts_name(run.end);
}

std::string run_id(const RunIdentity& run) {
  return fmt::format("{}.{}.{}.{}", model_dir_name(run), interval_name(run), run.run_mode,
                     run.mode);
}

std::string log_dir_name(const RunIdentity& run) {
  return "system_log_dir." + run.mode;
}

SourceLayout source_layout(const RunIdentity& run) {
  SourceLayout layout;
  layout.root = run.prod_data_source_dir / model_dir_name(run) / run.run_mode / interval_name(run);
  layout.system_log_dir = layout.root / log_dir_name(run);
  layout.log_file = layout.root / "logs" / fmt::format("log.{}.txt", run.mode);
  return layout;
}

TargetLayout target_layout(const RunIdentity& run) {
  TargetLayout layout;
  layout.root = run.dst_root_dir / model_dir_name(run) / run.run_mode / interval_name(run);
  layout.prod = layout.root / "prod";
  layout.prod_log_dir = layout.prod / log_dir_name(run);
  layout.prod_log_file = layout.prod / fmt::format("log.{}.txt", run.mode);
  layout.prod_manifest = layout.prod / "manifest.json";
  layout.simulation = layout.root / "simulation";
  layout.test_data = layout.simulation / "test_data.csv.gz";
  layout.sim_log_dir = layout.simulation / log_dir_name(run);
  layout.notebooks = layout.root / "reconciliation_notebook";
  layout.tca = layout.root / "tca";
  layout.status = layout.root / "status.json";
  layout.parameters = layout.root / "params.json";
  layout.lock = layout.root.parent_path() / ("." + interval_name(run) + ".lock");
  return layout;
}

Status find_mode(RunIdentity& run) {
  if (!run.mode.empty()) {
    return {};
  }
  constexpr std::string_view kPrefix = "system_log_dir.";
  const std::filesystem::path prod = target_layout(run).prod;
  std::vector<std::string> modes;
  std::error_code code;
  for (std::filesystem::directory_iterator entry(prod, code), end; !code && entry != end;
       entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (name.rfind(kPrefix, 0) == 0) {
      modes.push_back(name.substr(kPrefix.size()));
    }
  }
  if (modes.empty()) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("'{}' has no system_log_dir.*; run reconcile_create_dirs and "
                             "reconcile_copy_prod_data first, or give --mode",
                             prod.string())};
  }
  if (modes.size() > 1) {
    std::sort(modes.begin(), modes.end());
    return Error{ErrorCode::kDuplicateId, fmt::format("'{}' has the modes {}; say one with --mode",
                                                      prod.string(), fmt::join(modes, ", "))};
  }
  run.mode = modes.front();
  return {};
}

}  // namespace tieout::flow
