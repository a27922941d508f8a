#pragma once

#include <string>
#include <vector>

#include "tieout/cli/command.hpp"

#include "profile_flags.hpp"

namespace tieout::cli {

/// The arguments of the reference's comparison of two directories of node outputs.
struct DagProfileFlags : ProfileFlags {
  std::string node_name = "all", bar_timestamp = "all";
  std::string diff_threshold = "0.001";
  std::vector<std::string> aggregation_level;

  void add_flags(std::vector<Flag>& flags);
};

/// `compare PROD_DIR SIM_DIR --profile reference`.
Result<int> compare_by_profile(Session& session, const std::string& prod, const std::string& sim,
                               const DagProfileFlags& flags, bool as_json);

}  // namespace tieout::cli
