#include <algorithm>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "tieout/flow/run_identity.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// Names in `dir` that begin with `prefix`, sorted.
std::vector<std::string> names_in(const fs::path& dir, std::string_view prefix) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator entry(dir, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (name.rfind(prefix, 0) == 0) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string start_date(const RunIdentity& run) {
  return to_ts_name(run.start).substr(0, 8);
}

/// "{root}/C3a/20230419/system_log_dir.scheduled.20230419_041000.20230419_100500", with its log
/// file beside it.
SourceLayout dated_layout(const RunIdentity& run) {
  SourceLayout layout;
  layout.root = run.prod_data_source_dir / model_dir_name(run) / start_date(run);
  const std::string window = interval_name(run);
  layout.system_log_dir = layout.root / fmt::format("{}.{}", log_dir_name(run), window);
  std::error_code code;
  for (const std::string& name :
       {fmt::format("log.{}.{}.txt", run.mode, window), fmt::format("log.{}.txt", run.mode)}) {
    for (const fs::path& dir : {layout.root / "logs", layout.root}) {
      if (fs::is_regular_file(dir / name, code)) {
        layout.log_file = dir / name;
        return layout;
      }
    }
  }
  layout.log_file = layout.system_log_dir / "log.txt";
  return layout;
}

/// What lies where the run was looked for, in words; empty when nothing is known of it.
std::string describe_others(const RunIdentity& run) {
  const fs::path dir = source_layout(run).root;
  if (const auto modes = names_in(dir, "system_log_dir."); !modes.empty()) {
    return fmt::format("; '{}' has {}: is --mode right?", dir.string(), fmt::join(modes, ", "));
  }
  const fs::path day = run.prod_data_source_dir / start_date(run);
  for (const char* prefix : {"job.live", "job.candidate"}) {
    if (const auto jobs = names_in(day, prefix); !jobs.empty()) {
      return fmt::format(
          "; '{}' is the older layout of equities (ROOT/DATE/{}), which holds no run "
          "log: reconcile it with 'tieout compare' on its two log directories",
          (day / jobs.front()).string(), prefix);
    }
  }
  std::error_code code;
  if (fs::is_directory(day, code)) {
    return fmt::format(
        "; '{}' is the older layout ROOT/DATE, which does not say the model and the "
        "window: move the run's directory to the path above",
        day.string());
  }
  return "";
}

}  // namespace

Result<SourceLayout> find_source(const RunIdentity& run) {
  const SourceLayout layout = source_layout(run);
  SourceLayout found = layout;
  std::error_code code;
  if (!fs::is_directory(layout.system_log_dir, code)) {
    found = dated_layout(run);
    found.note = fmt::format(
        "'{}' is of the older layout MODEL/DATE/system_log_dir.MODE.WINDOW; "
        "it is copied into today's",
        found.system_log_dir.string());
  }
  if (!fs::is_directory(found.system_log_dir, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("'{}' is not a directory; production's run log must be there{}",
                             layout.system_log_dir.string(), describe_others(run))};
  }
  if (!fs::is_regular_file(found.log_file, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("'{}' is not a file; production's log (--log_file_name) must be there",
                             found.log_file.string())};
  }
  return found;
}

}  // namespace tieout::flow
