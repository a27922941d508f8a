#pragma once

#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/oms/broker_settings.hpp"
#include "tieout/runlog/run_source.hpp"
#include "tieout/system/run.hpp"

namespace tieout::system {

/// What a run booked, for a replay of it.
struct RecordedFills {
  std::vector<oms::BarFills> bars;
  bool derived = false;      // the log has no fills: these are the trades of its books
  std::size_t left_out = 0;  // booked up to the first bar: before the replay's books begin

  /// What there is to say of them, one sentence each.
  std::vector<std::string> notes(Timestamp first_bar) const;
};

/// The fills that a run booked at its bars in (first_bar, last_bar]; runlog::booked_fills() says
/// what they are in a log without fills.
///
/// Errors: kSchemaMismatch for a fills table without its columns; kMalformedData when the fills of
/// an order come to more than its shares or go the other way, as far as the log holds the order;
/// those of the source. That ids come once is checked by the broker that takes them.
Result<RecordedFills> read_fills(const runlog::RunSource& run, Timestamp first_bar,
                                 Timestamp last_bar);

/// The same of whatever holds them; a file's bars are those of the grid of `bar`.
/// Errors: those of frames::read_frame() too; kSchemaMismatch naming the file and the column.
Result<RecordedFills> read_fills(const FillsFrom& from, Duration bar, Timestamp first_bar,
                                 Timestamp last_bar);

}  // namespace tieout::system
