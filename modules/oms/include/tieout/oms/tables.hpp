#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tieout/core/table.hpp"
#include "tieout/oms/order.hpp"
#include "tieout/oms/portfolio.hpp"
#include "tieout/oms/targets.hpp"

/// The tables of BarDecisions: column names, types and order (oms.md 2). Exporters and comparers
/// find the columns by these names.
namespace tieout::oms::tables {

inline constexpr std::string_view kAssetId = "asset_id";
inline constexpr std::string_view kHoldingsShares = "holdings_shares";
inline constexpr std::string_view kPrice = "price";
inline constexpr std::string_view kHoldingsNotional = "holdings_notional";

// Target positions.
inline constexpr std::string_view kWallClockTimestamp = "wall_clock_timestamp";
inline constexpr std::string_view kPrediction = "prediction";
inline constexpr std::string_view kVolatility = "volatility";
inline constexpr std::string_view kSpread = "spread";
inline constexpr std::string_view kTargetHoldingsNotional = "target_holdings_notional";
inline constexpr std::string_view kTargetTradesNotional = "target_trades_notional";
inline constexpr std::string_view kTargetTradesShares = "target_trades_shares";
inline constexpr std::string_view kTargetHoldingsShares = "target_holdings_shares";
/// Appended to the names of the four target columns, in the order shares, notional of holdings,
/// then of trades.
inline constexpr std::string_view kBeforeLimitsSuffix = ".before_apply_cc_limits";

// Orders and fills.
inline constexpr std::string_view kOrderId = "order_id";
inline constexpr std::string_view kCreationTimestamp = "creation_timestamp";
inline constexpr std::string_view kType = "type_";
inline constexpr std::string_view kStartTimestamp = "start_timestamp";
inline constexpr std::string_view kEndTimestamp = "end_timestamp";
inline constexpr std::string_view kCurrNumShares = "curr_num_shares";
inline constexpr std::string_view kDiffNumShares = "diff_num_shares";
inline constexpr std::string_view kFillId = "fill_id";
inline constexpr std::string_view kTimestamp = "timestamp";
inline constexpr std::string_view kNumShares = "num_shares";
// Order events.
inline constexpr std::string_view kEvent = "event";  // "rejected", "partial", ...
inline constexpr std::string_view kReason = "reason";
// With costs.
inline constexpr std::string_view kFee = "fee";
inline constexpr std::string_view kLiquidity = "liquidity";  // "", "maker", "taker"

// Portfolio. On the first snapshot of a run executed_trades_notional is NaN for every asset (the
// reference's file then holds no column), executed_trades_shares are the initial holdings, and pnl
// is NaN.
inline constexpr std::string_view kExecutedTradesShares = "executed_trades_shares";
inline constexpr std::string_view kExecutedTradesNotional = "executed_trades_notional";
inline constexpr std::string_view kPnl = "pnl";
// With costs, in the portfolio and in the statistics: dollars paid, and pnl - fees - funding.
inline constexpr std::string_view kFees = "fees";
inline constexpr std::string_view kFunding = "funding";
inline constexpr std::string_view kNetPnl = "net_pnl";

// Statistics.
inline constexpr std::string_view kSnapshotTimestamp = "snapshot_timestamp";
inline constexpr std::string_view kGrossVolume = "gross_volume";
inline constexpr std::string_view kNetVolume = "net_volume";
inline constexpr std::string_view kGmv = "gmv";
inline constexpr std::string_view kNmv = "nmv";
inline constexpr std::string_view kCash = "cash";
inline constexpr std::string_view kNetWealth = "net_wealth";
inline constexpr std::string_view kLeverage = "leverage";

enum class LimitColumns { kNo, kYes };
/// Whether the columns of fees and funding are there: as for the limits, only where a run is
/// configured to have them, from its first bar to its last.
enum class CostColumns { kNo, kYes };

std::string_view to_string(Liquidity liquidity) noexcept;

/// Order of the four target columns (oms.md 2.6): that of pomo (holdings_notional, trades_notional,
/// trades_shares, holdings_shares), or that of the batch optimizer (shares and notional of the
/// holdings, then of the trades).
enum class TargetOrder { kNotionalFirst, kSharesFirst };

/// Key asset_id. No targets: the same columns without rows.
Table target_positions(const std::vector<Target>& targets, Timestamp wall_clock, TargetOrder order,
                       LimitColumns limit_columns);
/// Key order_id.
Table orders(const std::vector<Order>& orders);
/// Inverse of orders(); extra parameters are empty. Errors: kMalformedData naming a column that is
/// missing or has another type.
Result<std::vector<Order>> orders_from(const Table& table, Zone zone);
/// Key fill_id.
Table fills(const std::vector<Fill>& fills, CostColumns costs);
/// Key asset_id.
Table portfolio(std::span<const AssetId> assets, const Snapshot& snapshot, CostColumns costs);
/// No key, one row.
Table statistics(const Snapshot& snapshot, CostColumns costs);

}  // namespace tieout::oms::tables
