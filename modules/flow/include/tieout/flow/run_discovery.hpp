#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::flow {

/// A directory in which a run may lie.
struct ListedDir {
  std::string name;                   // relative to {root}/{model[.tag]}/{run_mode}, or "../..."
  std::vector<std::string> log_dirs;  // production's system_log_dir* in it, sorted
};

/// What the name of a directory says about it.
enum class DirKind {
  kRun,          // {start}.{end}, a window that exists
  kBackup,       // {start}.{end}.{when}[.n]: set aside by --backup-dir-if-exists
  kUnfinished,   // {start}.{end}.tmp...: what a killed stage left
  kOlderLayout,  // {date}, or system_log_dir.{mode}.{start}.{end}, or job.*
  kNoWindow,     // two times of which one does not exist, or that do not follow each other
  kOther,        // multiday, published, and whatever else
};
DirKind kind_of_dir(std::string_view name) noexcept;

/// A run that was found.
struct FoundRun {
  std::string name;  // "20231108_131000.20231109_130500"
  Timestamp start, end;
  std::string mode;     // "scheduled", "manual"; empty with a problem
  std::string problem;  // why its log cannot be named; empty when it can
  friend bool operator==(const FoundRun&, const FoundRun&) = default;
};

/// A directory that is no run, and why.
struct SetAside {
  std::string name, reason;
  friend bool operator==(const SetAside&, const SetAside&) = default;
};

/// Two runs that share bars: `second` begins before `first` ends, or has the same window.
struct Overlap {
  std::string first, second;
  Timestamp from, to;  // closed
  friend bool operator==(const Overlap&, const Overlap&) = default;
};

/// Time between the last bar of one run and the first bar of the next; one bar long is no gap.
struct RunGap {
  Timestamp from, to;
  friend bool operator==(const RunGap&, const RunGap&) = default;
};

/// On which days a run is expected.
enum class RunDays { kAll, kWeekdays };

struct DiscoveryOptions {
  std::optional<Timestamp> start, end;  // of the run's START, closed; nothing: not filtered
  RunDays days = RunDays::kAll;
  Timestamp now = {};  // a run that would end after it is not expected yet
};

struct Discovery {
  std::vector<FoundRun> runs;           // ascending by start, then end
  std::vector<SetAside> set_aside;      // backups, older layouts, windows that cannot be
  std::vector<Overlap> overlaps;        // of neighbours
  std::vector<RunGap> gaps;             // whatever their length
  std::vector<Timestamp> missing_days;  // when the run of a day should have begun
};

/// Find the runs in a listing.
///
/// Rule:    a run is a directory whose whole name is {start}.{end}; only its start is held against
///          the filter. Its mode is that of its one system_log_dir.{mode}: none or several are the
///          run's problem, not the discovery's. Names that begin with '.' and names of kind kOther
///          are passed over in silence. A day misses its run when no run begins on that UTC day and
///          none covers the instant at which it should have begun: the most frequent time of day
///          among the runs that were found (of several the earliest).
/// Errors:  kFileNotFound "No system run dir found for start_date=..., end_date=..." when no run is
///          left; kInvalidInterval when the filter ends before it starts.
/// Source:  recon_flow.md 3.2, 4.4; goldens G1, G2.
Result<Discovery> discover_runs(const std::vector<ListedDir>& dirs,
                                const DiscoveryOptions& options);

/// The directories of {root}/{model[.tag]}/{run_mode}, and those beside it that only an older
/// layout explains. Works on the tree of reconciliations (logs in prod/) and on production's own.
/// Errors: kFileNotFound when the directory does not exist; kFileUnreadable.
Result<std::vector<ListedDir>> list_run_dirs(const std::filesystem::path& root,
                                             const std::string& model_dir,
                                             const std::string& run_mode);

}  // namespace tieout::flow
