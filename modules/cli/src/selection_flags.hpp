#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::cli {

/// A bar as --bar gives it: YYYYMMDD_HHMMSS, or ISO with an offset. Errors: kMalformedTimestamp.
Result<Timestamp> parse_bar(const std::string& text);

/// An asset as --asset gives it, a full symbol of the universe or an id. Errors: kUnknownName;
/// `who` begins the message.
Result<AssetId> parse_asset(std::string_view who, const std::string& text,
                            const std::vector<Asset>& universe);

}  // namespace tieout::cli
