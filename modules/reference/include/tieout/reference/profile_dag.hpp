#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/reference/profile.hpp"

// The reference's checks of directories of node outputs (dataflow.core.dag_statistics): prod
// against sim, a run against itself, and the statistics of the differences.
namespace tieout::reference {

/// The directory with the node outputs: `dir` itself, or its dag/node_io/node_io.data.
std::filesystem::path node_data_dir(const std::filesystem::path& dir);

struct DagCompareOptions {
  std::string node_name = "all";
  std::string bar_timestamp = "all";  // or ISO with offset, or YYYYMMDD_HHMMSS in New York time
  double diff_threshold = 1e-3;       // in the unit of the differences: percent for pct_change
  CompareDfsOptions compare;
};

/// The comparison of one node at one bar.
struct DagBarDiff {
  std::string node;
  std::string bar;  // as pandas prints it
  std::size_t rows = 0, columns = 0;
  double max_abs_diff = std::numeric_limits<double>::quiet_NaN();
  std::size_t nan_count = 0;
  std::size_t nonzero_count = 0;  // neither zero nor NaN
  frames::Frame diff;
};
using DagBarSink = std::function<void(const DagBarDiff&)>;

struct DagComparison {
  std::optional<Raised> raised;
  /// A directory does not exist: the reference warns and returns None.
  bool returned_none = false;
  std::size_t compared = 0;  // nodes x bars
  std::vector<std::string> warnings;
  HiddenByProfile hidden;
};

/// Compare the node outputs of two runs as compare_dag_outputs does: node by node, bar by bar,
/// float64 columns only, up to the first that fails.
///
/// Rule:    the bars are those of the first directory; docs/formats/reference_profile.md.
/// Errors:  those of frames::read_parquet() for a file that cannot be read. What the reference
///          raises is no Error.
/// Cost:    two frames at a time.
/// Source:  dataflow 4.5; goldens compare/dag_*.
Result<DagComparison> compare_dag_outputs(const std::filesystem::path& left,
                                          const std::filesystem::path& right,
                                          const DagCompareOptions& options,
                                          const DagBarSink& sink = {});

struct SelfConsistencyOptions {
  std::string node_name;              // empty: the last node, as the reference's reports do; "all"
  std::string bar_timestamp = "all";  // or one bar, compared with the one `trading_freq` before
  std::optional<std::string> trading_freq;  // "5T"
  double diff_threshold = 1e-3;
  CompareDfsOptions compare;
};

/// Check that the output at each bar equals that at the bar before on the rows of the run that both
/// have, as check_dag_output_self_consistency does.
///
/// Errors:  as compare_dag_outputs().
/// Source:  dataflow 4.4; goldens compare/self_*; the guide's failure text.
Result<DagComparison> check_dag_output_self_consistency(const std::filesystem::path& dir,
                                                        const SelfConsistencyOptions& options);

/// One group of compute_dag_output_diff_stats and the largest |difference| in it; NaN: no number.
struct DiffStat {
  std::string key;
  double max_abs_diff = std::numeric_limits<double>::quiet_NaN();
};
struct DiffStats {
  std::optional<Raised> raised;
  std::string key_name;  // name of the index: "end_datetime" for the level "time"
  std::vector<DiffStat> stats;
  std::vector<std::string> warnings;
  HiddenByProfile hidden;
};

/// Group the largest |differences| of all nodes and bars (compute_dag_outputs_diff) by `level`:
/// "node"; "bar_timestamp" of a node; "time", "column", "asset_id" of a node at a bar.
///
/// Errors:  as compare_dag_outputs().
/// Cost:    two frames at a time; the rows of all frames for "time".
/// Source:  dataflow 4.5; golden compare/dag_09_diff_stats.
Result<DiffStats> compute_dag_output_diff_stats(const std::filesystem::path& left,
                                                const std::filesystem::path& right,
                                                const std::string& level,
                                                const std::optional<std::string>& node,
                                                const std::optional<std::string>& bar_timestamp,
                                                const CompareDfsOptions& options);

/// load_dag_outputs: the last row of a node's output at each bar, one frame.
/// Errors: as compare_dag_outputs(), and kMissingData for what the reference would raise.
Result<frames::Frame> load_dag_outputs(const std::filesystem::path& dir, const std::string& node);

/// get_execution_time_for_all_dag_nodes: seconds of each node at each bar, with logging, from
/// node_io.prof beside `dir`; the first column is the sum. A node without the bar is NaN.
/// Errors: kMissingData, kFileNotFound, kMalformedData.
Result<frames::Frame> node_execution_times(const std::filesystem::path& dir);

/// get_dag_node_names: sorted by all whole numbers in the name. Errors: kMissingData when none.
Result<std::vector<std::string>> dag_node_names(const std::filesystem::path& dir);

}  // namespace tieout::reference
