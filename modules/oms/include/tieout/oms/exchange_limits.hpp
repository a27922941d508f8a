#pragma once

#include <filesystem>
#include <map>
#include <string_view>

#include "tieout/config/config.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"

namespace tieout::oms {

/// What the exchange allows for one asset (oms.md 2.7).
struct MarketInfo {
  double min_amount = 0.0;   // shares
  double min_cost = 10.0;    // dollars
  int amount_precision = 8;  // decimals of an amount

  friend bool operator==(const MarketInfo&, const MarketInfo&) = default;
};

/// Read {"1464553467": {"min_amount": 0.001, "min_cost": 10.0, "amount_precision": 3}, ...}.
///
/// Rule:    an amount_precision that is written as an integer is a number of decimals, one with a
///          point is the step itself (0.01: two decimals, 10.0: minus one). A min_amount of null is
///          one step. Other keys of an asset (price_precision, max_leverage) have no use here.
/// Errors:  kMalformedData naming the asset and the key: a step that is not a positive power of ten
///          within 1e-30 to 1e30, a negative or infinite amount, a key that is missing; nothing at
///          all.
Result<std::map<AssetId, MarketInfo>> parse_market_info(std::string_view json);
/// Errors: kFileNotFound, those of parse_market_info() with the path.
Result<std::map<AssetId, MarketInfo>> read_market_info(const std::filesystem::path& path);

/// Decimals of a step: 0.01 is 2, 1 is 0, 10 is -1. Errors: kInvalidArgument for what is not a
/// positive power of ten.
Result<int> decimals_of_step(double step);

/// Write what the exchange allows into the config, below "market_info": it is then logged, compared
/// and replayed with the rest.
void record_market_info(config::Config& config, const std::map<AssetId, MarketInfo>& info,
                        std::string_view writer);
/// What record_market_info() wrote; empty when it was not called. Errors: kInvalidConfig.
Result<std::map<AssetId, MarketInfo>> recorded_market_info(const config::Config& config);

/// How the limits are applied.
struct LimitOptions {
  enum class Venue { kExchange, kTestnet };
  enum class Rounding { kCheck, kRound };
  Venue venue = Venue::kExchange;
  Rounding rounding = Rounding::kCheck;
  bool raise_sells_only = false;  // the reference on a test net, see limit_trade()
};

/// The trade that the exchange takes instead of `shares`.
///
/// Rule:    kExchange: none when |shares| < min_amount or price |shares| <= min_cost. kTestnet: a
///          trade of less than 3 min_cost / price becomes one of that size; with raise_sells_only
///          every sell becomes exactly that and no buy changes, as in the reference. kRound then
///          rounds to amount_precision; kCheck makes it an error when that would change anything.
/// Errors:  kInvalidArgument (kCheck).
/// Source:  oms.md 3.5.
Result<double> limit_trade(double shares, double price, const MarketInfo& info,
                           const LimitOptions& options);

}  // namespace tieout::oms
