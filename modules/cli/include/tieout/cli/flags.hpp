#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tieout/core/nearest.hpp"
#include "tieout/core/result.hpp"

namespace tieout::cli {

enum class Need { kOptional, kRequired };

/// One flag or positional argument of a command, bound to the variable that it sets.
///
/// Rule: the variable's value before parsing is the default, and --help shows it. `-` and `_` are
/// the same in names. A
///       scalar that is given twice takes the last value; a list takes all.
struct Flag {
  /// "--tag", "-v"; a name without a dash ("RUN_DIR") is a positional argument.
  std::string name;
  /// Where the value goes; a bool makes a switch without a value.
  std::variant<std::string*, std::optional<std::string>*, std::vector<std::string>*, bool*,
               std::optional<std::int64_t>*, std::uint64_t*, double*>
      target;
  /// Meaning and unit, in one sentence; the default is appended.
  std::string help;
  Need need = Need::kOptional;
  /// Placeholder of the value in --help: "TS", "DIR".
  std::string value_name = {};
  /// When not empty, the only values allowed.
  std::vector<std::string> choices = {};
  /// A switch that also has the form --no-NAME.
  bool negatable = false;
};

/// What parsing came to: a text to print (--help), or nothing, and the command may run.
using HelpText = std::optional<std::string>;

/// Parse the arguments of one command into the variables of its flags.
///
/// Errors: kUnknownName for a flag that does not exist, with the nearest one; kInvalidArgument for
/// a missing or malformed
///         value, one that is not among the choices, and a missing required flag.
Result<HelpText> parse_flags(std::string_view command, std::string_view summary,
                             const std::vector<Flag>& flags,
                             const std::vector<std::string>& arguments);

using tieout::nearest_name;
using tieout::normalised;

}  // namespace tieout::cli
