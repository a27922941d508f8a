#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout::flow {

/// What to do when a target directory exists (recon_flow.md 3.4).
struct ExistingDir {
  bool incremental = false;           // keep it as it is
  bool abort_if_exists = true;        // stop; wins over `incremental`
  bool backup_dir_if_exists = false;  // rename it first; wins over both
};

/// Make the directory `path`, by the table of recon_flow.md 3.4; with none of the three an existing
/// one is deleted and made anew.
///
/// Rule:    a backup is `path.{modification time, UTC TS}`, with `.1`, `.2`, ... after it when that
/// exists; it is never reused.
///          Deletion does not follow symbolic links, and write-protected parts stop it before
///          anything is removed.
/// Returns: lines about what was done.
/// Errors:  kPathExists "Path '...' already exist!", kFileUnwritable.
Result<std::vector<std::string>> create_dir(const std::filesystem::path& path,
                                            const ExistingDir& existing);

/// Where the backup of `path` would go.
Result<std::filesystem::path> backup_name(const std::filesystem::path& path);

enum class WriteBits { kRemove, kAdd };

/// chmod -R -w or u+w; symbolic links are left alone. Errors: kFileUnwritable.
Status set_write_bits(const std::filesystem::path& path, WriteBits bits);

/// Delete a file or a tree. Errors: kFileUnwritable, before anything is removed, when a directory
/// in it is write-protected.
Status remove_tree(const std::filesystem::path& path);

/// Regular files below `dir` as paths relative to it, sorted. Errors: kFileUnreadable; a symbolic
/// link or a special file is kMalformedData: a run holds none.
Result<std::vector<std::filesystem::path>> list_files(const std::filesystem::path& dir);

/// Keeps two reconciliations of one run apart; released when it goes out of scope or the process
/// ends.
class RunLock {
 public:
  /// Errors: kPathExists naming the holder; kFileUnwritable.
  static Result<RunLock> acquire(const std::filesystem::path& path);
  ~RunLock();
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&& other) noexcept;

 private:
  explicit RunLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace tieout::flow
