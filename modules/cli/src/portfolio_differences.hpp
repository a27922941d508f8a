#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tieout/cli/command.hpp"

namespace tieout::cli {

/// What `portfolio_stats --differences` was asked for.
struct DifferencesRequest {
  std::vector<std::string> runs;  // production, then the simulation
  std::string research;           // table of a research portfolio; empty: production's own
  bool by_reference = false;      // all three portfolios, marks rounded to the bar
  bool json = false;
};

/// Print how far the portfolios of two runs and of research are apart, field by field, and how long
/// after each bar the runs marked their books. Errors: those of the readers and of
/// recon::compare_portfolios(); kInvalidArgument unless two runs are given.
Result<int> print_differences(const DifferencesRequest& request, Session& session);

}  // namespace tieout::cli
