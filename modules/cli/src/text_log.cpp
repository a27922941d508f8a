#include "text_log.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "tieout/core/file.hpp"

namespace tieout::cli {
namespace {

constexpr std::array<std::string_view, 6> kLevels{"TRACE",   "DEBUG", "INFO",
                                                  "WARNING", "ERROR", "CRITICAL"};

/// "log.scheduled.txt" becomes "log.scheduled.20231108_131000.txt" (recon_flow.md 2.13).
std::filesystem::path kept_name(const std::filesystem::path& path, Timestamp now) {
  const std::string stem = path.stem().string() + "." + to_ts_name(now);
  const std::string extension = path.extension().string();
  std::filesystem::path kept = path.parent_path() / (stem + extension);
  for (int n = 1; std::filesystem::exists(kept); ++n) {
    kept = path.parent_path() / fmt::format("{}.{}{}", stem, n, extension);
  }
  return kept;
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto* const found = std::find(kLevels.begin(), kLevels.end(), upper);
  if (found == kLevels.end()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("-v is '{}', it must be one of {}", text, fmt::join(kLevels, ", "))};
  }
  return static_cast<LogLevel>(found - kLevels.begin());
}

Result<TextLog> TextLog::open(const std::filesystem::path& path, LogLevel level,
                              std::function<Timestamp()> now) {
  if (path.has_parent_path()) {
    TIEOUT_CHECK(tieout::create_directories(path.parent_path()));
  }
  TextLog log;
  std::error_code code;
  if (std::filesystem::exists(path, code)) {
    log.kept_ = kept_name(path, now());
    std::filesystem::rename(path, log.kept_, code);
    if (code) {
      return file_error("keep the existing log", path, code.value());
    }
  }
  errno = 0;
  log.stream_.open(path, std::ios::binary | std::ios::trunc);
  if (!log.stream_) {
    return file_error("open the log", path, errno);
  }
  log.level_ = level;
  log.now_ = std::move(now);
  return log;
}

void TextLog::write(LogLevel level, std::string_view text) {
  if (level < level_) {
    return;
  }
  // to_iso always ends in the offset; its fraction has no fixed width, so the second is enough
  // here.
  const Timestamp second = floor_to(now_(), seconds(1));
  stream_ << fmt::format("{} - {:<8} {}\n", to_iso(second),
                         kLevels[static_cast<std::size_t>(level)], text);
  stream_.flush();
}

}  // namespace tieout::cli
