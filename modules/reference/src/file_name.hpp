#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::reference {

/// The fields of "{method}.{topo}.{nid}.df_out.{bar}[.{wall}].{suffix}".
struct NodeFileName {
  std::string node;  // "predict.2.compute_ret_0"
  std::string method;
  std::size_t topological_id = 0;
  std::string nid;     // may hold dots
  std::string bar;     // "20230815_103500", or "None"
  std::string wall;    // "" when the name has one stamp
  std::string suffix;  // "parquet", "csv.gz", "csv", "txt"
};
/// Nothing when the name is not of this form; stamps are checked by resolve_stamps().
std::optional<NodeFileName> parse_node_file_name(std::string_view name);

/// "{bar}[.{wall}].csv" of process_forecasts/.
struct DecisionFileName {
  std::string bar, wall;
};
std::optional<DecisionFileName> parse_decision_file_name(std::string_view name);

/// "{method}.{topo}.{nid}.after_execution.{bar}.txt".
struct ProfileFileName {
  std::string node, bar;
};
std::optional<ProfileFileName> parse_profile_file_name(std::string_view name);

/// The stamps of one file as the names have them (New York), and what they mean.
struct StampedFile {
  std::string bar, wall;  // texts; wall may be empty
  std::string file;       // for messages
  Timestamp bar_time;
  std::optional<Timestamp> wall_time;
};

/// Tell the instants of one node's (or one directory's) files and sort them by bar.
///
/// Rule:    a bar stamp names one file. In the hour that the end of daylight saving time repeats it
///          may name two: the one with the earlier wall stamp is of the first pass. A single file
///          there is of the second pass when its wall stamp is later than that of a file with a
///          later bar stamp of that hour, else of the first: from the name alone more cannot be
///          told. A wall stamp in that hour is the first instant that is not before its bar.
/// Returns: the number of stamps in a repeated hour that nothing but this rule decided.
/// Errors:  kMalformedTimestamp for a stamp that is none, or that the start of daylight saving time
///          skips; kDuplicateId naming both files.
Result<std::size_t> resolve_stamps(std::vector<StampedFile>& files);

}  // namespace tieout::reference
