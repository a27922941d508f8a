#include "tieout/recon/compare.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tieout/config/config.hpp"
#include "tieout/core/random.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/runlog/writer.hpp"

// A generated day: 288 bars of five minutes, 9 nodes, windows of 288 rows x 50 columns, all tables
// for 25 assets; equal runs, and runs of which the second half differs from a revised row at noon
// on.
namespace tieout::recon {
namespace {

constexpr std::size_t kBars = 288;
constexpr std::size_t kNodes = 9;
constexpr std::size_t kAssets = 25;
constexpr std::size_t kRows = 288;
constexpr std::size_t kNoon = kBars / 2;

void check(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "bench_recon_compare: wrong answer: %s\n", what);
    std::abort();
  }
}

Timestamp bar_at(std::size_t index) {
  return Timestamp{1'516'665'600'000'000'000} + minutes(5) * static_cast<std::int64_t>(index);
}

double number(std::size_t stream, std::size_t row, std::size_t column) {
  return CounterRng(1, stream).uniform(row * 64 + column);
}

runlog::Manifest make_manifest() {
  runlog::Manifest manifest;
  manifest.constructor = "bench";
  manifest.start = bar_at(0);
  manifest.end = bar_at(kBars - 1);
  manifest.bar = minutes(5);
  for (std::size_t n = 0; n < kNodes; ++n) {
    runlog::NodeInfo info;
    info.nid = "stage_" + std::to_string(n);
    info.name = "predict." + std::to_string(n) + "." + info.nid;
    info.topological_id = n;
    info.lookback_rows = 4;
    if (n > 0) {
      info.inputs = {n - 1};
    }
    for (const char* field : {"a", "b"}) {
      for (std::size_t a = 0; a < kAssets; ++a) {
        info.columns.push_back({field, AssetId{static_cast<std::int64_t>(a)}});
      }
    }
    manifest.nodes.push_back(info);
  }
  return manifest;
}

Table make_table(std::size_t bar, double shift) {
  Table table;
  table.key_count = 1;
  std::vector<std::int64_t> assets;
  std::vector<double> values;
  for (std::size_t a = 0; a < kAssets; ++a) {
    assets.push_back(static_cast<std::int64_t>(a));
    values.push_back(number(99, bar, a) + shift);
  }
  table.columns = {{"asset_id", assets}, {"shares", values}, {"price", values}};
  return table;
}

enum class Kind { kSame, kRevisedAtNoon };

/// Nodes keep a window of kRows rows; from noon on the revised run differs in one asset of each
/// node's new row and in its books.
runlog::RunReader write_day(const std::filesystem::path& dir, Kind kind) {
  const runlog::Manifest manifest = make_manifest();
  config::Config config;
  config.declare({"trading_period"}, "5T");
  auto writer = runlog::RunWriter::create(dir, manifest, config.to_text(), config.to_json(),
                                          runlog::Durability::kAtSeal);
  check(writer.ok(), "create");
  std::vector<Panel> windows;
  for (const auto& info : manifest.nodes) {
    windows.emplace_back(info.columns);
  }
  for (std::size_t bar = 0; bar < kBars; ++bar) {
    const bool differs = kind == Kind::kRevisedAtNoon && bar >= kNoon;
    for (std::size_t n = 0; n < kNodes; ++n) {
      Panel& window = windows[n];
      runlog::NodeFrame frame;
      frame.bar = bar_at(bar);
      const std::size_t first = window.empty() ? 0 : kRows + bar - 1;
      for (std::size_t row = first; row < kRows + bar; ++row) {
        window.append_row(bar_at(row) - minutes(5) * static_cast<std::int64_t>(kRows - 1));
        for (std::size_t c = 0; c < window.column_count(); ++c) {
          const double shift = differs && c == 0 ? 0.001 : 0.0;
          window.set(window.row_count() - 1, c, number(n, row, c) + shift);
        }
      }
      const std::size_t added = kRows + bar - first;
      frame.keyframe = bar == 0;
      frame.dropped_front = bar == 0 ? 0 : window.row_count() - kRows;
      window.drop_front(window.row_count() - kRows);
      frame.changed = window.slice({window.row_count() - added, window.row_count()});
      frame.window_rows = window.row_count();
      frame.window_hash = hash_panel(window);
      check(writer->write_node(n, frame).ok(), "write_node");
    }
    runlog::JournalEntry read;
    read.kind = runlog::JournalEntry::Kind::kMarketRead;
    read.bar = bar_at(bar);
    read.purpose = "source";
    read.content.low = differs ? bar : 0;
    check(writer->write_journal(read).ok(), "write_journal");
    for (const auto table : runlog::tables_of(manifest)) {
      check(writer->write_table(table, bar_at(bar), {}, make_table(bar, differs ? 0.1 : 0.0)).ok(),
            "write_table");
    }
    check(writer->commit_bar(bar_at(bar), {}, runlog::BarOutcome::kOk).ok(), "commit_bar");
  }
  check(writer->seal(runlog::RunOutcome::kComplete).ok(), "seal");
  auto reader = runlog::RunReader::open(dir);
  check(reader.ok(), "open");
  return std::move(*reader);
}

constexpr std::uint64_t kCells =
    kBars * (kNodes * kRows * kAssets * 2 + 5 * kAssets * 3);  // windows, tables

void expect_identical(const Comparison& result) {
  check(result.verdict == Verdict::kIdentical && result.cells.bitwise == kCells,
        "equal runs are identical in every cell");
}

void expect_noon(const Comparison& result) {
  check(result.verdict == Verdict::kDiverged, "revised runs diverge");
  const Finding& first = result.first->finding;
  check(first.bar == bar_at(kNoon) && first.part == "predict.0.stage_0" && first.column == "a",
        "the first divergence is the revised row at noon");
  // The cell of each bar stays in the windows of the bars after it: 1 + 2 + ... + 144.
  constexpr std::uint64_t kHalf = kBars - kNoon;
  check(result.nodes[0].cells.outside == kHalf * (kHalf + 1) / 2, "cells that differ");
  check(result.nodes[0].distinct_breaks == kHalf, "distinct breaks");
}

/// The best of several; each answer is checked. Processor time is what a machine that others use
/// too allows to compare.
struct Best {
  double wall_ms = 1e300;
  double cpu_ms = 1e300;
};
Best best_of(const runlog::RunReader& left, const runlog::RunReader& right, bool self_consistency,
             void (*expect)(const Comparison&)) {
  CompareOptions options;
  options.check_self_consistency = self_consistency;
  Best best;
  for (int i = 0; i < 7; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu_start = std::clock();
    const auto result = compare_runs(left, right, options);
    const auto cpu = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC * 1e3;
    const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
    check(result.ok(), "compare_runs");
    expect(*result);
    best.wall_ms = std::min(best.wall_ms, wall.count());
    best.cpu_ms = std::min(best.cpu_ms, cpu);
  }
  return best;
}

/// Returns whether the budget holds.
bool report(const char* what, const Best& best, double budget_ms) {
  const bool holds = best.cpu_ms <= budget_ms;
  fmt::print("{:<44} {:9.3f} ms wall {:9.3f} ms cpu   budget {:4.0f} ms cpu {}\n", what,
             best.wall_ms, best.cpu_ms, budget_ms, holds ? "ok" : "OVER");
  return holds;
}

int run(const std::filesystem::path& dir) {
  const runlog::RunReader prod = write_day(dir / "prod", Kind::kSame);
  const runlog::RunReader same = write_day(dir / "same", Kind::kSame);
  const runlog::RunReader revised = write_day(dir / "revised", Kind::kRevisedAtNoon);
  fmt::print("compare two days of {} bars x {} nodes x {} rows x {} columns, {} cells a side\n",
             kBars, kNodes, kRows, kAssets * 2, kCells);
  constexpr double kEqualBudget = 10;
  constexpr double kDivergedBudget = 100;
  bool holds =
      report("equal, by hashes", best_of(prod, same, false, expect_identical), kEqualBudget);
  holds &= report("equal, with self-consistency", best_of(prod, same, true, expect_identical), 100);
  holds &=
      report("first break at noon", best_of(prod, revised, false, expect_noon), kDivergedBudget);
  holds &= report("first break at noon, with self-consistency",
                  best_of(prod, revised, true, expect_noon), kDivergedBudget);
  return holds ? 0 : 1;
}

}  // namespace
}  // namespace tieout::recon

int main() {
  std::string name =
      (std::filesystem::temp_directory_path() / "tieout_bench_recon_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return 2;
  }
  const int status = tieout::recon::run(name);
  std::filesystem::remove_all(name);
  return status;
}
