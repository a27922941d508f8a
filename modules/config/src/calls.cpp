#include "calls.hpp"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"

#include "duration_text.hpp"

namespace tieout::config {
namespace {

/// The one argument of str(), int(), float() and bool(): what stands there and whether it was
/// quoted.
struct Argument {
  std::string text;
  bool quoted = false;
  std::size_t place = 0;
};

Result<Argument> take_argument(Scanner& scan, std::string_view needed) {
  const char c = scan.peek();
  Argument argument{"", c == '"' || c == '\'', scan.place()};
  if (argument.quoted) {
    TIEOUT_TRY(argument.text, scan.take_quoted(needed));
    return argument;
  }
  argument.text = scan.take_number();
  if (argument.text.empty()) {
    argument.text = scan.take_name();
  }
  if (argument.text.empty()) {
    return scan.error_here(needed);
  }
  return argument;
}

/// Python trims the text that it converts.
std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n\r");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t\n\r") - first + 1);
}

Result<Value> parse_str(Scanner& scan) {
  TIEOUT_TRY(std::string text, scan.take_quoted("a text in quotes inside str()"));
  return Value(std::move(text));
}

Result<Value> parse_int_call(Scanner& scan) {
  constexpr std::string_view kNeeded = "a whole number inside int()";
  TIEOUT_TRY(const Argument argument, take_argument(scan, kNeeded));
  if (const auto number = parse_int(trimmed(argument.text))) {
    return Value(*number);
  }
  return scan.error_at(argument.place, kNeeded);
}

Result<Value> parse_float_call(Scanner& scan) {
  constexpr std::string_view kNeeded = "a number inside float()";
  TIEOUT_TRY(const Argument argument, take_argument(scan, kNeeded));
  const auto number = parse_double(trimmed(argument.text));
  // "nan" and "inf" are numbers only in quotes, as in Python.
  const bool is_word = argument.text.find_first_of("0123456789") == std::string::npos;
  if (number && (argument.quoted || !is_word)) {
    return Value(*number);
  }
  return scan.error_at(argument.place, kNeeded);
}

Result<Value> parse_bool_call(Scanner& scan) {
  constexpr std::string_view kNeeded = "True or False inside bool()";
  TIEOUT_TRY(const Argument argument, take_argument(scan, kNeeded));
  const bool yes = argument.text == "True";
  if (!yes && argument.text != "False") {
    return scan.error_at(argument.place, kNeeded);
  }
  if (argument.quoted) {
    scan.warn_at(
        argument.place,
        fmt::format("bool(\"{0}\") read as {0}; in Python it is True whatever the text is: "
                    "write bool({0})",
                    argument.text));
  }
  return Value(yes);
}

/// A text in quotes, or in quotes inside str().
Result<std::string> take_text(Scanner& scan, std::string_view needed) {
  const std::size_t place = scan.place();
  const std::string_view name = scan.take_name();
  if (name.empty()) {
    return scan.take_quoted(needed);
  }
  if (name != "str") {
    return scan.error_at(place, needed);
  }
  TIEOUT_CHECK(scan.expect('(', "'(' after str"));
  TIEOUT_TRY(std::string text, scan.take_quoted(needed));
  TIEOUT_CHECK(scan.expect(')', "')' that closes str("));
  return text;
}

Result<Value> parse_timedelta(Scanner& scan) {
  constexpr std::string_view kNeeded =
      "a length of time in quotes, such as \"121T\", \"1D\", \"P0DT2H1M0S\" or \"1 days 02:00:00\"";
  const std::size_t place = scan.place();
  TIEOUT_TRY(const std::string text, take_text(scan, kNeeded));
  if (const auto length = parse_duration(trimmed(text))) {
    return Value(*length);
  }
  return scan.error_at(place, kNeeded);
}

/// "YYYY-MM-DD[ HH:MM:SS]" as a local time of `zone`.
std::optional<Timestamp> parse_local(std::string_view text, Zone zone) {
  std::string name;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      name += c;
    } else if (c == ' ' || c == 'T') {
      name += '_';
    }
  }
  const bool date_only = text.size() == 10;
  const bool shaped = text.size() >= 10 && text[4] == '-' && text[7] == '-' &&
                      (date_only || (text.size() == 19 && text[13] == ':' && text[16] == ':'));
  if (!shaped) {
    return std::nullopt;
  }
  const auto t =
      parse_local_ts_name(date_only ? name + "_000000" : name, zone, AmbiguousLocal::kEarlier);
  return t.ok() ? std::optional(*t) : std::nullopt;
}

/// ("text"[, tz="UTC"|"America/New_York"]). An offset in the text says the instant; without one the
/// zone is needed.
Result<Value> parse_timestamp(Scanner& scan) {
  constexpr std::string_view kNeeded =
      "an instant in quotes with an offset, such as \"2023-11-08 13:10:00+00:00\", or with "
      "tz=\"UTC\" "
      "or tz=\"America/New_York\"";
  const std::size_t place = scan.place();
  TIEOUT_TRY(const std::string text, take_text(scan, kNeeded));
  std::optional<Zone> zone;
  if (scan.take(',')) {
    const std::size_t zone_place = scan.place();
    if (scan.take_name() != "tz" || !scan.take('=')) {
      return scan.error_at(zone_place, "tz=\"UTC\" or tz=\"America/New_York\"");
    }
    TIEOUT_TRY(const std::string name, scan.take_quoted("a zone in quotes"));
    for (const Zone known : {Zone::kUtc, Zone::kNewYork}) {
      if (name == zone_name(known)) {
        zone = known;
      }
    }
    if (!zone) {
      return scan.error_at(zone_place, "tz=\"UTC\" or tz=\"America/New_York\"");
    }
  }
  if (const auto t = parse_iso(trimmed(text)); t.ok()) {
    return Value(*t);
  }
  if (const auto t = zone ? parse_local(trimmed(text), *zone) : std::nullopt) {
    return Value(*t);
  }
  return scan.error_at(place, kNeeded);
}

/// (hour[, minute[, second[, microsecond]]])
Result<Value> parse_time(Scanner& scan) {
  struct Part {
    std::string_view needed;
    std::int64_t limit;
    Duration unit;
  };
  constexpr std::array<Part, 4> kParts{
      {{"an hour from 0 to 23", 24, hours(1)},
       {"a minute from 0 to 59", 60, minutes(1)},
       {"a second from 0 to 59", 60, seconds(1)},
       {"a microsecond from 0 to 999999", 1'000'000, nanoseconds(1000)}}};
  Duration since_midnight;
  std::size_t i = 0;
  do {
    const std::size_t place = scan.place();
    const auto number = i < kParts.size() ? parse_int(scan.take_number()) : std::nullopt;
    if (!number || *number < 0 || *number >= kParts[i].limit) {
      return scan.error_at(place,
                           i < kParts.size() ? kParts[i].needed : "')' that closes datetime.time(");
    }
    since_midnight = since_midnight + kParts[i].unit * *number;
    ++i;
  } while (scan.take(','));
  return Value(TimeOfDay{since_midnight});
}

struct Call {
  std::string_view name;
  Result<Value> (*parse)(Scanner&);
};
constexpr std::array<Call, 9> kCalls{{{"str", parse_str},
                                      {"int", parse_int_call},
                                      {"float", parse_float_call},
                                      {"bool", parse_bool_call},
                                      {"pd.Timedelta", parse_timedelta},
                                      {"pd.Timestamp", parse_timestamp},
                                      {"datetime.time", parse_time},
                                      {"pandas.Timedelta", parse_timedelta},
                                      {"pandas.Timestamp", parse_timestamp}}};

}  // namespace

Result<Value> number_of(const Scanner& scan, std::string_view number, std::size_t place) {
  if (const auto whole = parse_int(number)) {
    return Value(*whole);
  }
  const bool is_whole = number.find_first_of(".eE") == std::string_view::npos;
  if (const auto real = parse_double(number); real && !is_whole) {
    return Value(*real);
  }
  return scan.error_at(place, "a number, whole ones of at most 64 bits");
}

Result<Value> value_of_name(Scanner& scan, std::string_view name, std::size_t place) {
  if (name == "None") {
    return Value();
  }
  if (name == "True" || name == "False") {
    return Value(name == "True");
  }
  for (const Call& call : kCalls) {
    if (call.name == name) {
      TIEOUT_CHECK(scan.expect('(', fmt::format("'(' after {}", name)));
      TIEOUT_TRY(Value value, call.parse(scan));
      TIEOUT_CHECK(scan.expect(')', fmt::format("')' that closes {}(", name)));
      return value;
    }
  }
  return scan.error_at(
      place,
      "one of str, int, float, bool, None, True, False, pd.Timedelta, pd.Timestamp, "
      "datetime.time (text must be in quotes)");
}

}  // namespace tieout::config
