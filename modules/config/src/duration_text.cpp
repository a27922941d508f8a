#include "duration_text.hpp"

#include <array>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::config {
namespace {

/// Signed because the parts of a negative length are accumulated as they are; 128 bits so that no
/// sum overflows.
__extension__ using Wide = __int128;

std::optional<Duration> narrow(Wide ns, bool negative) {
  ns = negative ? -ns : ns;
  if (ns < std::numeric_limits<std::int64_t>::min() ||
      ns > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  return Duration{static_cast<std::int64_t>(ns)};
}

/// Take the decimal digits at the front of `text`; nothing when there are none or more than 18.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9') {
    ++n;
  }
  if (n == 0 || n > 18) {
    return std::nullopt;
  }
  const auto number = parse_int(text.substr(0, n));
  text.remove_prefix(n);
  return number;
}

/// Take ".ddd" at the front of `text`, up to 9 digits, as nanoseconds; 0 when there is no point.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') {
    return 0;
  }
  text.remove_prefix(1);
  std::size_t n = 0;
  std::int64_t unit = 100'000'000;
  std::int64_t ns = 0;
  for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n, unit /= 10) {
    ns += (text[n] - '0') * unit;
  }
  if (n == 0 || n > 9) {
    return std::nullopt;
  }
  text.remove_prefix(n);
  return ns;
}

std::optional<Duration> parse_iso_duration(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  text.remove_prefix(negative ? 1 : 0);
  if (text.empty() || text.front() != 'P') {
    return std::nullopt;
  }
  text.remove_prefix(1);
  struct Part {
    char name;
    bool after_t;
    Duration unit;
  };
  constexpr std::array<Part, 4> kParts{{{'D', false, days(1)},
                                        {'H', true, hours(1)},
                                        {'M', true, minutes(1)},
                                        {'S', true, seconds(1)}}};
  Wide ns = 0;
  bool after_t = false;
  std::size_t next = 0;
  std::size_t read = 0;
  while (!text.empty()) {
    if (text.front() == 'T' && !after_t) {
      after_t = true;
      text.remove_prefix(1);
      if (text.empty()) {
        return std::nullopt;
      }
      continue;
    }
    const auto number = take_number(text);
    const auto fraction = take_fraction(text);
    if (!number || !fraction || text.empty()) {
      return std::nullopt;
    }
    while (next < kParts.size() && kParts[next].name != text.front()) {
      ++next;
    }
    if (next == kParts.size() || kParts[next].after_t != after_t ||
        (*fraction != 0 && kParts[next].name != 'S')) {
      return std::nullopt;
    }
    ns += static_cast<Wide>(*number) * kParts[next].unit.ns + *fraction;
    text.remove_prefix(1);
    ++next;
    ++read;
  }
  return read == 0 ? std::nullopt : narrow(ns, negative);
}

/// "HH:MM:SS[.f]" in nanoseconds.
std::optional<std::int64_t> parse_hms(std::string_view text) {
  const auto hour = take_number(text);
  if (!hour || *hour > 23 || text.empty() || text.front() != ':') {
    return std::nullopt;
  }
  text.remove_prefix(1);
  const auto minute = take_number(text);
  if (!minute || *minute > 59 || text.empty() || text.front() != ':') {
    return std::nullopt;
  }
  text.remove_prefix(1);
  const auto second = take_number(text);
  const auto fraction = take_fraction(text);
  if (!second || *second > 59 || !fraction || !text.empty()) {
    return std::nullopt;
  }
  return (hours(*hour) + minutes(*minute) + seconds(*second)).ns + *fraction;
}

/// "[n day[s] ]HH:MM:SS[.f]", the form in which pandas prints a Timedelta.
std::optional<Duration> parse_days_and_clock(std::string_view text) {
  std::int64_t day_count = 0;
  if (const std::size_t blank = text.find(' '); blank != std::string_view::npos) {
    const auto number = take_number(text);
    if (!number) {
      return std::nullopt;
    }
    day_count = *number;
    if (text.starts_with(" days ")) {
      text.remove_prefix(6);
    } else if (text.starts_with(" day ")) {
      text.remove_prefix(5);
    } else {
      return std::nullopt;
    }
  }
  const auto clock = parse_hms(text);
  return clock ? narrow(static_cast<Wide>(day_count) * days(1).ns + *clock, false) : std::nullopt;
}

/// ".5" with 6 or 9 digits, or nothing.
std::string fraction_text(std::uint64_t ns) {
  if (ns == 0) {
    return "";
  }
  return ns % 1000 == 0 ? fmt::format(".{:06}", ns / 1000) : fmt::format(".{:09}", ns);
}

}  // namespace

std::string to_iso_duration(Duration d) {
  // As unsigned, so that the most negative length has a magnitude.
  const std::uint64_t ns =
      d.ns < 0 ? 0 - static_cast<std::uint64_t>(d.ns) : static_cast<std::uint64_t>(d.ns);
  const std::uint64_t second = ns / 1'000'000'000;
  return fmt::format("{}P{}DT{}H{}M{}{}S", d.ns < 0 ? "-" : "", second / 86'400, second / 3600 % 24,
                     second / 60 % 60, second % 60, fraction_text(ns % 1'000'000'000));
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (const auto period = parse_period(text); period.ok()) {
    return *period;
  }
  if (const auto iso = parse_iso_duration(text)) {
    return iso;
  }
  return parse_days_and_clock(text);
}

std::string to_clock_text(TimeOfDay time) {
  const auto ns = static_cast<std::uint64_t>(time.since_midnight.ns);
  const std::uint64_t second = ns / 1'000'000'000;
  return fmt::format("{:02}:{:02}:{:02}{}", second / 3600, second / 60 % 60, second % 60,
                     fraction_text(ns % 1'000'000'000));
}

std::optional<TimeOfDay> parse_clock_text(std::string_view text) {
  const auto ns = parse_hms(text);
  return ns ? std::optional(TimeOfDay{Duration{*ns}}) : std::nullopt;
}

}  // namespace tieout::config
