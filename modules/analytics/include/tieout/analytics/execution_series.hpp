#pragma once

#include <string>
#include <vector>

#include "tieout/analytics/execution_quality.hpp"

namespace tieout::analytics {

/// The ten series of a run's execution, one row for each bar, columns of no asset.
///
/// Shapes:  result [rows of by_bar x cumulative_{slippage, underfill_cost, net_cost, pnl,
///          idealized_pnl}, and each of them + _bps].
/// Units:   dollars; basis points of the gross volume that was traded up to the bar.
/// Rule:    net_cost = slippage + underfill_cost; idealized_pnl = pnl + net_cost: what the same
///          decisions would have earned at arrival prices, filled in full.
/// Nulls:   a bar without a number adds nothing; _bps is NaN until something was traded.
/// Source:  oms.md 5.7.
Panel execution_series(const ExecutionQuality& quality);

/// A sample in ascending order; the share of it that is <= values[i] is (i + 1) / size.
struct Ecdf {
  std::string name;  // "all", "buy", "sell", "profitable", "not profitable"
  std::vector<double> values;
};

/// One chart of distributions.
struct EcdfChart {
  std::string name;  // "slippage_in_bps by side"
  std::string unit;  // "bps", "ratio", "$"
  std::vector<Ecdf> samples;
};

/// The six distributions of a run's execution over the cells (bar, asset) that traded: slippage in
/// bps and fill rate, each by profitability of the benchmark and by side; underfill cost of all and
/// by side of what was executed.
/// Nulls:   NaN is left out; a benchmark that did not move is in neither group.
/// Source:  oms.md 5.7.
std::vector<EcdfChart> execution_ecdfs(const ExecutionQuality& quality);

}  // namespace tieout::analytics
