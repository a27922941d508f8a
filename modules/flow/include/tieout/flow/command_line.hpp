#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout::flow {

/// A command that a scheduler or a person wrote, taken apart. Nothing of it is run.
struct CommandLine {
  std::string program;  // "run_Cx_prod_system", "reconcile_run_all": no path, no ".py", no "invoke"
  /// By name without dashes, '-' as '_': every value that was given, in order; a switch has "".
  std::map<std::string, std::vector<std::string>> flags;
  std::vector<std::string> warnings;  // what was read with good will
};

/// Split text as a shell splits it: blanks separate, single and double quotes join, a backslash
/// escapes, a backslash at the end of a line continues it. Errors: kMalformedData for a quote that
/// is not closed.
Result<std::vector<std::string>> split_words(std::string_view text);

/// `text` as one word of a shell, in single quotes where it needs them.
std::string quote_word(std::string_view text);

/// Read a command line, or the `"command": [...]` block of a rendered scheduler template.
///
/// Rule:    what precedes `&&`, redirections, and a pipe with what follows it are no arguments; a
/// prompt ("> ") is none either. In a template the strings' escapes are undone and the strings are
/// joined by blanks; missing commas, a backslash between strings, and `\(` for `(` (then a quote
/// after it belongs to the text) are read with a warning.
/// Errors:  kMalformedData saying where; kInvalidArgument when there is no program.
/// Source:  recon_flow.md 6.2, rendered template.
Result<CommandLine> read_command_line(std::string_view text);

}  // namespace tieout::flow
