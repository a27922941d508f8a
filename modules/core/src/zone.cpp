#include "tieout/core/zone.hpp"

#include <chrono>

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

namespace tieout {
namespace {

using SysNanos = date::sys_time<std::chrono::nanoseconds>;

/// Looked up once; the tz database outlives the process.
const date::time_zone* new_york() {
  static const date::time_zone* const kZone = date::locate_zone("America/New_York");
  return kZone;
}

SysNanos to_sys(Timestamp t) {
  return SysNanos{std::chrono::nanoseconds{t.ns}};
}

/// Local time as if it were UTC, so that the UTC formatters can be used on it.
Timestamp local_as_utc(Timestamp t, Zone zone) {
  return t + utc_offset(t, zone);
}

}  // namespace

std::string_view zone_name(Zone zone) noexcept {
  return zone == Zone::kUtc ? "UTC" : "America/New_York";
}

Duration utc_offset(Timestamp t, Zone zone) {
  if (zone == Zone::kUtc) {
    return {};
  }
  const date::sys_info info = new_york()->get_info(to_sys(t));
  return seconds(info.offset.count());
}

std::string to_local_iso(Timestamp t, Zone zone) {
  std::string text = to_iso(local_as_utc(t, zone));
  text.resize(text.size() - 6);  // "+00:00"
  const std::int64_t offset_minutes = utc_offset(t, zone).ns / minutes(1).ns;
  const std::int64_t magnitude = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  return fmt::format("{}{}{:02}:{:02}", text, offset_minutes < 0 ? '-' : '+', magnitude / 60,
                     magnitude % 60);
}

std::string to_local_ts_name(Timestamp t, Zone zone) {
  return to_ts_name(local_as_utc(t, zone));
}

Result<Timestamp> parse_local_ts_name(std::string_view text, Zone zone, AmbiguousLocal ambiguous) {
  TIEOUT_TRY(const Timestamp wall, parse_ts_name(text));
  if (zone == Zone::kUtc) {
    return wall;
  }
  const date::local_time<std::chrono::nanoseconds> local{std::chrono::nanoseconds{wall.ns}};
  const date::local_info info = new_york()->get_info(local);
  if (info.result == date::local_info::nonexistent) {
    return Error{ErrorCode::kMalformedTimestamp,
                 fmt::format("parse_local_ts_name: '{}' does not exist in {}: clocks went forward",
                             text, zone_name(zone))};
  }
  const bool later =
      info.result == date::local_info::ambiguous && ambiguous == AmbiguousLocal::kLater;
  const auto offset = later ? info.second.offset : info.first.offset;
  return wall - seconds(offset.count());
}

Duration local_time_of_day(Timestamp t, Zone zone) {
  const Timestamp local = local_as_utc(t, zone);
  return local - floor_to(local, days(1));
}

Timestamp local_midnight(Timestamp t, Zone zone) {
  if (zone == Zone::kUtc) {
    return floor_to(t, days(1));
  }
  const Timestamp local = floor_to(local_as_utc(t, zone), days(1));
  const date::local_time<std::chrono::nanoseconds> midnight{std::chrono::nanoseconds{local.ns}};
  const date::local_info info = new_york()->get_info(midnight);
  return local - seconds(info.first.offset.count());
}

int local_weekday(Timestamp t, Zone zone) {
  const Timestamp local = floor_to(local_as_utc(t, zone), days(1));
  const std::int64_t day = local.ns / days(1).ns;  // Day 0 (1970-01-01) was a Thursday.
  return static_cast<int>(((day + 3) % 7 + 7) % 7);
}

}  // namespace tieout
