#pragma once

#include <filesystem>

#include "tieout/core/result.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::reference {

/// Files of the nodes' outputs.
enum class NodeFormat { kCsv, kParquet };  // .csv.gz, .parquet

struct ExportOptions {
  /// Write df_out of every node at every bar (dag/node_io/node_io.data/); process_forecasts/ is
  /// always written.
  bool nodes = true;
  /// Every how many bars node outputs are written; 1 is all.
  std::size_t every_nth_bar = 1;
  NodeFormat format = NodeFormat::kCsv;
};

/// Write the run in the layout of the reference system (dataflow.md 3.2, 3.3; oms.md 4.2): New York
/// times, bar and wall stamps in the names, a ".txt" with the shape beside each node's file.
///
/// Rule:    what that layout has no place for lies beside it, where the reference's readers do not
///          look: fills/, portfolio/price and portfolio/pnl in process_forecasts/, and tieout/ with
///          the run's manifest and config. open_log() reads them, so that a run and its export are
///          compared cell by cell; only the journal is lost.
/// Errors:  kPathExists when `dst` exists and is not empty, kFileUnwritable, kDiskFull.
Status export_reference_layout(const runlog::RunReader& run, const std::filesystem::path& dst,
                               const ExportOptions& options);

}  // namespace tieout::reference
