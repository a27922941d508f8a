#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/recon/compare.hpp"

namespace tieout::recon {

/// Which cell to explain. What is left out is chosen: the node of the first divergence, the first
/// bar at which the node differs (else the last common one), the first column and row that differ
/// there.
struct Selection {
  std::optional<std::string> node;  // or a table: "target_positions", ...; its short name will do
  std::optional<Timestamp> bar;
  std::optional<AssetId> asset;
  std::optional<std::string> column;  // its field
  /// A finding by its break id: its very cell, the row of its key included. Nothing else is looked
  /// at then.
  std::optional<std::string> break_id = {};
  bool any() const noexcept { return node || bar || asset || column || break_id; }
};

/// One value on both sides, as text; "(none)" where a side lacks it.
struct ValuePair {
  std::string what;  // "close[101]", "2018-01-23 00:35:00+00:00 close[101]"
  std::string left, right;
  bool equal = false;
};

/// Something that a cell is computed from.
struct InputEvidence {
  std::string part;   // node, table, "journal.market_read purpose=source", ...
  std::string reach;  // which of it: "rows 00:05 to 00:35", "this bar"
  bool equal = false;
  std::uint64_t differing = 0;           // cells of it that differ, in reach
  std::vector<ValuePair> values;         // the nearest of the cell's asset, at most 32
  std::optional<Finding> first_finding;  // the first difference of it
};

/// A value of a cell and since when it has it: more than one entry is a revised row.
struct CellVersion {
  Timestamp bar;
  std::string value;
};

/// One cell, with what feeds it.
struct CellExplanation {
  std::string part;
  std::string column;
  AssetId asset = kNoAsset;
  Timestamp bar;
  std::optional<Timestamp> row;
  ValuePair now;                  // at the bar
  std::optional<ValuePair> then;  // the same cell at the bar before
  double abs_diff = 0, rel_diff = 0;
  std::uint64_t ulp = 0;
  std::string rule;
  std::vector<InputEvidence> inputs;
  std::vector<CellVersion> left_versions, right_versions;  // of the row, up to the last bar
  std::vector<Finding> findings;                           // of this cell, by bar
  std::optional<Finding> root;                             // what they are a consequence of
  std::string sentence;
};

/// Where the consequences of a root went.
struct Propagation {
  std::string part;
  std::vector<std::string> from;  // inputs of the part that it reached before
  Timestamp first_bar;
  std::uint64_t breaks = 0;
};

/// A root and its consequences, as far as findings were kept.
struct RootExplanation {
  Finding finding;
  std::uint64_t breaks = 0;  // of its group, itself included
  std::uint64_t consequences = 0;
  std::vector<Propagation> reached;  // in causal order, the root's own part first
};

/// Why two runs differ, or that they do not.
struct Explanation {
  std::string left_name, right_name;
  Verdict verdict = Verdict::kInconclusive;
  std::string sentence;
  std::optional<FirstDivergence> first;
  std::optional<CellExplanation> cell;  // of the selection, else of the first divergence
  std::vector<ValuePair> journal;       // what both sides read and decided at the cell's bar
  std::vector<RootExplanation> roots;   // by causal order
  bool complete = false;                // every finding was kept: the counts are exact
};

/// Explain the comparison of two runs.
///
/// Rule:    reads only logs: works on any two sources; without a journal its part is empty and an
///          input is the node before.
/// Errors:  kUnknownName for a node, column or asset that neither run has, naming the nearest, and
///          for a break id that no kept finding has;
///          kInvalidArgument for a bar that is not in both runs; those of the readers.
/// Cost:    the comparison's findings once; the windows of one node, its inputs and two bars.
Result<Explanation> explain(const runlog::RunSource& left, const runlog::RunSource& right,
                            const Comparison& comparison, const Selection& selection);

/// What stands behind each of some findings, in their order: both values at the finding's bar and
/// at the bar before, what the cell is computed from, its versions.
///
/// Rule:    a finding without a cell (a node of one side, a config leaf) has its own two values and
///          no inputs; `now` is always that of the finding, which for a row of a table is the row
///          of its key. `findings` and `root` are left empty: the caller has them.
/// Errors:  those of the readers.
/// Cost:    the windows of the node and its inputs at two bars for each finding.
Result<std::vector<CellExplanation>> explain_findings(const runlog::RunSource& left,
                                                      const runlog::RunSource& right,
                                                      const Comparison& comparison,
                                                      std::span<const Finding* const> findings);

/// The roots with their consequences and where these went, by causal order.
/// Cost:  one pass over the findings.
std::vector<RootExplanation> explain_roots(const runlog::RunSource& left,
                                           const runlog::RunSource& right,
                                           const Comparison& comparison);

/// One JSON object, schema tieout.explanation/1.
std::string to_json(const Explanation& explanation);

}  // namespace tieout::recon
