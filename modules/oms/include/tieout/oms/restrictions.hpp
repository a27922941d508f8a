#pragma once

#include <filesystem>
#include <map>
#include <string_view>

#include "tieout/analytics/trading_restriction.hpp"
#include "tieout/config/config.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"

namespace tieout::oms {

using Restrictions = std::map<AssetId, analytics::TradingRestriction>;

/// Read a CSV of the restrictions table (oms.md 2.8).
///
/// Rule:    needed are the columns asset_id, is_restricted, is_buy_restricted,
///          is_buy_cover_restricted, is_sell_short_restricted and is_sell_long_restricted, in any
///          order; others are ignored. A flag is True, true, t, 1 or False, false, f, 0.
/// Errors:  kSchemaMismatch for a missing column, kMalformedData for a value, kDuplicateId for an
///          asset that stands there twice; each with the line.
Result<Restrictions> parse_restrictions(std::string_view csv);
/// Errors: kFileNotFound, those of parse_restrictions() with the path.
Result<Restrictions> read_restrictions(const std::filesystem::path& path);

/// Write restrictions into the config, below "restrictions": they are then logged, compared and
/// replayed with the rest.
void record_restrictions(config::Config& config, const Restrictions& restrictions,
                         std::string_view writer);
/// What record_restrictions() wrote; empty when it was not called. Errors: kInvalidConfig.
Result<Restrictions> recorded_restrictions(const config::Config& config);

}  // namespace tieout::oms
