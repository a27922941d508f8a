#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/oms/quotes.hpp"

namespace tieout::oms {

/// Between the two sides of the book: passivity 1 waits at the near side, 0 crosses the spread.
struct SpreadPriceOptions {
  double passivity_factor = 0.55;  // in [0, 1]
  /// In (0, 1): a side that is farther than this (as a ratio of itself) from its mean over the
  /// window is an outlier, and the mean is used.
  double max_deviation = 0.01;

  friend bool operator==(const SpreadPriceOptions&, const SpreadPriceOptions&) = default;
};

/// Away from the far side by a multiple of the volatility of one wave.
struct VolatilityPriceOptions {
  /// 0 or more; one for all waves, or one for each by its id.
  std::vector<double> multiples{0.75};

  friend bool operator==(const VolatilityPriceOptions&, const VolatilityPriceOptions&) = default;
};

using LimitPriceOptions = std::variant<SpreadPriceOptions, VolatilityPriceOptions>;

/// "LimitPriceComputerUsingSpread", "LimitPriceComputerUsingVolatility".
std::string_view name_of(const LimitPriceOptions& options) noexcept;

/// Errors: kInvalidArgument naming what is out of its range.
Status check_limit_price(const LimitPriceOptions& options);

/// A limit price and what it was computed from (oms.md 3.11). NaN: not a key of that computer.
struct LimitPrice {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  double limit_price = kNone;
  std::int64_t wave_id = 0;
  std::int64_t num_data_points = 0;
  Timestamp exchange_timestamp;  // of the latest quote, like the two that follow
  Timestamp knowledge_timestamp;
  Timestamp end_download_timestamp;
  double latest_bid_price = kNone;
  double latest_ask_price = kNone;
  double latest_bid_size = kNone;
  double latest_ask_size = kNone;
  // By spread.
  double passivity_factor = kNone;
  double bid_price_mean = kNone;
  double ask_price_mean = kNone;
  double used_bid_price = kNone;
  double used_ask_price = kNone;
  // By volatility.
  double volatility_multiple = kNone;
  std::int64_t num_data_points_resampled = 0;
  double scaling_multiplier = kNone;
  double bid_vol = kNone;
  double bid_vol_bps = kNone;
  double ask_vol = kNone;
  double ask_vol_bps = kNone;
  double total_vol = kNone;
  double latest_mid_price = kNone;
  double total_vol_bps = kNone;
  double spread = kNone;
  double spread_bps = kNone;
  double total_vol_to_spread_bps = kNone;
};

enum class Side { kBuy, kSell };

/// One wave of one asset, as a limit price needs it.
struct WaveOfAsset {
  Side side = Side::kBuy;
  std::int64_t wave_id = 0;
  Duration frequency;      // of the waves
  int price_decimals = 8;  // the limit is rounded to them as numpy rounds
};

/// Compute the limit price of a child order from the quotes of its asset.
///
/// Shapes:  quotes as clean_quotes() leaves them, at least one.
/// Rule:    by spread: buy bid * p + ask * (1 - p), sell ask * p + bid * (1 - p), each side the
///          latest or, for an outlier, the mean. By volatility: buy ask - m * vol, sell
///          bid + m * vol, latest sides; vol is the root mean square of the steps of 100 ms of both
///          sides, times the root of the steps in a wave.
/// Nulls:   limit_price is NaN where a volatility needs two steps and there are none.
/// Errors:  kInvalidArgument when there is no multiple for the wave.
Result<LimitPrice> compute_limit_price(const LimitPriceOptions& options,
                                       std::span<const TopOfBook> quotes, const WaveOfAsset& wave);

}  // namespace tieout::oms
