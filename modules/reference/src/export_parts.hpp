#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/reference/export.hpp"
#include "tieout/runlog/reader.hpp"

// The parts of an export. Every time is written in New York time, as the reference does.
namespace tieout::reference {

/// Files below one directory, and the stamped names that are taken.
class ExportTree {
 public:
  explicit ExportTree(std::filesystem::path root) : root_(std::move(root)) {}

  Status make(const std::string& part);
  Status write(const std::string& name, std::string_view content);

  /// "{stem}{bar}.{wall}". Where the clock of New York is put back, an hour of bars has the names
  /// of the hour before it: the wall stamp of the second is moved to the second after the first's,
  /// so that the order of the names is that of the bars.
  std::string stamped(const std::string& stem, Timestamp bar, Timestamp wall);

  /// Whether `name` is asked for the first time.
  bool claim(const std::string& name) { return last_wall_.emplace(name, "").second; }

 private:
  std::filesystem::path root_;
  std::map<std::string, std::string> last_wall_;  // by stem and bar stamp
};

/// dag/node_io: windows, their sizes and the execution times.
Status export_nodes(const runlog::RunReader& run, const ExportOptions& options, ExportTree& tree);

/// process_forecasts.
Status export_decisions(const runlog::RunReader& run, ExportTree& tree);

/// process_forecasts: the child orders that one bar tells, where the run makes them.
Status export_children(const runlog::RunReader& run, std::size_t bar, ExportTree& tree);

/// system_config.{input,output}.txt, config_version.txt, and tieout/ with what only open_log()
/// reads.
Status export_config(const runlog::RunReader& run, ExportTree& tree);

}  // namespace tieout::reference
