#include "tieout/dataflow/dag.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tieout::dataflow {

Dag::Dag(SourceSpec source, std::string source_nid) : source_(std::move(source)) {
  stages_.push_back(Stage{std::move(source_nid), nullptr, {}});
}

std::optional<std::size_t> Dag::find(std::string_view nid) const noexcept {
  const auto found =
      std::ranges::find_if(stages_, [&](const Stage& stage) { return stage.nid == nid; });
  return found == stages_.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - stages_.begin()));
}

Status Dag::add(std::string nid, std::unique_ptr<const Node> node,
                const std::vector<std::string>& inputs) {
  TIEOUT_ASSERT(node != nullptr);
  if (nid.empty() || find(nid)) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("Dag::add: nid '{}' is empty or exists already; needed a new one", nid)};
  }
  if (inputs.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("Dag::add: stage '{}' has no input; only the source has none", nid)};
  }
  std::vector<std::size_t> predecessors;
  for (const std::string& input : inputs) {
    const auto id = find(input);
    if (!id) {
      return Error{
          ErrorCode::kInvalidArgument,
          fmt::format("Dag::add: input '{}' of stage '{}' is not a stage that was added before it",
                      input, nid)};
    }
    predecessors.push_back(*id);
  }
  stages_.push_back(Stage{std::move(nid), std::move(node), std::move(predecessors)});
  return {};
}

Duration Dag::required_history(std::size_t stage) const {
  TIEOUT_ASSERT(stage < stages_.size());
  struct Reach {
    Duration history;
    Duration period;
  };
  std::vector<Reach> reaches;
  reaches.push_back({{}, source_.row_period});
  for (std::size_t id = 1; id <= stage; ++id) {
    const Node& node = *stages_[id].node;
    const auto lookback = static_cast<std::int64_t>(node.lookback().rows);
    Reach reach{{}, node.output_period()};
    for (const std::size_t input : stages_[id].inputs) {
      reach.period = std::max(reach.period, reaches[input].period);
      // An interval of the output must be whole: its first input row lies up to one interval before
      // its label.
      const Duration interval =
          node.output_period().ns > 0 ? node.output_period() - reaches[input].period : Duration{};
      reach.history = std::max(
          reach.history, reaches[input].history + reaches[input].period * lookback + interval);
    }
    reaches.push_back(reach);
  }
  // The row of the bar itself.
  return reaches.back().history + source_.row_period;
}

std::string Dag::node_name(std::size_t stage, std::string_view method) const {
  TIEOUT_ASSERT(stage < stages_.size());
  return fmt::format("{}.{}.{}", method, stage, stages_[stage].nid);
}

}  // namespace tieout::dataflow
