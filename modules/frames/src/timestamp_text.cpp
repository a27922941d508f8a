#include "timestamp_text.hpp"

#include <charconv>
#include <exception>

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include "tieout/core/zone.hpp"

namespace tieout::frames {
namespace {

/// Takes characters from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool at_end() const { return text_.empty(); }
  bool take(char wanted) {
    if (text_.empty() || text_.front() != wanted) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }
  /// Exactly `count` digits, or nothing.
  std::optional<int> digits(std::size_t count) {
    if (text_.size() < count) {
      return std::nullopt;
    }
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') {
        return std::nullopt;
      }
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }
  /// One to nine digits as a fraction in nanoseconds.
  std::optional<std::int64_t> fraction() {
    std::int64_t value = 0;
    std::size_t count = 0;
    while (count < text_.size() && text_[count] >= '0' && text_[count] <= '9') {
      if (++count > 9) {
        return std::nullopt;
      }
      value = value * 10 + (text_[count - 1] - '0');
    }
    if (count == 0) {
      return std::nullopt;
    }
    text_.remove_prefix(count);
    for (; count < 9; ++count) {
      value *= 10;
    }
    return value;
  }

 private:
  std::string_view text_;
};

/// The offset at the end of a timestamp, or nothing when the text is malformed.
std::optional<Duration> take_offset(Scanner& scan) {
  if (scan.take('Z')) {
    return Duration{};
  }
  const bool negative = scan.take('-');
  if (!negative && !scan.take('+')) {
    return std::nullopt;
  }
  const auto hour = scan.digits(2);
  scan.take(':');
  const auto minute = scan.digits(2);
  if (!hour || !minute || *hour > 23 || *minute > 59) {
    return std::nullopt;
  }
  const Duration offset = hours(*hour) + minutes(*minute);
  return negative ? -offset : offset;
}

}  // namespace

std::optional<WrittenTimestamp> parse_timestamp(std::string_view text) noexcept {
  Scanner scan(text);
  const auto year = scan.digits(4);
  const bool first_dash = scan.take('-');
  const auto month = scan.digits(2);
  const bool second_dash = scan.take('-');
  const auto day = scan.digits(2);
  if (!year || !month || !day || !first_dash || !second_dash || *year < 1678 || *year > 2261) {
    return std::nullopt;
  }
  const date::year_month_day ymd{date::year{*year}, date::month{static_cast<unsigned>(*month)},
                                 date::day{static_cast<unsigned>(*day)}};
  if (!ymd.ok()) {
    return std::nullopt;
  }
  WrittenTimestamp result;
  result.at = Timestamp{} + days(date::sys_days{ymd}.time_since_epoch().count());
  if (scan.at_end()) {
    return result;
  }
  if (!scan.take(' ') && !scan.take('T')) {
    return std::nullopt;
  }
  const auto hour = scan.digits(2);
  const bool first_colon = scan.take(':');
  const auto minute = scan.digits(2);
  const bool second_colon = scan.take(':');
  const auto second = scan.digits(2);
  if (!hour || !minute || !second || !first_colon || !second_colon || *hour > 23 || *minute > 59 ||
      *second > 59) {
    return std::nullopt;
  }
  result.at = result.at + hours(*hour) + minutes(*minute) + seconds(*second);
  if (scan.take('.')) {
    const auto fraction = scan.fraction();
    if (!fraction) {
      return std::nullopt;
    }
    result.at = result.at + nanoseconds(*fraction);
  }
  if (scan.at_end()) {
    return result;
  }
  result.offset = take_offset(scan);
  if (!result.offset || !scan.at_end()) {
    return std::nullopt;
  }
  result.at = result.at - *result.offset;
  return result;
}

void ZoneGuess::add(const WrittenTimestamp& cell) {
  if (!any_) {
    first_ = cell.offset;
    any_ = true;
  }
  equal_ = equal_ && cell.offset == first_;
  new_york_ =
      new_york_ && cell.offset.has_value() && *cell.offset == utc_offset(cell.at, Zone::kNewYork);
}

std::string ZoneGuess::name() const {
  if (!any_ || !first_) {
    return "";
  }
  if (equal_ && first_->ns == 0) {
    return "UTC";
  }
  if (!equal_) {
    return new_york_ ? "America/New_York" : "";
  }
  const std::int64_t minute_count = first_->ns / minutes(1).ns;
  const std::int64_t magnitude = minute_count < 0 ? -minute_count : minute_count;
  return fmt::format("{}{:02}:{:02}", minute_count < 0 ? '-' : '+', magnitude / 60, magnitude % 60);
}

Result<ZoneWriter> ZoneWriter::make(std::string_view zone) {
  ZoneWriter writer;
  if (zone.empty()) {
    writer.naive_ = true;
    return writer;
  }
  if (zone == "UTC") {
    return writer;
  }
  Scanner scan(zone);
  if (zone.front() == '+' || zone.front() == '-') {
    const auto offset = take_offset(scan);
    if (offset && scan.at_end()) {
      writer.fixed_ = *offset;
      return writer;
    }
  } else {
    try {
      writer.zone_ = date::locate_zone(zone);
      return writer;
    } catch (const std::exception&) {  // NOLINT: told below
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("ZoneWriter: '{}' is no time zone that this machine knows, needed an "
                           "IANA name, UTC or an offset",
                           zone)};
}

Duration ZoneWriter::offset_at(Timestamp at) const {
  if (zone_ == nullptr) {
    return fixed_;
  }
  const std::int64_t second = floor_to(at, seconds(1)).ns / seconds(1).ns;
  if (second < begin_s_ || second >= end_s_) {
    const date::sys_info info = zone_->get_info(date::sys_seconds{std::chrono::seconds{second}});
    begin_s_ = info.begin.time_since_epoch().count();
    end_s_ = info.end.time_since_epoch().count();
    offset_ = seconds(info.offset.count());
  }
  return offset_;
}

std::string ZoneWriter::text(Timestamp at) const {
  const Duration offset = offset_at(at);
  std::string text = to_iso(at + offset);
  text.resize(text.size() - 6);  // "+00:00"
  if (naive_) {
    return text;
  }
  const std::int64_t minute_count = offset.ns / minutes(1).ns;
  const std::int64_t magnitude = minute_count < 0 ? -minute_count : minute_count;
  return fmt::format("{}{}{:02}:{:02}", text, minute_count < 0 ? '-' : '+', magnitude / 60,
                     magnitude % 60);
}

}  // namespace tieout::frames
