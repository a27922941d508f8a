#include "tieout/core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

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
  if (::fsync(fd) != 0) {
    return file_error("write_file", path, errno);
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
  }
  return Error{code, fmt::format("{}: '{}': {}", who, path.string(),
                                 std::generic_category().message(error_number))};
}

Result<std::string> read_file(const std::filesystem::path& path) {
  const auto unreadable = [&](int number) {
    Error error = file_error("read_file", path, number);
    if (error.code != ErrorCode::kFileNotFound) {
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
  const std::filesystem::path temporary =
      path.parent_path() / fmt::format(".{}.tmp.{}", path.filename().string(), ::getpid());
  Status written;
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) {
      return file_error("write_file", path, errno);
    }
    written = write_all(file.get(), content, path);
  }
  if (written.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = file_error("write_file", path, errno);
  }
  if (!written.ok()) {
    ::unlink(temporary.c_str());
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
