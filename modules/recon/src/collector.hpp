#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "tieout/recon/compare.hpp"

namespace tieout::recon {

/// Gathers the breaks of a comparison in causal order and counts them.
///
/// The breaks of a bar are given between begin_bar() and end_bar(), within a layer in their order;
/// the layers in any order.
class Collector {
 public:
  Collector(Comparison& out, std::size_t max_findings) : out_(out), max_findings_(max_findings) {}

  /// Breaks that belong to no bar (config leaves), before the first bar.
  void add_at_start(Finding finding);

  void begin_bar(BarResult& bar) { bar_ = &bar; }
  /// A break that starts at this bar.
  void add(Finding finding);
  /// True while a finding that is not a root would still be kept: when false, count() will do.
  bool keeps_more() const noexcept {
    return out_.findings.size() + pending_.size() < max_findings_;
  }
  /// A break that starts at this bar, and that is not a root: counted, not kept.
  void count(Layer layer);
  /// A finding that is not a break (self-consistency).
  void add_remark(Finding finding);
  void end_bar();

  std::uint64_t breaks_of(Layer layer) const noexcept {
    return breaks_[static_cast<std::size_t>(layer)];
  }
  /// The first break of the data in causal order, kept whatever the limit.
  const std::optional<Finding>& first_of_data() const noexcept { return first_of_data_; }
  /// The first break of the layer inputs.
  const std::optional<Finding>& first_of_inputs() const noexcept { return first_of_inputs_; }

 private:
  void count_in_bar(Layer layer);

  Comparison& out_;
  std::size_t max_findings_;
  BarResult* bar_ = nullptr;
  std::vector<Finding> pending_;
  std::array<std::uint64_t, kLayers.size()> breaks_{};
  std::optional<Finding> first_of_data_;
  std::optional<Finding> first_of_inputs_;
};

}  // namespace tieout::recon
