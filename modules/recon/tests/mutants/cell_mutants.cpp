#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "campaign.hpp"

namespace tieout::recon::mutants {
namespace {

using runlog::TableKind;
using test::Draws;

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

/// Another double than `value`: a neighbour, the negated one, a special one, or any.
double other_double(double value, Draws& draws) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::array candidates{std::nextafter(value, kInfinity),
                              std::nextafter(value, -kInfinity),
                              -value,
                              std::numeric_limits<double>::quiet_NaN(),
                              0.0,
                              -0.0,
                              std::numeric_limits<double>::denorm_min(),
                              value * (1 + 1e-12),
                              draws.normal(),
                              kInfinity,
                              -kInfinity};
  while (true) {
    const double candidate = candidates[draws.below(candidates.size())];
    if (!same_bits(candidate, value)) {
      return candidate;
    }
  }
}

test::BarData& any_bar(Subject& subject, Draws& draws) {
  return subject.right.bars[draws.below(subject.right.bars.size())];
}

std::string at(const test::BarData& bar) {
  return " at " + to_iso(bar.bar);
}

Mutant window_cell(Subject& subject, Draws& draws) {
  auto& bar = any_bar(subject, draws);
  const std::size_t n = draws.below(bar.windows.size());
  Panel& window = bar.windows[n];
  const std::size_t row = draws.below(window.row_count());
  const std::size_t column = draws.below(window.column_count());
  window.set(row, column, other_double(window.at(row, column), draws));
  return {to_string(window.columns()[column]) + at(bar)};
}

/// A cell from a bar on in all later windows, as a value that really came out otherwise.
Mutant window_cell_from_then_on(Subject& subject, Draws& draws) {
  auto& first = any_bar(subject, draws);
  const std::size_t n = draws.below(first.windows.size());
  const Timestamp row = first.windows[n].index().back();
  const std::size_t column = draws.below(first.windows[n].column_count());
  const double value =
      other_double(first.windows[n].at(first.windows[n].row_count() - 1, column), draws);
  for (auto& bar : subject.right.bars) {
    const auto position = bar.windows[n].find_row(row);
    if (bar.bar >= first.bar && position) {
      bar.windows[n].set(*position, column, value);
    }
  }
  return {to_string(first.windows[n].columns()[column]) + " from" + at(first)};
}

void change(double& value, Draws& draws) {
  value = other_double(value, draws);
}
void change(std::int64_t& value, Draws& draws) {
  value += draws.below(2) == 0 ? 1 : -1;
}
void change(std::uint8_t& value, Draws&) {
  value = value == 0 ? 1U : 0U;
}
void change(std::string& value, Draws& draws) {
  constexpr std::array<std::string_view, 4> kTails{" ", "x", "\n", "\xC3\xA9"};
  value += kTails[draws.below(kTails.size())];
}
void change(Timestamp& value, Draws& draws) {
  value.ns += draws.below(2) == 0 ? 1 : -1'000'000'000;
}

/// A cell of the given type in a table that has one; the tables of test::make_run hold all types.
template <ColumnType kType>
Mutant table_cell(Subject& subject, Draws& draws) {
  auto& bar = any_bar(subject, draws);
  std::vector<std::pair<TableKind, TypedColumn*>> columns;
  for (auto& [kind, table] : bar.tables) {
    for (TypedColumn& column : table.columns) {
      if (column.type() == kType && column.size() > 0) {
        columns.emplace_back(kind, &column);
      }
    }
  }
  const auto& [kind, column] = columns[draws.below(columns.size())];
  const std::size_t row = draws.below(column->size());
  std::visit([&](auto& values) { change(values[row], draws); }, column->values);
  return {std::string(to_string(kind)) + "." + column->name + at(bar)};
}

constexpr std::array kFamilies{
    Family{"cell.window", 6, window_cell},
    Family{"cell.window_from_then_on", 4, window_cell_from_then_on},
    Family{"cell.table.float64", 3, table_cell<ColumnType::kFloat64>},
    Family{"cell.table.int64", 3, table_cell<ColumnType::kInt64>},
    Family{"cell.table.bool", 1, table_cell<ColumnType::kBool>},
    Family{"cell.table.string", 2, table_cell<ColumnType::kString>},
    Family{"cell.table.timestamp", 2, table_cell<ColumnType::kTimestamp>},
};

}  // namespace

std::span<const Family> cell_families() {
  return kFamilies;
}

}  // namespace tieout::recon::mutants
