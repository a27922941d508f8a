#include "text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/core/zone.hpp"

namespace tieout::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Length of the valid UTF-8 sequence at the start of `text`, 0 when there is none (overlong forms,
/// surrogates and values past U+10FFFF are not valid).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

/// Thousands separators into the digits of a non-negative whole number.
std::string group_digits(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string special_text(double value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "inf" : "-inf";
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto lead = static_cast<unsigned char>(text.front());
    const bool control =
        length == 1 && (lead < 0x20 || lead == 0x7F) && lead != '\n' && lead != '\t';
    if (length == 0 || control) {
      out += kReplacement;
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string escape_html(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (const char c : valid) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string count_text(std::uint64_t count) {
  return group_digits(fmt::format("{}", count));
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return special_text(value);
  const double magnitude = std::abs(value);
  if (magnitude >= 999'999.5 && magnitude < 1e15) {
    return (value < 0 ? "-" : "") + group_digits(fmt::format("{:.0f}", magnitude));
  }
  return fmt::format("{:.6g}", value);
}

std::string money_text(double value) {
  if (!std::isfinite(value)) return special_text(value);
  const double magnitude = std::abs(value);
  if (magnitude > 0 && magnitude < 0.005) return fmt::format("{:.3g}", value);
  if (magnitude >= 1e15) return fmt::format("{:.6g}", value);
  const std::string text = fmt::format("{:.2f}", magnitude);
  const std::size_t point = text.find('.');
  const std::string sign = value < 0 ? "-" : "";
  return sign + group_digits(std::string_view(text).substr(0, point)) + text.substr(point);
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "nothing to compare";
  if (part == whole) return "100 %";
  const double percent = 100.0 * (static_cast<double>(part) / static_cast<double>(whole));
  // Cut to four decimals so that 99.99999 % never reads as 100 %.
  const double cut = std::min(std::floor(percent * 1e4) / 1e4, 99.9999);
  return fmt::format("{:.6g} %", cut);
}

std::string duration_text(Duration duration) {
  if (duration.ns < 0) return "-" + duration_text(-duration);
  const double s = to_seconds(duration);
  if (duration.ns == 0) return "0 s";
  if (s < 1e-3) return fmt::format("{:.3g} us", s * 1e6);
  if (s < 1) return fmt::format("{:.3g} ms", s * 1e3);
  if (s < 60) return fmt::format("{:.3g} s", s);
  const std::int64_t whole = duration.ns / 1'000'000'000;
  const std::int64_t h = whole / 3600;
  const std::int64_t m = whole / 60 % 60;
  const std::int64_t rest = whole % 60;
  std::string out;
  if (h > 0) out += fmt::format("{} h", h);
  if (m > 0) out += fmt::format("{}{} min", out.empty() ? "" : " ", m);
  if (rest > 0) out += fmt::format("{}{} s", out.empty() ? "" : " ", rest);
  return out;
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.3g} {}", value, kUnits[unit]);
}

std::string time_text(Timestamp t) {
  std::string iso = to_iso(t);
  iso.resize(iso.size() - std::string_view("+00:00").size());
  return iso;
}

std::string clock_text(Timestamp t) {
  return to_iso(t).substr(11, 5);
}

std::string stamp_text(Timestamp t) {
  std::string name = to_local_ts_name(t, Zone::kNewYork);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

Spread spread_of(std::vector<double> sample) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (sample.empty()) return {0, kNaN, kNaN, kNaN, kNaN};
  Spread out;
  out.count = sample.size();
  double sum = 0;
  for (const double x : sample) sum += x;
  out.mean = sum / static_cast<double>(sample.size());
  std::sort(sample.begin(), sample.end());
  const auto rank = [&sample](std::size_t percent) {
    const std::size_t position = (sample.size() * percent + 99) / 100;
    return sample[std::max<std::size_t>(position, 1) - 1];
  };
  out.p50 = rank(50);
  out.p95 = rank(95);
  out.max = sample.back();
  return out;
}

}  // namespace tieout::report
