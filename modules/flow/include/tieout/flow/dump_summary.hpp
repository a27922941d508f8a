#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/time.hpp"
#include "tieout/marketdata/bar.hpp"

namespace tieout::flow {

/// What the dump holds of one asset.
struct AssetSummary {
  std::string full_symbol;
  Timestamp first, last;     // ends of its first and last bar
  std::size_t bars = 0;      // distinct bar ends
  std::size_t versions = 0;  // rows
  std::size_t gaps = 0;      // bars that are missing between its first and its last
  /// Where they are: ends of the first and the last missing bar; the first kGapsListed.
  std::vector<std::pair<Timestamp, Timestamp>> gap_list;
  /// Knowledge of the first version minus the bar's end. Negative: known before it ended.
  Duration delay_min, delay_p50, delay_p95, delay_max;
};

inline constexpr std::size_t kGapsListed = 10;

/// simulation/test_data.json: what a person looks at before a dump is trusted.
struct DumpSummary {
  std::string store, universe_version;
  Timestamp after, until;  // the window (after, until]
  std::string sha256;
  std::size_t size_bytes = 0;
  std::size_t rows = 0;
  std::vector<std::string> assets_without_rows;
  std::vector<AssetSummary> assets;  // by symbol
};

/// Shapes: versions ordered by (end, asset, knowledge, seq), at least one. The fields of the file
/// stay empty.
DumpSummary summarise_dump(std::span<const marketdata::BarVersion> versions,
                           std::span<const Asset> universe);

std::string to_json(const DumpSummary& summary);
/// For a terminal; 20 assets at most.
std::vector<std::string> describe(const DumpSummary& summary);

/// The header, the first three and the last three lines, and how many there are.
std::vector<std::string> first_and_last_lines(const std::string& text);

}  // namespace tieout::flow
