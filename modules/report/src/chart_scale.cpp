#include "chart_scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "text.hpp"

namespace tieout::report {
namespace {

constexpr double kDay = 86'400;

/// The smallest step of 1, 2 or 5 times a power of ten that cuts `span` into at most six parts.
double round_step(double span) {
  const double power = std::pow(10.0, std::floor(std::log10(span / 6)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (span / (factor * power) <= 6) return factor * power;
  }
  return 10 * power;
}

/// As many decimals as the step needs; exponents only where plain digits would be long.
std::string number_label(double value, double step, double largest) {
  if (value == 0) return "0";
  if (largest >= 1e7 || step < 1e-5) return fmt::format("{:.4g}", value);
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  std::string text = fmt::format("{:.{}f}", value, decimals);
  return text.find_first_not_of("-0.") == std::string::npos ? "0" : text;
}

double time_step(double span) {
  constexpr std::array kSteps{1.0,     2.0,     5.0,     10.0,    15.0,   30.0,     60.0,
                              120.0,   300.0,   600.0,   900.0,   1800.0, 3600.0,   7200.0,
                              10800.0, 14400.0, 21600.0, 43200.0, kDay,   2 * kDay, 7 * kDay};
  for (const double step : kSteps) {
    if (span / step <= 6) return step;
  }
  return kDay * std::ceil(span / kDay / 6);
}

Timestamp timestamp_of(double unix_seconds) {
  return {static_cast<std::int64_t>(std::llround(unix_seconds)) * 1'000'000'000};
}

}  // namespace

void Extent::include(double value) noexcept {
  constexpr double kLargest = 1e300;
  if (!std::isfinite(value)) return;
  const double clamped = std::clamp(value, -kLargest, kLargest);
  low = any ? std::min(low, clamped) : clamped;
  high = any ? std::max(high, clamped) : clamped;
  any = true;
}

Scale number_scale(const Extent& extent) {
  if (!extent.any) return {};
  Scale scale{extent.low, extent.high, {}};
  const double magnitude = std::max(std::abs(extent.low), std::abs(extent.high));
  // Values that agree to the last digits are one value to the eye.
  if (extent.high - extent.low <= 1e-12 * magnitude) {
    const double half = magnitude == 0 ? 1 : 0.1 * magnitude;
    scale.low -= half;
    scale.high += half;
    scale.ticks.push_back({extent.low, fmt::format("{:.6g}", extent.low + 0.0)});
    return scale;
  }
  const double margin = (scale.high - scale.low) * 0.06;
  scale.low -= margin;
  scale.high += margin;
  const double step = round_step(scale.high - scale.low);
  for (double k = std::ceil(scale.low / step); k * step <= scale.high; ++k) {
    scale.ticks.push_back({k * step, number_label(k * step, step, magnitude)});
  }
  return scale;
}

Scale time_scale(const Extent& extent) {
  if (!extent.any) return {};
  Scale scale{extent.low, extent.high, {}};
  if (scale.low == scale.high) {
    scale.low -= 1;
    scale.high += 1;
    scale.ticks.push_back({extent.low, time_text(timestamp_of(extent.low)).substr(0, 16)});
    return scale;
  }
  const double step = time_step(scale.high - scale.low);
  double day_before = -1;
  for (double k = std::ceil(scale.low / step); k * step <= scale.high; ++k) {
    const double day = std::floor(k * step / kDay);
    const std::string text = time_text(timestamp_of(k * step));
    const std::string clock = step < 60 ? text.substr(11) : text.substr(11, 5);
    std::string label = day == day_before ? clock : text.substr(0, 10);
    if (day != day_before && step < kDay && k * step != day * kDay) label += " " + clock;
    scale.ticks.push_back({k * step, std::move(label)});
    day_before = day;
  }
  return scale;
}

}  // namespace tieout::report
