#include "text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/core/zone.hpp"

namespace tieout::report {
namespace {

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
