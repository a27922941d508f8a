#include "tieout/flow/directories.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/core/time.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr fs::perms kAllWrite =
    fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;

/// True for anything at `path`, a dangling symbolic link too.
bool occupied(const fs::path& path) {
  std::error_code code;
  return fs::symlink_status(path, code).type() != fs::file_type::not_found;
}

/// The first directory at or below `path` without the owner's write bit: its entries cannot be
/// removed.
std::optional<fs::path> protected_dir(const fs::path& path) {
  const auto is_protected = [](const fs::path& dir) {
    std::error_code code;
    const fs::file_status status = fs::symlink_status(dir, code);
    return status.type() == fs::file_type::directory &&
           (status.permissions() & fs::perms::owner_write) == fs::perms::none;
  };
  if (is_protected(path)) {
    return path;
  }
  std::error_code code;
  for (fs::recursive_directory_iterator entry(path, code), end; !code && entry != end;
       entry.increment(code)) {
    if (is_protected(entry->path())) {
      return entry->path();
    }
  }
  return std::nullopt;
}

}  // namespace

Result<fs::path> backup_name(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    return file_error("backup_dir_if_exists", path, errno);
  }
  const Timestamp modified{static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000};
  const std::string base = fmt::format("{}.{}", path.string(), to_ts_name(modified));
  fs::path name = base;
  for (int n = 1; occupied(name); ++n) {
    name = fmt::format("{}.{}", base, n);
  }
  return name;
}

Status check_removable(const fs::path& path) {
  if (const auto dir = protected_dir(path); dir.has_value()) {
    return Error{ErrorCode::kFileUnwritable,
                 fmt::format("remove: '{}' is write-protected (--prevent-overwriting did that); "
                             "use --backup-dir-if-exists, or chmod -R u+w it first",
                             dir->string())};
  }
  return {};
}

Status remove_tree(const fs::path& path) {
  TIEOUT_CHECK(check_removable(path));
  std::error_code code;
  fs::remove_all(path, code);  // Removes a symbolic link, not what it points to.
  if (code) {
    return file_error("remove", path, code.value());
  }
  return {};
}

Result<std::vector<std::string>> create_dir(const fs::path& path, const ExistingDir& existing) {
  std::vector<std::string> done;
  std::error_code code;
  if (occupied(path)) {
    if (existing.backup_dir_if_exists) {
      TIEOUT_TRY(const fs::path backup, backup_name(path));
      fs::rename(path, backup, code);
      if (code) {
        return file_error("backup_dir_if_exists", path, code.value());
      }
      done.push_back(fmt::format("kept the existing '{}' as '{}'", path.string(), backup.string()));
    } else if (existing.abort_if_exists) {
      return Error{ErrorCode::kPathExists, fmt::format("Path '{}' already exist!", path.string())};
    } else if (existing.incremental) {
      if (!fs::is_directory(path, code)) {
        return Error{ErrorCode::kPathExists,
                     fmt::format("'{}' exists and is not a directory", path.string())};
      }
      done.push_back(fmt::format("kept '{}'", path.string()));
      return done;
    } else {
      TIEOUT_CHECK(remove_tree(path));
      done.push_back(fmt::format("removed the existing '{}'", path.string()));
    }
  }
  TIEOUT_CHECK(tieout::create_directories(path));
  done.push_back(fmt::format("made '{}'", path.string()));
  return done;
}

Status set_write_bits(const fs::path& path, WriteBits bits) {
  std::error_code code;
  const auto change = [&](const fs::path& entry) {
    if (fs::is_symlink(fs::symlink_status(entry, code))) {
      return;
    }
    if (bits == WriteBits::kRemove) {
      fs::permissions(entry, kAllWrite, fs::perm_options::remove, code);
    } else {
      fs::permissions(entry, fs::perms::owner_write, fs::perm_options::add, code);
    }
  };
  // Names are collected first: a directory that changes its mode while it is walked is no problem
  // to Linux, but is not promised.
  std::vector<fs::path> entries{path};
  for (fs::recursive_directory_iterator entry(path, code), end; !code && entry != end;
       entry.increment(code)) {
    entries.push_back(entry->path());
  }
  if (code && code != std::errc::not_a_directory) {
    return file_error("set_write_bits", path, code.value());
  }
  for (const fs::path& entry : entries) {
    code.clear();
    change(entry);
    if (code) {
      return file_error("set_write_bits", entry, code.value());
    }
  }
  return {};
}

Result<std::vector<fs::path>> list_files(const fs::path& dir) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::recursive_directory_iterator entry(dir, code), end; !code && entry != end;
       entry.increment(code)) {
    const fs::file_status status = entry->symlink_status(code);
    if (code || fs::is_directory(status)) {
      continue;
    }
    if (!fs::is_regular_file(status)) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("'{}' is not a regular file; a run holds none but those",
                               entry->path().string())};
    }
    files.push_back(entry->path().lexically_relative(dir));
  }
  if (code) {
    Error error = file_error("list_files", dir, code.value());
    error.code = error.code == ErrorCode::kFileNotFound ? error.code : ErrorCode::kFileUnreadable;
    return error;
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<RunLock> RunLock::acquire(const fs::path& path) {
  TIEOUT_CHECK(tieout::create_directories(path.parent_path()));
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return file_error("lock", path, errno);
  }
  RunLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return file_error("lock", path, errno);
    }
    const Result<std::string> holder = read_file(path);
    return Error{
        ErrorCode::kPathExists,
        fmt::format("another reconciliation of this run is going on (process {}), it holds "
                    "'{}'; wait for it",
                    holder.ok() && !holder->empty() ? *holder : "unknown", path.string())};
  }
  // Who holds it, for the message above; that it is held is the kernel's knowledge, so a crash
  // leaves no stale lock.
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return file_error("lock", path, errno);
  }
  return lock;
}

RunLock::~RunLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

RunLock::RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace tieout::flow
