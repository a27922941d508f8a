#include "report_directory.hpp"

#include <system_error>

#include <fmt/format.h>

#include "tieout/core/file.hpp"

namespace tieout::report {
namespace {

namespace fs = std::filesystem;

/// True when everything in `dir` has a name that this module gives.
bool is_report_directory(const fs::path& dir, std::error_code& error) {
  for (fs::directory_iterator it(dir, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool is_log = name.rfind("log.", 0) == 0 && it->path().extension() == ".txt";
    if (!is_log && name != "result_0") return false;
  }
  return true;
}

/// Put the finished `made` in the place of `dir`; the old report goes only when the new one stands.
Status replace_directory(const fs::path& made, const fs::path& dir, const fs::path& old) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(dir))) {
    fs::rename(dir, old, error);
    if (error) return file_error("write_report", dir, error.value());
  }
  fs::rename(made, dir, error);
  if (error) {
    const Error failure = file_error("write_report", dir, error.value());
    std::error_code ignored;
    fs::rename(old, dir, ignored);
    return failure;
  }
  fs::remove_all(old, error);
  if (error) return file_error("write_report", old, error.value());
  return {};
}

}  // namespace

Status replace_report_directory(const fs::path& target,
                                const std::function<Status(const fs::path&)>& write) {
  std::error_code error;
  if (fs::exists(target, error) &&
      (!fs::is_directory(target) || !is_report_directory(target, error))) {
    return Error{ErrorCode::kPathExists,
                 fmt::format("write_report: {} exists and holds more than a report, needed an "
                             "empty or a report directory",
                             target.string())};
  }
  if (error) return file_error("write_report", target, error.value());
  // Beside the target, so that the rename stays on one file system. What a killed run left under
  // these names is not evidence.
  const fs::path made = target.parent_path() / ("." + target.filename().string() + ".new");
  const fs::path old = target.parent_path() / ("." + target.filename().string() + ".old");
  for (const fs::path& stale : {made, old}) {
    fs::remove_all(stale, error);
    if (error) return file_error("write_report", stale, error.value());
  }
  Status written = write(made);
  if (written.ok()) written = replace_directory(made, target, old);
  if (!written.ok()) {
    fs::remove_all(made, error);
    return written.error();
  }
  return {};
}

}  // namespace tieout::report
