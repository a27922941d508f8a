#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "campaign.hpp"

namespace tieout::recon::mutants {
namespace {

using runlog::TableKind;
using test::Draws;

Mutant column_order(Subject& subject, Draws& draws) {
  test::RunData& run = subject.right;
  const std::size_t node = draws.below(run.manifest.nodes.size());
  std::vector<std::size_t> order(run.manifest.nodes[node].columns.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = order.size() - 1 - i;
  }
  for (auto& bar : run.bars) {
    bar.windows[node] = test::permute_columns(bar.windows[node], order);
  }
  run.manifest.nodes[node].columns = run.bars.front().windows[node].columns();
  return {"the order of a node's columns", Verdict::kIdentical};
}

Mutant row_order(Subject& subject, Draws&) {
  for (auto& bar : subject.right.bars) {
    auto& positions = bar.tables.at(TableKind::kTargetPositions);
    positions = test::permute_rows(positions, {1, 0});
  }
  return {"the order of a table's rows", Verdict::kIdentical};
}

Mutant table_column_order(Subject& subject, Draws&) {
  for (auto& bar : subject.right.bars) {
    auto& columns = bar.tables.at(TableKind::kOrders).columns;
    std::rotate(columns.begin() + 1, columns.begin() + 2, columns.end());
  }
  return {"the order of a table's columns", Verdict::kIdentical};
}

Mutant journal_order(Subject& subject, Draws&) {
  for (auto& bar : subject.right.bars) {
    std::ranges::reverse(bar.journal);
  }
  return {"the order of the journal", Verdict::kIdentical};
}

/// Both runs get a NaN in the same cell, with another payload and sign.
Mutant nan_payload(Subject& subject, Draws& draws) {
  const std::size_t b = draws.below(subject.right.bars.size());
  const std::size_t n = draws.below(subject.right.manifest.nodes.size());
  const Panel& window = subject.right.bars[b].windows[n];
  const std::size_t row = draws.below(window.row_count());
  const std::size_t column = draws.below(window.column_count());
  constexpr std::uint64_t kQuiet = 0x7FF8'0000'0000'0000;
  subject.left.bars[b].windows[n].set(row, column, std::bit_cast<double>(kQuiet));
  const std::uint64_t payload = kQuiet | (1ULL << draws.below(50)) | (draws.below(2) << 63U);
  subject.right.bars[b].windows[n].set(row, column, std::bit_cast<double>(payload));
  return {"the payload of a NaN", Verdict::kIdentical};
}

Mutant expected_config_leaf(Subject& subject, Draws&) {
  subject.options.expected_config_differences = default_expected_config_differences();
  subject.right.config.declare({"run_mode"}, "simulation");
  subject.right.config.declare({"system_log_dir"}, "/sim");
  return {"what a simulation must change", Verdict::kIdentical};
}

Mutant nothing(Subject&, Draws&) {
  return {"nothing", Verdict::kIdentical};
}

constexpr std::array kFamilies{
    Family{"neutral.window.column_order", 1, column_order},
    Family{"neutral.table.row_order", 1, row_order},
    Family{"neutral.table.column_order", 1, table_column_order},
    Family{"neutral.journal.order", 1, journal_order},
    Family{"neutral.window.nan_payload", 1, nan_payload},
    Family{"neutral.config.expected", 1, expected_config_leaf},
    Family{"neutral.nothing", 1, nothing},
};

}  // namespace

std::span<const Family> neutral_families() {
  return kFamilies;
}

}  // namespace tieout::recon::mutants
