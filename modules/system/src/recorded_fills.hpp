#pragma once

#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/oms/broker_settings.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::system {

/// What a run booked, for a replay of it.
struct RecordedFills {
  std::vector<oms::BarFills> bars;
  std::size_t left_out = 0;  // booked up to the first bar: before the replay's books begin
};

/// The fills tables of a run's bars in (first_bar, last_bar].
///
/// Errors: kSchemaMismatch for a fills table without its columns; kMalformedData when the fills of
/// an order come to more than its shares or go the other way, as far as the log holds the order;
/// those of the source. That ids come once is checked by the broker that takes them.
Result<RecordedFills> read_fills(const runlog::RunSource& run, Timestamp first_bar,
                                 Timestamp last_bar);

}  // namespace tieout::system
