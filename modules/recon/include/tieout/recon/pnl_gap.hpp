#pragma once

#include <vector>

#include "tieout/analytics/pnl_gap.hpp"
#include "tieout/core/result.hpp"
#include "tieout/recon/trading_frames.hpp"

namespace tieout::recon {

/// Why two runs did not earn the same, by what was matched of their fills.
struct PnlGap {
  Timestamp first_bar, last_bar;  // the first and the last with books in both runs
  analytics::PnlGapSplit split;
};

/// Split the gap of two runs' PnL between the first and the last bar at which both marked books.
///
/// Rule:    fills are those booked behind the first and up to the last bar, matched among
///          themselves; positions, prices, PnL, fees and funding are those of the books, net of
///          costs. An asset is valued at the first and at the last price that its books have there;
///          one without any at the price of its last fill.
/// Errors:  kIncompleteEvidence when fewer than two bars have books in both; those of
///          analytics::match_trades() and split_pnl_gap().
/// Source:  peers.md 6.5; docs/formats/matching.md, "Why the PnL differs".
Result<PnlGap> pnl_gap(const TradingFrames& left, std::vector<analytics::Trade> left_fills,
                       const TradingFrames& right, std::vector<analytics::Trade> right_fills,
                       const analytics::MatchOptions& options);

}  // namespace tieout::recon
