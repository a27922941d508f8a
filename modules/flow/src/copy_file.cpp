#include "copy_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

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

/// Returns: true when the target now shares the source's bytes; false, without a target, when the
/// file system cannot. Errors: those of a file that cannot be made.
Result<bool> try_clone(const fs::path& source, const fs::path& target, const CloneFile& clone) {
  const Descriptor from(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
  if (from.get() < 0) {
    return false;  // Reading it tells why.
  }
  const Descriptor to(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (to.get() < 0) {
    return file_error("copy", target, errno);
  }
  if (clone(to.get(), from.get()) && ::fsync(to.get()) == 0) {
    return true;
  }
  ::unlink(target.c_str());
  return false;
}

Status write_copy(const fs::path& target, const std::string& content) {
  TIEOUT_CHECK(write_new_file(target, content));
  const Descriptor file(::open(target.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) {
    return file_error("copy", target, errno);
  }
  return {};
}

}  // namespace

bool clone_file(int target, int source) {
  return ::ioctl(target, FICLONE, source) == 0;
}

Result<FileCopy> copy_file(const fs::path& source, const fs::path& target, const std::string& name,
                           const CloneFile& clone) {
  TIEOUT_CHECK(tieout::create_directories(target.parent_path()));
  TIEOUT_TRY(const bool cloned, try_clone(source, target, clone));
  TIEOUT_TRY(std::string content, read_file(source));
  if (!cloned) {
    TIEOUT_CHECK(write_copy(target, content));
  }
  TIEOUT_TRY(const std::string copy, read_file(target));
  if (content.size() > copy.size()) {
    content.resize(copy.size());  // It grew after it was cloned.
  }
  FileCopy result{{name, copy.size(), sha256_hex(copy)},
                  cloned ? CopyMethod::kReflink : CopyMethod::kBytes};
  if (result.file.sha256 != sha256_hex(content)) {
    return Error{
        ErrorCode::kFileUnwritable,
        fmt::format("reconcile_copy_prod_data: '{}' reads back differently from '{}'; look "
                    "at the disk",
                    target.string(), source.string())};
  }
  return result;
}

}  // namespace tieout::flow
