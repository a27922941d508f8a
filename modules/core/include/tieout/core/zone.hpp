#pragma once

#include <string>
#include <string_view>

#include "tieout/core/time.hpp"

namespace tieout {

/// Time zones that exist at the edges (file names of the reference layout, display). Inside
/// everything is UTC.
enum class Zone { kUtc, kNewYork };

/// Which of two instants an ambiguous local time (the repeated hour at the end of DST) means.
enum class AmbiguousLocal { kEarlier, kLater };

/// IANA name, "UTC" or "America/New_York".
std::string_view zone_name(Zone zone) noexcept;

/// Offset of local time from UTC at `t`.
Duration utc_offset(Timestamp t, Zone zone);

/// "2000-01-01 09:35:00.100000-05:00": fraction only when non-zero, 6 digits (9 when not whole
/// microseconds).
std::string to_local_iso(Timestamp t, Zone zone);

/// "20000101_093500" in local time without offset: the form of the reference layout's file names.
std::string to_local_ts_name(Timestamp t, Zone zone);

/// Read "YYYYMMDD_HHMMSS" in local time. A local time in the gap at the start of DST is an error.
Result<Timestamp> parse_local_ts_name(std::string_view text, Zone zone, AmbiguousLocal ambiguous);

/// Time since local midnight.
Duration local_time_of_day(Timestamp t, Zone zone);

/// Local midnight at or before `t`.
Timestamp local_midnight(Timestamp t, Zone zone);

/// Day of the week in local time: 0 Monday ... 6 Sunday.
int local_weekday(Timestamp t, Zone zone);

}  // namespace tieout
