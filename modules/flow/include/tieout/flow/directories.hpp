#pragma once

#include <filesystem>
#include <string>
#include <string_view>
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

/// Try to write every file of `path` and to make one in each of its directories.
///
/// Rule:    the try is made as the owner of the files would: root's right to write against the mode
///          bits is put down for it. Protection is against mistakes: root can write always.
/// Errors:  kFileUnwritable naming the first that can be written.
Status check_protected(const std::filesystem::path& path);

/// --prevent-overwriting: remove the write bits and prove it with check_protected().
Status protect(const std::filesystem::path& path);

/// Delete a file or a tree. Errors: kFileUnwritable, before anything is removed, when a directory
/// in it is write-protected.
Status remove_tree(const std::filesystem::path& path);

/// Errors: kFileUnwritable naming the first directory in `path` that is write-protected, so that it
/// cannot be removed.
Status check_removable(const std::filesystem::path& path);

/// The directory `dir`/.NAME.tmp, empty: a stage makes its outputs there, and move_into_place()
/// ends it. What a try that was killed left there is removed. Errors: kFileUnwritable.
Result<std::filesystem::path> make_temporary(const std::filesystem::path& dir,
                                             std::string_view name);

/// Rename every entry of `temporary` into `dir` and remove `temporary`. An entry that is there
/// already is exchanged in one step, so that the name always holds the old or the new whole one.
/// Errors: kFileUnwritable, kDiskFull.
Status move_into_place(const std::filesystem::path& temporary, const std::filesystem::path& dir);

/// Whether directories below are looked into.
enum class Depth { kOne, kAll };

/// Remove the temporary files that write_file_atomic() of a process that is gone left in `dir`
/// (".NAME.tmp.PID.N"). Symbolic links are not followed. Errors: kFileUnwritable.
Status remove_leftovers(const std::filesystem::path& dir, Depth depth);

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
