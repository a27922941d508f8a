#include "tieout/flow/find_runs.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// The one system_log_dir.* below a side of a reconciliation.
std::optional<fs::path> log_dir_in(const fs::path& side) {
  std::vector<fs::path> found;
  std::error_code code;
  for (auto entry = fs::directory_iterator(side, code); !code && entry != fs::directory_iterator();
       entry.increment(code)) {
    if (entry->path().filename().string().starts_with("system_log_dir")) {
      found.push_back(entry->path());
    }
  }
  std::ranges::sort(found);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

}  // namespace

Result<RunDirectories> find_runs(const fs::path& path) {
  std::error_code code;
  fs::path target = fs::absolute(path, code).lexically_normal();
  for (int up = 0; up < 5 && !target.empty(); ++up) {
    const auto left = log_dir_in(target / "prod");
    const auto right = log_dir_in(target / "simulation");
    if (left && right) {
      return RunDirectories{*left, *right};
    }
    target = target.parent_path();
  }
  return Error{
      ErrorCode::kFileNotFound,
      fmt::format("find_runs: '{}' is no reconciliation and lies in none (needed prod/ and "
                  "simulation/ with a system_log_dir each); name a second run",
                  path.string())};
}

}  // namespace tieout::flow
