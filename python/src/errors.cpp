#include "errors.hpp"

#include <string>

namespace tieout::python {
namespace py = pybind11;

namespace {

/// The exception class; Python owns it for as long as the interpreter lives.
PyObject* error_class = nullptr;

void raise(const Error& error) {
  const ErrorCodeInfo& info = error_info(error.code);
  py::object instance = py::reinterpret_borrow<py::object>(error_class)(error.message);
  instance.attr("name") = std::string(info.name);
  instance.attr("number") = static_cast<int>(error.code);
  instance.attr("exit_code") = exit_code_of(error);
  instance.attr("remedy") = std::string(info.remedy);
  PyErr_SetObject(error_class, instance.ptr());
}

}  // namespace

void bind_errors(py::module_& module) {
  error_class = PyErr_NewExceptionWithDoc(
      "tieout.TieoutError",
      "An expected failure: a missing file, evidence that is corrupt, an unknown name.\n\n"
      "name, number: of docs/errors.md. exit_code: that of a command that ends with it.\n"
      "remedy: what to do.",
      PyExc_RuntimeError, nullptr);
  module.attr("TieoutError") = py::reinterpret_borrow<py::object>(error_class);
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const Failure& failure) {
      raise(failure.error);
    }
  });
}

}  // namespace tieout::python
