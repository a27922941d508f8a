#include "tieout/flow/s3_source.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/directories.hpp"
#include "tieout/transport/s3.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// An object of the run and the file that it becomes, relative to the run's directory.
struct RunObject {
  transport::S3Object object;
  fs::path name;
};

/// A key below a prefix as a relative path. Errors: kMalformedData for a key that would leave its
/// directory.
Result<fs::path> relative_name(const std::string& key, const transport::S3Location& prefix) {
  const fs::path name = key.substr(std::min(prefix.key.size() + 1, key.size()));
  const bool leaves = name.empty() || name.is_absolute() ||
                      std::any_of(name.begin(), name.end(), [](const fs::path& part) {
                        return part.empty() || part == "." || part == "..";
                      });
  if (leaves) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("{}: the key '{}' is no name of a file below it", prefix.url(), key)};
  }
  return name;
}

/// Logs of the run; notebooks and observers write beside them and below them (recon_flow.md 3.1).
bool is_wanted(const fs::path& name) {
  const std::string top = name.begin()->string();
  const bool analysis = std::any_of(name.begin(), name.end(), [](const fs::path& part) {
    return part == "analysis_notebooks" || part == "system_observer_notebook" ||
           part == "pnl_realtime_observer_notebook";
  });
  return !analysis && (top == "logs" || top.starts_with("system_log_dir"));
}

Result<std::vector<RunObject>> list_run_objects(transport::S3Client& client,
                                                const transport::S3Location& root,
                                                const std::string& log_dir) {
  TIEOUT_TRY(const std::vector<transport::S3Object> objects, client.list(root));
  std::vector<RunObject> out;
  bool has_log = false;
  for (const transport::S3Object& object : objects) {
    TIEOUT_TRY(fs::path name, relative_name(object.key, root));
    if (is_wanted(name)) {
      has_log = has_log || *name.begin() == log_dir;
      out.push_back({object, std::move(name)});
    }
  }
  if (!has_log) {
    return Error{
        ErrorCode::kFileNotFound,
        fmt::format("--prod-data-source-dir: '{}' has no objects; production's run log must "
                    "be there",
                    (root / log_dir).url())};
  }
  // A bar's frames are in their files before the journal commits it (copy_prod_data.cpp).
  std::stable_partition(out.begin(), out.end(), [](const RunObject& item) {
    return item.name.filename().string().starts_with("journal");
  });
  return out;
}

/// Fetch one object, unless an earlier command did.
Status fetch(transport::S3Client& client, const transport::S3Location& root, const RunObject& item,
             const fs::path& target) {
  if (transport::is_etag_of(item.object.etag, target)) {
    return {};
  }
  TIEOUT_CHECK(tieout::create_directories(target.parent_path()));
  TIEOUT_TRY(const std::string sha256, client.download(root, item.object, target));
  TIEOUT_TRY(const std::string content, read_file(target));
  if (sha256_hex(content) != sha256) {
    return Error{ErrorCode::kFileUnwritable,
                 fmt::format("'{}' reads back differently from what was fetched from '{}'; look at "
                             "the disk",
                             target.string(), root.url())};
  }
  return {};
}

}  // namespace

SourceMirror::~SourceMirror() {
  if (!root_.empty()) {
    // The evidence is in prod/ or the command failed: what stays here harms nobody.
    static_cast<void>(remove_tree(root_));
    std::error_code ignored;
    for (fs::path parent = root_.parent_path(); fs::is_empty(parent, ignored) && !ignored;
         parent = parent.parent_path()) {
      const bool last = parent.filename() == ".s3_source";
      fs::remove(parent, ignored);
      if (last) break;
    }
  }
}
SourceMirror::SourceMirror(SourceMirror&& other) noexcept
    : root_(std::exchange(other.root_, fs::path())) {}
SourceMirror& SourceMirror::operator=(SourceMirror&& other) noexcept {
  std::swap(root_, other.root_);
  return *this;
}

Result<SourceMirror> fetch_source(Reconciliation& recon, const Context& context) {
  const std::string address = source_layout(recon.run).root.string();
  if (!transport::is_s3_url(address)) {
    return SourceMirror();
  }
  TIEOUT_CHECK(check_reconciliation(recon, context));
  TIEOUT_TRY(transport::S3Client client,
             make_s3_client("--prod-data-source-dir", recon.aws_profile, context.outside));
  TIEOUT_TRY(const transport::S3Location root, transport::parse_s3_url(address));
  TIEOUT_TRY(const std::vector<RunObject> objects,
             list_run_objects(client, root, log_dir_name(recon.run)));
  recon.run.source_address = recon.run.prod_data_source_dir.string();
  recon.run.prod_data_source_dir = recon.run.dst_root_dir / ".s3_source";
  const fs::path local = source_layout(recon.run).root;
  SourceMirror mirror(local);
  std::uint64_t bytes = 0;
  for (const RunObject& item : objects) {
    if (context.stop.load()) {
      return Error{ErrorCode::kInterrupted,
                   fmt::format("fetching '{}': stopped by a signal", address)};
    }
    TIEOUT_CHECK(fetch(client, root, item, local / item.name));
    bytes += item.object.size_bytes;
  }
  context.say(fmt::format("fetched {} objects, {:.1f} MB, from '{}'", objects.size(),
                          static_cast<double>(bytes) / 1e6, root.url()));
  return mirror;
}

}  // namespace tieout::flow
