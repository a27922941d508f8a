#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tieout/core/asset.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::cli {

/// A number of JSON: null where it is missing.
nlohmann::ordered_json json_number(double value);

/// "-" where it is missing.
std::string number_text(double value, int decimals);

/// The symbol that the run's universe has for the asset, else "id::101".
std::string symbol_of(const runlog::RunSource& run, AssetId asset);

/// Lines of equal width: the first column to the left, the others to the right. Each row has as
/// many cells as `head`.
std::string aligned_table(const std::vector<std::string>& head,
                          const std::vector<std::vector<std::string>>& rows);

}  // namespace tieout::cli
