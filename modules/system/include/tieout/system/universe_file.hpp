#pragma once

#include <filesystem>

#include "tieout/core/asset.hpp"

namespace tieout::system {

/// Read a universe: JSON {"CCXT": {"binance": ["ETH_USDT", ...]}} (market_data.md 1.4), or text
/// with one full symbol on each line ('#' starts a comment). Errors: kFileNotFound, kMalformedData,
/// those of Universe::from_symbols.
Result<Universe> read_universe(const std::filesystem::path& path);

}  // namespace tieout::system
