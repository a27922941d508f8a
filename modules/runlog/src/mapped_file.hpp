#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "tieout/core/result.hpp"

namespace tieout::runlog {

/// A file mapped for reading. It keeps the size that it had when it was opened; only bytes that are
/// never cut again (those of committed bars) may be looked at while a writer is at work.
class MappedFile {
 public:
  MappedFile() = default;
  /// Errors: kFileNotFound, kFileUnreadable.
  static Result<MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tieout::runlog
