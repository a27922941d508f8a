#pragma once

#include <utility>

#include <pybind11/pybind11.h>

#include "tieout/core/result.hpp"

namespace tieout::python {

/// An Error on its way to Python, where it arrives as tieout.TieoutError.
struct Failure {
  Error error;
};

/// The value of a Result; its error is thrown as a Failure.
template <typename T>
T unwrap(Result<T> result) {
  if (!result.ok()) throw Failure{std::move(result).error()};
  return std::move(result).value();
}
inline void unwrap(Status status) {
  if (!status.ok()) throw Failure{std::move(status).error()};
}

/// Add TieoutError(message) to the module, with the attributes name ("FileNotFound"), number,
/// exit_code (of a command that ends so) and remedy, and the translation of Failure.
void bind_errors(pybind11::module_& module);

}  // namespace tieout::python
