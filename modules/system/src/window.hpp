#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/marketdata/bar.hpp"

namespace tieout::system {

/// The bars of a run, closed on both ends.
/// Errors: kInvalidInterval when an end is off the grid or start > end; `who` opens the message.
Result<std::vector<Timestamp>> expected_bars(std::string_view who, Timestamp start, Timestamp end,
                                             Duration bar);

/// Last bar of a production run: start + duration - bar. Errors: kInvalidInterval when the duration
/// is not a positive multiple of the bar.
Result<Timestamp> last_bar(Timestamp start, Duration run_duration, Duration bar);

/// Which bars of the run have no row at all in (bar - period, bar].
std::vector<Timestamp> bars_without_data(std::span<const marketdata::BarVersion> rows,
                                         std::span<const Timestamp> bars, Duration bar);

/// Holes inside are told as a warning; a window that the data do not reach to at either end is an
/// error. Errors: kMissingData with the first missing bar and what the data cover. Returns the
/// warning, or "".
Result<std::string> check_coverage(std::string_view who,
                                   std::span<const marketdata::BarVersion> rows,
                                   std::span<const Timestamp> bars, Duration bar);

}  // namespace tieout::system
