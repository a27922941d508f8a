#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/recon/finding.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

/// What the rows that a bar rewrote without a rewritten input look like.
enum class RewriteKind : std::uint8_t {
  kWholeWindow,  // every row: the node normalises over its window
  kWindowEdge,  // from the window's start on, the less the further from it: it depends on its start
  kPeeking,     // the newest rows: it uses rows after the one that it computes
  kScattered,   // none of these
};
/// "whole_window", "window_edge", "peeking", "scattered".
std::string_view to_string(RewriteKind kind) noexcept;

/// One rewritten row, as classify_rewrites() needs it.
struct RewrittenRow {
  std::size_t from_start = 0;  // rows after the first row of the overlap
  std::size_t lag = 0;         // rows before the newest row of the bar before
  double change = 0;           // largest |after - before| over its columns; NaN when not a number
};

/// Rule:  rows ascend, `overlap` is how many rows both bars have. Peeking when the newest row is
///        rewritten and no row in the older half; edge when the first row is rewritten and either
///        no row in the newer half, or the last third of the changes is less than half as large as
///        the first; whole window when nine tenths of the rows are.
RewriteKind classify_rewrites(std::span<const RewrittenRow> rows, std::size_t overlap);

/// At which lags a column was rewritten without a rewritten input.
struct ColumnLags {
  std::uint64_t cells = 0;
  std::set<std::size_t> lags;  // the smallest 64
};

/// What later bars rewrote in one node's history.
struct NodeRevisions {
  std::uint64_t revised_rows =
      0;  // rows of T-1 that have other bits at T, or are gone from the middle
  std::uint64_t unexplained_rows = 0;         // of those, without a touched input row in reach
  std::map<RewriteKind, std::uint64_t> bars;  // with unexplained rows, by what they look like
  std::map<std::size_t, ColumnLags> columns;  // of the unexplained rows, by position
};

/// "peeks: ...; 10 rows in 5 bars: ret[101] at lags 0 to 1": of a node with unexplained rows, else
/// "".
std::string describe_rewrites(const runlog::NodeInfo& node, const NodeRevisions& revisions);

/// The self-consistency of one run.
struct SelfConsistency {
  std::vector<NodeRevisions> nodes;  // by topological id
  std::vector<Finding>
      findings;  // one for each (node, bar) with unexplained rows, ascending by bar
};

/// Compare the output of every node at T with that at T-1 on their overlap, from the frames.
///
/// Rule:    a rewritten row r is explained when the node is the source (revised data), is declared
///          whole-window, or when one of its inputs has at the same bar a row that is new,
///          rewritten or gone within the reach of r: from lookback rows before the last input row
///          <= r (and from r less the node's own row period, exclusive, when that is coarser than
///          its input's) up to r. What is not explained is C203: the node peeks, or depends on
///          where its window starts or ends. In a log without a journal lookbacks are not declared:
///          any touched row up to r explains r.
/// Cost:    one pass over the frames; memory for one window of each node.
Result<SelfConsistency> check_self_consistency(const runlog::RunSource& run);

}  // namespace tieout::recon
