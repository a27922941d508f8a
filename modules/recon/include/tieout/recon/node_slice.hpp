#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/recon/explain.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

/// Which part of a node's output to show. What is left out is everything; the bar: the last one
/// that both runs have.
struct SliceSelection {
  std::string node = {};  // its name or the end of it
  std::optional<Timestamp> bar = {};
  std::optional<AssetId> asset = {};
  std::vector<std::string> fields = {};
  std::size_t rows = 3;  // the last ones of the window
};

/// A node that another is computed from, directly or through others, at one bar.
struct LineageNode {
  std::string name;
  std::vector<std::string> inputs;
  std::size_t distance = 0;            // nodes from the one that is shown; 0 is that one
  std::uint64_t cells = 0;             // of the windows of both sides
  std::uint64_t differing = 0;         // of those, a cell of one side alone included
  std::optional<Timestamp> first_row;  // the first row with a difference
};

/// The last rows of a node's output at a bar on both sides, and where the nodes before it differ.
struct NodeSlice {
  std::string node;
  Timestamp bar;
  Timestamp first_bar, last_bar;   // that both runs have
  std::size_t bars = 0;            // that both runs have
  std::vector<Timestamp> rows;     // ascending
  std::vector<ColumnKey> columns;  // in the order of the left side, then what the right adds
  /// [rows][columns]; what: "" always. "(none)" where a side lacks the row or column.
  std::vector<std::vector<ValuePair>> cells;
  std::vector<LineageNode> lineage;  // this node first, then by distance, then topological id
};

/// Errors: kUnknownName for a node, asset or field that neither run has, naming what there is;
///         kInvalidArgument for a bar that is not in both runs, and no rows; those of the readers.
/// Cost:   the windows of the node and everything before it at one bar.
Result<NodeSlice> slice_node(const runlog::RunSource& left, const runlog::RunSource& right,
                             const SliceSelection& selection);

/// What both sides read and decided at a bar, by entry; empty without journals. Errors:
/// kInvalidArgument for a bar that neither run has; those of the journals.
Result<std::vector<ValuePair>> journal_at(const runlog::RunSource& left,
                                          const runlog::RunSource& right, Timestamp bar);

/// The name of a node by its name or the end of it ("compute_vol"). Errors: kUnknownName naming
/// all.
Result<std::string> find_node_name(const runlog::RunSource& run, const std::string& name);

}  // namespace tieout::recon
