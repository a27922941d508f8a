#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/directories.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

bool occupied(const fs::path& path) {
  std::error_code code;
  return fs::symlink_status(path, code).type() != fs::file_type::not_found;
}

/// Remove a tree of our own, write-protected or not.
Status discard(const fs::path& path) {
  if (!occupied(path)) {
    return {};
  }
  TIEOUT_CHECK(set_write_bits(path, WriteBits::kAdd));
  return remove_tree(path);
}

/// One step: `place` holds the old or the new one. The old one is then at `made`.
Status exchange(const fs::path& made, const fs::path& place) {
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) {
    return {};
  }
  if (errno != EINVAL && errno != ENOSYS) {
    return file_error("move into place", place, errno);
  }
  // The file system cannot exchange: there is an instant without either, and a try that is killed
  // in it is redone.
  TIEOUT_CHECK(remove_tree(place));
  std::error_code code;
  fs::rename(made, place, code);
  return code ? Status(file_error("move into place", place, code.value())) : Status();
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The process in ".NAME.tmp.PID.N", or nothing when the name has another form.
std::optional<pid_t> writer_of(const std::string& name) {
  const std::size_t n = name.rfind('.');
  const std::size_t pid = n == std::string::npos || n == 0 ? n : name.rfind('.', n - 1);
  if (pid == std::string::npos || pid < 5 || name.front() != '.' ||
      name.compare(pid - 4, 4, ".tmp") != 0) {
    return std::nullopt;
  }
  const std::string process = name.substr(pid + 1, n - pid - 1);
  if (!is_number(process) || process.size() > 9 || !is_number(name.substr(n + 1))) {
    return std::nullopt;
  }
  return static_cast<pid_t>(std::stol(process));
}

bool is_alive(pid_t process) {
  return process == ::getpid() || ::kill(process, 0) == 0 || errno != ESRCH;
}

}  // namespace

Result<fs::path> make_temporary(const fs::path& dir, std::string_view name) {
  fs::path temporary = dir / fmt::format(".{}.tmp", name);
  TIEOUT_CHECK(discard(temporary));
  TIEOUT_CHECK(tieout::create_directories(temporary));
  return temporary;
}

Status move_into_place(const fs::path& temporary, const fs::path& dir) {
  std::vector<fs::path> entries;
  std::error_code code;
  for (fs::directory_iterator entry(temporary, code), end; !code && entry != end;
       entry.increment(code)) {
    entries.push_back(entry->path());
  }
  if (code) {
    return file_error("move into place", temporary, code.value());
  }
  std::sort(entries.begin(), entries.end());
  for (const fs::path& made : entries) {
    const fs::path place = dir / made.filename();
    if (occupied(place)) {
      TIEOUT_CHECK(exchange(made, place));
      continue;
    }
    fs::rename(made, place, code);
    if (code) {
      return file_error("move into place", place, code.value());
    }
  }
  return discard(temporary);
}

Status remove_leftovers(const fs::path& dir, Depth depth) {
  std::vector<fs::path> leftovers;
  std::error_code code;
  for (fs::recursive_directory_iterator entry(dir, code), end; !code && entry != end;
       entry.increment(code)) {
    std::error_code ignored;
    if (depth == Depth::kOne) {
      entry.disable_recursion_pending();
    }
    const auto process = writer_of(entry->path().filename().string());
    if (process.has_value() && !is_alive(*process) &&
        fs::is_regular_file(entry->symlink_status(ignored))) {
      leftovers.push_back(entry->path());
    }
  }
  if (code && code != std::errc::no_such_file_or_directory) {
    return file_error("remove_leftovers", dir, code.value());
  }
  for (const fs::path& file : leftovers) {
    fs::remove(file, code);
    if (code) {
      return file_error("remove_leftovers", file, code.value());
    }
  }
  return {};
}

}  // namespace tieout::flow
