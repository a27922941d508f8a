#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"

namespace tieout {

/// gzip bytes of `content`; no name and no time in the header, so equal contents give equal bytes.
/// `level` is zlib's, 1 (fast) to 9 (small).
std::string gzip(std::string_view content, int level = 6);

/// Inflate (all members of) a gzip stream. Errors: kMalformedData for anything else, or past
/// `max_bytes`.
Result<std::string> gunzip(std::string_view bytes, std::size_t max_bytes);

}  // namespace tieout
