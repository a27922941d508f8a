#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tieout/config/value.hpp"
#include "tieout/core/time.hpp"

namespace tieout::config {

/// ISO 8601 form with all parts, as pandas writes it: "P0DT2H1M0S", "-P1DT0H0M0.000000001S".
std::string to_iso_duration(Duration d);

/// Read "[-]P[nD][T[nH][nM][n[.f]S]]", a period ("121T", "1D"), or "[n day[s] ]HH:MM:SS[.f]";
/// nothing when it is none of them or does not fit.
std::optional<Duration> parse_duration(std::string_view text);

/// "09:30:00", with a fraction of 6 or 9 digits when there is one.
std::string to_clock_text(TimeOfDay time);

/// Read "HH:MM:SS[.f]" within one day.
std::optional<TimeOfDay> parse_clock_text(std::string_view text);

}  // namespace tieout::config
