#include <cerrno>
#include <cstdint>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/directories.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// For as long as it lives this thread has not the right of root to write where the mode bits
/// forbid it. Without root it changes nothing.
class WithoutOverride {
 public:
  WithoutOverride() {
    if (::syscall(SYS_capget, &header_, old_) != 0) {
      return;
    }
    __user_cap_data_struct less[2] = {old_[0], old_[1]};
    less[0].effective &= ~(std::uint32_t{1} << CAP_DAC_OVERRIDE);
    changed_ = less[0].effective != old_[0].effective && ::syscall(SYS_capset, &header_, less) == 0;
  }
  ~WithoutOverride() {
    if (changed_) {
      ::syscall(SYS_capset, &header_, old_);
    }
  }
  WithoutOverride(const WithoutOverride&) = delete;
  WithoutOverride& operator=(const WithoutOverride&) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct old_[2] = {};
  bool changed_ = false;
};

/// True when a file could be opened for writing, or a new one be made in a directory.
bool can_write(const fs::path& path, bool is_directory) {
  const fs::path probe = is_directory ? path / ".write_probe" : path;
  const int flags = is_directory ? O_WRONLY | O_CREAT | O_EXCL : O_WRONLY;
  const int fd = ::open(probe.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return false;
  }
  ::close(fd);
  if (is_directory) {
    ::unlink(probe.c_str());
  }
  return true;
}

}  // namespace

Status check_protected(const fs::path& path) {
  std::vector<fs::path> entries{path};
  std::error_code code;
  for (fs::recursive_directory_iterator entry(path, code), end; !code && entry != end;
       entry.increment(code)) {
    entries.push_back(entry->path());
  }
  if (code && code != std::errc::not_a_directory) {
    return file_error("prevent_overwriting", path, code.value());
  }
  const WithoutOverride as_owner;
  for (const fs::path& entry : entries) {
    const fs::file_status status = fs::symlink_status(entry, code);
    if (fs::is_symlink(status)) {
      continue;
    }
    if (can_write(entry, fs::is_directory(status))) {
      return Error{ErrorCode::kFileUnwritable,
                   fmt::format("prevent_overwriting: the write bits of '{}' are off, and it can "
                               "still be written (tried): the file system does not honour them; "
                               "give --no-prevent-overwriting, or another --dst-root-dir",
                               entry.string())};
    }
  }
  return {};
}

Status protect(const fs::path& path) {
  TIEOUT_CHECK(set_write_bits(path, WriteBits::kRemove));
  return check_protected(path);
}

}  // namespace tieout::flow
