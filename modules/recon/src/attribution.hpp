#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tieout/recon/finding.hpp"

#include "run_pair.hpp"

namespace tieout::recon {

/// A root, as those who are its consequences name it.
struct RootRef {
  Timestamp bar;
  std::string id;  // break_id of the first finding of the root's group
};

/// The roots that one part carries: those behind what differs in it, by asset and row.
class CarriedRoots {
 public:
  void add(AssetId asset, Timestamp row, const RootRef& root);
  void merge(const CarriedRoots& other);
  void clear() { by_asset_.clear(); }
  bool empty() const noexcept { return by_asset_.empty(); }
  /// The root behind the nearest differing row of this asset (or of all assets, for a row that is
  /// missing as a whole): the latest row <= `row`, else the earliest. Null when there is none.
  const RootRef* of_asset(AssetId asset, Timestamp row) const;
  /// The same over all assets; of equally near rows that of the smallest asset.
  const RootRef* of_any(Timestamp row) const;

 private:
  using Rows = std::map<Timestamp, RootRef>;
  static constexpr std::size_t kRowsKept = 256;  // of an asset, the latest
  std::map<AssetId, Rows> by_asset_;
};

/// Names, for each break, the root that it is a consequence of (Finding::parent).
///
/// Rule:  the nearest input that differs at the same bar, else an earlier one. For a cell of a
/// node:
///        the leaf of the config that the node reads; else of its direct inputs that differ the
///        roots that these carry, the same asset before others, then the latest bar, then the
///        nearest row at or before the cell's, then the order of the inputs. For a cell of a table:
///        the tables of the bar before it in causal order, the nodes from the sink up, the reads of
///        the bar, the tables of earlier bars, each for the same asset, then all of them for any
///        asset; then a leaf that the trading reads, then a bar that one side lacks.
/// Cost:  O(log) for each break; memory for the latest differing rows of each part.
class Attribution {
 public:
  explicit Attribution(const RunPair& runs);

  void begin_bar(Timestamp bar);
  /// A config leaf that a node reads, or that the trading reads.
  void add_leaf_of_node(std::size_t node, const Finding& leaf);
  void add_leaf_of_tables(const Finding& leaf);
  /// A root of the runs as wholes: a node or column of one side, a bar of one side.
  void add_structure(const Finding& finding);
  void add_one_sided_bar(const Finding& finding);

  /// The node agrees again: it carries nothing.
  void node_agrees(std::size_t node) { nodes_[node].clear(); }
  /// A break of a node, of the journal, of a table: sets `parent` when it is no root, and remembers
  /// what its part carries from now on.
  void add_node_break(std::size_t node, Finding& finding);
  void add_journal_break(Finding& finding);
  void add_table_break(Finding& finding);

 private:
  RootRef root_of_group(const Finding& finding);
  const RootRef* behind_node(std::size_t node, const Finding& finding) const;
  const RootRef* behind_table(const Finding& finding) const;
  enum class Assets : std::uint8_t { kSame, kAny };
  const RootRef* behind_table(const Finding& finding, Assets assets) const;

  const RunPair& runs_;
  Timestamp bar_{};
  std::vector<CarriedRoots> nodes_;             // as RunPair::nodes
  std::vector<std::optional<RootRef>> leaves_;  // as RunPair::nodes
  std::map<Layer, CarriedRoots> tables_;        // of the current bar
  CarriedRoots books_;                          // tables of earlier bars
  CarriedRoots journal_;                        // of the current bar
  std::optional<RootRef> table_leaf_, one_sided_bar_;
  /// The roots of the current bar: (part, row, key, asset) and the first finding of it.
  std::map<std::tuple<std::string, std::int64_t, std::string, AssetId>, std::string> groups_;
};

}  // namespace tieout::recon
