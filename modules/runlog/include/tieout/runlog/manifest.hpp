#pragma once

#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/core/time.hpp"
#include "tieout/runlog/records.hpp"

namespace tieout::runlog {

/// Versions of the on-disk format (docs/formats/run_log.md). A log has the lowest one that can say
/// what it holds, so that older readers refuse only what they would misread: 2 when it has child
/// orders, 3 when it has order events. A reader refuses another version.
inline constexpr int kFormatVersion = 1;
inline constexpr int kFormatVersionWithMoreTables = 2;
inline constexpr int kFormatVersionWithEvents = 3;
constexpr bool is_known_version(int version) noexcept {
  return version >= kFormatVersion && version <= kFormatVersionWithEvents;
}

/// A stage of the DAG as the log needs it: enough to compare and to explain without the engine.
struct NodeInfo {
  std::string name;  // "predict.2.compute_ret_0"
  std::string nid;   // "compute_ret_0"
  std::string kind;  // "compute_ret_0", "source"
  std::size_t topological_id = 0;
  std::vector<std::size_t> inputs;  // topological ids
  std::size_t lookback_rows = 0;
  bool whole_window = false;
  std::vector<ColumnKey> columns;
  /// Of the columns; empty when all are float64, as in every run log. Cells of any other type are
  /// 64-bit words in the panel's doubles (std::bit_cast): int64 and timestamps (ns UTC) as they
  /// are, bool 0 or 1, strings by their number in RunSource::strings(), kNullWord for a null.
  /// Not part of manifest.json.
  std::vector<ColumnType> types = {};
};

/// The end of a run that goes on until it is stopped; "open" in manifest.json.
inline constexpr Timestamp kOpenEnd{std::numeric_limits<std::int64_t>::max()};

/// How a run ended.
enum class RunOutcome { kRunning, kComplete, kInterrupted, kFailed };
std::string_view to_string(RunOutcome outcome) noexcept;

/// Identity of a run: everything that its result is a function of, and the environment that
/// computed it.
struct Manifest {
  int format_version = kFormatVersion;
  std::string constructor;  // DagBuilder
  std::string
      run_mode;  // "prod", "paper_trading", "simulation", "simulation_with_replayed_fills", "batch"
  std::string mode;  // "scheduled", "manual"
  std::string stage;
  std::string replay;  // "" for production, "faithful" or "nominal" for a simulation
  Timestamp start;     // first bar, closed
  Timestamp end;       // last bar, closed, or kOpenEnd
  Duration bar;
  Duration history_lookback;
  std::vector<Asset> universe;
  std::vector<NodeInfo> nodes;
  /// Tables beside those that every log has, ascending. The writer adds those that no run knows of
  /// at its start. Not empty: format version 2 or 3.
  std::vector<TableKind> more_tables;
  std::string config_hash;
  std::string start_state;  // hash of the books at the start
  std::map<std::string, std::string>
      command;  // labels of the run: strategy, liveness, exchange, ...
  std::map<std::string, std::string>
      environment;  // code revision, compiler, flags, CPU features, library versions

  // Set by seal().
  RunOutcome outcome = RunOutcome::kRunning;
  std::size_t bar_count = 0;
  std::string content_hash;  // over the content hashes of all bars: equal runs have equal ones,
                             // whenever they ran
  std::string root_hash;     // over this manifest and the chain ends of all segments (wall times
                             // included); empty until sealed
};

/// The lowest format version that can say what the manifest says.
int version_of(const Manifest& manifest) noexcept;

/// The tables of a log in the order of its segments.
std::vector<TableKind> tables_of(const Manifest& manifest);

/// What a manifest must hold to name a log's segments: topological ids in order, safe and unique
/// file names, unique columns. Errors: kInvalidArgument.
Status check_manifest(const Manifest& manifest);

/// Canonical JSON: equal manifests give equal bytes. Text that is not UTF-8 is written with
/// replacement characters.
std::string to_json(const Manifest& manifest);
/// Errors: kNotARunLog for JSON of another kind or version, kCorruptEvidence when it is not JSON or
/// a member is missing or has another type.
Result<Manifest> manifest_from_json(std::string_view json);

}  // namespace tieout::runlog
