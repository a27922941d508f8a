#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/runlog/run_source.hpp"

#include "window_diff.hpp"

namespace tieout::recon {

/// The frame of a node at a bar; nothing when the bar wrote none, so that the window stayed as it
/// was.
Result<std::optional<runlog::NodeFrame>> find_frame(const runlog::RunSource& run, std::size_t node,
                                                    std::size_t bar);

/// The output window of one node of one run, moved from bar to bar.
class WindowCursor {
 public:
  WindowCursor(const runlog::RunSource& run, std::size_t node);

  const Panel& window() const noexcept { return window_; }
  /// Move to `bar`, which must not lie before the last one. Appends to `touched` the rows that may
  /// have come, changed or gone on the way (in no order, with repetitions).
  Status advance(std::size_t bar, std::vector<Timestamp>& touched);
  /// Move to `bar` without asking what changed on the way.
  Status jump(std::size_t bar);
  /// Prove the window against the index. Errors: kCorruptEvidence.
  Status check() const;

 private:
  Status apply(std::size_t bar, std::vector<Timestamp>& touched);

  const runlog::RunSource* run_;
  std::size_t node_;
  Panel window_;
  std::size_t next_ = 0;  // the first bar that is not applied
};

/// Compares one node of two runs over their common bars, in ascending order.
///
/// Rule:  as long as the window hashes agree nothing is read. At the first bar where they do not,
/// both
///        windows are rebuilt; from there on frames are applied and only the rows that they touch
///        are compared again, until the hashes agree again.
class NodeWalk {
 public:
  NodeWalk(const runlog::RunSource& left, std::size_t left_node, const runlog::RunSource& right,
           std::size_t right_node);

  /// Compare the windows at one common bar. Appends the breaks of rows and cells that start here,
  /// ascending by row, then column; columns of one side only stand in diff().
  Result<CellCounts> compare(std::size_t left_bar, std::size_t right_bar,
                             std::vector<WindowBreak>& breaks);
  const WindowDiff& diff() const noexcept { return diff_; }
  /// The windows at the last bar that was compared; only as long as differs().
  const Panel& left_window() const noexcept { return left_.window(); }
  const Panel& right_window() const noexcept { return right_.window(); }
  WindowDiff& diff() noexcept { return diff_; }
  /// Whether the windows differed at the last bar that was compared, by more than the policy
  /// allows.
  bool differs() const noexcept { return tracking_ && diff_.has_breaks(); }
  /// Prove the windows that were rebuilt from frames. Errors: kCorruptEvidence.
  Status finish() const;

 private:
  struct BarPair {
    std::size_t left = 0, right = 0;
  };
  CellCounts all_equal(std::size_t left_bar) const;
  Error contradiction(std::size_t left_bar, std::string_view what) const;

  const runlog::RunSource& left_run_;
  const runlog::RunSource& right_run_;
  std::size_t left_node_, right_node_;
  WindowCursor left_, right_;
  WindowDiff diff_;
  std::optional<BarPair> last_equal_;
  std::vector<Timestamp> touched_;
  bool of_content_ = true;  // unequal hashes prove a difference
  bool tracking_ = false;   // the windows are at the last bar
};

}  // namespace tieout::recon
