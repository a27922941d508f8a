#pragma once

#include <pybind11/pybind11.h>

namespace tieout::python {

/// compare, explain, portfolio_stats, research, run_checks, verify, find_runs: functions of
/// directories that return plain values.
void bind_comparison(pybind11::module_& module);
void bind_books(pybind11::module_& module);

}  // namespace tieout::python
