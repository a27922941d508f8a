#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::cli {

/// Verbosity of a text log, in the reference's order.
enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError, kCritical };
/// "TRACE", "DEBUG", ... in any case. Errors: kInvalidArgument listing the levels.
Result<LogLevel> parse_log_level(std::string_view text);

/// The human log of a run (--log_file_name): one line for each event, with the wall time and the
/// level.
class TextLog {
 public:
  /// Open for writing. An existing log is kept as `name.{UTC TS}.ext`, with `.1`, `.2`, ... before
  /// the extension when that exists too. Errors: kFileUnwritable.
  static Result<TextLog> open(const std::filesystem::path& path, LogLevel level,
                              std::function<Timestamp()> now);

  /// Write a line unless its level is below the log's. A failure to write is not reported: this is
  /// not evidence.
  void write(LogLevel level, std::string_view text);
  /// Where the log that was there before is now; empty when there was none.
  const std::filesystem::path& kept() const noexcept { return kept_; }

 private:
  std::ofstream stream_;
  LogLevel level_ = LogLevel::kInfo;
  std::function<Timestamp()> now_;
  std::filesystem::path kept_;
};

}  // namespace tieout::cli
