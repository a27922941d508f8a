#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::config {

class Value;

/// Time of day in local time ("09:30:00"), since midnight: at least 0 and less than a day.
struct TimeOfDay {
  Duration since_midnight;
  friend bool operator==(const TimeOfDay&, const TimeOfDay&) = default;
};

using List = std::vector<Value>;

/// Types of a config leaf.
enum class ValueType {
  kNull,
  kBool,
  kInt,
  kFloat,
  kString,
  kTimestamp,
  kDuration,
  kTimeOfDay,
  kList
};

/// "null", "bool", "int", "float", "str", "timestamp", "timedelta", "time", "list".
std::string_view to_string(ValueType type) noexcept;

/// One typed leaf of a config.
class Value {
 public:
  Value() = default;
  Value(bool v) : state_(v) {}                      // NOLINT: implicit on purpose
  Value(int v) : state_(std::int64_t{v}) {}         // NOLINT
  Value(std::int64_t v) : state_(v) {}              // NOLINT
  Value(double v) : state_(v) {}                    // NOLINT
  Value(std::string v) : state_(std::move(v)) {}    // NOLINT
  Value(const char* v) : state_(std::string(v)) {}  // NOLINT
  Value(Timestamp v) : state_(v) {}                 // NOLINT
  Value(Duration v) : state_(v) {}                  // NOLINT
  Value(TimeOfDay v) : state_(v) {}                 // NOLINT
  Value(List v) : state_(std::move(v)) {}           // NOLINT
  Value(const void*) = delete;                      // A pointer would become a bool.

  ValueType type() const noexcept { return static_cast<ValueType>(state_.index()); }
  bool is_null() const noexcept { return type() == ValueType::kNull; }

  /// The value as T (bool, std::int64_t, double, std::string, Timestamp, Duration, TimeOfDay,
  /// List), or nullptr.
  template <typename T>
  const T* get_if() const noexcept {
    return std::get_if<T>(&state_);
  }

  using State = std::variant<std::monostate, bool, std::int64_t, double, std::string, Timestamp,
                             Duration, TimeOfDay, List>;
  /// For std::visit; the alternatives are in the order of ValueType.
  const State& state() const noexcept { return state_; }

  /// Equal type and equal value; two NaN are equal, 0.0 and -0.0 are not.
  friend bool operator==(const Value& left, const Value& right) noexcept;

 private:
  State state_;
};

/// As written in config.txt and messages: True, 3, 0.55, "text", [1, 2], Timestamp and Timedelta in
/// ISO form, None.
std::string to_text(const Value& value);

}  // namespace tieout::config
