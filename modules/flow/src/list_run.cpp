#include <algorithm>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {
namespace {

/// "512", "1.5K", "12M": as `ls -h` writes sizes.
std::string human_size(std::uintmax_t bytes) {
  constexpr std::string_view kUnits = "KMGTP";
  if (bytes < 1024) {
    return std::to_string(bytes);
  }
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (size /= 1024.0; size >= 1024.0 && unit + 1 < kUnits.size(); ++unit) {
    size /= 1024.0;
  }
  return size < 10.0 ? fmt::format("{:.1f}{}", size, kUnits[unit])
                     : fmt::format("{:.0f}{}", size, kUnits[unit]);
}

struct PartSize {
  std::uintmax_t bytes = 0;
  std::size_t files = 0;
};

}  // namespace

Result<StageOutcome> list_run(const Reconciliation& recon, const Context& context) {
  const std::filesystem::path root = target_layout(recon.run).root;
  std::error_code code;
  if (!std::filesystem::is_directory(root, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("reconcile_ls: '{}' is not a directory; run reconcile_run_all first",
                             root.string())};
  }
  std::map<std::string, PartSize> parts;
  PartSize total;
  for (std::filesystem::recursive_directory_iterator entry(root, code), end; !code && entry != end;
       entry.increment(code)) {
    const std::filesystem::path relative = entry->path().lexically_relative(root);
    PartSize& part = parts[relative.begin()->string()];
    std::error_code ignored;
    if (std::filesystem::is_regular_file(entry->symlink_status(ignored))) {
      const std::uintmax_t bytes = entry->file_size(ignored);
      part.bytes += ignored ? 0 : bytes;
      total.bytes += ignored ? 0 : bytes;
      ++part.files;
      ++total.files;
    }
  }
  context.say(root.string());
  for (const auto& [name, part] : parts) {
    context.say(fmt::format("  {:>6}  {:>6} files  {}", human_size(part.bytes), part.files, name));
  }
  context.say(fmt::format("  {:>6}  {:>6} files  in total", human_size(total.bytes), total.files));
  return StageOutcome{};
}

}  // namespace tieout::flow
