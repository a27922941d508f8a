#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "tieout/core/result.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::reference {

/// Files of a node's windows: .csv.gz, .parquet, or one of each.
enum class NodeFormat : std::uint8_t { kCsv, kParquet, kBoth };

struct ExportOptions {
  /// Write df_out, its sizes and the execution time of every node at every bar (dag/node_io);
  /// process_forecasts/ is always written.
  bool nodes = true;
  /// Every how many bars node outputs are written; 1 is all, and must be positive.
  std::size_t every_nth_bar = 1;
  NodeFormat format = NodeFormat::kCsv;
};

/// Write the run in the layout of the reference system (dataflow.md 3.2, 3.3; oms.md 4.2), which
/// its own readers and open_log() accept: New York times, bar and wall stamps in the names. What
/// the files hold, and what they cannot: docs/formats/reference_log.md.
///
/// Rule:   what that layout has no place for lies beside it, where the reference's readers do not
///         look: fills/ and portfolio/{price,pnl,fees,funding,net_pnl} in process_forecasts/, and
///         tieout/ with the run's manifest and config. open_log() reads them, so that a run and its
///         export are compared cell by cell; only the journal is lost. All or nothing: written
///         beside `dst` and renamed at the end. Equal runs give equal bytes.
/// Errors: kPathExists when `dst` exists and is not an empty directory; kFileUnwritable, kDiskFull;
///         kSchemaMismatch for a table that lacks a column of the layout; those of the reader.
/// Cost:   formats every window whole: a bar costs its window, not its changes.
Status export_reference_layout(const runlog::RunReader& run, const std::filesystem::path& dst,
                               const ExportOptions& options);

}  // namespace tieout::reference
