#include "disk.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/file.hpp"

namespace tieout::runlog {

ssize_t Disk::write(int fd, const void* data, std::size_t size) {
  return ::write(fd, data, size);
}
int Disk::fdatasync(int fd) {
  return ::fdatasync(fd);
}
int Disk::ftruncate(int fd, off_t length) {
  return ::ftruncate(fd, length);
}

Disk& real_disk() {
  static Disk disk;
  return disk;
}

Result<AppendFile> AppendFile::create(Disk& disk, const std::filesystem::path& path) {
  AppendFile file;
  file.disk_ = &disk;
  file.path_ = path;
  file.fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (file.fd_ < 0) {
    Error error = file_error("append_file", path, errno);
    if (errno == EEXIST) {
      error.code = ErrorCode::kPathExists;
    }
    return error;
  }
  return file;
}

AppendFile::~AppendFile() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : disk_(other.disk_), fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(disk_, other.disk_);
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

Status AppendFile::append(std::string_view bytes) {
  TIEOUT_ASSERT(fd_ >= 0);
  while (!bytes.empty()) {
    const ssize_t n = disk_->write(fd_, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      return file_error("append_file", path_, errno);
    }
    if (n == 0) {
      return file_error("append_file", path_, ENOSPC);
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status AppendFile::sync() {
  return disk_->fdatasync(fd_) == 0 ? Status{} : file_error("append_file", path_, errno);
}

Status AppendFile::cut(std::uint64_t length) {
  return disk_->ftruncate(fd_, static_cast<off_t>(length)) == 0
             ? Status{}
             : file_error("append_file", path_, errno);
}

Status sync_directory(const std::filesystem::path& dir) {
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return file_error("sync_directory", dir, errno);
  }
  const bool synced = ::fsync(fd) == 0;
  const int number = errno;
  ::close(fd);
  return synced ? Status{} : file_error("sync_directory", dir, number);
}

}  // namespace tieout::runlog
