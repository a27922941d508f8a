#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "tieout/core/assert.hpp"
#include "tieout/core/error.hpp"

namespace tieout {

/// Either a value or an Error. Expected failures travel in it; exceptions do not cross a module
/// boundary.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  /// The value; asking a failed result is a programmer error.
  T& value() & {
    TIEOUT_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    TIEOUT_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    TIEOUT_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// The error; asking a good result is a programmer error.
  const Error& error() const& {
    TIEOUT_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    TIEOUT_ASSERT(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

  T value_or(T fallback) const& { return ok() ? value() : std::move(fallback); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  void value() const { TIEOUT_ASSERT(ok()); }
  const Error& error() const& {
    TIEOUT_ASSERT(!ok());
    return *error_;
  }
  Error&& error() && {
    TIEOUT_ASSERT(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace tieout

#define TIEOUT_CONCAT_INNER(a, b) a##b
#define TIEOUT_CONCAT(a, b) TIEOUT_CONCAT_INNER(a, b)

/// Evaluate an expression that gives a Result; return its error from this function, or bind its
/// value: `TIEOUT_TRY(const Schema left, read_schema(path));`
#define TIEOUT_TRY(declaration, ...) \
  TIEOUT_TRY_INNER(TIEOUT_CONCAT(tieout_try_result_, __LINE__), declaration, __VA_ARGS__)
#define TIEOUT_TRY_INNER(temporary, declaration, ...) \
  auto temporary = (__VA_ARGS__);                     \
  if (!temporary.ok()) {                              \
    return std::move(temporary).error();              \
  }                                                   \
  declaration = std::move(temporary).value()

/// As TIEOUT_TRY for a Status, or where the value is not needed: `TIEOUT_CHECK(write_file(path,
/// text));`
#define TIEOUT_CHECK(...) \
  TIEOUT_CHECK_INNER(TIEOUT_CONCAT(tieout_check_result_, __LINE__), __VA_ARGS__)
#define TIEOUT_CHECK_INNER(temporary, ...)               \
  if (auto temporary = (__VA_ARGS__); !temporary.ok()) { \
    return std::move(temporary).error();                 \
  }                                                      \
  static_assert(true)
