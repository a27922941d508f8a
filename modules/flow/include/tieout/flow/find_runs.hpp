#pragma once

#include <filesystem>

#include "tieout/core/result.hpp"

namespace tieout::flow {

/// The log directories of the two runs of a reconciliation.
struct RunDirectories {
  std::filesystem::path left, right;  // production, simulation
};

/// Both logs of the reconciliation that `path` is, or lies in: a target directory, a report or one
/// of the logs. Errors: kFileNotFound.
Result<RunDirectories> find_runs(const std::filesystem::path& path);

}  // namespace tieout::flow
