#include "tieout/core/numbers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace tieout {
namespace {

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c =
        text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower[i]) {
      return false;
    }
  }
  return true;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Tell overflow from underflow for a valid unsigned decimal text that is one of the two: the
/// decimal exponent of its first significant digit is positive or negative.
bool is_huge(std::string_view text) {
  const std::size_t mark = std::min(text.find_first_of("eE"), text.size());
  const std::string_view mantissa = text.substr(0, mark);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = std::min(mantissa.find_first_not_of("0."), mantissa.size());
  const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  const std::string_view exponent_text = text.substr(std::min(mark + 1, text.size()));
  if (exponent_text.empty()) {
    return place > 0;
  }
  const bool negative = exponent_text.front() == '-';
  std::int64_t exponent = 0;
  for (const char c : exponent_text) {
    // The cap is far above any length of text, so that it cannot change the answer.
    exponent = is_digit(c)
                   ? std::min<std::int64_t>(exponent * 10 + (c - '0'), std::int64_t{1} << 50)
                   : exponent;
  }
  return place + (negative ? -exponent : exponent) > 0;
}

/// 10^n as numpy computes it: by repeated multiplication, so that 10^30 is 9.999999999999999e+29.
/// The rounding of many decimals shows the difference.
double power_of_ten(int n) {
  double power = 1.0;
  // 1e309 is infinite; more steps change nothing.
  for (int i = 0; i < std::min(n, 400); ++i) {
    power *= 10.0;
  }
  return power;
}

/// Order-preserving mapping of finite doubles to integers; -0 and +0 map to the same one.
std::int64_t monotone(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value);
  return bits < 0 ? std::numeric_limits<std::int64_t>::min() - bits : bits;
}

}  // namespace

std::string format_double(double value) {
  if (std::isnan(value)) {
    return "nan";
  }
  if (std::isinf(value)) {
    return value > 0 ? "inf" : "-inf";
  }
  // Python switches to an exponent below 1e-4 and from 1e16 on.
  const double magnitude = std::fabs(value);
  const bool scientific = magnitude != 0.0 && (magnitude < 1e-4 || magnitude >= 1e16);
  std::array<char, 64> buffer{};
  const auto [end, status] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    scientific ? std::chars_format::scientific : std::chars_format::fixed);
  std::string text(buffer.data(), end);
  if (!scientific && text.find('.') == std::string::npos) {
    text += ".0";
  }
  return text;
}

std::optional<double> parse_double(std::string_view text) noexcept {
  if (text.size() > 1 && text.front() == '+') {
    text.remove_prefix(1);
    if (text.front() == '-' || text.front() == '+') {
      return std::nullopt;
    }
  }
  const bool negative = !text.empty() && text.front() == '-';
  const std::string_view magnitude = negative ? text.substr(1) : text;
  if (equal_ignoring_case(magnitude, "nan")) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (equal_ignoring_case(magnitude, "inf") || equal_ignoring_case(magnitude, "infinity")) {
    const double inf = std::numeric_limits<double>::infinity();
    return negative ? -inf : inf;
  }
  // from_chars would also take "nan(payload)" and "inf" forms of its own.
  if (magnitude.empty() || (magnitude.front() != '.' && !is_digit(magnitude.front()))) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) {
    return std::nullopt;
  }
  if (status == std::errc::result_out_of_range) {
    // from_chars leaves the value alone and does not say at which end the range was left.
    const double limit = is_huge(magnitude) ? std::numeric_limits<double>::infinity() : 0.0;
    return negative ? -limit : limit;
  }
  return status == std::errc{} ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> parse_int(std::string_view text) noexcept {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') {
    text.remove_prefix(1);
  }
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc{} && end == text.data() + text.size() && !text.empty()
             ? std::optional(value)
             : std::nullopt;
}

std::uint64_t ulp_distance(double left, double right) noexcept {
  if (std::isnan(left) && std::isnan(right)) {
    return 0;
  }
  if (left == right) {
    return 0;
  }
  if (!std::isfinite(left) || !std::isfinite(right)) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  const std::int64_t a = monotone(left);
  const std::int64_t b = monotone(right);
  return a > b ? static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b)
               : static_cast<std::uint64_t>(b) - static_cast<std::uint64_t>(a);
}

double round_decimals(double value, int decimals) noexcept {
  const double scale = power_of_ten(std::abs(decimals));
  return decimals >= 0 ? std::nearbyint(value * scale) / scale
                       : std::nearbyint(value / scale) * scale;
}

}  // namespace tieout
