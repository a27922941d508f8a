#pragma once

#include <optional>
#include <string>

#include "tieout/flow/find_runs.hpp"
#include "tieout/flow/known_rows.hpp"

namespace tieout::cli {

/// The rows of market data of a bar, or of an older row at that bar, from the dump beside the
/// simulation's log. Nothing when there is no dump, or a log is not of our own layout.
/// Errors: those of the dump and the journals.
Result<std::optional<flow::KnownRows>> known_beside(const flow::RunDirectories& runs, Timestamp bar,
                                                    const std::optional<AssetId>& asset,
                                                    const std::optional<Timestamp>& row);

/// Every version with who knew it; what is missing when there is nothing. `what` is what the rows
/// are of: "the bar".
std::string market_text(const std::optional<flow::KnownRows>& known, const std::string& what);

}  // namespace tieout::cli
