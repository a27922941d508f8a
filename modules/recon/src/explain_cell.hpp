#pragma once

#include "tieout/recon/explain.hpp"

#include "run_pair.hpp"

namespace tieout::recon {

/// A cell that is resolved: part, bar, column, and row for a node.
struct CellPlace {
  const NodePair* node = nullptr;  // else a table
  Layer layer = Layer::kNodes;
  const BarPair* bar = nullptr;
  ColumnKey column;
  std::optional<Timestamp> row;
};

/// Both values, those of the bar before, what it is computed from, and its versions.
/// Errors: those of the readers.
Result<CellExplanation> explain_cell(const RunPair& runs, const CellPlace& place,
                                     const Comparison& names);

/// What both sides read and decided at a bar. Errors: those of the journals.
Result<std::vector<ValuePair>> journal_of(const RunPair& runs, const BarPair& bar);

}  // namespace tieout::recon
