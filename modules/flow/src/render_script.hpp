#pragma once

#include <string>

#include "tieout/flow/deployment.hpp"

namespace tieout::flow {

/// What a script does without a day.
enum class DayRule { kToday, kNewestRun };

/// Bash that computes a run's times from its day and starts `words` (with marks), or prints them
/// with --print. The times follow the rule of run_of_day().
std::string render_script(const Deployment& deployment, const std::string& what,
                          const std::vector<std::string>& words, DayRule rule);

}  // namespace tieout::flow
