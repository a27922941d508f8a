#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"

namespace tieout::frames {

/// Size of a regular file. Errors: kFileNotFound; kFileUnreadable when it is no regular file;
/// kSchemaMismatch when it is longer than `max_bytes`.
Result<std::uint64_t> bounded_size(const std::filesystem::path& file, std::uint64_t max_bytes,
                                   std::string_view who);

/// The whole of such a file.
Result<std::string> read_bounded(const std::filesystem::path& file, std::uint64_t max_bytes,
                                 std::string_view who);

}  // namespace tieout::frames
