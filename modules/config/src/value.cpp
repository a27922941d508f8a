#include "tieout/config/value.hpp"

#include <array>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "duration_text.hpp"
#include "quote.hpp"

namespace tieout::config {
namespace {

bool same(double left, double right) noexcept {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right) ||
         (std::isnan(left) && std::isnan(right));
}

struct Printer {
  std::string operator()(std::monostate /*null*/) const { return "None"; }
  std::string operator()(bool v) const { return v ? "True" : "False"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(double v) const { return format_double(v); }
  std::string operator()(const std::string& v) const { return quote(v); }
  std::string operator()(Timestamp v) const { return to_iso(v); }
  std::string operator()(Duration v) const { return to_iso_duration(v); }
  std::string operator()(TimeOfDay v) const { return to_clock_text(v); }
  std::string operator()(const List& v) const {
    std::string text = "[";
    for (const Value& item : v) {
      text += (text.size() > 1 ? ", " : "") + to_text(item);
    }
    return text + "]";
  }
};

}  // namespace

std::string_view to_string(ValueType type) noexcept {
  constexpr std::array<std::string_view, 9> kNames = {
      "null", "bool", "int", "float", "str", "timestamp", "timedelta", "time", "list"};
  return kNames[static_cast<std::size_t>(type)];
}

bool operator==(const Value& left, const Value& right) noexcept {
  if (left.type() != right.type()) {
    return false;
  }
  if (const auto* number = left.get_if<double>()) {
    return same(*number, *right.get_if<double>());
  }
  return left.state_ == right.state_;
}

std::string to_text(const Value& value) {
  return std::visit(Printer{}, value.state());
}

}  // namespace tieout::config
