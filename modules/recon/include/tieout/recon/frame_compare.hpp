#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/frames/frame.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/recon/policy.hpp"

namespace tieout::recon {

struct FrameCompareOptions {
  std::string left_name = "left";
  std::string right_name = "right";
  std::size_t max_findings = 100'000;  // findings kept; all are counted
  /// What is allowed: layer "nodes", node "frame", the column's field and asset ("close|101", or
  /// the row's asset_id). Null: nothing. Rules with a window and waivers do not apply: a frame has
  /// no bar.
  const Policy* policy = nullptr;
};

/// The comparison of two frames, and nothing else.
struct FrameComparison {
  Verdict verdict = Verdict::kInconclusive;
  std::string sentence;  // why, in one line
  std::size_t rows_left = 0, rows_right = 0;
  std::size_t columns_left = 0, columns_right = 0;
  CellCounts cells;
  std::string policy, policy_hash;
  double coverage = 0;  // (compared - uncovered) / present
  std::uint64_t distinct_breaks = 0;
  std::vector<Finding> findings;  // columns first, then rows in the left frame's order
};

/// Compare two frames cell by cell.
///
/// Rule:    docs/formats/comparison.md, as tables: columns by label, rows by the label of the
/// index,
///          never by position; a null equals a null only. Rows of frames without an index are one
///          group. A frame whose index has another name than the other's differs by that.
/// Errors:  kSchemaMismatch for a label that occurs twice; kInvalidConfig for a rule that cannot
///          judge a cell of a frame (set, multiset, ticks without an increment, another type). A
///          difference is never an error.
/// Cost:    O(cells + rows log rows).
Result<FrameComparison> compare_frames(const frames::Frame& left, const frames::Frame& right,
                                       const FrameCompareOptions& options);

/// Machine form, schema tieout.frame_comparison/1, with the findings. Equal comparisons give equal
/// bytes.
std::string to_json(const FrameComparison& comparison);

}  // namespace tieout::recon
