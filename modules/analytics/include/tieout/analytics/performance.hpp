#pragma once

#include <string>
#include <vector>

#include "tieout/analytics/portfolio_stats.hpp"

namespace tieout::analytics {

/// A portfolio as it is measured.
struct PortfolioRecord {
  std::string name;
  /// Bar metrics; beside the five, net_wealth (basis of returns), leverage, gpc, fees and funding
  /// where they are known.
  Panel metrics;
  /// Dollars held and earned, one column for each asset, for bets and holdings; may be empty.
  Panel positions, pnl;
};

/// Simple returns of resampled bins.
struct Returns {
  std::vector<Timestamp> bins;
  std::vector<double> values;  // NaN where a bin has no PnL or nothing to divide it by
  std::string basis;           // in words
};

/// What PnL is divided by to become a return.
enum class ReturnBasis { kNetWealth, kMeanGmv };
/// kNetWealth when the metrics have a net wealth, else kMeanGmv.
ReturnBasis basis_of(const Panel& metrics);
/// PnL of each bin over the net wealth at the end of the bin before (of the first: at the first
/// bar, less that bar's PnL), or over the mean GMV of all bins.
Returns returns_of(const Panel& bins, ReturnBasis basis);

/// The group `performance` of docs/formats/statistics.md: what one run earned, risked and traded.
///
/// Errors:  those of compute_portfolio_stats().
Result<std::vector<Statistic>> compute_performance(const PortfolioRecord& record,
                                                   const PortfolioStatsOptions& options);

}  // namespace tieout::analytics
