#include "tieout/reference/export.hpp"

#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/zone.hpp"

#include "export_parts.hpp"

namespace tieout::reference {
namespace {

Status export_into(const runlog::RunReader& run, const std::filesystem::path& dir,
                   const ExportOptions& options) {
  ExportTree tree(dir);
  TIEOUT_CHECK(export_config(run, tree));
  TIEOUT_CHECK(export_decisions(run, tree));
  return export_nodes(run, options, tree);
}

}  // namespace

Status ExportTree::make(const std::string& part) {
  return tieout::create_directories(root_ / part);
}

Status ExportTree::write(const std::string& name, std::string_view content) {
  return write_new_file(root_ / name, content);
}

std::string ExportTree::stamped(const std::string& stem, Timestamp bar, Timestamp wall) {
  const std::string start = stem + to_local_ts_name(bar, Zone::kNewYork);
  std::string& last = last_wall_[start];
  std::string stamp = to_local_ts_name(wall, Zone::kNewYork);
  while (stamp <= last) {
    wall = wall + seconds(1);
    stamp = to_local_ts_name(wall, Zone::kNewYork);
  }
  last = stamp;
  return fmt::format("{}.{}", start, stamp);
}

Status export_reference_layout(const runlog::RunReader& run, const std::filesystem::path& dst,
                               const ExportOptions& options) {
  std::error_code code;
  if (std::filesystem::exists(dst, code) &&
      (!std::filesystem::is_directory(dst, code) || !std::filesystem::is_empty(dst, code))) {
    return Error{ErrorCode::kPathExists,
                 fmt::format("export_reference_layout: '{}' exists and is not an empty directory",
                             dst.string())};
  }
  TIEOUT_ASSERT(options.every_nth_bar > 0);
  // Made beside the target and renamed: there is a whole export or none.
  const std::filesystem::path whole = std::filesystem::path(dst) / "";
  const std::filesystem::path target = whole.parent_path();
  const std::filesystem::path partial =
      target.parent_path() / ("." + target.filename().string() + ".partial");
  std::filesystem::remove_all(partial, code);
  TIEOUT_CHECK(tieout::create_directories(partial));
  Status exported = export_into(run, partial, options);
  if (exported.ok()) {
    std::filesystem::rename(partial, target, code);
    if (code) {
      exported = file_error("export_reference_layout", dst, code.value());
    }
  }
  if (!exported.ok()) {
    std::filesystem::remove_all(partial, code);
  }
  return exported;
}

}  // namespace tieout::reference
