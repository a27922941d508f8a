#include "tieout/core/time.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <date/date.h>
#include <fmt/format.h>

namespace tieout {
namespace {

/// Floor division for positive divisors.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  const std::int64_t q = a / b;
  return (a % b < 0) ? q - 1 : q;
}

/// Read exactly `text` as an unsigned decimal number, or nothing.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

struct CivilTime {
  int year, month, day, hour, minute, second;
};

std::optional<Timestamp> from_civil(const CivilTime& c) {
  const date::year_month_day ymd{date::year{c.year}, date::month{static_cast<unsigned>(c.month)},
                                 date::day{static_cast<unsigned>(c.day)}};
  if (!ymd.ok() || c.hour > 23 || c.minute > 59 || c.second > 59 || c.year < 1678 ||
      c.year > 2261) {
    return std::nullopt;
  }
  const std::int64_t day = date::sys_days{ymd}.time_since_epoch().count();
  return Timestamp{} + days(day) + hours(c.hour) + minutes(c.minute) + seconds(c.second);
}

Error malformed(std::string_view who, std::string_view found, std::string_view needed) {
  return Error{ErrorCode::kMalformedTimestamp,
               fmt::format("{}: found '{}', needed {}", who, found, needed)};
}

struct Civil {
  date::year_month_day ymd;
  std::int64_t second_of_day;
  std::int64_t fraction_ns;
};

Civil to_civil(Timestamp t) {
  const std::int64_t second = floor_div(t.ns, 1'000'000'000);
  const std::int64_t day = floor_div(second, 86'400);
  return {date::year_month_day{date::sys_days{date::days{day}}}, second - day * 86'400,
          t.ns - second * 1'000'000'000};
}

/// The offset part of an ISO timestamp: "Z", "+HH:MM" or "+HHMM".
std::optional<Duration> parse_offset(std::string_view text) {
  if (text == "Z") {
    return Duration{};
  }
  if ((text.size() != 6 && text.size() != 5) || (text[0] != '+' && text[0] != '-')) {
    return std::nullopt;
  }
  const bool colon = text.size() == 6;
  if (colon && text[3] != ':') {
    return std::nullopt;
  }
  const auto hour = digits(text.substr(1, 2));
  const auto minute = digits(text.substr(colon ? 4 : 3, 2));
  if (!hour || !minute || *hour > 23 || *minute > 59) {
    return std::nullopt;
  }
  const Duration offset = hours(*hour) + minutes(*minute);
  return text[0] == '-' ? -offset : offset;
}

struct PeriodUnit {
  std::string_view name;
  Duration length;
};
constexpr std::array<PeriodUnit, 14> kPeriodUnits{{{"D", days(1)},
                                                   {"d", days(1)},
                                                   {"H", hours(1)},
                                                   {"h", hours(1)},
                                                   {"T", minutes(1)},
                                                   {"min", minutes(1)},
                                                   {"S", seconds(1)},
                                                   {"s", seconds(1)},
                                                   {"L", milliseconds(1)},
                                                   {"ms", milliseconds(1)},
                                                   {"U", nanoseconds(1000)},
                                                   {"us", nanoseconds(1000)},
                                                   {"N", nanoseconds(1)},
                                                   {"ns", nanoseconds(1)}}};

}  // namespace

Timestamp floor_to(Timestamp t, Duration period) noexcept {
  TIEOUT_ASSERT(period.ns > 0);
  return {floor_div(t.ns, period.ns) * period.ns};
}

Timestamp ceil_to(Timestamp t, Duration period) noexcept {
  const Timestamp below = floor_to(t, period);
  return below == t ? t : below + period;
}

Timestamp round_to(Timestamp t, Duration period) noexcept {
  const Timestamp below = floor_to(t, period);
  const std::int64_t twice = 2 * (t.ns - below.ns);
  if (twice < period.ns) {
    return below;
  }
  if (twice > period.ns) {
    return below + period;
  }
  return (below.ns / period.ns) % 2 == 0 ? below : below + period;
}

std::vector<Timestamp> TimeGrid::bars_between(Timestamp first, Timestamp last) const {
  std::vector<Timestamp> bars;
  bars.reserve(count_between(first, last));
  for (Timestamp bar = ceil_to(first, period); bar <= last; bar = bar + period) {
    bars.push_back(bar);
  }
  return bars;
}

std::size_t TimeGrid::count_between(Timestamp first, Timestamp last) const noexcept {
  const Timestamp begin = ceil_to(first, period);
  const Timestamp end = floor_to(last, period);
  return end < begin ? 0 : static_cast<std::size_t>((end - begin).ns / period.ns) + 1;
}

Result<Timestamp> parse_ts_name(std::string_view text) {
  constexpr std::string_view kNeeded = "YYYYMMDD_HHMMSS with an existing date and time";
  if (text.size() != 15 || text[8] != '_') {
    return malformed("parse_ts_name", text, kNeeded);
  }
  const auto date_part = digits(text.substr(0, 8));
  const auto time_part = digits(text.substr(9, 6));
  if (!date_part || !time_part) {
    return malformed("parse_ts_name", text, kNeeded);
  }
  const auto t = from_civil({*date_part / 10'000, *date_part / 100 % 100, *date_part % 100,
                             *time_part / 10'000, *time_part / 100 % 100, *time_part % 100});
  if (!t) {
    return malformed("parse_ts_name", text, kNeeded);
  }
  return *t;
}

std::string to_ts_name(Timestamp t) {
  const Civil c = to_civil(t);
  return fmt::format("{:04}{:02}{:02}_{:02}{:02}{:02}", static_cast<int>(c.ymd.year()),
                     static_cast<unsigned>(c.ymd.month()), static_cast<unsigned>(c.ymd.day()),
                     c.second_of_day / 3600, c.second_of_day / 60 % 60, c.second_of_day % 60);
}

Result<Timestamp> parse_iso(std::string_view text) {
  constexpr std::string_view kNeeded = "YYYY-MM-DD HH:MM:SS[.fraction] with Z or an offset";
  const auto bad = [&] { return malformed("parse_iso", text, kNeeded); };
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' ||
      (text[10] != ' ' && text[10] != 'T') || text[13] != ':' || text[16] != ':') {
    return bad();
  }
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  const auto hour = digits(text.substr(11, 2));
  const auto minute = digits(text.substr(14, 2));
  const auto second = digits(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) {
    return bad();
  }
  const auto base = from_civil({*year, *month, *day, *hour, *minute, *second});
  if (!base) {
    return bad();
  }
  std::string_view rest = text.substr(19);
  std::int64_t fraction_ns = 0;
  if (rest.front() == '.') {
    std::size_t n = 1;
    std::int64_t unit = 100'000'000;
    for (; n < rest.size() && rest[n] >= '0' && rest[n] <= '9'; ++n, unit /= 10) {
      fraction_ns += (rest[n] - '0') * unit;
    }
    if (n == 1 || n > 10) {
      return bad();
    }
    rest.remove_prefix(n);
  }
  const auto offset = parse_offset(rest);
  if (!offset) {
    return bad();
  }
  return *base + nanoseconds(fraction_ns) - *offset;
}

std::string to_iso(Timestamp t) {
  const Civil c = to_civil(t);
  std::string text =
      fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(c.ymd.year()),
                  static_cast<unsigned>(c.ymd.month()), static_cast<unsigned>(c.ymd.day()),
                  c.second_of_day / 3600, c.second_of_day / 60 % 60, c.second_of_day % 60);
  if (c.fraction_ns % 1000 != 0) {
    text += fmt::format(".{:09}", c.fraction_ns);
  } else if (c.fraction_ns != 0) {
    text += fmt::format(".{:06}", c.fraction_ns / 1000);
  }
  return text + "+00:00";
}

Result<Duration> parse_period(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9') {
    ++n;
  }
  std::int64_t count = 1;
  if (n > 0) {
    const auto [end, status] = std::from_chars(text.data(), text.data() + n, count);
    if (status != std::errc{}) {
      count = 0;
    }
  }
  for (const PeriodUnit& unit : kPeriodUnits) {
    if (text.substr(n) == unit.name && n > 0 && count > 0 && count <= INT64_MAX / unit.length.ns) {
      return unit.length * count;
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("parse_period: found '{}', needed a positive number and a unit, such as "
                           "5T, 10S, 1H, 1D or 100ms",
                           text)};
}

std::string to_period(Duration d) {
  // No hours: bars are named in minutes ("60T", "120T").
  constexpr std::array<PeriodUnit, 4> kUnits{
      {{"D", days(1)}, {"T", minutes(1)}, {"S", seconds(1)}, {"ms", milliseconds(1)}}};
  for (const PeriodUnit& unit : kUnits) {
    if (d.ns % unit.length.ns == 0) {
      return fmt::format("{}{}", d.ns / unit.length.ns, unit.name);
    }
  }
  return fmt::format("{}ns", d.ns);
}

}  // namespace tieout
