#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/oms/funding.hpp"
#include "tieout/oms/process_forecasts.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::system {

/// What a run holds before its first bar.
struct StartState {
  std::map<AssetId, double> holdings;  // shares; assets that are not named hold none
  double cash = 0.0;
  std::vector<std::string> warnings;
};

/// Read positions and cash: from a CSV with the columns asset_id (or full_symbol) and num_shares,
/// whose row of asset -1 (or "cash") is the cash; or the books at the last bar of a run log.
/// Errors: kFileNotFound, kMalformedData naming the line, kSchemaMismatch; those of
/// RunReader::open(), kIncompleteEvidence for a log without books.
Result<StartState> read_start_state(const std::filesystem::path& path);

/// The books that a run began with: those of its first bar, at which nothing can be filled yet.
/// Errors: kIncompleteEvidence for a log without books.
Result<StartState> start_state_of(const runlog::RunReader& run);

/// Begin with `state`: its books are the trader's, its warnings are added to the run's.
void begin_with(StartState state, oms::TraderOptions& trading, std::vector<std::string>& warnings);

/// Read funding rates: a CSV with the columns timestamp (with an offset), asset_id or full_symbol,
/// and rate. Errors: kFileNotFound, kSchemaMismatch, kMalformedData naming the line.
Result<std::vector<oms::FundingRate>> read_funding_rates(const std::filesystem::path& path);

}  // namespace tieout::system
