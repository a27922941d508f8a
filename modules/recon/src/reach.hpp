#pragma once

#include <cstddef>
#include <optional>

#include "tieout/core/panel.hpp"

#include "node_walk.hpp"
#include "run_pair.hpp"

namespace tieout::recon {

/// Distance of the closest rows, which is the row period of a regular window; nothing below two
/// rows.
std::optional<Duration> row_period(const Panel& window);

/// The rows of an input that a row of a node may be computed from, as its manifest declares.
struct Reach {
  Timestamp from;         // the first row; with `until`, closed
  bool complete = false;  // the input's window still holds all of it
};

/// Rule:    from `lookback_rows` input rows before the last input row <= r and, when the node's
/// rows
///          are further apart than its input's, from r less that distance (exclusive), up to r.
///          Nothing when the input's window starts after r: what r was computed from has gone.
std::optional<Reach> reach_of(const Panel& input, Timestamp r, std::size_t lookback_rows,
                              std::optional<Duration> output_period,
                              std::optional<Duration> input_period);

/// Whether a break of row `r` of `node` may come from a row in which its input differs. True when
/// that cannot be told: rows have left the window of either side, or a column is on one side only.
bool input_break_in_reach(const RunPair& runs, const NodePair& node, const NodeWalk& output,
                          const NodeWalk& input, Timestamp r);

}  // namespace tieout::recon
