#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "tieout/core/time.hpp"

namespace date {
class time_zone;
}

namespace tieout::frames {

/// A timestamp as a file writes it: the instant, and the offset that stood beside it.
struct WrittenTimestamp {
  Timestamp at;
  std::optional<Duration> offset;  // nothing: naive, taken as UTC
};

/// Read "YYYY-MM-DD", or "YYYY-MM-DD[ T]HH:MM:SS[.f{1..9}]" with "Z", "±HH:MM", "±HHMM" or nothing
/// behind it. Nothing else may stand in the text; the date must exist and lie in 1678..2261.
std::optional<WrittenTimestamp> parse_timestamp(std::string_view text) noexcept;

/// Finds the zone that a column was written in from the offsets in its cells.
class ZoneGuess {
 public:
  void add(const WrittenTimestamp& cell);
  /// "UTC" for +00:00, "America/New_York" when offsets differ and each is New York's at its
  /// instant, "-04:00" when all are equal, "" when naive or of no zone that is known here.
  std::string name() const;

 private:
  std::optional<Duration> first_;
  bool any_ = false;
  bool equal_ = true;
  bool new_york_ = true;
};

/// Writes instants in one zone: an IANA name, "UTC", a fixed "±HH:MM", or "" for naive UTC.
class ZoneWriter {
 public:
  /// Errors: kInvalidArgument for a zone that the machine does not know.
  static Result<ZoneWriter> make(std::string_view zone);
  /// "2023-08-15 10:30:00.100000-04:00"; without the offset when naive.
  std::string text(Timestamp at) const;

 private:
  Duration offset_at(Timestamp at) const;

  const date::time_zone* zone_ = nullptr;
  Duration fixed_ = {};
  bool naive_ = false;
  // The span of constant offset in which the last instant lay.
  mutable std::int64_t begin_s_ = 0;
  mutable std::int64_t end_s_ = 0;
  mutable Duration offset_ = {};
};

}  // namespace tieout::frames
