#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/recon/finding.hpp"
#include "tieout/recon/noise.hpp"
#include "tieout/recon/policy.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

enum class Verdict : std::uint8_t { kIdentical, kEquivalent, kExplained, kDiverged, kInconclusive };
/// "IDENTICAL", "EQUIVALENT", "EXPLAINED", "DIVERGED", "INCONCLUSIVE".
std::string_view to_string(Verdict verdict) noexcept;
/// 0 for the first three, 1 diverged, 3 inconclusive.
int exit_code_of(Verdict verdict) noexcept;

/// Cells of a layer, node, bar, column or asset. A cell is one value of the df_out of one node at
/// one bar, or of one table at one bar; in the layers `completeness` and `config` it is a part or a
/// leaf.
///
/// Identities: compared = bitwise + within + ignored + waived + (outside - missing); present >=
/// compared + missing, and what is left over could not be compared (bars after the end of an
/// unsealed run). `uncovered` overlaps with the others.
struct CellCounts {
  std::uint64_t present = 0;        // on at least one side
  std::uint64_t compared = 0;       // on both sides
  std::uint64_t bitwise = 0;        // equal to the bit (or both NaN)
  std::uint64_t within = 0;         // not equal, but allowed by a declared rule
  std::uint64_t outside = 0;        // different
  std::uint64_t nan_one_side = 0;   // part of outside
  std::uint64_t type_mismatch = 0;  // part of outside
  std::uint64_t missing = 0;  // part of outside: its row, column, node or bar is on one side only
  std::uint64_t ignored = 0;  // not equal, and a rule of the policy ignores them
  std::uint64_t waived = 0;  // not equal, and a waiver of the policy that has not expired covers it
  std::uint64_t uncovered = 0;  // of compared: no rule of the policy selects it (compared exactly)
  CellCounts& operator+=(const CellCounts& other) noexcept;
  friend bool operator==(const CellCounts&, const CellCounts&) = default;
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
  bool whole_window = false;  // declared on either side: rewrites are its nature
  CellCounts cells;
  std::uint64_t distinct_breaks = 0;
  std::optional<Timestamp> first_bar;   // first bar at which it differs
  double max_abs = 0, max_rel = 0;      // over the float64 cells that differ, within tolerance or
                                        // not, and are finite on both sides
  std::uint64_t revised_rows_left = 0;  // rows that a later bar rewrote (T against T-1), each side
  std::uint64_t revised_rows_right = 0;
  std::uint64_t unexplained_rewrites = 0;  // of both sides: no rewritten input in reach, so that
                                           // the node peeks, or depends on its window
  /// What the unexplained rewrites look like, on each side: "peeks: ...; 10 rows in 5 bars:
  /// ret[101] at lag 0"; "" when there are none.
  std::string rewrites_left, rewrites_right;
};

struct BarResult {
  Timestamp bar;
  std::uint64_t distinct_breaks = 0;   // that start at this bar
  std::uint64_t breaks_nodes = 0;      // of those, in the inputs and the nodes
  std::uint64_t breaks_decisions = 0;  // of those, in the tables: target positions to statistics
  bool left = true, right = true;
};

/// The earliest break in causal order and what it is made of.
struct FirstDivergence {
  Finding finding;
  /// The node or table that breaks; for a config leaf, the node or table that reads it.
  std::string node;
  /// For a config leaf: the first break of the data that it comes with, if there is one.
  std::optional<Finding> reached;
  /// What the broken part is computed from and differs at the same bar, one finding for each input,
  /// the broken asset preferred; empty when all inputs agree.
  std::vector<Finding> inputs;
  bool inputs_within = false;  // they differ only in what the policy allows, ignores or waives
  bool inputs_equal = false;   // equal inputs, different output: code or parameters
  std::string sentence;        // one line for people
};

/// What to make of two timestamps in a table that are not equal.
enum class ClockRule : std::uint8_t {
  kExact,     // a break
  kOwnClock,  // within, when each is what the journal of its own run read from the clock for the
              // same purpose at the same bar: the order of a nominal replay is dated by the
              // replay's clock
};

/// What a rule of the policy did.
struct RuleResult {
  std::string text;                  // "rel(1e-06)"
  std::size_t line = 0;              // in the policy file
  bool used = false;                 // it selected a column
  std::uint64_t ignored_breaks = 0;  // kIgnore: distinct breaks that it ignores
  std::optional<Finding> first;      // kIgnore: the first of them
  /// The smallest number that would have been enough, with CompareOptions::measure_rules: abs, rel,
  /// units, nanoseconds, ulp; of abs+rel the part of both numbers. 0 when every cell was equal.
  double needed = 0;
};

/// What a waiver of the policy did.
struct WaiverResult {
  std::string owner, reason;
  std::size_t line = 0;
  Timestamp expires;
  std::uint64_t waived_breaks = 0;   // distinct breaks that it covers
  std::uint64_t expired_breaks = 0;  // that it would cover, had it not expired: they count
  std::optional<Finding> first;      // the first of either
};

/// The policy by which runs were compared.
struct PolicyResult {
  std::string name, hash;
  double min_coverage = 0;
  std::vector<RuleResult> rules;  // in the order of the policy
  std::vector<WaiverResult> waivers;
};

struct CompareOptions {
  std::string left_name = "prod";
  std::string right_name = "sim";
  std::size_t max_findings = 100'000;  // findings kept; all are counted
  /// Config paths (prefixes) that must differ between production and a simulation, each with its
  /// reason in docs/formats/comparison.md.
  std::vector<std::string> expected_config_differences = {};
  bool check_self_consistency = true;
  /// End after the bar at which the data first differs: later bars are not compared, and the
  /// coverage says so.
  bool stop_at_first = false;
  ClockRule clock_rule = ClockRule::kOwnClock;
  /// What is allowed; null: exact_policy(). It must outlive the comparison.
  const Policy* policy = nullptr;
  /// How noisy repeated simulations of the run are; null: not measured. It changes the sentence and
  /// the notes, never a verdict. It must outlive the comparison.
  const NoiseFloor* noise = nullptr;
  /// Find RuleResult::needed; costs a look at every cell that is within tolerance.
  bool measure_rules = false;
};

struct Comparison {
  Verdict verdict = Verdict::kInconclusive;
  std::string sentence;  // why, in one line
  std::string left_name, right_name;
  std::vector<LayerResult> layers;                        // all nine, in causal order
  std::vector<NodeResult> nodes;                          // in topological order
  std::vector<BarResult> bars;                            // ascending
  std::map<std::string, std::uint64_t> breaks_by_column;  // "predict.3.compute_vol/vwap.ret_0.vol"
  std::map<AssetId, std::uint64_t> breaks_by_asset;
  CellCounts cells;     // of the layers inputs to statistics
  double coverage = 0;  // (compared - uncovered) / present
  PolicyResult policy;
  std::optional<NoiseResult> noise;  // of CompareOptions::noise
  std::uint64_t distinct_breaks = 0;
  std::uint64_t roots = 0;  // groups (bar, part, row, asset) of breaks without a differing input
  std::uint64_t consequences = 0;  // breaks that are not part of a root
  std::optional<FirstDivergence> first;
  /// The earliest break of the inputs, when `first` is another one: data that differs later than
  /// the decisions do, as where the two clocks already led to other fills.
  std::optional<Finding> first_input_break;
  std::vector<Finding> findings;  // in causal order, at most max_findings
  bool findings_truncated = false;
  std::size_t bars_left = 0, bars_right = 0, bars_both = 0;
  std::size_t bars_not_compared = 0;  // after CompareOptions::stop_at_first ended the walk
};

/// Compare two runs completely: hashes first, cells where hashes differ.
///
/// Rule:    docs/formats/comparison.md. Alignment by name and key, never by position. Nothing
/// compared
///          is INCONCLUSIVE.
/// Errors:  kCorruptEvidence and others of a reader; kCorruptEvidence when a log's frames do not
/// give the
///          window that its index promises. A difference is never an error.
/// Cost:    bars x nodes hash comparisons when equal (and one pass over the frames of one side for
/// the
///          self-consistency); O(changed cells) otherwise; memory for one window of each node and
///          side.
/// Source:  peers 2.0 (the false passes that it must not have), recon_flow 10.1. Oracle: the
///          full-window comparison in tests/reference.hpp.
Result<Comparison> compare_runs(const runlog::RunSource& left, const runlog::RunSource& right,
                                const CompareOptions& options);

/// Id of a run, 12 hex digits: equal for equal evidence wherever it lies. Hash of the identity
/// facts of the manifest and, for each bar, its content hash and wall time.
std::string run_id(const runlog::RunSource& run);

/// The paths that a simulation must change (run mode, clocks, directories, replay); see
/// CompareOptions.
std::vector<std::string> default_expected_config_differences();

/// Machine form of the verdict (report.json's "comparison"), without the findings, which are JSON
/// lines of their own. Equal comparisons give equal bytes.
std::string to_json(const Comparison& comparison);

}  // namespace tieout::recon
