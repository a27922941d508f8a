#pragma once

#include <optional>
#include <string>
#include <variant>

#include "tieout/analytics/research_with_optimizer.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

/// What the last node of a run gave out at each bar: the last row of its window there. Rows of bars
/// at which it gave no new row are not repeated.
/// Errors: kIncompleteEvidence when the log holds no output of the node; those of the reader.
Result<Panel> read_last_outputs(const runlog::RunSource& run);

/// Arguments of a research portfolio, and where they come from when it is not the config alone.
struct ResearchSetup {
  std::variant<analytics::ResearchOptions, analytics::OptimizerResearchOptions> options;
  std::vector<std::string> notes;  // one sentence each
};

/// The research portfolio that belongs to a run, by the run's own config.
///
/// Rule:    style and its arguments are those of optimizer_config.params; prediction, volatility
/// and
///          spread are the columns that process_forecasts reads; the price is
///          dag_config.process_forecasts.price_col, else what the volatility's name begins with
///          ("vwap.ret_0.vol": vwap), else mark_to_market_col, the first of them that the outputs
///          have. Shares are rounded as in the run: by share_quantization, else by
///          market_info.<asset>.amount_precision where apply_cc_limits is on, else not at all. As
///          oms.md 3.15 wants it: nothing is liquidated or skipped at the ends of a date,
///          burn_in_bars 1, extended statistics; profile as_traded.
/// Errors:  kInvalidConfig naming the key; kSchemaMismatch when the outputs have no such price.
/// Source:  oms.md 3.15, recon_flow.md 4.3.
Result<ResearchSetup> research_setup(const runlog::RunSource& run, const Panel& outputs);

/// The third leg of a reconciliation.
struct ResearchLeg {
  Panel outputs;  // as read_last_outputs()
  ResearchSetup setup;
  analytics::ResearchPortfolio research;
};
Result<ResearchLeg> compute_research_leg(const runlog::RunSource& run);

/// Either of the two research portfolios.
Result<analytics::ResearchPortfolio> compute_research(const Panel& frame,
                                                      const ResearchSetup& setup);

}  // namespace tieout::recon
