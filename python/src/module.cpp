#include <pybind11/pybind11.h>

#include "comparison.hpp"
#include "errors.hpp"
#include "run.hpp"

PYBIND11_MODULE(_core, module) {
  module.doc() = "The engine of tieout for Python. Use the package tieout, not this module.";
  tieout::python::bind_errors(module);
  tieout::python::bind_run(module);
  tieout::python::bind_comparison(module);
  tieout::python::bind_books(module);
  tieout::python::bind_report(module);
}
