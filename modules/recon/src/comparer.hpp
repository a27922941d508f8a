#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/recon/compare.hpp"
#include "tieout/recon/self_consistency.hpp"

#include "attribution.hpp"
#include "collector.hpp"
#include "config_layer.hpp"
#include "journal_diff.hpp"
#include "run_pair.hpp"
#include "table_diff.hpp"

namespace tieout::recon {

/// What the walk over the bars found; verdict.hpp judges it.
struct Walked {
  std::array<CellCounts, kLayers.size()> cells;  // by layer
  std::array<std::uint64_t, kLayers.size()> breaks{};
  std::array<std::uint64_t, kLayers.size()> by_clock{};   // cells within by the clock rule
  std::array<Renumbering, kLayers.size()> renumbering{};  // at the bars with shifted ids
  std::array<Timestamp, kLayers.size()> renumbered_from{};
  std::uint64_t ignorable = 0;             // cells compared under a rule that ignores differences
  std::uint64_t bars_beyond_end = 0;       // on one side, after the other's early end
  std::uint64_t windows_not_recorded = 0;  // on one side; the other did not come to its end
  bool has_journal = true;                 // both runs
  std::uint64_t journal_entries = 0;
  std::uint64_t other_instants = 0;
  std::uint64_t other_answers = 0;
  std::optional<Finding> first_of_data;
  std::optional<Finding> first_of_inputs;
};

/// Walks over the bars of two runs in order, and over the parts of each bar in causal order.
class Comparer {
 public:
  Comparer(const RunPair& runs, const ConfigLayer& config, const CompareOptions& options,
           RuleBook& book, Comparison& out);

  Result<Walked> walk();

 private:
  /// A node while it is compared.
  struct NodeState {
    std::optional<NodeWalk> walk;              // when both sides have it
    std::vector<std::uint64_t> column_breaks;  // by common column
    bool differs = false;                      // at the current bar
    std::optional<std::size_t> epoch;          // of the rules
    bool window_missing = false;               // on one side, at the current bar
    bool config_explains = false;              // a config leaf that differs is read here
  };

  CellCounts& cells(Layer layer) { return walked_.cells[static_cast<std::size_t>(layer)]; }
  Status check_self_consistency();
  void add_revisions(const SelfConsistency& run, bool on_left);
  void add_structure(Timestamp bar);
  Status compare_bar(std::size_t position);
  void count_one_sided_bar(const BarPair& bar);
  Status compare_journal(const BarPair& bar);
  Status compare_nodes(const BarPair& bar);
  Status compare_node(std::size_t node, const BarPair& bar);
  Status find_rules(std::size_t node, Timestamp bar);
  Result<CellCounts> compare_windows(std::size_t node, const BarPair& bar);
  CellCounts count_one_sided_window(std::size_t node, const BarPair& bar, bool on_left);
  void add_window_break(std::size_t node, Timestamp bar, const WindowBreak& window_break);
  void add_table_break(TableBreak&& table_break, Layer layer, Timestamp bar, bool is_root);
  Status compare_table(runlog::TableKind kind, const BarPair& bar);
  bool is_root(std::size_t node, const WindowBreak& window_break) const;
  bool table_is_root() const;
  void finish_counts();

  const RunPair& runs_;
  const CompareOptions& options_;
  RuleBook& book_;
  Comparison& out_;
  Walked walked_;
  Collector collector_;
  Attribution attribution_;
  std::vector<NodeState> nodes_;  // as RunPair::nodes
  /// Both logs were written by an engine that keeps to the lookbacks that their manifests declare.
  bool reaches_declared_ = false;
  std::map<runlog::TableKind, TableDiff> tables_;
  std::map<Timestamp, std::vector<Finding>> remarks_;  // self-consistency, by bar
  std::vector<ClockPair> clocks_;                      // of the current bar
  std::vector<WindowBreak> window_breaks_;
  std::uint64_t journal_breaks_ = 0;  // at the current bar
  bool nodes_differ_ = false;         // any, at the current bar
  bool tables_broke_ = false;         // an earlier table of the current bar
  bool books_broke_ = false;          // a table, or a bar, before the current bar
  bool config_explains_tables_ = false;
};

}  // namespace tieout::recon
