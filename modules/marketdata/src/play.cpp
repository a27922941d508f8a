#include <algorithm>
#include <cstddef>

#include "tieout/marketdata/feed.hpp"

namespace tieout::marketdata {
namespace {

/// Bounds the memory of a batch and how long readers wait for their first rows when a long history
/// is due at once.
constexpr std::size_t kMaxBatchRows = 32'768;

}  // namespace

Status play_arrivals(const std::vector<Arrival>& arrivals, BarStore& store, Clock& clock) {
  std::vector<BarVersion> batch;
  std::size_t next = 0;
  while (next < arrivals.size()) {
    if (!clock.sleep_until(arrivals[next].version.knowledge)) {
      return {};
    }
    // Everything that is due by now goes into one transaction; at least the row that was waited for
    // does.
    const Timestamp due = std::max(clock.now(), arrivals[next].version.knowledge);
    batch.clear();
    while (next < arrivals.size() && arrivals[next].version.knowledge <= due &&
           batch.size() < kMaxBatchRows) {
      batch.push_back(arrivals[next++].version);
    }
    const Timestamp now = clock.now();
    for (BarVersion& version : batch) {
      version.knowledge = std::max(version.knowledge, now);
    }
    TIEOUT_CHECK(store.append(batch));
  }
  return {};
}

}  // namespace tieout::marketdata
