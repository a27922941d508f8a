#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tieout/analytics/pomo.hpp"
#include "tieout/analytics/single_period_optimizer.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/oms/exchange_limits.hpp"
#include "tieout/oms/restrictions.hpp"
#include "tieout/oms/trade_filter.hpp"

namespace tieout::oms {

/// One asset at the moment of the decision.
struct TargetInput {
  AssetId asset_id;
  double holdings_shares = 0.0;
  double price = 0.0;
  double holdings_notional = 0.0;
  double prediction = 0.0;
  double volatility = 0.0;
  double spread = 0.0;           // relative to the price; 0 where the strategy has none
  double traded_notional = 0.0;  // dollars traded lately by everybody; used by the trade filter
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
  double order_shares = 0.0;    // the trade that no restriction forbids: what is ordered
};

/// The backends: "pomo" in its two styles, and "batch_optimizer".
using SizingOptions = std::variant<analytics::CrossSectionalOptions, analytics::LongitudinalOptions,
                                   analytics::SinglePeriodOptions>;
/// Errors: kInvalidConfig naming the first option that is out of its range.
Status check_options(const SizingOptions& options);

struct TargetOptions {
  SizingOptions optimizer;
  /// Decimals of a trade: of every asset, unless `share_decimals` says them asset by asset. For an
  /// asset with market information, its amount_precision counts instead.
  int share_quantization = 8;
  std::map<AssetId, int> share_decimals;
  std::map<AssetId, MarketInfo> market_info;  // exchange limits; empty: none apply
  LimitOptions limits;
  Restrictions restrictions;
  TradeFilter filter;
  bool ignore_spread = false;      // of the longitudinal style, as the reference's live path does
  bool note_sizing_stats = false;  // the batch optimizer's `verbose`
};

enum class Liquidation { kNo, kYes };

struct TargetDecision {
  std::vector<Target> targets;  // in the order of the inputs
  std::vector<std::string> notes;
};

/// Decide the positions of one bar (oms.md 3.1-3.6).
///
/// Rule:    An asset whose prediction or spread is not finite, or whose volatility is not finite or
///          negative, takes no part: it is not ranked, gets no share of the gmv, and its position
///          is kept. An asset without a price (NaN) is ranked and sized like the others, so that
///          they do not trade on its account, but does not trade. Both are noted.
///          pomo: trades = round(target / price - holdings), rounded to the asset's decimals as
///          numpy does; target holdings are holdings plus trades, not rounded again.
///          batch optimizer: holdings = round(target / price), trades what is missing to them. A
///          position that is kept counts in the gmv, the neutrality and the risk; restrictions
///          and the filter are constraints; an answer that is not proved keeps all positions.
///          Then, in this order: the trade filter drops trades, the exchange limits drop or change
///          them, restrictions forbid orders (the targets stay). Liquidation sells all holdings
///          whatever the forecasts, the filter, the limits and the rounding say; restrictions
///          forbid its orders too.
/// Errors:  kIdentityBroken when the amounts of a row contradict each other by more than 1e-4
/// (oms.md 1.3, S8); those of limit_trade().
Result<TargetDecision> decide_targets(const TargetOptions& options,
                                      const std::vector<TargetInput>& inputs,
                                      Liquidation liquidation);

}  // namespace tieout::oms
