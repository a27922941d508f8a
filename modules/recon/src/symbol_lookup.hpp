#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"

namespace tieout::recon {

/// "DOGE/USDT:USDT" and "binance::DOGE_USDT" as "DOGE_USDT".
std::string pair_of(std::string_view symbol);

/// The assets whose symbol is this one, or that have its pair.
std::vector<AssetId> assets_named(std::string_view symbol, const std::vector<Asset>& universe);

}  // namespace tieout::recon
