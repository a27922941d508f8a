#pragma once

#include "tieout/analytics/execution_quality.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// What executing a decision cost against the portfolio that got all of it at once, at the price
/// that it was decided with (Perold's implementation shortfall).
///
/// Shapes:  portfolio as compute_execution_quality() has it, with fees of each asset where there
///          are any; target_positions likewise; start_price [bars x price], or nullptr: the price
///          when the order reached the market, by the bar that executed it. Result [rows of the
///          targets x (delay, impact, fee, opportunity, shortfall, residual) of each asset].
/// Units:   dollars; positive is a loss.
/// Rule:    Q wanted at row t-1, q executed for T dollars by row t, P price, S start price:
///          delay = q * (S - P[t-1]); impact = T - q * S; fee = fees paid;
///          opportunity = (Q - q) * (P[t] - P[t-1]);
///          shortfall = Q * (P[t] - P[t-1]) - (q * P[t] - T - fee): paper less real;
///          residual = shortfall - their sum, 0 but for rounding. Without a start price S is
///          P[t-1]: delay is 0, and impact holds both.
/// Nulls:   the first row is NaN; a start price that is NaN counts as P[t-1].
/// Errors:  kSchemaMismatch naming the column that is missing.
/// Source:  peers.md 6.3.
Result<Panel> implementation_shortfall(const Panel& portfolio, const Panel& target_positions,
                                       const Panel* start_price);

/// Sums over bars and assets.
struct ShortfallParts {
  double delay = 0, impact = 0, fee = 0, opportunity = 0, shortfall = 0;
  double largest_residual = 0;  // |residual| of one cell
};
ShortfallParts sum_shortfall(const Panel& shortfall);

}  // namespace tieout::analytics
