#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "tieout/core/result.hpp"

namespace tieout::flow {

/// One copied file, as prod/manifest.json has it.
struct CopiedFile {
  std::string path;  // relative to prod/
  std::size_t size = 0;
  std::string sha256;
};

/// How the bytes came to the target.
enum class CopyMethod {
  kReflink,  // shared with the source until one of the two is written to
  kBytes,
};

struct FileCopy {
  CopiedFile file;
  CopyMethod method = CopyMethod::kBytes;
};

/// Make the new, empty file `target` share the bytes of `source`; both are open descriptors.
/// Returns: false when the file system cannot.
using CloneFile = std::function<bool(int target, int source)>;
/// FICLONE: Btrfs, XFS, bcachefs, OCFS2, NFS 4.2 over one of them.
bool clone_file(int target, int source);

/// Copy `source` to the new file `target`, flush it to the disk, and prove the copy by reading both
/// again.
///
/// Rule:    the bytes are shared where the file system can (each file changes alone from then on:
///          evidence does not change with its source, as a hard link would), else written. A source
///          that grows meanwhile is copied up to a length that it had.
/// Errors:  kFileNotFound, kFileUnreadable, kPathExists, kDiskFull, kFileUnwritable; the last also
///          when the copy reads back differently.
Result<FileCopy> copy_file(const std::filesystem::path& source, const std::filesystem::path& target,
                           const std::string& name, const CloneFile& clone = clone_file);

}  // namespace tieout::flow
