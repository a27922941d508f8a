#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "tieout/core/result.hpp"

namespace tieout::runlog {

/// The bytes of a file, with the size that it had when it was opened.
class MappedFile {
 public:
  MappedFile() = default;
  /// Map a file that nobody writes any more. Errors: kFileNotFound, kFileUnreadable.
  static Result<MappedFile> open(const std::filesystem::path& path);
  /// Read a file whose writer may be at work. A writer that failed to flush a commit cuts it, and a
  /// mapping would then end the reader with SIGBUS. Errors: as open().
  static Result<MappedFile> read(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const noexcept {
    return data_ != nullptr ? std::span(data_, size_) : std::as_bytes(std::span(copy_));
  }

 private:
  std::string copy_;  // of read()
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tieout::runlog
