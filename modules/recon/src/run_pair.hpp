#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/recon/compare.hpp"
#include "tieout/runlog/run_source.hpp"

#include "node_walk.hpp"

namespace tieout::recon {

/// A bar of the union of both runs, and where each run has it.
struct BarPair {
  Timestamp bar;
  std::optional<std::size_t> left, right;
  /// The other run had ended or was cut before this bar and may lack it for that reason alone.
  bool beyond_end = false;
  bool both() const noexcept { return left && right; }
};

/// A node of either run, aligned by name.
struct NodePair {
  std::string name;
  std::size_t topological_id = 0;
  std::optional<std::size_t> left, right;  // topological ids
  std::vector<std::size_t> inputs;         // positions in RunPair::nodes, of both sides
  std::vector<ColumnKey> only_left, only_right;
  /// Columns of both sides that have two types, and these.
  struct TwoTypes {
    ColumnKey column;
    ColumnType left = ColumnType::kFloat64, right = ColumnType::kFloat64;
  };
  std::vector<TwoTypes> two_types;
  bool both() const noexcept { return left && right; }
  bool is_source() const noexcept { return topological_id == 0; }
  Layer layer() const noexcept { return is_source() ? Layer::kInputs : Layer::kNodes; }
};

/// Two runs, aligned.
struct RunPair {
  const runlog::RunSource& left;
  const runlog::RunSource& right;
  std::vector<BarPair> bars;    // ascending
  std::vector<NodePair> nodes;  // by topological id, then name
  std::size_t bars_both = 0;

  const NodePair* find(std::string_view node) const noexcept;
  /// Position of the bar in `bars`.
  std::size_t position_of(Timestamp bar) const noexcept;
  /// Whether one of the runs has the layer's table, where not every log has it; a layer that none
  /// has is left out.
  bool has(Layer layer) const noexcept;
  /// Whether one has order events and the other is of a layout that has none: they are left out.
  bool leaves_out_events() const noexcept;
};
RunPair align_runs(const runlog::RunSource& left, const runlog::RunSource& right);

/// Breaks of the runs as wholes: identity, universe, start state, nodes and columns of one side.
/// `bar` is that of the findings.
std::vector<Finding> compare_structure(const RunPair& runs, Timestamp bar);
/// Counts of the layer completeness: identity facts, bars, nodes, and columns of nodes on both
/// sides.
CellCounts count_parts(const RunPair& runs, const std::vector<Finding>& structure);

/// "C202", ...: the check that a break of this layer violates.
std::string_view check_of(Layer layer) noexcept;
/// "target_positions" is of Layer::kTargetPositions, and so on. The kind must be one that is
/// compared.
Layer layer_of(runlog::TableKind kind) noexcept;

/// Give the node's diff the rules of the bar. Errors: those of RuleBook::find().
Status apply_rules(const NodePair& node, RuleBook& book, Timestamp bar, WindowDiff& diff);

/// Finding of a break of a row or cell of a node; `book` names its rule.
Finding finding_of(const RunPair& runs, const NodePair& node, const WindowDiff& diff,
                   const RuleBook& book, Timestamp bar, const WindowBreak& window_break);

}  // namespace tieout::recon
