#pragma once

#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// The twelve curves by which the reference shows a portfolio, one row for each bar.
///
/// Shapes:  metrics [bars x (pnl, gross_volume, net_volume, gmv, nmv)], columns of no asset, others
///          are left out; result [bars x 12]: pnl, pnl_bps, cumulative_pnl, cumulative_pnl_percent,
///          cumulative_gross_volume, turnover_percent, cumulative_net_volume, net_volume_percent,
///          gmv, gmv_deviation, nmv, nmv_percent.
/// Units:   dollars; pnl_bps basis points; _percent percent; gmv_deviation a ratio.
/// Rule:    with m(t) the mean of gmv over the bars up to t: pnl_bps = 1e4 pnl / gross_volume;
///          cumulative_pnl_percent = 100 cumulative_pnl / m; turnover_percent = 100 gross_volume /
///          m; net_volume_percent = 100 net_volume / gmv; gmv_deviation = gmv / m; nmv_percent =
///          100 nmv / gmv.
/// Nulls:   a NaN adds nothing to a sum and is in no mean; a bar with a gmv of 0 is in no mean and
///          has no number that is divided by it, one with a gross_volume of 0 no pnl_bps. A
///          cumulative curve is NaN before its first number.
/// Errors:  kSchemaMismatch naming the column that is missing.
/// Source:  recon_flow.md 4.9, oms.md 5.7.
Result<Panel> compute_portfolio_panels(const Panel& metrics);

}  // namespace tieout::analytics
