#include "tieout/marketdata/replay.hpp"

#include <algorithm>
#include <utility>

#include "bar_order.hpp"

namespace tieout::marketdata {

std::vector<BarVersion> nominal_versions(std::vector<BarVersion> all, Duration delay) {
  std::stable_sort(all.begin(), all.end(), by_evidence);
  std::vector<BarVersion> last;
  last.reserve(all.size());
  for (BarVersion& version : all) {
    const bool same_bar =
        !last.empty() && last.back().end == version.end && last.back().asset == version.asset;
    if (same_bar) {
      last.back() = std::move(version);
    } else {
      last.push_back(std::move(version));
    }
    last.back().knowledge = last.back().end + delay;
  }
  return last;
}

}  // namespace tieout::marketdata
