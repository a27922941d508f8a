#pragma once

#include <string>
#include <vector>

#include <pybind11/pybind11.h>

#include "tieout/recon/finding.hpp"

namespace tieout::python {

/// compare, explain, portfolio_stats, research, run_checks, verify, find_runs: functions of
/// directories that return plain values.
void bind_comparison(pybind11::module_& module);
void bind_books(pybind11::module_& module);
/// The class Report: two runs compared, and the sections of their report.
void bind_report(pybind11::module_& module);

/// One JSON object on each line.
std::string lines_of(const std::vector<recon::Finding>& findings);

}  // namespace tieout::python
