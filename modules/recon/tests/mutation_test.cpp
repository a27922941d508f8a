#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "support.hpp"

// A comparison that cannot fail is worthless: every single mutation of a run must flip the verdict,
// and what is no difference must not.
namespace tieout::recon {
namespace {

using runlog::JournalEntry;
using runlog::TableKind;
using test::Draws;
using test::RunData;

/// Another double: the next one, the negated one, NaN, zero, or any.
double other_value(double value, Draws& draws) {
  const double candidates[] = {std::nextafter(value, 1e300),
                               -value,
                               std::numeric_limits<double>::quiet_NaN(),
                               0.0,
                               draws.normal(),
                               std::numeric_limits<double>::infinity()};
  while (true) {
    const double candidate = candidates[draws.below(std::size(candidates))];
    const bool same = (std::isnan(candidate) && std::isnan(value)) ||
                      std::memcmp(&candidate, &value, sizeof value) == 0;
    if (!same) {
      return candidate;
    }
  }
}

void mutate(double& value, Draws& draws) {
  value = other_value(value, draws);
}
void mutate(std::int64_t& value, Draws& draws) {
  value += draws.below(2) == 0 ? 1 : -1;
}
void mutate(std::uint8_t& value, Draws&) {
  value = value == 0 ? 1U : 0U;
}
void mutate(std::string& value, Draws& draws) {
  value += draws.below(2) == 0 ? " " : "x";
}
void mutate(Timestamp& value, Draws& draws) {
  value.ns += draws.below(2) == 0 ? 1 : -1'000'000'000;
}

std::string mutate_window(RunData& run, Draws& draws) {
  auto& bar = run.bars[draws.below(run.bars.size())];
  const std::size_t n = draws.below(bar.windows.size());
  Panel& window = bar.windows[n];
  const std::size_t row = draws.below(window.row_count());
  const std::size_t column = draws.below(window.column_count());
  window.set(row, column, other_value(window.at(row, column), draws));
  return "cell of node " + std::to_string(n) + " at " + to_iso(bar.bar);
}

std::string mutate_table(RunData& run, Draws& draws) {
  auto& bar = run.bars[draws.below(run.bars.size())];
  auto table = bar.tables.begin();
  std::advance(table, static_cast<std::ptrdiff_t>(draws.below(bar.tables.size())));
  TypedColumn& column = table->second.columns[draws.below(table->second.columns.size())];
  const std::size_t row = draws.below(column.size());
  std::visit([&](auto& values) { mutate(values[row], draws); }, column.values);
  return std::string(to_string(table->first)) + "." + column.name + " at " + to_iso(bar.bar);
}

std::string mutate_shape(RunData& run, Draws& draws) {
  auto& bar = run.bars[draws.below(run.bars.size())];
  switch (draws.below(6)) {
    case 0: {
      Panel& window = bar.windows[draws.below(bar.windows.size())];
      window = window.slice({0, window.row_count() - 1});
      return "the last row of a window at " + to_iso(bar.bar);
    }
    case 1: {
      auto table = bar.tables.begin();
      std::advance(table, static_cast<std::ptrdiff_t>(draws.below(bar.tables.size())));
      table->second = test::permute_rows(table->second, {0, 0});
      return "a row of a table twice";
    }
    case 2:
      bar.tables.erase(bar.tables.begin());
      return "no target positions";
    case 3: {
      Table& table = bar.tables.at(TableKind::kOrders);
      table.columns.erase(table.columns.begin() + 1 + static_cast<std::ptrdiff_t>(draws.below(5)));
      return "a column of a table";
    }
    case 4: {
      Table& table = bar.tables.at(TableKind::kOrders);
      table.columns[1 + draws.below(5)].name += "_";
      return "a renamed column of a table";
    }
    default:
      run.bars.erase(std::ranges::find(run.bars, bar.bar, &test::BarData::bar));
      return "a bar";
  }
}

std::string mutate_journal(RunData& run, Draws& draws) {
  auto& bar = run.bars[draws.below(run.bars.size())];
  JournalEntry& read = bar.journal[draws.below(2) == 0 ? 1 : 3];
  switch (draws.below(4)) {
    case 0:
      read.content.high ^= 1ULL << draws.below(64);
      return "content of a read";
    case 1:
      read.row_count += 1;
      return "rows of a read";
    case 2:
      bar.journal[0].laggards.push_back(test::kBtc);
      return "a laggard";
    default:
      bar.journal.push_back(read);
      return "one read more";
  }
}

std::string mutate_identity(RunData& run, Draws& draws) {
  switch (draws.below(5)) {
    case 0:
      run.config.declare({"dag_config", "zscore", "tau"}, 32.0 + 1 + draws.normal());
      return "a leaf";
    case 1:
      run.config.declare({"dag_config", "zscore", "tau"}, 32);
      return "the type of a leaf";
    case 2:
      run.config.declare({"dag_config", "zscore", "another"}, true);
      return "one leaf more";
    case 3:
      run.manifest.start_state = "other";
      return "the start state";
    default:
      run.manifest.universe.pop_back();
      return "the universe";
  }
}

TEST(Mutants, AllFlipTheVerdict) {
  constexpr std::uint64_t kMutants = 300;
  const test::TempDir dir;
  std::uint64_t escaped = 0;
  for (std::uint64_t seed = 1; seed <= kMutants; ++seed) {
    Draws draws(seed);
    const RunData original = test::make_run({.seed = seed % 7, .bars = 5, .rows = 3});
    RunData mutant = original;
    std::string what;
    switch (seed % 10) {
      case 0:
        what = mutate_identity(mutant, draws);
        break;
      case 1:
        what = mutate_journal(mutant, draws);
        break;
      case 2:
      case 3:
        what = mutate_shape(mutant, draws);
        break;
      case 4:
      case 5:
      case 6:
        what = mutate_table(mutant, draws);
        break;
      default:
        what = mutate_window(mutant, draws);
    }
    const bool swap = draws.below(2) == 0;
    const Comparison result =
        swap ? test::compare(mutant, original) : test::compare(original, mutant);
    escaped += result.verdict == Verdict::kDiverged ? 0U : 1U;
    EXPECT_EQ(result.verdict, Verdict::kDiverged) << "seed " << seed << ": " << what;
    EXPECT_TRUE(result.first.has_value()) << "seed " << seed << ": " << what;
  }
  EXPECT_EQ(escaped, 0U);
}

TEST(Mutants, WhatIsNoDifferenceDoesNotFlipIt) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    const RunData original = test::make_run({.seed = seed, .bars = 5, .rows = 3});
    RunData same = original;
    const std::size_t n = draws.below(4);
    std::vector<std::size_t> order(same.manifest.nodes[n].columns.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = order.size() - 1 - i;
    }
    auto& columns = same.manifest.nodes[n].columns;
    columns = test::permute_columns(Panel(columns), order).columns();
    for (auto& bar : same.bars) {
      bar.windows[n] = test::permute_columns(bar.windows[n], order);
      auto& positions = bar.tables.at(TableKind::kTargetPositions);
      positions = test::permute_rows(positions, {1, 0});
      std::ranges::reverse(bar.journal);
    }
    const Comparison result = test::compare(original, same);
    EXPECT_EQ(result.verdict, Verdict::kIdentical) << result.sentence;
    EXPECT_EQ(result.coverage, 1.0);
    EXPECT_EQ(test::compare(original, original).verdict, Verdict::kIdentical);
  }
}

}  // namespace
}  // namespace tieout::recon
