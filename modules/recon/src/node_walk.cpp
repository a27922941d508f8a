#include "node_walk.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tieout::recon {
namespace {

/// Frames that are cheaper to apply one by one than to rebuild the window from its last keyframe
/// and prove it by its hash.
constexpr std::size_t kFewFrames = 16;

void append(std::vector<Timestamp>& rows, std::span<const Timestamp> more) {
  rows.insert(rows.end(), more.begin(), more.end());
}

}  // namespace

Result<std::optional<runlog::NodeFrame>> find_frame(const runlog::RunSource& run, std::size_t node,
                                                    std::size_t bar) {
  Result<runlog::NodeFrame> frame = run.node_frame(node, bar);
  if (frame.ok()) {
    return std::optional<runlog::NodeFrame>(std::move(*frame));
  }
  if (frame.error().code == ErrorCode::kIncompleteEvidence) {
    return std::optional<runlog::NodeFrame>();
  }
  return std::move(frame).error();
}

WindowCursor::WindowCursor(const runlog::RunSource& run, std::size_t node)
    : run_(&run), node_(node), window_(run.manifest().nodes[node].columns) {}

Status WindowCursor::apply(std::size_t bar, std::vector<Timestamp>& touched) {
  TIEOUT_TRY(const std::optional<runlog::NodeFrame> frame, find_frame(*run_, node_, bar));
  if (!frame) {
    return {};
  }
  if (frame->keyframe) {
    append(touched, window_.index());
  } else {
    append(touched, window_.index().first(std::min(frame->dropped_front, window_.row_count())));
  }
  append(touched, frame->changed.index());
  return runlog::apply_frame(*frame, window_);
}

Status WindowCursor::advance(std::size_t bar, std::vector<Timestamp>& touched) {
  TIEOUT_ASSERT(bar + 1 >= next_);
  while (next_ <= bar) {
    TIEOUT_CHECK(apply(next_, touched));
    ++next_;
  }
  return {};
}

Status WindowCursor::jump(std::size_t bar) {
  TIEOUT_ASSERT(bar + 1 >= next_);
  if (bar + 1 - next_ <= kFewFrames && run_->hashes_are_of_content()) {
    std::vector<Timestamp> ignored;
    return advance(bar, ignored);
  }
  TIEOUT_TRY(window_, run_->node_output(node_, bar));
  next_ = bar + 1;
  return {};
}

Status WindowCursor::check() const {
  if (next_ == 0 || !run_->hashes_are_of_content() ||
      hash_panel(window_) == run_->window_hash(node_, next_ - 1)) {
    return {};
  }
  return Error{
      ErrorCode::kCorruptEvidence,
      fmt::format("compare_runs: '{}' node {}: the frames up to bar {} give another window than "
                  "the index promises",
                  run_->directory().string(), run_->manifest().nodes[node_].name,
                  to_iso(run_->bars()[next_ - 1].bar))};
}

NodeWalk::NodeWalk(const runlog::RunSource& left, std::size_t left_node,
                   const runlog::RunSource& right, std::size_t right_node)
    : left_run_(left),
      right_run_(right),
      left_node_(left_node),
      right_node_(right_node),
      left_(left, left_node),
      right_(right, right_node),
      diff_(left.manifest().nodes[left_node], right.manifest().nodes[right_node]),
      of_content_(left.hashes_are_of_content() && right.hashes_are_of_content()) {}

CellCounts NodeWalk::all_equal(std::size_t left_bar) const {
  CellCounts counts;
  counts.present = left_run_.window_cells(left_node_, left_bar);
  counts.compared = counts.bitwise = counts.present;
  const std::size_t columns = left_.window().column_count();
  counts.uncovered = columns == 0 ? 0 : diff_.uncovered_cells(counts.present / columns);
  return counts;
}

Error NodeWalk::contradiction(std::size_t left_bar, std::string_view what) const {
  return Error{
      ErrorCode::kCorruptEvidence,
      fmt::format("compare_runs: '{}' and '{}' node {} bar {}: {}", left_run_.directory().string(),
                  right_run_.directory().string(), left_run_.manifest().nodes[left_node_].name,
                  to_iso(left_run_.bars()[left_bar].bar), what)};
}

Result<CellCounts> NodeWalk::compare(std::size_t left_bar, std::size_t right_bar,
                                     std::vector<WindowBreak>& breaks) {
  // Hashes are of cells: what the words mean is in the types.
  const bool equal =
      diff_.columns_of_two_types().empty() &&
      left_run_.window_hash(left_node_, left_bar) == right_run_.window_hash(right_node_, right_bar);
  if (equal && !tracking_) {
    last_equal_ = BarPair{left_bar, right_bar};
    return all_equal(left_bar);
  }
  if (equal && !of_content_) {
    // Nothing has to be decoded; the cursors catch up when the hashes part again.
    tracking_ = false;
    diff_.reset();
    last_equal_ = BarPair{left_bar, right_bar};
    return all_equal(left_bar);
  }
  // Without a bar at which the windows were equal, every row since the first bar counts as touched.
  if (!tracking_ && last_equal_) {
    TIEOUT_CHECK(left_.jump(last_equal_->left));
    TIEOUT_CHECK(right_.jump(last_equal_->right));
  }
  tracking_ = true;
  touched_.clear();
  TIEOUT_CHECK(left_.advance(left_bar, touched_));
  TIEOUT_CHECK(right_.advance(right_bar, touched_));
  std::ranges::sort(touched_);
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  diff_.update(left_.window(), right_.window(), touched_, breaks);
  const CellCounts counts = diff_.counts(left_.window(), right_.window());
  const bool same_order = left_.window().columns() == right_.window().columns();
  if (equal && !diff_.equal()) {
    return contradiction(left_bar, "the windows differ although their hashes are equal");
  }
  if (!equal && diff_.equal() && same_order && of_content_) {
    return contradiction(left_bar, "the windows are equal although their hashes differ");
  }
  if (equal) {
    tracking_ = false;
    last_equal_ = BarPair{left_bar, right_bar};
  }
  return counts;
}

Status NodeWalk::finish() const {
  TIEOUT_CHECK(left_.check());
  return right_.check();
}

}  // namespace tieout::recon
