#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tieout/config/config.hpp"

namespace tieout::config {

/// One parsed `("key","key"),(value)`.
struct Override {
  Path path;
  /// A leaf, or the leaves of a dict (paths relative to `path`).
  std::variant<Value, std::vector<std::pair<Path, Value>>> value;
  std::string text;  // As given, trimmed.
};

struct ParsedOverrides {
  std::vector<Override> overrides;
  std::vector<std::string> warnings;  // "column 64: stray '\(' read as '('"
};

/// Parse `item` or `item;item;...` by a grammar; nothing is evaluated.
///
/// Rule:    recon_flow.md 7 and dataflow.md 2.10: bare string, str(), int(), float(), bool(), None,
/// plain numbers, lists, tuples,
///          dicts, nested dicts, list concatenation and repetition, pd.Timedelta(...),
///          pd.Timestamp(..., tz=...), datetime.time(...); blanks and newlines between tokens; `\(`
///          accepted as `(` with a warning; bool("False") is False with a warning; a `;` inside
///          quotes is text; blank text holds no override. A tuple becomes a list.
/// Errors:  kMalformedOverride with the column and what was expected there; also past the limits of
/// 1 MiB of text, 32 levels of
///          nesting, or 64 MiB of values made by repetition.
Result<ParsedOverrides> parse_overrides(std::string_view text);

/// Apply in order; the last one wins. `writer` is recorded at each leaf. All or nothing.
///
/// Errors:  those of Config::set and Config::set_subconfig, with the text of the override.
Status apply_overrides(Config& config, const std::vector<Override>& overrides,
                       std::string_view writer);

/// Canonical text of an override, which parses to the same path and value. (A time of day keeps its
/// microseconds.)
std::string to_text(const Override& item);

}  // namespace tieout::config
