#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"

namespace tieout::dataflow {

/// How much history an output row needs.
struct Lookback {
  std::size_t rows = 0;  // Output row t may read input rows t-rows .. t (in rows of its own input;
                         // for a node that changes the sampling: the rows that belong to t, and
                         // `rows` rows before the first of them).
  bool whole_window = false;  // The node looks at the whole window (an infinite-memory filter):
                              // recomputed whole at every bar.

  static constexpr Lookback of_rows(std::size_t n) { return {n, false}; }
  static constexpr Lookback window() { return {0, true}; }
  friend bool operator==(const Lookback&, const Lookback&) = default;
};

/// A computation stage: a pure function of its inputs.
///
/// Contract: output row t is a function of the input rows that the lookback names, and of nothing
/// else: not of where the window starts or ends, not of earlier calls. Reductions run in a fixed
/// order. compute() is called for any subset of rows, in any order, and must give the same bits
/// each time; tests prove it over random dirty ranges.
class Node {
 public:
  virtual ~Node() = default;

  /// Kind of stage, for the manifest: "resample", "lag".
  virtual std::string_view kind() const noexcept = 0;
  virtual Lookback lookback() const noexcept = 0;

  /// Columns of the output, given those of the inputs: unique, grouped field by field.
  /// Errors: kSchemaMismatch naming the column that is missing.
  virtual Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const = 0;

  /// The output row that an input row belongs to; monotone. Identity unless the node changes the
  /// sampling (resample).
  virtual Timestamp output_row(Timestamp input_row) const noexcept { return input_row; }
  /// Spacing of the output rows when the node changes the sampling: a label that no input row
  /// belongs to still gets its row when it lies between two that have some. Zero keeps the rows of
  /// the input.
  virtual Duration output_period() const noexcept { return {}; }

  /// Fill rows `rows` of `output`, whose index is set and whose cells are NaN. For a whole-window
  /// node `rows` is everything.
  ///
  /// Shapes: inputs are the predecessors' outputs in the order of the edges; output has the columns
  ///         of output_columns(), possibly with more after them (see make_joined): find columns by
  ///         their name.
  /// Nulls:  which NaN is written does not matter, the runner makes all of them the same.
  virtual void compute(std::span<const Panel* const> inputs, RowRange rows,
                       Panel& output) const = 0;
};

}  // namespace tieout::dataflow
