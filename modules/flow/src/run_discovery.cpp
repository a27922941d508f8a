#include "tieout/flow/run_discovery.hpp"

#include <algorithm>
#include <map>
#include <system_error>

#include <fmt/format.h>

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTsLength = 15;  // YYYYMMDD_HHMMSS
constexpr std::size_t kWindowLength = 2 * kTsLength + 1;
constexpr std::string_view kLogDir = "system_log_dir";

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool looks_like_ts(std::string_view text) {
  constexpr std::size_t kDate = 8;
  return text.size() == kTsLength && text[kDate] == '_' && all_digits(text.substr(0, kDate)) &&
         all_digits(text.substr(kDate + 1));
}

bool looks_like_window(std::string_view text) {
  return text.size() == kWindowLength && text[kTsLength] == '.' &&
         looks_like_ts(text.substr(0, kTsLength)) && looks_like_ts(text.substr(kTsLength + 1));
}

/// The window that a name says, when both of its times exist and follow each other.
std::optional<std::pair<Timestamp, Timestamp>> window_of(std::string_view name) {
  const Result<Timestamp> start = parse_ts_name(name.substr(0, kTsLength));
  const Result<Timestamp> end = parse_ts_name(name.substr(kTsLength + 1));
  if (!start.ok() || !end.ok() || *start >= *end) {
    return std::nullopt;
  }
  return std::pair{*start, *end};
}

/// ".20231110_120000", ".20231110_120000.2": what a backup adds to its name.
bool is_backup_suffix(std::string_view suffix) {
  if (suffix.size() < kTsLength + 1 || suffix.front() != '.' ||
      !looks_like_ts(suffix.substr(1, kTsLength))) {
    return false;
  }
  const std::string_view rest = suffix.substr(kTsLength + 1);
  return rest.empty() || (rest.front() == '.' && all_digits(rest.substr(1)));
}

std::string_view last_component(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string reason_of(DirKind kind) {
  switch (kind) {
    case DirKind::kBackup:
      return "a backup of a run";
    case DirKind::kUnfinished:
      return "left by a stage that was killed";
    case DirKind::kOlderLayout:
      return "an older layout, which is not read; the form is "
             "{model[.tag]}/{run_mode}/{start}.{end}";
    case DirKind::kNoWindow:
      return "its times do not exist or do not follow each other";
    case DirKind::kRun:
    case DirKind::kOther:
      break;
  }
  return "";
}

/// When a directory that is set aside would have begun, as far as its name says it.
std::optional<Timestamp> start_of(std::string_view name) {
  const std::string_view last = last_component(name);
  constexpr std::size_t kDate = 8;
  std::string text(last.substr(0, kTsLength));
  if (all_digits(last) && last.size() == kDate) {
    text += "_000000";
  } else if (last.rfind(kLogDir, 0) == 0 && last.size() > kWindowLength) {
    text = last.substr(last.size() - kWindowLength, kTsLength);
  }
  const Result<Timestamp> start = parse_ts_name(text);
  return start.ok() ? std::optional(*start) : std::nullopt;
}

/// Whether something that began at `start` belongs to the window; a date alone is its whole day.
bool in_filter(std::optional<Timestamp> start, const DiscoveryOptions& options) {
  return !start.has_value() || ((!options.start.has_value() || *start + days(1) > *options.start) &&
                                (!options.end.has_value() || *start <= *options.end));
}

void name_mode(const std::vector<std::string>& log_dirs, FoundRun& run) {
  if (log_dirs.empty()) {
    run.problem = fmt::format("it has no {}.*: production's log was not copied", kLogDir);
  } else if (log_dirs.size() > 1) {
    run.problem = fmt::format("it has {}, needed one", fmt::join(log_dirs, " and "));
  } else if (log_dirs.front().size() <= kLogDir.size() + 1) {
    run.problem = fmt::format("it has {} without a mode: an older layout", log_dirs.front());
  } else {
    run.mode = log_dirs.front().substr(kLogDir.size() + 1);
  }
}

/// The most frequent value, the smallest of several.
Duration most_frequent(const std::vector<Duration>& values) {
  std::map<Duration, std::size_t> counts;
  for (const Duration value : values) {
    ++counts[value];
  }
  Duration best;
  std::size_t most = 0;
  for (const auto& [value, count] : counts) {
    if (count > most) {
      best = value;
      most = count;
    }
  }
  return best;
}

Timestamp day_of(Timestamp t) {
  return floor_to(t, days(1));
}

bool is_weekend(Timestamp day) {
  const std::int64_t since_thursday = day.ns / days(1).ns;  // 1970-01-01 was one
  const std::int64_t weekday = ((since_thursday + 3) % 7 + 7) % 7;
  return weekday >= 5;
}

bool has_run(const std::vector<FoundRun>& runs, Timestamp day, Timestamp expected) {
  return std::any_of(runs.begin(), runs.end(), [&](const FoundRun& run) {
    return day_of(run.start) == day || (run.start <= expected && expected <= run.end);
  });
}

std::vector<Timestamp> missing_days(const std::vector<FoundRun>& runs,
                                    const DiscoveryOptions& options) {
  std::vector<Duration> times;
  std::vector<Duration> lengths;
  for (const FoundRun& run : runs) {
    times.push_back(run.start - day_of(run.start));
    lengths.push_back(run.end - run.start);
  }
  const Duration time = most_frequent(times);
  const Duration length = most_frequent(lengths);
  const Timestamp first = options.start.value_or(runs.front().start);
  const Timestamp last = options.end.value_or(runs.back().start);
  std::vector<Timestamp> missing;
  for (Timestamp day = day_of(first); day <= last; day = day + days(1)) {
    const Timestamp expected = day + time;
    const bool in_window = expected >= first && expected <= last;
    const bool is_over = expected + length <= options.now;
    const bool is_day = options.days == RunDays::kAll || !is_weekend(day);
    if (in_window && is_over && is_day && !has_run(runs, day, expected)) {
      missing.push_back(expected);
    }
  }
  return missing;
}

void find_joins(const std::vector<FoundRun>& runs, Discovery& out) {
  const FoundRun* latest = nullptr;  // the run that ends last so far
  for (const FoundRun& run : runs) {
    if (latest != nullptr && run.start <= latest->end) {
      out.overlaps.push_back({latest->name, run.name, run.start, std::min(run.end, latest->end)});
    } else if (latest != nullptr) {
      out.gaps.push_back({latest->end, run.start});
    }
    if (latest == nullptr || run.end > latest->end) {
      latest = &run;
    }
  }
}

/// Names of the directories in `dir`, sorted. Errors: kFileUnreadable.
Result<std::vector<std::string>> directories_in(const fs::path& dir) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator entry(dir, code), end; !code && entry != end; entry.increment(code)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      names.push_back(entry->path().filename().string());
    }
  }
  if (code) {
    return Error{ErrorCode::kFileUnreadable,
                 fmt::format("list_run_dirs: '{}': {}", dir.string(), code.message())};
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> log_dirs_of(const fs::path& run_dir) {
  std::error_code code;
  const fs::path copied = run_dir / "prod";
  TIEOUT_TRY(std::vector<std::string> names,
             directories_in(fs::is_directory(copied, code) ? copied : run_dir));
  names.erase(std::remove_if(names.begin(), names.end(),
                             [](const std::string& name) {
                               return name != kLogDir &&
                                      name.rfind(std::string(kLogDir) + ".", 0) != 0;
                             }),
              names.end());
  return names;
}

std::string shown(const std::optional<Timestamp>& t) {
  return t.has_value() ? to_ts_name(*t) : "None";
}

}  // namespace

DirKind kind_of_dir(std::string_view name) noexcept {
  const std::string_view last = last_component(name);
  if (looks_like_window(last)) {
    return window_of(last).has_value() ? DirKind::kRun : DirKind::kNoWindow;
  }
  if (last.size() > kWindowLength && looks_like_window(last.substr(0, kWindowLength))) {
    const std::string_view suffix = last.substr(kWindowLength);
    if (is_backup_suffix(suffix)) {
      return DirKind::kBackup;
    }
    return suffix.rfind(".tmp", 0) == 0 ? DirKind::kUnfinished : DirKind::kOther;
  }
  constexpr std::size_t kDate = 8;
  const bool dated = last.size() == kDate && all_digits(last);
  const bool log_dir_with_window = last.rfind(std::string(kLogDir) + ".", 0) == 0 &&
                                   last.size() > kWindowLength &&
                                   looks_like_window(last.substr(last.size() - kWindowLength));
  const bool job = last.rfind("job.", 0) == 0;
  return dated || log_dir_with_window || job ? DirKind::kOlderLayout : DirKind::kOther;
}

Result<Discovery> discover_runs(const std::vector<ListedDir>& dirs,
                                const DiscoveryOptions& options) {
  if (options.start.has_value() && options.end.has_value() && *options.end < *options.start) {
    return Error{ErrorCode::kInvalidInterval,
                 fmt::format("discover_runs: the window begins at {} and ends at {}, before it",
                             shown(options.start), shown(options.end))};
  }
  Discovery out;
  for (const ListedDir& dir : dirs) {
    if (last_component(dir.name).rfind('.', 0) == 0) {
      continue;
    }
    const DirKind kind = kind_of_dir(dir.name);
    if (kind != DirKind::kRun) {
      if (kind != DirKind::kOther && in_filter(start_of(dir.name), options)) {
        out.set_aside.push_back({dir.name, reason_of(kind)});
      }
      continue;
    }
    const auto window = window_of(dir.name);
    FoundRun run{dir.name, window->first, window->second, "", ""};
    if (run.start < options.start.value_or(run.start) ||
        run.start > options.end.value_or(run.start)) {
      continue;
    }
    name_mode(dir.log_dirs, run);
    out.runs.push_back(std::move(run));
  }
  if (out.runs.empty()) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("No system run dir found for start_date={}, end_date={}",
                             shown(options.start), shown(options.end))};
  }
  std::sort(out.runs.begin(), out.runs.end(), [](const FoundRun& a, const FoundRun& b) {
    return std::pair(a.start, a.end) < std::pair(b.start, b.end);
  });
  find_joins(out.runs, out);
  out.missing_days = missing_days(out.runs, options);
  return out;
}

Result<std::vector<ListedDir>> list_run_dirs(const fs::path& root, const std::string& model_dir,
                                             const std::string& run_mode) {
  const fs::path dir = root / model_dir / run_mode;
  std::error_code code;
  if (!fs::is_directory(dir, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("list_run_dirs: '{}' is not a directory; reconcile a run of {} first, "
                             "or give another --dst-root-dir, --tag or --run-mode",
                             dir.string(), model_dir)};
  }
  std::vector<ListedDir> out;
  TIEOUT_TRY(const std::vector<std::string> names, directories_in(dir));
  for (const std::string& name : names) {
    ListedDir listed{name, {}};
    if (kind_of_dir(name) == DirKind::kRun) {
      TIEOUT_TRY(listed.log_dirs, log_dirs_of(dir / name));
    }
    out.push_back(std::move(listed));
  }
  // Runs of an older layout lie above; they are listed to be named, not to be read.
  for (const auto& [above, prefix] :
       {std::pair{root / model_dir, std::string("../")}, std::pair{root, std::string("../../")}}) {
    TIEOUT_TRY(const std::vector<std::string> others, directories_in(above));
    for (const std::string& name : others) {
      if (kind_of_dir(name) == DirKind::kOlderLayout) {
        out.push_back({prefix + name, {}});
      }
    }
  }
  return out;
}

}  // namespace tieout::flow
