#pragma once

#include "tieout/analytics/research_portfolio.hpp"
#include "tieout/analytics/single_period_optimizer.hpp"

namespace tieout::analytics {

struct OptimizerResearchOptions {
  ResearchColumns columns = {};  // buy_price and sell_price have no meaning here
  SinglePeriodOptions optimizer = {};
  ResearchBooks books = {};
};

/// Positions and PnL of forecasts when each bar's targets come of the convex optimizer, which knows
/// what is held.
///
/// Shapes:  as research_portfolio(); the books begin flat at the first bar that counts.
/// Rule:    at bar t the optimizer sees holdings, price, prediction and volatility of t; its
/// targets
///          are held at t + 1, executed at the price of t + 1. liquidate_at_end_of_day: nothing is
///          held at the last bar of a date; initialize_beginning_of_day_trades_to_zero: no trade
///          at the first bar of a date but the first of all.
/// Nulls:   an asset without price, prediction or volatility at t does not trade; one without a
///          price at t + 1 waits; it is valued at its last price. Zero volatility is 1e-5.
/// Errors:  as research_portfolio(), check_options() and optimize_single_period(). A bar that has
///          no proved optimum keeps its holdings and is counted in the notes.
/// Cost:    one optimization for each bar.
/// Source:  oms.md 3.16 (ForecastEvaluatorWithOptimizer).
Result<ResearchPortfolio> research_portfolio_with_optimizer(
    const Panel& frame, const OptimizerResearchOptions& options);

}  // namespace tieout::analytics
