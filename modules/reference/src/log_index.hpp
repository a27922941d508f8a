#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::reference {

/// Where the parts of a log lie; a path is empty when the part is not there.
struct LogPlaces {
  std::filesystem::path root;  // what messages name
  std::filesystem::path node_data;
  std::filesystem::path profiles;
  std::filesystem::path decisions;  // process_forecasts
  std::filesystem::path config;     // directory of system_config.*
};

/// Find the parts below `dir`: a system log directory, a directory that holds exactly one, its dag/
/// directory, node_io/, or node_io.data/ itself.
/// Errors: kFileNotFound; kNotARunLog saying what was looked for, or naming the log directories
/// when there is more than one.
Result<LogPlaces> locate_log(const std::filesystem::path& dir);

/// One file of one bar.
struct BarFile {
  Timestamp bar;
  std::optional<Timestamp> wall;
  std::string name;   // below the directory of its kind
  std::string sizes;  // name of the ".txt" statistics; "" when there is none
};

/// The files of one node, by bar.
struct NodeFiles {
  std::string name, method, nid;
  std::size_t topological_id = 0;  // as in the names
  std::vector<BarFile> bars;
};

/// The sub-directories of process_forecasts/ that are read, in the order of DecisionKind.
enum class DecisionKind : std::uint8_t {
  kTargetPositions,
  kOrders,
  kFills,  // only our own exports have these two: fills, and what the portfolio files lack
  kHoldingsShares,
  kPrice,
  kHoldingsNotional,
  kTradesShares,
  kTradesNotional,
  kPnl,
  kFees,  // these three of runs with costs
  kFunding,
  kNetPnl,
  kStatistics
};
inline constexpr std::size_t kDecisionKinds = 13;
/// "target_positions", "portfolio/holdings_shares", ...: the directory.
std::string_view directory_of(DecisionKind kind) noexcept;

/// All files of a log by what they are of; nothing is opened.
struct LogIndex {
  LogPlaces places;
  std::vector<NodeFiles> nodes;  // by topological id, then name
  /// Directories as they were found (older logs name two of them otherwise).
  std::array<std::filesystem::path, kDecisionKinds> directories;
  std::array<std::vector<BarFile>, kDecisionKinds> decisions;
  std::map<std::pair<std::string, Timestamp>, std::string> profiles;  // (node, bar): file name
  std::vector<std::string> notes;
};

/// List the log's directories once.
/// Errors: those of locate_log(); kCorruptEvidence (C005) naming up to five files whose names
/// cannot be parsed, or two files of one (node, bar); kNotARunLog when no file of a node and no
/// decision is there.
Result<LogIndex> index_log(const std::filesystem::path& dir);

}  // namespace tieout::reference
