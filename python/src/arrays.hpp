#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "tieout/core/panel.hpp"
#include "tieout/core/string_pool.hpp"
#include "tieout/core/table.hpp"

namespace tieout::python {

/// Instants as an array of datetime64[ns], UTC; copied.
pybind11::array times_of(std::span<const Timestamp> times);

/// A panel as a dict: `index` datetime64[ns] [n], `values` float64 [n, m] in Fortran order,
/// read-only and not copied (the arrays keep the panel alive), `fields` [m], `assets` [m] (None for
/// a column of no asset), and `typed`: position of a column -> its values, for columns that are not
/// float64 (whose cells in `values` mean nothing).
///
/// types:   of the columns, empty when all are float64 (runlog::NodeInfo::types).
/// strings: texts of string columns; may be null when there are none.
pybind11::dict panel_dict(std::shared_ptr<const Panel> panel, const std::vector<ColumnType>& types,
                          const StringPool* strings);

/// A table as a dict of columns in order: name -> array (datetime64[ns] for timestamps) or, for
/// strings, list.
pybind11::dict table_dict(const Table& table);

/// JSON text as Python's plain values.
pybind11::object json_object(const std::string& text);

}  // namespace tieout::python
