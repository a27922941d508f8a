#pragma once

#include <string>
#include <vector>

#include "facts.hpp"

namespace tieout::report {

/// What a reader does next: a sentence, and the command line that does it for these runs.
struct NextStep {
  std::string why;
  std::vector<std::string> command;  // empty: there is none
};

/// The next steps that a verdict asks for, the first first; none for a run in progress. A part that
/// both runs hold is named by its node, bar, column and asset.
std::vector<NextStep> next_steps(const Facts& facts);

/// The command as one types it in a POSIX shell: words with other characters than letters, digits
/// and _./:=,+@- stand in single quotes.
std::string shell_line(const std::vector<std::string>& command);

}  // namespace tieout::report
