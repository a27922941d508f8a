#include "mapped_file.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tieout/core/file.hpp"

namespace tieout::runlog {
namespace {

Error unreadable(const std::filesystem::path& path, int number) {
  Error error = file_error("read_run_log", path, number);
  if (error.code != ErrorCode::kFileNotFound) {
    error.code = ErrorCode::kFileUnreadable;
  }
  return error;
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return unreadable(path, errno);
  }
  MappedFile file;
  struct stat info {};
  int number = 0;
  if (::fstat(fd, &info) != 0) {
    number = errno;
  } else if (!S_ISREG(info.st_mode)) {
    number = EINVAL;
  } else if (info.st_size > 0) {
    const auto size = static_cast<std::size_t>(info.st_size);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED) {
      number = errno;
    } else {
      file.data_ = static_cast<const std::byte*>(data);
      file.size_ = size;
    }
  }
  ::close(fd);
  if (number != 0) {
    return unreadable(path, number);
  }
  return file;
}

Result<MappedFile> MappedFile::read(const std::filesystem::path& path) {
  MappedFile file;
  TIEOUT_TRY(file.copy_, read_file(path));
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) {
    ::munmap(const_cast<std::byte*>(data_), size_);  // NOLINT: munmap takes void*
  }
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : copy_(std::move(other.copy_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(copy_, other.copy_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace tieout::runlog
