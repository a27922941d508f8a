// Cost of a prefix-invariance check against one replay of the same bars by the DAG alone (no
// trading, no log): pairs one after the other, the median of their ratios, in processor time.
// Checks that the strategies are clean and wholly checked, and that a node that peeks is found.
// Exit 1 when not, or when a ratio is above its budget of 1.10.

#include "tieout/system/check_strategy.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

#include "tieout/config/config.hpp"
#include "tieout/core/random.hpp"
#include "tieout/dataflow/prefix_check.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/system/run.hpp"

namespace {

using namespace tieout;  // NOLINT: a program of one file
using dataflow::Observation;

constexpr Timestamp kStart{1'699'453'800'000'000'000};  // 2023-11-08T14:30:00Z
constexpr Duration kBar = minutes(5);
constexpr double kBudget = 1.10;
// The DAG alone, over so many assets that computing a row, which the check does twice, is most of
// it.
constexpr double kBudgetWide = 1.35;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::exit(1);
}

/// Of this program's one thread: other programs on the machine do not count.
double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The sink of a strategy, one row ahead.
class Peek final : public dataflow::Node {
 public:
  std::string_view kind() const noexcept override { return "peek"; }
  dataflow::Lookback lookback() const noexcept override { return {}; }
  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const override {
    return inputs[0];
  }
  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const override {
    for (std::size_t row = rows.first; row < rows.last; ++row) {
      const auto from = inputs[0]->find_row(output.index()[row]);
      for (std::size_t c = 0; *from + 1 < inputs[0]->row_count() && c < output.column_count();
           ++c) {
        output.set(row, c, inputs[0]->at(*from + 1, c));
      }
    }
  }
};

/// A strategy's DAG and the observations of each of its bars.
struct Case {
  const dataflow::DagBuilder* builder = nullptr;
  Universe universe;
  std::vector<std::vector<Observation>> bars;

  dataflow::Dag dag() const {
    config::Config config = system::make_config(*builder).value();
    return builder->build(config, universe).value();
  }
  Timestamp bar(std::size_t i) const { return kStart + kBar * static_cast<std::int64_t>(i); }
};

std::vector<Observation> make_rows(const Case& test, std::size_t fields, std::int64_t first,
                                   std::int64_t last) {
  std::vector<Observation> rows;
  for (std::int64_t minute = first + 1; minute <= last; ++minute) {
    for (const Asset& asset : test.universe.assets()) {
      const CounterRng rng(5, static_cast<std::uint64_t>(asset.id.value));
      const auto counter = static_cast<std::uint64_t>(minute + 1'000'000);
      if (rng.uniform(2 * counter) < 0.1) {
        continue;
      }
      const double close = 100.0 + 10.0 * std::sin(0.01 * static_cast<double>(minute)) +
                           0.1 * rng.normal(2 * counter + 1);
      std::vector<double> values = {close, close + 0.1, close - 0.1, close, 10.0};
      values.resize(fields, close);
      rows.push_back({kStart + minutes(minute), asset.id, std::move(values)});
    }
  }
  return rows;
}

Case make_case(const dataflow::DagBuilderRegistry& registry, const char* constructor,
               std::int64_t assets, std::int64_t bars) {
  Case test;
  test.builder = registry.find(constructor).value();
  std::vector<AssetId> ids;
  for (std::int64_t id = 1; id <= assets; ++id) {
    ids.push_back({id});
  }
  test.universe = Universe::from_ids(ids);
  const dataflow::Dag dag = test.dag();
  const std::int64_t history = 2 * dag.source().history_lookback.ns / minutes(1).ns;
  const std::size_t fields = dag.source().fields.size();
  for (std::int64_t i = 0; i < bars; ++i) {
    test.bars.push_back(make_rows(test, fields, i == 0 ? -history : 5 * i - 5, 5 * i));
  }
  return test;
}

double replay(const Case& test) {
  const double begin = cpu_s();
  auto runner =
      dataflow::DagRunner::create(test.dag(), test.universe, dataflow::Recompute::kIncremental);
  for (std::size_t i = 0; i < test.bars.size(); ++i) {
    if (!runner->run_bar(test.bar(i), test.bars[i]).ok()) {
      fail("a bar of the replay");
    }
  }
  return cpu_s() - begin;
}

dataflow::PrefixReport run_check(const Case& test, dataflow::Dag dag) {
  auto checker = dataflow::PrefixChecker::create(std::move(dag), test.universe, kBar);
  for (std::size_t i = 0; i < test.bars.size(); ++i) {
    if (!checker->run_bar(test.bar(i), test.bars[i]).ok()) {
      fail("a bar of the check");
    }
  }
  return checker->finish();
}

double check(const Case& test) {
  const double begin = cpu_s();
  const dataflow::PrefixReport report = run_check(test, test.dag());
  const double elapsed = cpu_s() - begin;
  if (!report.clean() || !report.complete() || report.truncations + 1 != test.bars.size()) {
    fail("a clean strategy was not found clean");
  }
  return elapsed;
}

void expect_peek_found(const Case& test) {
  dataflow::Dag dag = test.dag();
  const std::string sink = dag.stages().back().nid;
  if (!dag.add("peek", std::make_unique<Peek>(), {sink}).ok()) {
    fail("adding a node that peeks");
  }
  const dataflow::PrefixReport report = run_check(test, std::move(dag));
  const auto& nodes = report.nodes;
  if (nodes.back().suspicion != dataflow::Suspicion::kNegativeShift ||
      std::count_if(nodes.begin(), nodes.end(), [](const dataflow::NodeCheck& node) {
        return node.outcome == dataflow::NodeOutcome::kViolates;
      }) != 1) {
    fail("the node that peeks was not found, or another one");
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The command's whole work against a simulation of the same bars, both from the same dump.
bool measure_simulation(const dataflow::DagBuilderRegistry& registry, const char* constructor,
                        std::size_t assets, int pairs) {
  const std::filesystem::path dir =
      std::filesystem::temp_directory_path() / ("bench_check_strategy." + std::to_string(getpid()));
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  marketdata::GeneratorOptions generator;
  generator.asset_count = assets;
  generator.start = kStart - hours(25);
  generator.minutes = 49 * 60;
  if (!marketdata::write_dump(dir / "dump.csv.gz", marketdata::generate_bars(generator)).ok()) {
    fail("writing the dump");
  }
  const std::atomic<bool> stop{false};
  system::SimulationOptions simulation;
  simulation.constructor = constructor;
  simulation.market_data = dir / "dump.csv.gz";
  simulation.replay = system::Replay::kNominal;
  simulation.start = kStart;
  simulation.end = kStart + hours(24) - kBar;
  system::CheckStrategyOptions options;
  options.constructor = constructor;
  options.market_data = dir / "dump.csv.gz";
  options.start = simulation.start;
  options.end = simulation.end;
  std::vector<double> ratios;
  std::vector<double> simulations;
  for (int i = 0; i < pairs; ++i) {
    const double begin = cpu_s();
    simulation.dst_dir = dir / std::to_string(i);
    const auto simulated = system::run_simulation(simulation, registry, stop);
    const double middle = cpu_s();
    const auto checked = system::check_strategy(options, registry, stop);
    const double end = cpu_s();
    if (!simulated.ok() || simulated->bars != 288) {
      fail("the simulation");
    }
    if (!checked.ok() || !checked->report.clean() || !checked->report.complete() ||
        checked->report.bars != 288) {
      fail("the check of the simulated bars");
    }
    simulations.push_back(middle - begin);
    ratios.push_back((end - middle) / (middle - begin));
  }
  std::filesystem::remove_all(dir);
  std::printf(
      "C1b: %zu assets, 288 bars: simulation %.3f s, check_strategy / simulation = %.3f (median of "
      "%d pairs)\n",
      assets, median(simulations), median(ratios), pairs);
  return median(ratios) <= kBudget;
}

bool measure(const char* name, const Case& test, int pairs, double budget) {
  expect_peek_found(test);
  std::vector<double> replays;
  std::vector<double> ratios;
  for (int i = 0; i < pairs; ++i) {
    // Each order as often as the other.
    const double first = i % 2 == 0 ? replay(test) : check(test);
    const double second = i % 2 == 0 ? check(test) : replay(test);
    replays.push_back(i % 2 == 0 ? first : second);
    ratios.push_back(i % 2 == 0 ? second / first : first / second);
  }
  const double ratio = median(ratios);
  std::printf(
      "%s: %zu assets, %zu bars: replay %.4f s, check / replay = %.3f (median of %d pairs)\n", name,
      test.universe.size(), test.bars.size(), median(replays), ratio, pairs);
  return ratio <= budget;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view only = argc > 1 ? argv[1] : "";  // "c1b", "wide", "mock"
  dataflow::DagBuilderRegistry registry;
  system::register_builtin_pipelines(registry);
  constexpr const char* kC1b = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
  constexpr const char* kMock2 = "dataflow_amp.pipelines.mock2.mock2_pipeline.Mock2_DagBuilder";
  bool is_cheap = true;
  if (only.empty() || only == "c1b") {
    is_cheap = measure("C1b", make_case(registry, kC1b, 10, 288), 31, kBudget) && is_cheap;
  }
  if (only.empty() || only == "wide") {
    is_cheap = measure("C1b", make_case(registry, kC1b, 100, 288), 11, kBudgetWide) && is_cheap;
  }
  if (only.empty() || only == "mock") {
    is_cheap = measure("Mock2 (whole windows)", make_case(registry, kMock2, 10, 288), 5, kBudget) &&
               is_cheap;
  }
  if (only.empty() || only == "simulation") {
    is_cheap = measure_simulation(registry, kC1b, 10, 5) && is_cheap;
    is_cheap = measure_simulation(registry, kC1b, 100, 3) && is_cheap;
  }
  if (!is_cheap) {
    std::fprintf(stderr, "FAILED: a ratio is above the budget of %.2f\n", kBudget);
    return 1;
  }
  return 0;
}
