#pragma once

#include <filesystem>
#include <string>

#include "tieout/core/result.hpp"

namespace tieout::marketdata {

/// The content of a text file, inflated when its first bytes say gzip. Errors: those of
/// read_file(), kMalformedData.
Result<std::string> read_text(const std::filesystem::path& path);

}  // namespace tieout::marketdata
