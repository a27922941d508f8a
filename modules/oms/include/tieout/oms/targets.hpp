#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/analytics/pomo.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"

namespace tieout::oms {

/// What the exchange allows for one asset (oms.md 2.7).
struct MarketInfo {
  double min_amount = 0.0;   // shares
  double min_cost = 10.0;    // dollars
  int amount_precision = 8;  // decimals of an amount
};

/// One asset at the moment of the decision.
struct TargetInput {
  AssetId asset_id;
  double holdings_shares = 0.0;
  double price = 0.0;
  double holdings_notional = 0.0;
  double prediction = 0.0;
  double volatility = 0.0;
  double spread = 0.0;
};

struct TargetAmounts {
  double holdings_notional = 0.0;
  double trades_notional = 0.0;
  double trades_shares = 0.0;
  double holdings_shares = 0.0;
};

/// One row of the target positions.
struct Target {
  TargetInput input;
  TargetAmounts target;
  TargetAmounts before_limits;  // target before the exchange limits
};

struct TargetOptions {
  analytics::PomoOptions optimizer;
  int share_quantization = 8;  // decimals of a trade, for assets without market information
  std::map<AssetId, MarketInfo> market_info;  // exchange limits; empty: none apply
};

enum class Liquidation { kNo, kYes };

struct TargetDecision {
  std::vector<Target> targets;  // in the order of the inputs
  std::vector<std::string> notes;
};

/// Decide the positions of one bar (oms.md 3.1-3.5).
///
/// Rule:    An asset whose prediction is not finite, or whose volatility is not finite or negative,
/// takes no part: it is not ranked,
///          gets no share of the gmv, and its position is kept. An asset without a price (NaN) is
///          ranked and sized like the others, so that they do not trade on its account, but does
///          not trade. Both are noted. trades = round(target / price - holdings), rounded to the
///          asset's decimals as numpy does; target holdings are holdings plus trades, not rounded
///          again. With exchange limits, a trade below min_amount, or not above min_cost, becomes
///          none. Liquidation sells all holdings whatever the forecasts, the limits and the
///          rounding say.
/// Errors:  kIdentityBroken when the amounts of a row contradict each other by more than 1e-4
/// (oms.md 1.3, S8).
Result<TargetDecision> decide_targets(const TargetOptions& options,
                                      const std::vector<TargetInput>& inputs,
                                      Liquidation liquidation);

}  // namespace tieout::oms
