// Time of a day of C1b bars, incremental against full recomputation, and of one bar of 1000 assets.
// Checks that both ways give the same windows at every bar, and the last prediction against a
// runner that starts at the last bar. Exit 1 when not.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <sys/resource.h>

#include "tieout/config/config.hpp"
#include "tieout/core/random.hpp"
#include "tieout/dataflow/runner.hpp"
#include "tieout/system/run.hpp"

namespace {

using namespace tieout;  // NOLINT: a program of one file
using dataflow::DagRunner;
using dataflow::Observation;
using dataflow::Recompute;

constexpr Timestamp kStart{1'516'665'600'000'000'000};  // 2018-01-23T00:00:00Z

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::exit(1);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Universe make_universe(std::int64_t count) {
  std::vector<AssetId> ids;
  for (std::int64_t id = 1; id <= count; ++id) {
    ids.push_back({id});
  }
  return Universe::from_ids(ids);
}

/// Rows (first, last] in minutes after kStart. About one row in ten lacks.
std::vector<Observation> make_rows(const Universe& universe, std::int64_t first,
                                   std::int64_t last) {
  std::vector<Observation> rows;
  for (std::int64_t minute = first + 1; minute <= last; ++minute) {
    for (const Asset& asset : universe.assets()) {
      const CounterRng rng(5, static_cast<std::uint64_t>(asset.id.value));
      const auto counter = static_cast<std::uint64_t>(minute + 1'000'000);
      if (rng.uniform(2 * counter) < 0.1) {
        continue;
      }
      const double close = 100.0 + 10.0 * std::sin(0.01 * static_cast<double>(minute)) +
                           0.1 * rng.normal(2 * counter + 1);
      rows.push_back(
          {kStart + minutes(minute), asset.id, {close, close + 0.1, close - 0.1, close, 10.0}});
    }
  }
  return rows;
}

DagRunner make_runner(const Universe& universe, Recompute mode) {
  dataflow::DagBuilderRegistry registry;
  system::register_builtin_pipelines(registry);
  const auto* builder =
      registry.find("dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder").value();
  config::Config config;
  builder->declare_config(config);
  auto runner = DagRunner::create(builder->build(config, universe).value(), universe, mode);
  if (!runner) {
    fail(runner.error().message.c_str());
  }
  return std::move(runner).value();
}

/// The sum of bar times after the first one, which reads the whole window.
struct Timing {
  double first_bar = 0;
  double other_bars = 0;
  double longest_bar = 0;
  std::vector<Hash128> hashes;  // of each bar's windows
};

Timing run(const Universe& universe, Recompute mode, std::int64_t bars) {
  constexpr std::int64_t kWindow = 24 * 60;
  DagRunner runner = make_runner(universe, mode);
  Timing timing;
  for (std::int64_t bar = 0; bar <= bars; ++bar) {
    const std::vector<Observation> rows =
        bar == 0 ? make_rows(universe, -kWindow, 0) : make_rows(universe, 5 * bar - 5, 5 * bar);
    const auto begin = std::chrono::steady_clock::now();
    const auto changes = runner.run_bar(kStart + minutes(5 * bar), rows);
    const double elapsed = seconds_since(begin);
    if (!changes) {
      fail(changes.error().message.c_str());
    }
    if (bar == 0) {
      timing.first_bar = elapsed;
    } else {
      timing.other_bars += elapsed;
      timing.longest_bar = std::max(timing.longest_bar, elapsed);
    }
    for (const auto& change : *changes) {
      timing.hashes.push_back(change.window_hash);
    }
  }
  DagRunner fresh = make_runner(universe, Recompute::kFull);
  if (!fresh.run_bar(kStart + minutes(5 * bars), make_rows(universe, 5 * bars - kWindow, 5 * bars))
           .ok() ||
      !bitwise_equal(fresh.output(8), runner.output(8)) || runner.output(8).row_count() < 200) {
    fail("a fresh runner gives other predictions");
  }
  return timing;
}

}  // namespace

int main() {
  const Universe ten = make_universe(10);
  const Timing incremental = run(ten, Recompute::kIncremental, 288);
  const Timing full = run(ten, Recompute::kFull, 288);
  if (incremental.hashes != full.hashes) {
    fail("incremental and full recomputation differ");
  }
  std::printf("C1b, 10 assets, 288 bars of 5 minutes, window 1440 rows:\n");
  std::printf("  incremental %.4f s (longest bar %.2f ms, first %.2f ms)\n", incremental.other_bars,
              1e3 * incremental.longest_bar, 1e3 * incremental.first_bar);
  std::printf("  full        %.4f s\n", full.other_bars);
  std::printf("  incremental / full = %.4f\n", incremental.other_bars / full.other_bars);

  const Universe thousand = make_universe(1000);
  const Timing many = run(thousand, Recompute::kIncremental, 12);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "C1b, 1000 assets: longest bar %.1f ms, first %.0f ms, peak memory of this program %.2f "
      "GiB\n",
      1e3 * many.longest_bar, 1e3 * many.first_bar,
      static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0));
  return 0;
}
