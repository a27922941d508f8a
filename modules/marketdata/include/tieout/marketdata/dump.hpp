#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/marketdata/bar.hpp"

namespace tieout::marketdata {

/// Write `test_data.csv.gz`: the 12 columns of the reference (market_data.md 5), times as the
/// reference writes them, every version, ordered by (end, asset, knowledge, seq);
/// byte-reproducible. `id` is the seq.
///
/// Rule:    end and start in New York with their offset, knowledge and end_download in UTC; the
/// fraction is omitted when zero,
///          6 digits, 9 when not whole microseconds; shortest round-trip floats, an empty field is
///          NaN. read_dump() gives back every bit of a bar that starts after 1883 (before, New
///          York's offset was not in whole minutes).
/// Errors:  kFileUnwritable, kDiskFull; the file that was there stays whole.
Status write_dump(const std::filesystem::path& path, std::span<const BarVersion> versions);

/// Read one, columns found by name, in any order. Errors: kSchemaMismatch, kMalformedData with the
/// line.
Result<std::vector<BarVersion>> read_dump(const std::filesystem::path& path);

/// The same on the inflated text; `who` names the source in messages.
std::string dump_text(std::span<const BarVersion> versions);
Result<std::vector<BarVersion>> parse_dump(std::string_view text, std::string_view who);

}  // namespace tieout::marketdata
