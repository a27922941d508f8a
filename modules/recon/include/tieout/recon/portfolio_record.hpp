#pragma once

#include <string>

#include "tieout/analytics/performance.hpp"
#include "tieout/core/result.hpp"
#include "tieout/recon/trading_frames.hpp"

namespace tieout::recon {

/// One field of a panel as dollars by asset: its columns alone.
Panel field_of(const Panel& panel, std::string_view field);

/// A run's books as its statistics are computed from.
///
/// Rule:    metrics are the statistics of the bars; fees and funding, where the statistics have
///          none and the portfolio does, are the sums over its assets; positions are
///          holdings_notional without cash.
/// Errors:  kIncompleteEvidence when no bar wrote statistics; the message names the run.
Result<analytics::PortfolioRecord> portfolio_record(const TradingFrames& frames,
                                                    const std::string& name);

}  // namespace tieout::recon
