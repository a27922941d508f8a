#include "collector.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "tieout/core/assert.hpp"

namespace tieout::recon {

void Collector::count_in_bar(Layer layer) {
  ++breaks_[static_cast<std::size_t>(layer)];
  ++out_.distinct_breaks;
  if (bar_ == nullptr) {
    return;
  }
  ++bar_->distinct_breaks;
  if (layer == Layer::kInputs || layer == Layer::kNodes) {
    ++bar_->breaks_nodes;
  } else if (layer > Layer::kNodes) {
    ++bar_->breaks_decisions;
  }
}

void Collector::add_at_start(Finding finding) {
  TIEOUT_ASSERT(bar_ == nullptr);
  count_in_bar(finding.layer);
  if (finding.is_root) {
    ++out_.roots;
  } else {
    ++out_.consequences;
  }
  if (out_.findings.size() < max_findings_) {
    out_.findings.push_back(std::move(finding));
  } else {
    out_.findings_truncated = true;
  }
}

void Collector::add(Finding finding) {
  TIEOUT_ASSERT(bar_ != nullptr);
  count_in_bar(finding.layer);
  out_.consequences += finding.is_root ? 0 : 1;
  pending_.push_back(std::move(finding));
}

void Collector::count(Layer layer) {
  count_in_bar(layer);
  ++out_.consequences;
  out_.findings_truncated = true;
}

void Collector::add_remark(Finding finding) {
  pending_.push_back(std::move(finding));
}

void Collector::end_bar() {
  // Remarks on a node come after its breaks; a stable sort keeps the rest of the order. Positions
  // are sorted, for findings are heavy.
  const auto place = [&](std::size_t i) {
    return std::pair(pending_[i].layer, pending_[i].remark);
  };
  std::vector<std::size_t> order(pending_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, place);
  std::set<std::tuple<std::string, std::int64_t, std::string, AssetId>> roots;
  for (const std::size_t i : order) {
    Finding& finding = pending_[i];
    if (finding.is_root && !finding.remark) {
      roots.emplace(finding.part, finding.row.value_or(Timestamp{}).ns, finding.key, finding.asset);
    }
    if (!first_of_data_ && !finding.remark) {
      first_of_data_ = finding;
    }
    if (!first_of_inputs_ && !finding.remark && finding.layer == Layer::kInputs) {
      first_of_inputs_ = finding;
    }
    if (out_.findings.size() < max_findings_) {
      out_.findings.push_back(std::move(finding));
    } else {
      out_.findings_truncated = true;
    }
  }
  out_.roots += roots.size();
  pending_.clear();
  bar_ = nullptr;
}

}  // namespace tieout::recon
