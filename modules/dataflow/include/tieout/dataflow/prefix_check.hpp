#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/dataflow/runner.hpp"

namespace tieout::dataflow {

/// What a node that fails the check seems to do. Told from which input rows its output depends on.
enum class Suspicion : std::uint8_t {
  kNone,
  kNegativeShift,   // reads rows after its own, and none before
  kReadsAhead,      // reads rows after its own, and others
  kCentredWindow,   // reads as many rows after its own as before
  kWholeWindow,     // reads the whole window, up to its end: normalises over it
  kBackFill,        // fills a missing value from a later row
  kLabelledEarly,   // a row appears after the bar that it is labelled with
  kLabelledLate,    // a row appears before the bar that it is labelled with
  kBeyondLookback,  // reads rows before its declared lookback
  kRowGrouping,     // the result depends on which rows are computed together: a running sum
  kNotRepeatable,   // the same rows computed twice differ: a memory, a clock, a random number
  kUnknown,
};
/// "negative_shift", "centred_window", ...
std::string_view to_string(Suspicion suspicion) noexcept;
/// "C205" (look-ahead) or "C203" (dependence on the window or on the way of computing).
std::string_view check_id(Suspicion suspicion) noexcept;

/// One cell that came out otherwise when it was computed with the data after its bar.
struct PrefixDifference {
  Timestamp bar;  // at which the row was first computed: nothing later was known
  Timestamp row;
  ColumnKey column;
  double at_bar = 0;  // as the run emitted it
  double later = 0;   // as computed over the data up to `known`
  Timestamp known;    // the bar of the later computation
};

enum class NodeOutcome : std::uint8_t {
  kClean,
  kViolates,
  kInherits,    // its own computation is clean, but it reads a node that violates
  kNotChecked,  // no row with a value could be checked
};
/// "clean", "VIOLATES", "inherits", "not checked".
std::string_view to_string(NodeOutcome outcome) noexcept;

/// What the check found for one node.
struct NodeCheck {
  std::string name;
  bool whole_window = false;  // declared
  std::uint64_t rows = 0;     // rows computed when their bar was the last, and again later
  std::uint64_t cells = 0;    // of those rows
  std::uint64_t values = 0;   // of those cells, not NaN
  std::uint64_t rows_different = 0;
  NodeOutcome outcome = NodeOutcome::kNotChecked;

  // Of a node that violates:
  Suspicion suspicion = Suspicion::kNone;
  std::int64_t rows_back = 0;   // the input rows that its first differing cell depends on, relative
  std::int64_t rows_ahead = 0;  // to its own row; what could be seen of it
  Duration horizon;             // how far ahead of the row that is
  std::string sentence;         // for people, with the first difference
  std::vector<PrefixDifference> differences;  // the first ones, at most kMaxDifferences

  static constexpr std::size_t kMaxDifferences = 100;
};

struct PrefixReport {
  std::vector<NodeCheck> nodes;    // in topological order
  std::size_t bars = 0;            // bars run
  std::size_t truncations = 0;     // bars after which more data followed: bars - 1
  bool clean() const noexcept;     // no node violates
  bool complete() const noexcept;  // every node was checked
};

/// Proves for every node of a DAG that its output at every bar depends on no data after that bar,
/// and not on where the window starts beyond its declared lookback (prefix invariance).
///
/// Rule:   the DAG runs bar by bar over final data as production does, so that what a row was first
///         computed from is the data truncated at its bar. Each row is computed again later, by its
///         node alone and from the rows that its inputs have by then, with at least a stretch of
///         later bars known; the bits must agree. By induction over the stages the run equals a
///         computation over all data at once, and a difference belongs to the node in which it
///         arises, not to those after it. The rows at the window's start are computed again too,
///         where nothing before their lookback is left. A stage that looks at its whole window,
///         and those after it, are checked while the window's start stands still: a row that a
///         later bar changes depends on that bar.
/// Cost:   one run of the DAG, one more computation of each row, and a few per cent of the
///         whole-window computations (modules/system/bench/check_strategy.cpp).
/// Source: peers.md G9, recon_flow.md 14 (C203, C205), dataflow.md 1.7.
class PrefixChecker {
 public:
  /// `bar` is the spacing of the bars. Errors: those of DagRunner::create.
  static Result<PrefixChecker> create(Dag dag, const Universe& universe, Duration bar);
  ~PrefixChecker();
  PrefixChecker(PrefixChecker&&) noexcept;
  PrefixChecker& operator=(PrefixChecker&&) noexcept;

  /// How far back of the first bar the observations should reach.
  Duration history() const noexcept;
  /// As DagRunner::run_bar(); the observations must be final, each row given once, at its bar.
  Status run_bar(Timestamp bar, std::span<const Observation> changes);
  /// Check what is left. Call once, after the last bar.
  PrefixReport finish();

 private:
  struct Impl;
  explicit PrefixChecker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tieout::dataflow
