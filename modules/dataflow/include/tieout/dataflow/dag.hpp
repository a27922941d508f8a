#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/dataflow/node.hpp"

namespace tieout::dataflow {

/// Which rows the source's panel has.
enum class SourceIndex {
  kGrid,      // Every multiple of row_period in the window; a row that nobody has is NaN.
  kObserved,  // Only rows that some asset has (as the reference does; for the compatibility
              // pipelines).
};

/// What the source node holds: rows in (bar - history_lookback, bar], columns (field, asset) field
/// by field, assets ascending.
struct SourceSpec {
  std::vector<std::string> fields = {"open", "high", "low", "close", "volume"};
  Duration row_period = minutes(1);
  Duration history_lookback = days(1);
  SourceIndex index = SourceIndex::kGrid;
  /// The window's start moves in steps of this, so that for a while only its end moves; a positive
  /// multiple of row_period makes windows of history_lookback up to one step more. Zero moves it
  /// with every bar. For checks of a strategy: a run keeps zero.
  Duration window_step = {};
};

/// One stage in its place.
struct Stage {
  std::string nid;                   // "compute_vol"
  std::unique_ptr<const Node> node;  // null for the source
  std::vector<std::size_t> inputs;   // topological ids of the predecessors, in edge order
};

/// A directed acyclic graph whose stages stand in topological order; stage 0 is the source, the
/// last one the sink.
class Dag {
 public:
  /// Start with the source.
  Dag(SourceSpec source, std::string source_nid = "read_data");

  /// Append a stage. Errors: kInvalidArgument when the nid exists, an input is not known, or there
  /// is none.
  Status add(std::string nid, std::unique_ptr<const Node> node,
             const std::vector<std::string>& inputs);

  const SourceSpec& source() const noexcept { return source_; }
  /// Read another window: a check needs a longer one than a run. The fields stay what they are.
  void set_window(Duration history_lookback, Duration window_step) noexcept {
    source_.history_lookback = history_lookback;
    source_.window_step = window_step;
  }
  const std::vector<Stage>& stages() const noexcept { return stages_; }
  std::optional<std::size_t> find(std::string_view nid) const noexcept;

  /// How far back of a bar the source must reach for the sink to have a row at that bar, in
  /// multiples of the rows' spacings: the longest path of lookbacks and resampling intervals.
  /// Stages that look at their whole window count as nothing.
  Duration required_history() const { return required_history(stages_.size() - 1); }
  /// The same for the rows of another stage than the sink.
  Duration required_history(std::size_t stage) const;

  /// "predict.3.compute_vol": {method}.{topological_id}.{nid}.
  std::string node_name(std::size_t stage, std::string_view method = "predict") const;

 private:
  SourceSpec source_;
  std::vector<Stage> stages_;
};

}  // namespace tieout::dataflow
