#pragma once

#include <string>
#include <vector>

#include "tieout/cli/flags.hpp"

namespace tieout::cli {

/// The flags of a run that trades which name files, as text: what its books begin with, and what
/// it may trade.
struct TradingFiles {
  std::string market_info, restrictions, initial_state, funding_rates;
};

/// Add --market_info, --restrictions, --initial_state and --funding_rates.
void add_trading_files(std::vector<Flag>& flags, TradingFiles& files);

}  // namespace tieout::cli
