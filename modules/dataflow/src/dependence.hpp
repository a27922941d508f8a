#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tieout/dataflow/node.hpp"
#include "tieout/dataflow/prefix_check.hpp"

namespace tieout::dataflow {

/// Equal bits, or both NaN.
bool same_value(double left, double right) noexcept;

/// A cell of a node's output, with the inputs that are there now.
struct CellPlace {
  const Node* node = nullptr;
  std::span<const Panel* const> inputs;
  const Panel* output = nullptr;
  std::size_t row = 0;
  std::size_t column = 0;
};

/// Which input rows a cell depends on, found by changing one row at a time.
struct Dependence {
  bool is_repeatable = true;       // the same inputs gave the same bits twice
  bool is_grouped = false;         // computed with its neighbours it differs from computed alone
  bool depends = false;            // on some row that was tried
  std::int64_t first = 0;          // the earliest and the latest row that it depends on, in input
  std::int64_t last = 0;           // rows after the row that carries its label
  std::int64_t first_allowed = 0;  // by the node's lookback
  bool reaches_start = false;      // the first row of the window is among them
  bool reaches_end = false;        // the last one is
  Duration horizon;                // label of the latest row less the cell's own, if positive
};

/// Rows are tried one by one to 64 on either side, and at the start, the end and between.
///
/// Cost: about 280 computations of the row, of the whole window for a whole-window node.
Dependence find_dependence(const CellPlace& cell);

/// The input of the cell's own row has a missing value for the cell's asset.
bool is_own_input_missing(const CellPlace& cell);

/// What a node with this dependence seems to do. `fills_gaps`: only rows whose own input is missing
/// differ.
Suspicion suspect(const Dependence& dependence, const Node& node, bool fills_gaps);

}  // namespace tieout::dataflow
