#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"

namespace tieout {

/// The whole file as bytes. Errors: kFileNotFound, kFileUnreadable (also when it is a directory).
Result<std::string> read_file(const std::filesystem::path& path);

/// Write to a temporary file beside `path`, flush it to the disk, rename it over `path`: readers
/// see the old or the new whole file. A file that is replaced keeps its permissions; a new one gets
/// 0644 less the umask. Errors: kFileNotFound when the directory does not exist, kFileUnwritable,
/// kDiskFull; nothing is left behind.
Status write_file_atomic(const std::filesystem::path& path, std::string_view content);

/// Write a file that must not exist, and do not wait for the disk: for files that become visible
/// when their directory is renamed. Errors: as write_file_atomic(), and kPathExists; a file that
/// could not be written whole is removed.
Status write_new_file(const std::filesystem::path& path, std::string_view content);

/// mkdir -p. Errors: kFileUnwritable.
Status create_directories(const std::filesystem::path& path);

/// The Error of a failed system call on `path`: ENOSPC is kDiskFull, ENOENT kFileNotFound, EBUSY,
/// ETXTBSY, EAGAIN and ESTALE kStoreLocked, else kFileUnwritable.
Error file_error(std::string_view who, const std::filesystem::path& path, int error_number);

}  // namespace tieout
