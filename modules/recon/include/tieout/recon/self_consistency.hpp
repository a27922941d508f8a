#pragma once

#include <cstdint>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/recon/finding.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

/// What later bars rewrote in one node's history.
struct NodeRevisions {
  std::uint64_t revised_rows =
      0;  // rows of T-1 that have other bits at T, or are gone from the middle
  std::uint64_t unexplained_rows = 0;  // of those, without a touched input row in reach
};

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
///          where its window starts or ends.
/// Cost:    one pass over the frames; memory for one window of each node.
Result<SelfConsistency> check_self_consistency(const runlog::RunSource& run);

}  // namespace tieout::recon
