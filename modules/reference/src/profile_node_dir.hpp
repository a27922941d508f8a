#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/reference/profile_dag.hpp"

namespace tieout::reference {

/// A bar as a file name has it and as pandas prints it.
struct BarStamp {
  std::string name;  // "20230815_104500", in the zone in which it was given
  Timestamp time;
  std::string text;  // "2023-08-15 10:45:00-04:00"
};
/// From "20230815_104500" (New York time) or ISO with offset. Errors: kMalformedTimestamp.
Result<BarStamp> parse_bar(const std::string& text);

/// What the reference raises, or a file that cannot be read.
using NodeFailure = std::variant<Raised, Error>;
template <typename T>
using NodeResult = std::variant<T, Raised, Error>;

/// A directory of node outputs as the reference's shell commands see it.
class NodeDir {
 public:
  explicit NodeDir(const std::filesystem::path& dir);

  const std::string& path() const noexcept { return path_; }
  /// Sorted by all whole numbers in the name.
  NodeResult<std::vector<std::string>> node_names() const;
  /// Bars of the files whose name contains `node`, in the order of the names.
  NodeResult<std::vector<BarStamp>> bars(const std::string& node) const;
  /// The one file of a node at a bar, its labels split into levels.
  NodeResult<frames::Frame> read(const std::string& node, const BarStamp& bar) const;

 private:
  static Raised nothing_found(const std::string& command, Raised::Cause cause);

  std::string path_;
  std::string extension_;           // ".parquet"; ".csv" when there is no Parquet file at all
  std::vector<std::string> names_;  // files of the directory itself, sorted
  std::vector<std::string> below_;  // files of all directories below, relative, sorted
};

}  // namespace tieout::reference
