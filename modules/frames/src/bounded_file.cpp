#include "bounded_file.hpp"

#include <system_error>

#include <fmt/format.h>

#include "tieout/core/file.hpp"

namespace tieout::frames {

Result<std::uint64_t> bounded_size(const std::filesystem::path& file, std::uint64_t max_bytes,
                                   std::string_view who) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("{}: '{}': no such file", who, file.string())};
  }
  if (status.type() != std::filesystem::file_type::regular) {
    return Error{ErrorCode::kFileUnreadable,
                 fmt::format("{}: '{}' is not a regular file{}{}", who, file.string(),
                             error ? ": " : "", error ? error.message() : "")};
  }
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) {
    return Error{ErrorCode::kFileUnreadable,
                 fmt::format("{}: '{}': {}", who, file.string(), error.message())};
  }
  if (size > max_bytes) {
    return Error{ErrorCode::kSchemaMismatch, fmt::format("{}: '{}' has {} bytes, the limit is {}",
                                                         who, file.string(), size, max_bytes)};
  }
  return size;
}

Result<std::string> read_bounded(const std::filesystem::path& file, std::uint64_t max_bytes,
                                 std::string_view who) {
  TIEOUT_CHECK(bounded_size(file, max_bytes, who));
  return read_file(file);
}

}  // namespace tieout::frames
