#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"

namespace tieout::cli {

/// Read a table (CSV, csv.gz, Parquet) with columns (field, asset), or "field|asset", as a panel.
///
/// Rule:    the rows' times are `index`, else the file's own index, else its first column; columns
///          of no asset and columns that are no numbers are left out.
/// Errors:  those of read_frame(); kSchemaMismatch without times or with a column twice;
///          kMalformedData for rows that do not ascend. Messages begin with `who`.
Result<Panel> read_panel_file(const std::filesystem::path& file, const std::string& index,
                              std::string_view who);

}  // namespace tieout::cli
