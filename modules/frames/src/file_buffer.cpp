#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tieout/frames/window_decoder.hpp"

namespace tieout::frames {
namespace {

/// A file descriptor that closes itself.
struct Descriptor {
  explicit Descriptor(int raw) : value(raw) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value >= 0) {
      close(value);
    }
  }
  int value;
};

Error unreadable(const std::filesystem::path& file, int error_number) {
  return Error{error_number == ENOENT ? ErrorCode::kFileNotFound : ErrorCode::kFileUnreadable,
               fmt::format("read_parquet: '{}': {}", file.string(), std::strerror(error_number))};
}

}  // namespace

Result<std::string_view> FileBuffer::read(const std::filesystem::path& file,
                                          std::uint64_t max_bytes) {
  // A pipe without a writer would block the open.
  const Descriptor descriptor(
      open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // NOLINT: POSIX's varargs
  struct stat info {};
  if (descriptor.value < 0 || fstat(descriptor.value, &info) != 0) {
    return unreadable(file, errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return Error{ErrorCode::kFileUnreadable,
                 fmt::format("read_parquet: '{}' is not a regular file", file.string())};
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > max_bytes) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("read_parquet: '{}' has {} bytes, the limit is {}", file.string(),
                             size, max_bytes)};
  }
  if (size > capacity_ || !bytes_) {
    capacity_ = static_cast<std::size_t>(size + size / 4 + 4096);
    bytes_.reset(new char[capacity_]);  // NOLINT: not zeroed
  }
  std::size_t done = 0;
  while (done < size) {
    const ssize_t part = pread(descriptor.value, bytes_.get() + done,
                               static_cast<std::size_t>(size) - done, static_cast<off_t>(done));
    if (part < 0 && errno == EINTR) {
      continue;
    }
    if (part < 0) {
      return unreadable(file, errno);
    }
    if (part == 0) {
      break;  // the file has become shorter: its end will be missed
    }
    done += static_cast<std::size_t>(part);
  }
  return std::string_view(bytes_.get(), done);
}

}  // namespace tieout::frames
