#pragma once

#include <string>
#include <vector>

#include "tieout/cli/flags.hpp"
#include "tieout/system/run.hpp"

namespace tieout::cli {

/// The flags of a run that trades which name files, as text: what its books begin with, and what
/// it may trade.
struct TradingFiles {
  std::string market_info, restrictions, initial_state, funding_rates;
};

/// Add --market_info, --restrictions, --initial_state and --funding_rates.
void add_trading_files(std::vector<Flag>& flags, TradingFiles& files);

/// The run (of either kind) or the file that `text` names, opened as far as it is a run.
/// Errors: those of local_path() and of reference::open_run(); kFileNotFound.
Result<system::FillsFrom> open_fills(const std::string& text);

}  // namespace tieout::cli
