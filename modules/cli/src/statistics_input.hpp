#pragma once

#include <string>
#include <vector>

#include "tieout/analytics/performance.hpp"
#include "tieout/core/result.hpp"

namespace tieout::cli {

/// Portfolios to compute statistics of, and their common bar (0 when no run says it).
struct StatisticsInput {
  std::vector<analytics::PortfolioRecord> portfolios;
  Duration bar;
};

/// Read run logs of either kind, then files of bar metrics.
///
/// Rule:    a run is named by its directory's last part; two of one name by their whole paths. A
///          file has rows of a timestamp and the columns pnl, gross_volume, net_volume, gmv, nmv;
///          with columns "prod|pnl", or two header rows, it holds several portfolios.
/// Errors:  those of the readers; kSchemaMismatch and kMalformedData naming the file and what is
///          wrong; kInvalidArgument when there is nothing to read.
Result<StatisticsInput> read_statistics_input(const std::vector<std::string>& runs,
                                              const std::vector<std::string>& files);

}  // namespace tieout::cli
