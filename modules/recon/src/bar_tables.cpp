#include "bar_tables.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace tieout::recon {

Result<std::vector<BarTable>> read_bar_tables(const runlog::RunSource& run,
                                              runlog::TableKind kind) {
  std::vector<BarTable> tables;
  for (std::size_t b = 0; b < run.bars().size(); ++b) {
    TIEOUT_TRY(std::optional<Table> table, run.table(kind, b));
    if (table && table->row_count() > 0) {
      tables.push_back({run.bars()[b].bar, std::move(*table)});
    }
  }
  return tables;
}

void drop_repeated_rows(std::vector<BarTable>& tables) {
  std::set<std::string> seen;
  for (BarTable& item : tables) {
    std::vector<std::size_t> kept;
    for (std::size_t r = 0; r < item.table.row_count(); ++r) {
      std::string row;
      for (const TypedColumn& column : item.table.columns) {
        row += column.name + '=' + cell_text(column, r) + '\n';
      }
      if (seen.insert(std::move(row)).second) {
        kept.push_back(r);
      }
    }
    if (kept.size() == item.table.row_count()) {
      continue;
    }
    for (TypedColumn& column : item.table.columns) {
      std::visit(
          [&](auto& values) {
            for (std::size_t i = 0; i < kept.size(); ++i) {
              values[i] = values[kept[i]];
            }
            values.resize(kept.size());
          },
          column.values);
    }
  }
  std::erase_if(tables, [](const BarTable& item) { return item.table.row_count() == 0; });
}

}  // namespace tieout::recon
