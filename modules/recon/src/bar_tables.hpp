#pragma once

#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

/// A table, and the bar that wrote it.
struct BarTable {
  Timestamp bar;
  Table table;
};

/// The tables of one kind that have rows. Errors: those of the reader.
Result<std::vector<BarTable>> read_bar_tables(const runlog::RunSource& run, runlog::TableKind kind);

/// Leave out rows whose every cell a bar before has already, and tables that have none left: the
/// reference writes the last orders again at bars that it skips (oms.md 1.4).
void drop_repeated_rows(std::vector<BarTable>& tables);

}  // namespace tieout::recon
