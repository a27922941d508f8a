#include "log_index.hpp"

#include <algorithm>
#include <system_error>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"

#include "file_name.hpp"

namespace tieout::reference {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, kDecisionKinds> kDirectories{
    "target_positions",
    "orders",
    "fills",
    "portfolio/holdings_shares",
    "portfolio/price",
    "portfolio/holdings_notional",
    "portfolio/executed_trades_shares",
    "portfolio/executed_trades_notional",
    "portfolio/pnl",
    "portfolio/fees",
    "portfolio/funding",
    "portfolio/net_pnl",
    "portfolio/statistics"};

bool is_dir(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// Names in a directory, sorted; directories end with '/'.
Result<std::vector<std::string>> list(const fs::path& dir) {
  std::vector<std::string> names;
  std::error_code code;
  fs::directory_iterator entries(dir, code);
  for (; !code && entries != fs::directory_iterator(); entries.increment(code)) {
    std::error_code ignored;
    names.push_back(entries->path().filename().string() +
                    (entries->is_directory(ignored) ? "/" : ""));
  }
  if (code) {
    return file_error("open_log", dir, code.value());
  }
  std::ranges::sort(names);
  return names;
}

/// The names that made no sense, for one message.
class BadNames {
 public:
  void add(std::string name) { names_.push_back(std::move(name)); }
  Status status(const fs::path& dir, std::string_view needed) const {
    constexpr std::size_t kNamed = 5;
    if (names_.empty()) {
      return {};
    }
    const auto named = static_cast<std::ptrdiff_t>(std::min(names_.size(), kNamed));
    return Error{
        ErrorCode::kCorruptEvidence,
        fmt::format("open_log: C005: '{}' holds {} files whose names cannot be parsed, needed {}: "
                    "'{}'{}",
                    dir.string(), names_.size(), needed,
                    fmt::join(names_.begin(), names_.begin() + named, "', '"),
                    names_.size() > kNamed ? ", ..." : "")};
  }

 private:
  std::vector<std::string> names_;
};

Error corrupt(const fs::path& dir, const Error& error) {
  return {ErrorCode::kCorruptEvidence,
          fmt::format("open_log: C005: '{}': {}", dir.string(), error.message)};
}

/// What one directory holds of one node.
struct NodeListing {
  NodeFileName first;
  /// (bar, wall): the best format of the frame ("" when only statistics), and the statistics.
  struct Files {
    std::string frame, sizes;
    int rank = 3;
  };
  std::map<std::pair<std::string, std::string>, Files> files;
};

int rank_of(std::string_view suffix) {
  return suffix == "parquet" || suffix == "pq" ? 0 : suffix == "csv.gz" ? 1 : 2;
}

Status add_node(NodeListing&& listing, LogIndex& log) {
  NodeFiles node{listing.first.node,
                 listing.first.method,
                 listing.first.nid,
                 listing.first.topological_id,
                 {}};
  std::vector<StampedFile> stamped;
  std::map<std::string, std::string> sizes;
  for (auto& [stamps, files] : listing.files) {
    if (!files.frame.empty()) {
      sizes[files.frame] = files.sizes;
      stamped.push_back({stamps.first, stamps.second, files.frame, {}, {}});
    }
  }
  const auto undecided = resolve_stamps(stamped);
  if (!undecided.ok()) {
    return corrupt(log.places.node_data, undecided.error());
  }
  if (*undecided > 0) {
    log.notes.push_back(
        fmt::format("{}: {} bar stamps lie in the hour that the end of daylight saving time "
                    "repeats and are taken as of its first pass",
                    node.name, *undecided));
  }
  for (StampedFile& file : stamped) {
    node.bars.push_back({file.bar_time, file.wall_time, file.file, sizes[file.file]});
  }
  if (!node.bars.empty()) {
    log.nodes.push_back(std::move(node));
  }
  return {};
}

Status index_nodes(LogIndex& log) {
  const fs::path& dir = log.places.node_data;
  TIEOUT_TRY(const std::vector<std::string> names, list(dir));
  std::map<std::string, NodeListing> nodes;
  BadNames bad;
  std::size_t without_bar = 0;
  std::size_t ignored = 0;
  for (const std::string& name : names) {
    const auto parsed = parse_node_file_name(name);
    const bool is_frame =
        name.ends_with(".parquet") || name.ends_with(".csv") || name.ends_with(".csv.gz");
    if (!parsed) {
      if (is_frame) {
        bad.add(name);
      } else if (name.back() != '/') {
        ++ignored;
      }
      continue;
    }
    if (parsed->bar == "None") {
      ++without_bar;
      continue;
    }
    NodeListing& listing = nodes[parsed->node];
    listing.first = *parsed;
    NodeListing::Files& files = listing.files[{parsed->bar, parsed->wall}];
    if (parsed->suffix == "txt") {
      files.sizes = name;
    } else if (const int rank = rank_of(parsed->suffix); rank < files.rank) {
      files.rank = rank;
      files.frame = name;
    }
  }
  TIEOUT_CHECK(bad.status(dir, "{method}.{topo}.{nid}.df_out.{bar}[.{wall}].{parquet|csv.gz|csv}"));
  if (without_bar > 0) {
    log.notes.push_back(
        fmt::format("{} files of bar None (fit at the beginning) are not read", without_bar));
  }
  if (ignored > 0) {
    log.notes.push_back(fmt::format("'{}': {} other files are not read", dir.string(), ignored));
  }
  for (auto& [name, listing] : nodes) {
    TIEOUT_CHECK(add_node(std::move(listing), log));
  }
  std::ranges::sort(log.nodes, [](const NodeFiles& a, const NodeFiles& b) {
    return std::tie(a.topological_id, a.name) < std::tie(b.topological_id, b.name);
  });
  return {};
}

Status index_decisions(LogIndex& log, DecisionKind kind) {
  const auto at = static_cast<std::size_t>(kind);
  fs::path dir = log.places.decisions / kDirectories[at];
  if (!is_dir(dir)) {
    // Names that older logs have.
    const fs::path older = kind == DecisionKind::kHoldingsShares
                               ? log.places.decisions / "portfolio/holdings"
                           : kind == DecisionKind::kHoldingsNotional
                               ? log.places.decisions / "portfolio/holdings_marked_to_market"
                               : fs::path();
    if (older.empty() || !is_dir(older)) {
      return {};
    }
    log.notes.push_back(fmt::format("'{}' is read as {}", older.string(), kDirectories[at]));
    dir = older;
  }
  log.directories[at] = dir;
  TIEOUT_TRY(const std::vector<std::string> names, list(dir));
  std::vector<StampedFile> stamped;
  BadNames bad;
  for (const std::string& name : names) {
    const auto parsed = parse_decision_file_name(name);
    if (parsed) {
      stamped.push_back({parsed->bar, parsed->wall, name, {}, {}});
    } else if (name.ends_with(".csv")) {
      bad.add(name);
    }
  }
  TIEOUT_CHECK(bad.status(dir, "{bar}[.{wall}].csv"));
  const auto undecided = resolve_stamps(stamped);
  if (!undecided.ok()) {
    return corrupt(dir, undecided.error());
  }
  for (const StampedFile& file : stamped) {
    log.decisions[at].push_back({file.bar_time, file.wall_time, file.file, ""});
  }
  return {};
}

Status index_profiles(LogIndex& log) {
  if (!is_dir(log.places.profiles)) {
    return {};
  }
  TIEOUT_TRY(const std::vector<std::string> names, list(log.places.profiles));
  std::map<std::string, std::vector<StampedFile>> nodes;
  for (const std::string& name : names) {
    if (const auto parsed = parse_profile_file_name(name)) {
      nodes[parsed->node].push_back({parsed->bar, "", name, {}, {}});
    }
  }
  for (auto& [node, files] : nodes) {
    if (!resolve_stamps(files).ok()) {
      log.notes.push_back(
          fmt::format("the execution times of {} are not read: their names give no "
                      "instants",
                      node));
      continue;
    }
    for (const StampedFile& file : files) {
      log.profiles[{node, file.bar_time}] = file.file;
    }
  }
  return {};
}

/// The parts of a system log directory.
LogPlaces places_of(const fs::path& dir) {
  LogPlaces places;
  places.root = places.config = dir;
  for (const char* part : {"dag/node_io/node_io.data", "dag/node_io"}) {
    if (places.node_data.empty() && is_dir(dir / part)) {
      places.node_data = dir / part;
    }
  }
  places.profiles = dir / "dag/node_io/node_io.prof";
  if (is_dir(dir / "process_forecasts")) {
    places.decisions = dir / "process_forecasts";
  }
  return places;
}

bool holds_node_files(const fs::path& dir) {
  std::error_code code;
  for (fs::directory_iterator entries(dir, code); !code && entries != fs::directory_iterator();
       entries.increment(code)) {
    if (parse_node_file_name(entries->path().filename().string())) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string_view directory_of(DecisionKind kind) noexcept {
  return kDirectories[static_cast<std::size_t>(kind)];
}

Result<LogPlaces> locate_log(const fs::path& dir) {
  std::error_code code;
  if (!fs::exists(dir, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("open_log: '{}' does not exist", dir.string())};
  }
  if (!is_dir(dir)) {
    return Error{ErrorCode::kNotARunLog,
                 fmt::format("open_log: '{}' is a file, needed a directory", dir.string())};
  }
  if (is_dir(dir / "dag") || is_dir(dir / "process_forecasts")) {
    return places_of(dir);
  }
  LogPlaces places;
  places.root = dir;
  if (is_dir(dir / "node_io")) {  // dag/
    places.node_data =
        is_dir(dir / "node_io/node_io.data") ? dir / "node_io/node_io.data" : dir / "node_io";
    places.profiles = dir / "node_io/node_io.prof";
    return places;
  }
  if (is_dir(dir / "node_io.data")) {  // dag/node_io/
    places.node_data = dir / "node_io.data";
    places.profiles = dir / "node_io.prof";
    return places;
  }
  if (holds_node_files(dir)) {
    places.node_data = dir;
    return places;
  }
  TIEOUT_TRY(const std::vector<std::string> names, list(dir));
  std::vector<std::string> logs;
  for (const std::string& name : names) {
    if (name.starts_with("system_log_dir") && name.ends_with('/')) {
      logs.push_back(name.substr(0, name.size() - 1));
    }
  }
  if (logs.size() == 1) {
    return places_of(dir / logs.front());
  }
  if (logs.size() > 1) {
    return Error{ErrorCode::kNotARunLog,
                 fmt::format("open_log: '{}' holds {} logs ('{}'), needed one: give its path",
                             dir.string(), logs.size(), fmt::join(logs, "', '"))};
  }
  return Error{ErrorCode::kNotARunLog,
               fmt::format("open_log: '{}' is no log of the reference system: looked for dag/, "
                           "process_forecasts/, node_io/, node_io.data/, one system_log_dir*/ and "
                           "files *.df_out.*",
                           dir.string())};
}

Result<LogIndex> index_log(const fs::path& dir) {
  LogIndex log;
  TIEOUT_TRY(log.places, locate_log(dir));
  if (log.places.node_data.empty()) {
    log.notes.push_back(
        fmt::format("'{}' has no dag/node_io: no node can be compared", log.places.root.string()));
  } else {
    TIEOUT_CHECK(index_nodes(log));
    TIEOUT_CHECK(index_profiles(log));
  }
  bool any = !log.nodes.empty();
  if (!log.places.decisions.empty()) {
    for (std::size_t kind = 0; kind < kDecisionKinds; ++kind) {
      TIEOUT_CHECK(index_decisions(log, static_cast<DecisionKind>(kind)));
      any = any || !log.decisions[kind].empty();
    }
  } else if (!log.places.config.empty()) {
    log.notes.push_back(fmt::format("'{}' has no process_forecasts: no decision can be compared",
                                    log.places.root.string()));
  }
  if (!any) {
    return Error{ErrorCode::kNotARunLog,
                 fmt::format("open_log: '{}' has the directories of a log of the reference system "
                             "but no node output and no decision in them",
                             log.places.root.string())};
  }
  return log;
}

}  // namespace tieout::reference
