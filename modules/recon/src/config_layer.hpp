#pragma once

#include <string>
#include <vector>

#include "tieout/recon/compare.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

/// The configs of two runs, leaf by leaf.
struct ConfigLayer {
  CellCounts leaves;
  std::vector<Finding> breaks;        // unexpected leaves, in path order; `bar` is not set
  std::vector<std::string> expected;  // paths that differ as declared, in path order
  std::string not_compared;           // why, when a config could not be read
};
ConfigLayer compare_configs(const runlog::RunSource& left, const runlog::RunSource& right,
                            const CompareOptions& options);

/// The node, table or "" that reads a config leaf: dag_config.<nid>.* is read by that node,
/// process_forecasts_node_dict.* and portfolio_config.* by the trading that makes target positions,
/// market_data_config.* by the source.
std::string reader_of_leaf(const std::string& path, const runlog::Manifest& manifest);

}  // namespace tieout::recon
