#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/config/config.hpp"
#include "tieout/core/result.hpp"

namespace tieout::reference {

/// The leaves of a config that was rendered as text.
///
/// Rule:    a line is "key (marked_as_used=..., writer=..., val_type=T): value", "key (writer=...,
///          type=T): value" or "key: value", nested by two blanks. A line that is none, or that
///          does not fit the nesting, goes on with the value before it. Types str, int, float,
///          bool, NoneType, Timestamp, Timedelta, time become leaves of that type when the text is
///          one; everything else is a leaf of its text. The print-out of an object (it has an
///          address in memory, several lines, or is very long) counts by what it begins with; the
///          log's own directory is cut where another leaf than system_log_dir names it.
config::Config parse_config_text(std::string_view text);

/// The same from a pickle of plain values: nested dicts, whose leaves may be (marked_as_used,
/// writer, value). Errors: those of read_pickle(); kMalformedData when it is no dict.
Result<config::Config> parse_config_pickle(std::string_view bytes);

/// A log's config, from the best of its files.
struct ImportedConfig {
  config::Config config;
  std::string text;    // of the file, "" when it came from a pickle
  std::string source;  // name of the file, "" when there is none
  std::vector<std::string> notes;
};
/// system_config.output before .input, text before pickles; where both are readable they are held
/// together. Never fails: what cannot be read is a note.
ImportedConfig import_config(const std::filesystem::path& dir);

}  // namespace tieout::reference
