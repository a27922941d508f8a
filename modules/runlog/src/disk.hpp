#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <sys/types.h>

#include "tieout/core/result.hpp"

namespace tieout::runlog {

/// The system calls that the writer appends with: the seam at which tests fill the disk. As in
/// POSIX: -1 and errno.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual ssize_t write(int fd, const void* data, std::size_t size);
  virtual int fdatasync(int fd);
  virtual int ftruncate(int fd, off_t length);
};

/// The real calls; it has no state.
Disk& real_disk();

/// A file that only grows at its end. Closes itself.
class AppendFile {
 public:
  AppendFile() = default;
  /// Errors: kPathExists, kFileUnwritable, kDiskFull.
  static Result<AppendFile> create(Disk& disk, const std::filesystem::path& path);
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;

  Status append(std::string_view bytes);
  Status sync();
  /// Forget what was never committed: cut back to `length`.
  Status cut(std::uint64_t length);
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  Disk* disk_ = nullptr;
  int fd_ = -1;
  std::filesystem::path path_;
};

/// Flush a directory's entries to the disk.
Status sync_directory(const std::filesystem::path& dir);

}  // namespace tieout::runlog
