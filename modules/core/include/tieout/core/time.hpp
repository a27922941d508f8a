#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout {

/// Signed length of time in nanoseconds.
struct Duration {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(const Duration&, const Duration&) = default;
};

constexpr Duration nanoseconds(std::int64_t n) {
  return {n};
}
constexpr Duration milliseconds(std::int64_t n) {
  return {n * 1'000'000};
}
constexpr Duration seconds(std::int64_t n) {
  return {n * 1'000'000'000};
}
constexpr Duration minutes(std::int64_t n) {
  return seconds(n * 60);
}
constexpr Duration hours(std::int64_t n) {
  return minutes(n * 60);
}
constexpr Duration days(std::int64_t n) {
  return hours(n * 24);
}

/// Instant on the UTC time line, in nanoseconds since 1970-01-01T00:00:00Z (years 1678 to 2261).
/// Bar time, knowledge time and wall time are all Timestamps; the variable's name says which.
struct Timestamp {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

constexpr Duration operator-(Timestamp a, Timestamp b) {
  return {a.ns - b.ns};
}
constexpr Timestamp operator+(Timestamp t, Duration d) {
  return {t.ns + d.ns};
}
constexpr Timestamp operator-(Timestamp t, Duration d) {
  return {t.ns - d.ns};
}
constexpr Duration operator+(Duration a, Duration b) {
  return {a.ns + b.ns};
}
constexpr Duration operator-(Duration a, Duration b) {
  return {a.ns - b.ns};
}
constexpr Duration operator*(Duration d, std::int64_t n) {
  return {d.ns * n};
}
constexpr Duration operator-(Duration d) {
  return {-d.ns};
}
constexpr double to_seconds(Duration d) {
  return static_cast<double>(d.ns) / 1e9;
}

/// Largest multiple of `period` since the epoch that is <= t. `period` > 0.
Timestamp floor_to(Timestamp t, Duration period) noexcept;
/// Smallest multiple of `period` that is >= t.
Timestamp ceil_to(Timestamp t, Duration period) noexcept;
/// Nearest multiple of `period`; a tie goes to the even multiple.
Timestamp round_to(Timestamp t, Duration period) noexcept;

/// The bars that a run is expected to have: the multiples of `period` since the epoch. A bar is
/// labelled by its END.
struct TimeGrid {
  Duration period;

  bool contains(Timestamp t) const noexcept { return floor_to(t, period) == t; }
  /// Bars in [first, last], closed on both ends, ascending.
  std::vector<Timestamp> bars_between(Timestamp first, Timestamp last) const;
  /// Number of bars in [first, last].
  std::size_t count_between(Timestamp first, Timestamp last) const noexcept;
};

/// Read the directory-name form "YYYYMMDD_HHMMSS", UTC. The calendar date and the time must exist.
Result<Timestamp> parse_ts_name(std::string_view text);
/// Write "YYYYMMDD_HHMMSS", UTC; a fraction of a second is cut.
std::string to_ts_name(Timestamp t);

/// Read "YYYY-MM-DD[ T]HH:MM:SS[.f{1..9}](Z|±HH:MM|±HHMM)". The offset is required: there is no
/// default zone.
Result<Timestamp> parse_iso(std::string_view text);
/// Write "YYYY-MM-DD HH:MM:SS[.ffffff|.fffffffff]+00:00": no fraction when zero, 6 digits when
/// whole microseconds, else 9.
std::string to_iso(Timestamp t);

/// Read a pandas-like period: "5T", "5min", "1S", "10s", "1H", "1D", "100ms"; a positive whole
/// number and a unit.
Result<Duration> parse_period(std::string_view text);
/// Write days, minutes, seconds, milliseconds or nanoseconds, the largest that is exact: "1D",
/// "60T", "10S", "250ms".
std::string to_period(Duration d);

}  // namespace tieout
