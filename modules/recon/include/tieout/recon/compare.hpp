#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/recon/finding.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::recon {

enum class Verdict : std::uint8_t { kIdentical, kEquivalent, kExplained, kDiverged, kInconclusive };
/// "IDENTICAL", "EQUIVALENT", "EXPLAINED", "DIVERGED", "INCONCLUSIVE".
std::string_view to_string(Verdict verdict) noexcept;
/// 0 for the first three, 1 diverged, 3 inconclusive.
int exit_code_of(Verdict verdict) noexcept;

/// Cells of a layer, node, bar, column or asset. A cell is one value of the df_out of one node at one bar, or of one table at one bar.
struct CellCounts {
  std::uint64_t present = 0;       // on at least one side
  std::uint64_t compared = 0;
  std::uint64_t bitwise = 0;       // equal to the bit (or both NaN)
  std::uint64_t outside = 0;       // different
  std::uint64_t nan_one_side = 0;  // part of outside
  std::uint64_t type_mismatch = 0; // part of outside
  std::uint64_t missing = 0;       // part of outside: the row, column, node or bar exists on one side only
  CellCounts& operator+=(const CellCounts& other) noexcept;
};

struct LayerResult {
  Layer layer = Layer::kNodes;
  Verdict verdict = Verdict::kInconclusive;
  CellCounts cells;
  std::uint64_t distinct_breaks = 0;  // a cell that stays different in later windows counts once
  std::string note;                   // why it is inconclusive, or what is not compared
};

struct NodeResult {
  std::string name;
  std::size_t topological_id = 0;
  CellCounts cells;
  std::uint64_t distinct_breaks = 0;
  std::optional<Timestamp> first_bar;      // first bar at which it differs
  double max_abs = 0, max_rel = 0;
  std::uint64_t revised_rows_left = 0;     // rows that a later bar rewrote (T against T-1), each side
  std::uint64_t revised_rows_right = 0;
  std::uint64_t unexplained_rewrites = 0;  // rewrites without a rewritten input in reach: the node peeks, or depends on its window
};

struct BarResult {
  Timestamp bar;
  std::uint64_t distinct_breaks = 0;
  std::uint64_t breaks_nodes = 0, breaks_decisions = 0;
  bool left = true, right = true;
};

/// The earliest break in causal order and what it is made of.
struct FirstDivergence {
  Finding finding;
  std::string node;                     // the first node or table that the break reaches (for a config leaf: the node that reads it)
  std::vector<Finding> inputs;          // the node's inputs at the same bar and asset that differ; empty when all inputs agree
  bool inputs_equal = false;            // equal inputs, different output: code or parameters
  std::string sentence;                 // one line for people
};

struct CompareOptions {
  std::string left_name = "prod";
  std::string right_name = "sim";
  std::size_t max_findings = 100'000;  // findings kept; all are counted
  /// Config paths (prefixes) that must differ between production and a simulation, each with its reason in docs/formats/comparison.md.
  std::vector<std::string> expected_config_differences;
  bool check_self_consistency = true;
};

struct Comparison {
  Verdict verdict = Verdict::kInconclusive;
  std::string sentence;  // why, in one line
  std::string left_name, right_name;
  std::vector<LayerResult> layers;
  std::vector<NodeResult> nodes;
  std::vector<BarResult> bars;
  std::map<std::string, std::uint64_t> breaks_by_column;   // "predict.3.compute_vol/vwap.ret_0.vol"
  std::map<AssetId, std::uint64_t> breaks_by_asset;
  CellCounts cells;
  double coverage = 0;                  // compared / present
  std::uint64_t distinct_breaks = 0;
  std::optional<FirstDivergence> first;
  std::vector<Finding> findings;        // in causal order, at most max_findings
  bool findings_truncated = false;
  std::size_t bars_left = 0, bars_right = 0, bars_both = 0;
};

/// Compare two runs completely: hashes first, cells where hashes differ.
///
/// Rule:    docs/formats/comparison.md. Alignment by name and key, never by position. Nothing compared is INCONCLUSIVE.
/// Errors:  kCorruptEvidence of a reader. A difference is never an error.
/// Cost:    bars x nodes hash comparisons when equal; O(changed cells) otherwise; memory for one window of each node and side.
Result<Comparison> compare_runs(const runlog::RunReader& left, const runlog::RunReader& right, const CompareOptions& options);

/// The paths that a simulation must change (run mode, clocks, directories, replay); see CompareOptions.
std::vector<std::string> default_expected_config_differences();

/// Machine form of the verdict (report.json's "comparison").
std::string to_json(const Comparison& comparison);

}  // namespace tieout::recon
