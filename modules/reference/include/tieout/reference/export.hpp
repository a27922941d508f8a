#pragma once

#include <filesystem>

#include "tieout/core/result.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::reference {

struct ExportOptions {
  /// Write df_out of every node at every bar (dag/node_io/node_io.data/*.csv.gz);
  /// process_forecasts/ is always written.
  bool nodes = true;
  /// Every how many bars node outputs are written; 1 is all.
  std::size_t every_nth_bar = 1;
};

/// Write the run in the layout of the reference system (dataflow.md 3.2, 3.3; oms.md 4.2): CSV
/// files, New York times, bar and wall stamps in the names. Errors: kPathExists when `dst` exists
/// and is not empty, kFileUnwritable, kDiskFull.
Status export_reference_layout(const runlog::RunReader& run, const std::filesystem::path& dst,
                               const ExportOptions& options);

}  // namespace tieout::reference
