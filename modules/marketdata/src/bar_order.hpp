#pragma once

#include <algorithm>
#include <span>
#include <tuple>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/marketdata/source.hpp"

namespace tieout::marketdata {

inline bool is_visible(const BarVersion& version, const AsOf& as_of) noexcept {
  return version.knowledge <= as_of.knowledge && version.seq <= as_of.max_seq;
}

inline bool is_inside(Timestamp end, const BarWindow& window) noexcept {
  return window.first < end && end <= window.last;
}

/// (end, asset): the order of every answer.
inline bool by_end_and_asset(const BarVersion& a, const BarVersion& b) noexcept {
  return std::tie(a.end, a.asset) < std::tie(b.end, b.asset);
}

/// (end, asset, knowledge, seq): the order of evidence.
inline bool by_evidence(const BarVersion& a, const BarVersion& b) noexcept {
  return std::tie(a.end, a.asset, a.knowledge, a.seq) <
         std::tie(b.end, b.asset, b.knowledge, b.seq);
}

/// Ascending, each id once.
inline std::vector<AssetId> sorted_unique(std::span<const AssetId> assets) {
  std::vector<AssetId> ids(assets.begin(), assets.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace tieout::marketdata
