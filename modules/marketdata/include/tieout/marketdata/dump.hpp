#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tieout/core/hash.hpp"
#include "tieout/marketdata/source.hpp"

namespace tieout::marketdata {

/// Write `test_data.csv.gz`: the 12 columns of the reference (market_data.md 5), times as the reference writes them, every
/// version, ordered by (end, asset, knowledge, seq); byte-reproducible. `id` is the seq.
Status write_dump(const std::filesystem::path& path, std::span<const BarVersion> versions);

/// Read one, columns found by name, in any order. Errors: kSchemaMismatch, kMalformedData with the line.
Result<std::vector<BarVersion>> read_dump(const std::filesystem::path& path);

}  // namespace tieout::marketdata
