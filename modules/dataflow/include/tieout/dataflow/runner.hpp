#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "tieout/core/clock.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/dataflow/dag.hpp"

namespace tieout::dataflow {

/// The values of the source's fields for one asset at one row, as read at this bar. A field that is
/// not known is NaN.
struct Observation {
  Timestamp row;
  AssetId asset;
  std::vector<double> values;  // one for each field of the SourceSpec
};

enum class Recompute {
  kIncremental,  // Only rows whose inputs changed.
  kFull,         // Everything in the window, at every bar: the oracle of the other, to the bit.
};

/// What a bar changed in one stage's output.
struct StageChange {
  std::vector<RowRange> changed;  // rows (positions in output()) that are new or whose bits differ
                                  // from the bar before; disjoint, ascending
  std::size_t dropped_front = 0;  // rows that left the window at the front
  bool replaced = false;          // the row set changed otherwise: every row is in `changed` and
                                  // dropped_front is 0
  Hash128 window_hash;            // hash_panel(output())
  Duration compute_time;          // as measured on the stopwatch; zero without one
};

/// Runs a DAG bar by bar and keeps every stage's output window.
class DagRunner {
 public:
  /// Errors: those of Node::output_columns; kSchemaMismatch when a node's columns are not unique
  /// and grouped by field; kInvalidConfig when history_lookback is not a positive multiple of
  /// row_period, or the universe is empty.
  static Result<DagRunner> create(Dag dag, const Universe& universe, Recompute mode);
  ~DagRunner();
  DagRunner(DagRunner&&) noexcept;
  DagRunner& operator=(DagRunner&&) noexcept;

  /// Compute one bar. `changes` holds the observations that are new or revised since the bar before
  /// (at the first bar: the whole window). Rows outside the window are ignored. Bars must ascend.
  /// The mode decides only how much is computed, never a bit of the result.
  ///
  /// Rule:   a stage emits a row only when its whole lookback is inside its input's window, and,
  ///         when the node changes the sampling, only when the row's whole interval is over and
  ///         inside it. A stage of several inputs emits the rows that all of them support. So a
  ///         row never depends on where the window starts or ends.
  /// Errors: kInvalidInterval for a bar that does not ascend; kMalformedData for an observation of
  ///         an asset that is not in the universe, with another number of values than the source
  ///         has fields, or off the source's grid. Nothing is changed then.
  /// Cost:   16 bytes hashed for each row of each window, and the rows that are computed; a
  ///         whole-window node computes all of its rows.
  Result<std::vector<StageChange>> run_bar(Timestamp bar, std::span<const Observation> changes,
                                           Clock* stopwatch = nullptr);

  const Dag& dag() const noexcept;
  const Universe& universe() const noexcept;
  /// Output window of a stage after the last bar.
  const Panel& output(std::size_t stage) const noexcept;

 private:
  struct Impl;
  explicit DagRunner(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tieout::dataflow
