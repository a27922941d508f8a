#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/marketdata/source.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {

/// The store of a run's market data: `given`, or the one that the run recorded. `who` begins the
/// message. Errors: kMissingData when the run records none; those of the config.
Result<std::filesystem::path> store_of(std::string_view who, const std::filesystem::path& given,
                                       const runlog::RunReader& prod);

/// The window of every bar that the bars of [first, last] could have seen: from the strategy's
/// history and a margin before the first to the instant as of which the last was decided.
marketdata::BarWindow window_of(const runlog::RunReader& prod, Timestamp first, Timestamp last);

/// All versions of the assets' bars in the window. Errors: kMissingData when there are none; those
/// of the store.
Result<std::vector<marketdata::BarVersion>> read_versions(std::string_view who,
                                                          const std::filesystem::path& store,
                                                          const marketdata::BarWindow& window,
                                                          const std::vector<Asset>& universe);

}  // namespace tieout::flow
