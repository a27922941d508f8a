#include "tieout/core/file.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tieout {
namespace {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status write_all(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno != EINTR) {
      return file_error("write_file", path, errno);
    }
    if (n > 0) {
      content.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  return {};
}

}  // namespace

Error file_error(std::string_view who, const std::filesystem::path& path, int error_number) {
  ErrorCode code = ErrorCode::kFileUnwritable;
  if (error_number == ENOSPC || error_number == EDQUOT) {
    code = ErrorCode::kDiskFull;
  } else if (error_number == ENOENT) {
    code = ErrorCode::kFileNotFound;
  } else if (error_number == EBUSY || error_number == ETXTBSY || error_number == EAGAIN ||
             error_number == ESTALE) {
    code = ErrorCode::kStoreLocked;
  }
  return Error{code, fmt::format("{}: '{}': {}", who, path.string(),
                                 std::generic_category().message(error_number))};
}

Result<std::string> read_file(const std::filesystem::path& path) {
  const auto unreadable = [&](int number) {
    Error error = file_error("read_file", path, number);
    if (error.code != ErrorCode::kFileNotFound && error.code != ErrorCode::kStoreLocked) {
      error.code = ErrorCode::kFileUnreadable;
    }
    return error;
  };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return unreadable(errno);
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) {
    return unreadable(errno);
  }
  std::string content;
  content.resize(static_cast<std::size_t>(info.st_size));
  std::size_t filled = 0;
  while (true) {
    if (filled == content.size()) {
      content.resize(content.size() + 4096);  // Files of /proc and growing files.
    }
    const ssize_t n = ::read(file.get(), content.data() + filled, content.size() - filled);
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      return unreadable(errno);
    }
    if (n == 0) {
      break;
    }
    filled += static_cast<std::size_t>(n);
  }
  content.resize(filled);
  return content;
}

Status write_file_atomic(const std::filesystem::path& path, std::string_view content) {
  // A file that is replaced keeps its permissions: a secret of mode 0600 must not become readable.
  struct stat old {};
  const bool replaces = ::stat(path.c_str(), &old) == 0 && S_ISREG(old.st_mode);
  std::filesystem::path temporary;
  Status written;
  {
    int fd = -1;
    do {
      // Unique in the process too: two threads may write the same path. A leftover of a dead
      // process with our id is skipped.
      static std::atomic<std::uint64_t> counter{0};
      temporary = path.parent_path() / fmt::format(".{}.tmp.{}.{}", path.filename().string(),
                                                   ::getpid(), counter.fetch_add(1));
      fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  replaces ? 0600 : 0644);
    } while (fd < 0 && errno == EEXIST);
    const Descriptor file(fd);
    if (file.get() < 0) {
      return file_error("write_file", path, errno);
    }
    if (replaces && ::fchmod(file.get(), old.st_mode & 07777U) != 0) {
      written = file_error("write_file", path, errno);
    }
    if (written.ok()) {
      written = write_all(file.get(), content, path);
    }
    if (written.ok() && ::fsync(file.get()) != 0) {
      written = file_error("write_file", path, errno);
    }
  }
  if (written.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = file_error("write_file", path, errno);
  }
  if (!written.ok()) {
    ::unlink(temporary.c_str());
  }
  return written;
}

Status write_new_file(const std::filesystem::path& path, std::string_view content) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.get() < 0) {
    const bool exists = errno == EEXIST;
    Error error = file_error("write_file", path, errno);
    if (exists) {
      error.code = ErrorCode::kPathExists;
    }
    return error;
  }
  Status written = write_all(file.get(), content, path);
  if (!written.ok()) {
    ::unlink(path.c_str());
  }
  return written;
}

Status create_directories(const std::filesystem::path& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) {
    return file_error("create_directories", path, code.value());
  }
  return {};
}

}  // namespace tieout
